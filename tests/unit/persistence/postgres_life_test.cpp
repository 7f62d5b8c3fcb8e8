#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/postgres_fixture.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <algorithm>
#include <utility>

namespace orderd {
namespace {

using test::must;
using test::postgres_fixture;
using test::require_error;

BOOST_FIXTURE_TEST_SUITE(postgres_life, postgres_fixture)

BOOST_AUTO_TEST_CASE(the_books_of_any_life_balance_after_each_batch) {
  const std::uint64_t seed = test::test_seed();
  test::life_history history(seed);
  for (int i = 0; i < 2'000; ++i) {
    history.random_step();
  }
  auto writer = open();
  std::mt19937_64 random(seed);
  int with_money_on_its_way = 0;
  for (std::uint64_t from = 0; from < history.last_seq();) {
    const std::uint64_t to = std::min(history.last_seq(), from + 1 + random() % 20);
    must(writer->apply(history.batch(from, to)));
    from = to;
    BOOST_REQUIRE_EQUAL(value("SELECT balanced FROM ledger_check"), "t");
    with_money_on_its_way += value("SELECT payouts_due_cents > 0 FROM ledger_check") == "t" ? 1 : 0;
  }
  BOOST_TEST(with_money_on_its_way > 0);
  const std::string stepwise = contents();
  const postgres_fixture other;
  auto at_once = other.open();
  must(at_once->adopt(writer->identity()));
  must(at_once->apply(history.all()));
  BOOST_TEST(other.contents() == stepwise);
  database.query("UPDATE account_holds SET amount_cents = amount_cents + 1");
  BOOST_TEST(value("SELECT balanced FROM ledger_check") == "f");
}

BOOST_AUTO_TEST_CASE(an_account_that_does_not_add_up_is_no_row) {
  auto writer = open();
  const account_event opened{"alice", 1, test::at_ms(1), "orderd", {0, 0}, {0, 0, 0}, account_opened{}};
  must(writer->apply({{{1, opened}}, 1, {}}));
  for (const auto& [levels, totals] :
       {std::pair(account_levels{5, 0}, account_totals{}), std::pair(account_levels{-5, 5}, account_totals{}),
        std::pair(account_levels{5, -5}, account_totals{})}) {
    account_event broken = opened;
    broken.version = 2;
    broken.after = levels;
    broken.totals_after = totals;
    broken.what = funds_deposited{5, "cash"};
    require_error(writer->apply({{{2, broken}}, 2, {}}), error_code::refused, "accounts");
  }
  account_event deposited = opened;
  deposited.version = 2;
  deposited.after = {5, 0};
  deposited.totals_after = {5, 0, 0};
  deposited.what = funds_deposited{5, "cash"};
  must(writer->apply({{{2, deposited}}, 2, {}}));
}

BOOST_AUTO_TEST_CASE(what_a_placement_has_reserved_takes_no_room_behind_it) {
  test::life_history history(5);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
  auto writer = open();
  must(writer->apply(history.all()));
  BOOST_TEST(value("SELECT placement IS NOT NULL AND payment_attempt = 2 FROM orders") == "t");
  const std::uint64_t before = history.last_seq();
  history.add(id, payment_declined{{"payment_declined", "no"}, history.orders().at(id).placing.lines});
  must(writer->apply(history.batch(before, history.last_seq())));
  BOOST_TEST(value("SELECT placement IS NULL AND payment_attempt = 2 FROM orders") == "t");
}

BOOST_AUTO_TEST_CASE(a_change_of_a_missing_hold_is_refused) {
  test::life_history history(5);
  history.deposit("alice", 10'000);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
  history.hold(id);
  auto writer = open();
  must(writer->apply(history.all()));
  const std::uint64_t before = history.last_seq();
  history.add(id, payment_authorized{true});
  history.escrow(id);
  database.query("DELETE FROM account_holds");
  require_error(writer->apply(history.batch(before, history.last_seq())), error_code::refused,
                "lacks holds of accounts");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

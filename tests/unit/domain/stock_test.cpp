#include "domain/limits.hpp"
#include "domain/stock.hpp"
#include "domain/stock_rules.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/domain_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

BOOST_AUTO_TEST_SUITE(stock)

BOOST_AUTO_TEST_CASE(a_stored_item_is_rebuilt_as_it_was) {
  auto item = item_with(10);
  applied(item, decide(item, for_buyer(1, 3, 60), after_s(1)));
  applied(item, decide(item, for_order(2, 4, 9), after_s(2)));
  std::vector<reservation> active;
  for (const auto& [id, r] : item.active())
    active.push_back(r);
  const stock_item rebuilt(item.view(), item.totals(), active);
  BOOST_TEST((rebuilt.view() == item.view()));
  BOOST_TEST((rebuilt.totals() == item.totals()));
  BOOST_TEST((rebuilt.active() == item.active()));
  BOOST_TEST((rebuilt.next_expiry() == after_s(60)));
}

BOOST_AUTO_TEST_CASE(an_event_out_of_turn_ends_the_process) {
  auto item = item_with(10);
  auto event = decide(item, for_buyer(1, 3, 60), after_s(1)).value();
  event.version += 1;
  BOOST_TEST(aborts([&] { item.evolve(event); }));
  event.version -= 2;
  BOOST_TEST(aborts([&] { item.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(an_event_whose_result_is_wrong_ends_the_process) {
  auto item = item_with(10);
  const auto good = decide(item, for_buyer(1, 3, 60), after_s(1)).value();
  BOOST_TEST(!aborts([&] { item.evolve(good); }));
  auto levels = good;
  levels.after.reserved = 2;
  BOOST_TEST(aborts([&] { item.evolve(levels); }));
  auto totals = good;
  totals.totals_after.received = 11;
  BOOST_TEST(aborts([&] { item.evolve(totals); }));
  auto sku = good;
  sku.sku = "B";
  BOOST_TEST(aborts([&] { item.evolve(sku); }));
}

BOOST_AUTO_TEST_CASE(units_held_for_nobody_without_expiry_end_the_process) {
  auto item = item_with(10);
  auto event = decide(item, for_buyer(1, 3, 60), after_s(1)).value();
  std::get<stock_reserved>(event.what).reservation.expires_at.reset();
  BOOST_TEST(aborts([&] { item.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(selling_below_zero_ends_the_process) {
  auto item = item_with(2);
  auto event = decide(item, for_buyer(1, 2, 60), after_s(1)).value();
  std::get<stock_reserved>(event.what).reservation.qty = 3;
  event.after.reserved = 3;
  BOOST_TEST(aborts([&] { item.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(an_item_stored_with_a_wrong_sum_ends_the_process) {
  const auto item = item_with(10);
  auto view = item.view();
  view.levels.reserved = 1;
  BOOST_TEST(aborts([&] { stock_item(view, item.totals(), {}); }));
}

BOOST_AUTO_TEST_CASE(what_is_due_comes_earliest_first_and_bounded) {
  auto item = item_with(100);
  for (std::uint64_t i = 1; i <= 5; ++i)
    applied(item, decide(item, for_buyer(i, 1, 100 - static_cast<std::int64_t>(i)), after_s(1)));
  BOOST_TEST((item.next_expiry() == after_s(95)));
  BOOST_TEST(item.due(after_s(94), 10).empty());
  BOOST_TEST((item.due(after_s(98), 3) == std::vector{numbered(5), numbered(4), numbered(3)}));
  BOOST_TEST((item.due(after_s(98), 3) == std::vector{numbered(5), numbered(4), numbered(3)}));
  BOOST_TEST(item.due(after_s(1000), 10).size() == 5);
  BOOST_TEST(item.due(after_s(1000), 0).empty());
}

BOOST_AUTO_TEST_CASE(a_reservation_that_was_claimed_and_came_back_is_due_once) {
  auto item = item_with(100);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  applied(item, decide(item, claim_reservation{numbered(1), numbered(9), 0}, after_s(2)));
  BOOST_TEST(!item.next_expiry());
  BOOST_TEST(item.due(after_s(100), 10).empty());
  item.evolve(settle(item, numbered(1), numbered(9), order_verdict::abandon, after_s(3)).value());
  BOOST_TEST((item.next_expiry() == after_s(60)));
  BOOST_TEST((item.due(after_s(60), 10) == std::vector{numbered(1)}));
}

BOOST_AUTO_TEST_CASE(an_extension_moves_the_deadline) {
  auto item = item_with(100);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  for (const std::int64_t expiry : {90, 30, 90, 30, 80})
    applied(item, decide(item, extend_reservation{numbered(1), after_s(expiry)}, after_s(2)));
  BOOST_TEST((item.next_expiry() == after_s(80)));
  BOOST_TEST(item.due(after_s(79), 10).empty());
  BOOST_TEST(item.due(after_s(80), 10).size() == 1);
}

BOOST_AUTO_TEST_CASE(many_extensions_lose_no_deadline) {
  auto item = item_with(100);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  applied(item, decide(item, for_buyer(2, 1, 70), after_s(1)));
  for (std::int64_t i = 0; i < 10 * static_cast<std::int64_t>(stale_deadlines_max); ++i)
    applied(item, decide(item, extend_reservation{numbered(1), after_s(1000 + i)}, after_s(2)));
  BOOST_TEST((item.next_expiry() == after_s(70)));
  BOOST_TEST(item.due(after_s(10'000), 10).size() == 2);
}

BOOST_AUTO_TEST_CASE(every_state_of_a_reservation_has_its_word) {
  BOOST_TEST(to_text(reservation_state::active) == "active");
  BOOST_TEST(to_text(reservation_state::committed) == "committed");
  BOOST_TEST(to_text(reservation_state::released) == "released");
  BOOST_TEST(to_text(reservation_state::expired) == "expired");
}

BOOST_AUTO_TEST_SUITE_END()

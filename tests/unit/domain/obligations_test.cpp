#include "domain/obligations.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

namespace {

stock_event stock_event_of(decltype(stock_event::what) what) {
  stock_event e;
  e.sku = "A";
  e.what = std::move(what);
  return e;
}

order_event order_event_of(decltype(order_event::what) what, std::uint64_t order = 9) {
  order_event e;
  e.order_id = numbered(order);
  e.what = std::move(what);
  return e;
}

stock_event reserved(std::uint64_t order) {
  reservation r;
  r.id = numbered(101);
  r.qty = 2;
  if (order != 0)
    r.order_id = numbered(order);
  return stock_event_of(stock_reserved{r});
}

std::vector<order_line> lines() { return {reserved_line("A", 2, 250, 101)}; }

void check_one(const obligations& all, order_verdict verdict) {
  const auto open = all.open();
  BOOST_TEST_REQUIRE(open.size() == 1U);
  BOOST_TEST((open[0] == obligation{"A", numbered(101), numbered(9), verdict}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(obligation_rules)

BOOST_AUTO_TEST_CASE(units_reserved_for_an_order_are_given_back_until_the_order_is_there) {
  obligations all;
  all.observe(reserved(9));
  check_one(all, order_verdict::abandon);
  all.observe(order_event_of(order_created{"alice", order_status::processed, "EUR", lines(), 500, "{}"}));
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_claim_is_undone_until_the_order_is_placed) {
  obligations all;
  all.observe(stock_event_of(reservation_claimed{numbered(101), numbered(9)}));
  all.observe(order_event_of(order_placed{order_status::registered, lines(), 500}));
  check_one(all, order_verdict::abandon);
  all.observe(order_event_of(order_placed{order_status::processed, lines(), 500}));
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_buyers_own_reservation_is_nobodys_obligation) {
  obligations all;
  all.observe(reserved(0));
  BOOST_TEST(all.size() == 0U);
}

BOOST_AUTO_TEST_CASE(a_draft_that_names_a_reservation_clears_nothing) {
  obligations all;
  all.observe(reserved(9));
  all.observe(order_event_of(order_created{"alice", order_status::draft, "EUR", lines(), 500, "{}"}, 8));
  all.observe(order_event_of(order_placed{order_status::processed, lines(), 500}, 8));
  check_one(all, order_verdict::abandon);
}

BOOST_AUTO_TEST_CASE(the_end_of_an_order_is_owed_to_its_reservations) {
  obligations cancelled;
  cancelled.observe(order_event_of(order_cancelled{"", lines()}));
  check_one(cancelled, order_verdict::release);
  obligations completed;
  completed.observe(order_event_of(order_completed{lines()}));
  check_one(completed, order_verdict::commit);
  obligations registered;
  registered.observe(order_event_of(order_cancelled{"", {}}));
  BOOST_TEST(registered.size() == 0U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_reservation_settles_what_was_owed) {
  const auto id = numbered(101);
  for (const auto& end :
       {stock_event_of(reservation_released{id}), stock_event_of(reservation_committed{id}),
        stock_event_of(reservation_unclaimed{id}), stock_event_of(reservations_expired{{id}})}) {
    obligations all;
    all.observe(reserved(9));
    all.observe(end);
    BOOST_TEST(all.size() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(what_is_stored_is_taken_up_again) {
  obligations before;
  before.observe(reserved(9));
  obligations after(before.open());
  check_one(after, order_verdict::abandon);
  after.observe(stock_event_of(reservation_released{numbered(101)}));
  BOOST_TEST(after.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

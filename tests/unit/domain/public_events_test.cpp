#include "domain/public_events.hpp"
#include "domain/saga_rules.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace orderd;
using namespace orderd::test;

namespace {

[[nodiscard]] std::string words(const std::vector<public_event_type>& all) {
  std::string text;
  for (const auto type : all)
    (text += text.empty() ? "" : " ") += to_text(type);
  return text;
}

/// Alice's order 9 and what the outside hears of it.
struct story {
  order state;
  order_trail trail;
  std::int64_t now_s = 0;
  const std::vector<order_line> units{reserved_line("A", 2, 250, 101)};

  /// What is told of the order's next event.
  template <class What> std::string tell(What what) {
    auto e = next_event(state, alice, after_s(++now_s));
    e.order_id = numbered(9);
    e.what = std::move(what);
    return tell_event(e);
  }
  std::string tell_event(const order_event& e) {
    evolve(state, e);
    auto told = words(told_of(e, trail));
    trail.follow(e);
    return told;
  }
  std::string create(order_status status, bool tentative = false) {
    order_created e;
    e.customer_id = "alice";
    e.status = status;
    e.currency = "EUR";
    e.metadata = "{}";
    e.lines = status == order_status::draft ? std::vector{line_of("A", 2)} : units;
    e.total = total_of(e.lines).value();
    e.tentative = tentative;
    return tell(std::move(e));
  }
  std::string reserve(refusal_outcome on_refusal) { return tell(order_reserved{{units, 500, on_refusal}}); }
  std::string authorize() { return tell(payment_authorized{false}); }
  std::string place(order_status status = order_status::processed) {
    return tell(order_placed{status, units, 500});
  }
  std::string cancel() { return tell(order_cancelled{"why", held_lines(state), may_hold_money(state)}); }
  std::string fail(const std::string& code) {
    return tell_event(failed_event(state, {code, "why"}, chief, after_s(++now_s)));
  }
  std::string decline() {
    std::string told;
    for (const auto& e : refused_events(state, {"payment_declined", "why"}, alice, after_s(++now_s)))
      (told += told.empty() ? "" : ", ") += tell_event(e);
    return told;
  }
  std::string abandon() {
    return tell_event(abandoned_event(state, {"payment_unavailable", "why"}, alice, after_s(++now_s)));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(public_events, story)

BOOST_AUTO_TEST_CASE(every_type_has_a_word_of_its_own) {
  std::set<std::string_view> all;
  for (std::size_t i = 0; i < public_event_types; ++i)
    all.insert(to_text(static_cast<public_event_type>(i)));
  BOOST_TEST(all.size() == public_event_types);
  BOOST_TEST(to_text(public_event_type::payment_refunded) == "payment_refunded");
}

BOOST_AUTO_TEST_CASE(an_order_is_announced_by_its_first_event) {
  BOOST_TEST(story{}.create(order_status::draft) == "order_created");
  BOOST_TEST(story{}.create(order_status::registered) == "order_created");
  BOOST_TEST(story{}.create(order_status::processed) == "order_created stock_reserved");
}

BOOST_AUTO_TEST_CASE(a_tentative_order_is_announced_when_it_is_placed) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(reserve(refusal_outcome::withdraw).empty());
  BOOST_TEST(tell(saga_delayed{{1, after_s(60), "nobody answers", false}}).empty());
  BOOST_TEST(tell(saga_retried{}).empty());
  BOOST_TEST(tell(order_amended{R"({"a":1})"}).empty());
  BOOST_TEST(tell(payment_authorized{true}).empty());
  BOOST_TEST(tell(payment_escrowed{}).empty());
  BOOST_TEST(!trail.announced);
  BOOST_TEST(place() == "order_created stock_reserved payment_authorized");
  BOOST_TEST(to_text(trail.status_for(public_event_type::order_created)) == "processed");
  BOOST_TEST(tell(order_accepted{"bob"}) == "order_updated");
  BOOST_TEST(tell(capture_started{"bob"}).empty());
  BOOST_TEST(tell(order_completed{units, true}) == "payment_captured order_updated");
}

BOOST_AUTO_TEST_CASE(nothing_is_told_of_an_order_that_was_withdrawn) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(reserve(refusal_outcome::withdraw).empty());
  BOOST_TEST(decline().empty());
  BOOST_TEST(state.withdrawn);
  BOOST_TEST(!trail.announced);
}

BOOST_AUTO_TEST_CASE(a_tentative_order_may_be_placed_without_a_payment) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(place() == "order_created stock_reserved");
}

BOOST_AUTO_TEST_CASE(a_tentative_order_that_fails_was_registered_first) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(reserve(refusal_outcome::withdraw).empty());
  BOOST_TEST(authorize().empty());
  BOOST_TEST(abandon() == "order_created payment_failed order_updated");
  BOOST_TEST(to_text(trail.status_for(public_event_type::order_created)) == "registered");
  BOOST_TEST(to_text(trail.status_for(public_event_type::order_updated)) == "failed");
  // Of this payment the outside knows that it failed, and never knew that it was authorized.
  BOOST_TEST(tell(payment_returned{}).empty());
}

BOOST_AUTO_TEST_CASE(a_refusal_before_the_announcement_is_told_with_it) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(reserve(refusal_outcome::fail).empty());
  BOOST_TEST(decline() == "order_created payment_failed order_updated");
  BOOST_TEST(trail.total_for(public_event_type::payment_failed) == 500);
}

BOOST_AUTO_TEST_CASE(a_tentative_order_that_is_cancelled_was_registered_first) {
  BOOST_TEST(create(order_status::registered, true).empty());
  BOOST_TEST(cancel() == "order_created order_updated");
  BOOST_TEST(to_text(trail.status_for(public_event_type::order_created)) == "registered");
}

BOOST_AUTO_TEST_CASE(a_deferred_order_is_told_of_step_by_step) {
  BOOST_TEST(create(order_status::registered) == "order_created");
  BOOST_TEST(reserve(refusal_outcome::fail) == "stock_reserved");
  BOOST_TEST(tell(payment_authorized{true}) == "payment_authorized");
  BOOST_TEST(tell(payment_escrowed{}).empty());
  BOOST_TEST(place() == "order_updated");
  BOOST_TEST(tell(order_amended{R"({"a":1})"}) == "order_updated");
  BOOST_TEST(cancel() == "order_updated");
  BOOST_TEST(tell(payment_returned{}) == "payment_refunded");
}

BOOST_AUTO_TEST_CASE(without_payments_the_placement_reserves) {
  BOOST_TEST(create(order_status::draft) == "order_created");
  BOOST_TEST(place(order_status::registered) == "order_updated");
  BOOST_TEST(place() == "stock_reserved order_updated");
  BOOST_TEST(tell(order_accepted{"bob"}) == "order_updated");
  BOOST_TEST(tell(order_completed{units, false}) == "order_updated");
}

BOOST_AUTO_TEST_CASE(units_of_an_earlier_placement_do_not_count_for_a_later_one) {
  create(order_status::draft);
  reserve(refusal_outcome::keep);
  BOOST_TEST(decline() == "payment_failed");
  BOOST_TEST(place() == "stock_reserved order_updated");
}

BOOST_AUTO_TEST_CASE(a_declined_payment_is_told_once) {
  create(order_status::registered);
  reserve(refusal_outcome::fail);
  BOOST_TEST(decline() == "payment_failed, order_updated");
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_by_its_cause) {
  const auto told = [](const std::string& code) {
    story one;
    one.create(order_status::registered);
    return one.fail(code);
  };
  BOOST_TEST(told("insufficient_stock") == "reservation_failed order_updated");
  BOOST_TEST(told("payment_unavailable") == "payment_failed order_updated");
  BOOST_TEST(told("price_changed") == "order_updated");
  BOOST_TEST(told("failed_by_operator") == "order_updated");
}

BOOST_AUTO_TEST_CASE(only_an_authorization_that_was_told_is_refunded) {
  create(order_status::draft);
  BOOST_TEST(reserve(refusal_outcome::keep) == "stock_reserved");
  BOOST_TEST(abandon() == "payment_failed");
  BOOST_TEST(tell(payment_returned{}).empty());
  reserve(refusal_outcome::keep);
  BOOST_TEST(authorize() == "payment_authorized");
  BOOST_TEST(abandon() == "payment_failed");
  BOOST_TEST(tell(payment_returned{}) == "payment_refunded");
  // The next payment is another one.
  reserve(refusal_outcome::keep);
  BOOST_TEST(abandon() == "payment_failed");
  BOOST_TEST(tell(payment_returned{}).empty());
}

BOOST_AUTO_TEST_CASE(a_payment_that_is_called_off_unauthorized_is_not_refunded) {
  create(order_status::registered);
  reserve(refusal_outcome::fail);
  BOOST_TEST(abandon() == "payment_failed order_updated");
  BOOST_TEST(tell(payment_returned{}).empty());
}

BOOST_AUTO_TEST_CASE(a_refused_order_leaves_only_the_failed_reservation) {
  const auto e =
      refusal_event(numbered(9), "alice", units, {"insufficient_stock", "A: 2 requested"}, alice, after_s(1));
  BOOST_TEST(e.version == 1U);
  BOOST_TEST(tell_event(e) == "reservation_failed");
  BOOST_TEST(!trail.announced);
  BOOST_TEST(trail.customer_id == "alice");
  BOOST_TEST(to_text(trail.status_for(public_event_type::reservation_failed)) == "failed");
  BOOST_TEST(
      (trail.lines_for(public_event_type::reservation_failed) == std::get<order_refused>(e.what).lines));
  BOOST_TEST(trail.total_for(public_event_type::reservation_failed) == 500);
  BOOST_TEST(!may_see(state, chief));
}

BOOST_AUTO_TEST_CASE(a_placement_shows_its_units_and_the_order_its_own_lines) {
  using kind = public_event_type;
  create(order_status::draft);
  const auto asked = trail.lines_for(kind::order_created);
  BOOST_TEST(trail.total_for(kind::order_created) == 0);
  reserve(refusal_outcome::keep);
  BOOST_TEST((trail.lines_for(kind::stock_reserved) == units));
  BOOST_TEST((trail.lines_for(kind::order_updated) == asked));
  decline();
  BOOST_TEST(trail.total_for(kind::payment_failed) == 500);
  BOOST_TEST(trail.total_for(kind::order_updated) == 0);
  place();
  BOOST_TEST((trail.lines_for(kind::order_updated) == units));
  BOOST_TEST((trail.lines_for(kind::stock_reserved) == units));
  BOOST_TEST(trail.total_for(kind::order_updated) == 500);
}

BOOST_AUTO_TEST_CASE(of_stock_a_buyers_reservation_and_a_low_item_are_told) {
  auto item = item_with(10);
  define_stock low;
  low.low_threshold = 4;
  BOOST_TEST(words(told_of(applied(item, decide(item, "A", low, after_s(1))))).empty());
  BOOST_TEST(words(told_of(applied(item, decide(item, for_buyer(1, 5, 60), after_s(1))))) ==
             "stock_reserved");
  BOOST_TEST(words(told_of(applied(item, decide(item, for_buyer(2, 1, 60), after_s(1))))) ==
             "stock_reserved stock_low");
  BOOST_TEST(words(told_of(applied(item, decide(item, adjust_stock{1, ""}, after_s(1))))).empty());
  BOOST_TEST(words(told_of(applied(item, decide(item, for_order(3, 1, 9), after_s(1))))) == "stock_low");
  BOOST_TEST(words(told_of(applied(item, decide(item, for_order(4, 1, 9), after_s(1))))).empty());
  BOOST_TEST(
      words(told_of(applied(item, decide(item, release_reservation{numbered(1)}, after_s(2))))).empty());
}

BOOST_AUTO_TEST_SUITE_END()

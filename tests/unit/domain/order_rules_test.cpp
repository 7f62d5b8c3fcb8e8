#include "domain/limits.hpp"
#include "domain/order_rules.hpp"
#include "domain/saga_rules.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;
using enum order_status;

namespace {

decision<status_decision> ask(order_status from, change_status command, const caller& who) {
  return decide(order_in(from), command, who, after_s(10));
}

void check_refused(order_status from, order_status to, const caller& who, rejection_code code) {
  const auto decided = ask(from, {to, {}, {}, true}, who);
  BOOST_TEST_CONTEXT(to_text(from) << " to " << to_text(to) << " by " << who.user) {
    BOOST_TEST_REQUIRE(!decided.has_value());
    BOOST_TEST(code_text(decided.error().code) == code_text(code));
  }
}

template <class What> What event_of(order_status from, const change_status& command, const caller& who) {
  const auto decided = ask(from, command, who).value();
  BOOST_TEST_REQUIRE(decided.event.has_value());
  BOOST_TEST(!decided.reserve_for);
  return std::get<What>(decided.event->what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(order_rules)

BOOST_AUTO_TEST_CASE(every_cell_of_the_table_for_an_operator) {
  for (const auto from : all_statuses) {
    for (const auto to : all_statuses) {
      BOOST_TEST_CONTEXT(to_text(from) << " to " << to_text(to)) {
        auto state = order_in(from);
        const auto decided = decide(state, {to, "bob", "why", false}, chief, after_s(10));
        BOOST_TEST(decided.has_value() == may_follow(from, to));
        if (!decided) {
          const auto& r = decided.error();
          BOOST_TEST((r.code == rejection_code::illegal_transition));
          BOOST_TEST(r.detail.find(std::string(to_text(from))) != std::string::npos);
          BOOST_TEST(r.detail.find(std::string(to_text(to))) != std::string::npos);
          BOOST_TEST(r.alternatives.size() == successors(from).size());
        } else if (decided->event) {
          evolve(state, *decided->event);
          BOOST_TEST((state.status == to));
        } else {
          BOOST_TEST((to == processed && decided->reserve_for == processed));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_illegal_transition_names_what_is_allowed) {
  const auto r = ask(registered, {completed, {}, {}, true}, chief).error();
  BOOST_TEST((r.alternatives == std::vector<std::string_view>{"processed", "cancelled", "failed"}));
}

BOOST_AUTO_TEST_CASE(who_sees_an_order) {
  const auto state = order_in(accepted);
  BOOST_TEST(may_see(state, alice));
  BOOST_TEST(may_see(state, bob));
  BOOST_TEST(may_see(state, chief));
  BOOST_TEST(!may_see(state, carol));
  BOOST_TEST(!may_see(state, {"", false}));
  BOOST_TEST(!may_see(order_in(processed), {"", false}));
  BOOST_TEST(may_see(state, {"", true}));
}

BOOST_AUTO_TEST_CASE(to_a_stranger_an_order_is_missing) {
  for (const auto from : all_statuses) {
    for (const auto to : {draft, registered, processed, completed, cancelled, failed})
      check_refused(from, to, carol, rejection_code::not_found);
  }
  BOOST_TEST(ask(draft, {cancelled, {}, {}, true}, carol).error().detail ==
             order_not_found(numbered(9)).detail);
}

BOOST_AUTO_TEST_CASE(only_an_operator_decides_over_processing_and_failure) {
  check_refused(registered, processed, alice, rejection_code::forbidden);
  check_refused(registered, failed, alice, rejection_code::forbidden);
  check_refused(completed, failed, alice, rejection_code::forbidden);
}

BOOST_AUTO_TEST_CASE(a_runner_completes_and_an_owner_cancels) {
  check_refused(accepted, completed, alice, rejection_code::forbidden);
  check_refused(accepted, cancelled, bob, rejection_code::forbidden);
  check_refused(accepted, registered, bob, rejection_code::forbidden);
  BOOST_TEST(ask(accepted, {completed, {}, {}, true}, bob).has_value());
  BOOST_TEST(ask(accepted, {completed, {}, {}, true}, chief).has_value());
  BOOST_TEST(ask(accepted, {cancelled, {}, {}, true}, alice).has_value());
}

BOOST_AUTO_TEST_CASE(placing_reserves_now_or_waits_for_the_processor) {
  const auto now = ask(draft, {registered, {}, {}, true}, alice).value();
  BOOST_TEST((now.reserve_for == processed));
  BOOST_TEST(!now.event);
  const auto later = event_of<order_placed>(draft, {registered, {}, {}, false}, alice);
  BOOST_TEST((later.status == registered));
  BOOST_TEST((later.lines == order_in(draft).lines));
  check_refused(draft, processed, chief, rejection_code::illegal_transition);
}

BOOST_AUTO_TEST_CASE(any_runner_may_take_a_processed_order) {
  BOOST_TEST(event_of<order_accepted>(processed, {accepted, {}, {}, true}, carol).runner_id == "carol");
  BOOST_TEST(event_of<order_accepted>(processed, {accepted, "carol", {}, true}, carol).runner_id == "carol");
  BOOST_TEST(event_of<order_accepted>(processed, {accepted, {}, {}, true}, alice).runner_id == "alice");
  BOOST_TEST(event_of<order_accepted>(processed, {accepted, "bob", {}, true}, chief).runner_id == "bob");
  BOOST_TEST(event_of<order_accepted>(processed, {accepted, {}, {}, true}, chief).runner_id == "operator");
}

BOOST_AUTO_TEST_CASE(a_runner_that_comes_too_late_is_told_so) {
  for (const auto from : {accepted, completed, cancelled})
    check_refused(from, accepted, carol, rejection_code::illegal_transition);
}

BOOST_AUTO_TEST_CASE(what_was_never_on_offer_is_missing_to_a_runner_who_may_not_see_it) {
  for (const auto from : {draft, registered, failed}) {
    check_refused(from, accepted, carol, rejection_code::not_found);
    check_refused(from, accepted, alice, rejection_code::illegal_transition);
    check_refused(from, accepted, chief, rejection_code::illegal_transition);
  }
  for (const auto from : all_statuses) {
    const bool offered = from != draft && from != registered && from != failed;
    BOOST_TEST(may_ask_for(order_in(from), accepted, carol) == offered);
    BOOST_TEST(may_ask_for(order_in(from), accepted, alice));
    BOOST_TEST(!may_ask_for(order_in(from), cancelled, carol));
  }
  // Neither does the wish to name another runner tell that the order is there.
  BOOST_TEST((ask(draft, {accepted, "bob", {}, true}, carol).error().code == rejection_code::not_found));
}

BOOST_AUTO_TEST_CASE(nobody_is_made_a_runner_by_another_customer) {
  const auto other = ask(processed, {accepted, "bob", {}, true}, carol).error();
  BOOST_TEST((other.code == rejection_code::forbidden));
  BOOST_TEST(other.field == "runner_id");
  const auto missing = ask(processed, {accepted, {}, {}, true}, {"", true}).error();
  BOOST_TEST((missing.code == rejection_code::invalid_field));
  BOOST_TEST(missing.field == "runner_id");
  const auto nobody = ask(processed, {accepted, "bob", {}, true}, {"", false}).error();
  BOOST_TEST((nobody.code == rejection_code::missing_user));
}

BOOST_AUTO_TEST_CASE(what_is_forbidden_goes_before_what_is_illegal) {
  check_refused(completed, processed, alice, rejection_code::forbidden);
  check_refused(draft, completed, alice, rejection_code::forbidden);
  const auto other = ask(draft, {accepted, "bob", {}, true}, alice).error();
  BOOST_TEST((other.code == rejection_code::forbidden));
}

BOOST_AUTO_TEST_CASE(an_end_carries_the_lines_whose_units_it_concerns) {
  for (const auto from : {processed, accepted}) {
    const auto e = event_of<order_cancelled>(from, {cancelled, {}, "too late", true}, alice);
    BOOST_TEST(e.reason == "too late");
    BOOST_TEST((e.lines == order_in(from).lines));
  }
  for (const auto from : {draft, registered})
    BOOST_TEST(event_of<order_cancelled>(from, {cancelled, {}, {}, true}, alice).lines.empty());
  BOOST_TEST((event_of<order_completed>(accepted, {completed, {}, {}, true}, bob).lines ==
              order_in(accepted).lines));
}

BOOST_AUTO_TEST_CASE(events_say_who_and_when) {
  const auto by_user = *ask(processed, {accepted, {}, {}, true}, carol).value().event;
  BOOST_TEST(by_user.actor == "carol");
  BOOST_TEST((by_user.at == after_s(10) && by_user.version == 3 && by_user.order_id == numbered(9)));
  BOOST_TEST(ask(draft, {cancelled, {}, {}, true}, {"", true}).value().event->actor == "operator");
}

BOOST_AUTO_TEST_CASE(metadata_changes_until_the_end) {
  for (const auto from : all_statuses) {
    auto state = order_in(from);
    const auto decided = decide_metadata(state, "{\"a\":1}", alice, after_s(10));
    BOOST_TEST(decided.has_value() != successors(from).empty(), to_text(from));
    if (!decided) {
      BOOST_TEST((decided.error().code == rejection_code::illegal_transition));
      continue;
    }
    auto expected = state;
    evolve(state, *decided);
    expected.metadata = "{\"a\":1}";
    expected.version += 1;
    expected.updated_at = after_s(10);
    BOOST_TEST((state == expected));
  }
  const auto state = order_in(draft);
  BOOST_TEST((decide_metadata(state, "{}", carol, after_s(1)).error().code == rejection_code::not_found));
  const auto large = decide_metadata(state, std::string(metadata_bytes_max + 1, 'x'), alice, after_s(1));
  BOOST_TEST((large.error().code == rejection_code::invalid_field));
}

order captured_by(payment_keeper keeper) {
  order state;
  const std::vector<order_line> reserved = {reserved_line("A", 2, 250, 101)};
  evolve(state,
         created_event(numbered(9), {"alice", {line_of("A", 2)}, "{}", "EUR", order_status::registered},
                       alice, after_s(1)));
  evolve(state, reserved_event(state, reserved, refusal_outcome::fail, alice, after_s(2), keeper));
  evolve(state, step_done(state, false, std::nullopt, alice, after_s(3)));
  evolve(state, step_done(state, false, std::nullopt, alice, after_s(3)));
  evolve(state, *decide(state, {order_status::accepted, {}, {}, true}, bob, after_s(4)).value().event);
  auto capture = next_event(state, bob, after_s(5));
  capture.what = capture_started{"bob"};
  evolve(state, capture);
  return state;
}

BOOST_AUTO_TEST_CASE(what_may_be_captured_already_is_not_called_off) {
  auto state = captured_by(payment_keeper::service);
  const change_status cancel{order_status::cancelled, {}, "why", true};
  BOOST_TEST((decide(state, cancel, chief, after_s(6)).error().code == rejection_code::illegal_transition));
  evolve(state, delayed_event(state, "the service is down", false, {}, 0, after_s(7)));
  BOOST_TEST(decide(state, cancel, chief, after_s(8)).has_value());
  BOOST_TEST((decide(state, cancel, alice, after_s(8)).error().code == rejection_code::illegal_transition));
}

BOOST_AUTO_TEST_CASE(what_the_ledger_captures_is_never_called_off) {
  auto state = captured_by(payment_keeper::ledger);
  evolve(state, delayed_event(state, "the account cannot be read", false, {}, 0, after_s(7)));
  const change_status cancel{order_status::cancelled, {}, "why", true};
  BOOST_TEST((decide(state, cancel, chief, after_s(8)).error().code == rejection_code::illegal_transition));
}

BOOST_AUTO_TEST_CASE(nobody_accepts_after_the_offer_has_ended) {
  order state;
  const std::vector<order_line> reserved = {reserved_line("A", 2, 250, 101)};
  evolve(state, created_event(numbered(9), {"alice", reserved, "{}", "EUR", order_status::processed}, alice,
                              after_s(1), after_s(10)));
  const change_status accept{order_status::accepted, {}, {}, true};
  BOOST_TEST(decide(state, accept, bob, after_s(9)).has_value());
  BOOST_TEST((decide(state, accept, bob, after_s(10)).error().code == rejection_code::illegal_transition));
}

BOOST_AUTO_TEST_SUITE_END()

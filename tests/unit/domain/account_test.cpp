#include "domain/account_rules.hpp"
#include "domain/limits.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/domain_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

namespace {

const uuid order_9 = numbered(9);

} // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_AUTO_TEST_CASE(a_stored_account_is_rebuilt_as_it_was) {
  auto state = account_with(1'000);
  state.evolve(hold_funds(state, order_9, 3, 400, after_s(1)).value().value());
  state.evolve(escrow_funds(state, order_9, after_s(2)).value());
  const account rebuilt(state.view(), state.totals(), state.holds());
  BOOST_TEST((rebuilt.view() == state.view()));
  BOOST_TEST((rebuilt.totals() == state.totals()));
  BOOST_TEST((rebuilt.holds() == state.holds()));
}

BOOST_AUTO_TEST_CASE(the_first_event_says_since_when_there_is_an_account) {
  auto state = account_named("alice");
  BOOST_TEST(!state.exists());
  state.evolve(decide(state, open_account{}, "root", after_s(3)).value());
  BOOST_TEST(state.exists());
  state.evolve(decide(state, deposit_funds{5, "cash"}, "root", after_s(4)).value());
  BOOST_TEST((state.view().created_at == after_s(3)));
  BOOST_TEST((state.view().updated_at == after_s(4)));
}

BOOST_AUTO_TEST_CASE(an_event_out_of_turn_ends_the_process) {
  auto state = account_with(1'000);
  auto event = decide(state, deposit_funds{5, {}}, "root", after_s(1)).value();
  event.version += 1;
  BOOST_TEST(aborts([&] { state.evolve(event); }));
  event.version -= 2;
  BOOST_TEST(aborts([&] { state.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(an_event_whose_result_is_wrong_ends_the_process) {
  auto state = account_with(1'000);
  const auto good = hold_funds(state, order_9, 1, 400, after_s(1)).value().value();
  BOOST_TEST(!aborts([&] { state.evolve(good); }));
  auto levels = good;
  levels.after.held = 401;
  BOOST_TEST(aborts([&] { state.evolve(levels); }));
  auto totals = good;
  totals.totals_after.paid_out = 1;
  BOOST_TEST(aborts([&] { state.evolve(totals); }));
  auto other = good;
  other.account_id = "bob";
  BOOST_TEST(aborts([&] { state.evolve(other); }));
}

BOOST_AUTO_TEST_CASE(spending_more_than_there_is_ends_the_process) {
  auto state = account_with(1'000);
  auto event = hold_funds(state, order_9, 1, 1'000, after_s(1)).value().value();
  std::get<funds_held>(event.what).amount = 1'001;
  event.after = {-1, 1'001};
  BOOST_TEST(aborts([&] { state.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(capturing_what_is_only_authorized_ends_the_process) {
  auto state = account_with(1'000);
  state.evolve(hold_funds(state, order_9, 1, 400, after_s(1)).value().value());
  BOOST_TEST(aborts([&] { (void)capture_escrow(state, order_9, "bob", after_s(2)); }));
}

BOOST_AUTO_TEST_CASE(returning_another_amount_than_was_held_ends_the_process) {
  auto state = account_with(1'000);
  state.evolve(hold_funds(state, order_9, 1, 400, after_s(1)).value().value());
  auto event = return_funds(state, order_9, after_s(2)).value();
  std::get<funds_returned>(event.what).amount = 300;
  event.after = {900, 100};
  BOOST_TEST(aborts([&] { state.evolve(event); }));
}

BOOST_AUTO_TEST_CASE(nothing_but_opening_and_a_payout_begins_an_account) {
  auto state = account_named("alice");
  auto event = decide(account_with(0), deposit_funds{5, {}}, "root", after_s(1)).value();
  event.version = 1;
  BOOST_TEST(aborts([&] { state.evolve(event); }));
  BOOST_TEST(!aborts([&] { state.evolve(receive_payout(state, order_9, "bob", 7, after_s(1))); }));
}

BOOST_AUTO_TEST_CASE(stored_figures_that_do_not_add_up_are_no_account) {
  auto state = account_with(1'000);
  state.evolve(hold_funds(state, order_9, 1, 400, after_s(1)).value().value());
  BOOST_TEST(adds_up(state.view(), state.totals(), state.holds()));

  auto lost = state.totals();
  lost.deposited -= 1;
  BOOST_TEST(!adds_up(state.view(), lost, state.holds()));
  BOOST_TEST(!adds_up(state.view(), state.totals(), {}));
  auto below = state.view();
  below.levels = {-1, 1'001};
  BOOST_TEST(!adds_up(below, state.totals(), {{order_9, {order_9, 1, 1'001, false}}}));
  auto other = state.holds();
  other.at(order_9).order_id = numbered(8);
  BOOST_TEST(!adds_up(state.view(), state.totals(), other));
  auto huge = state.totals();
  huge.deposited = INT64_MAX;
  huge.paid_in = INT64_MAX;
  BOOST_TEST(!adds_up(state.view(), huge, state.holds()));
  auto nameless = state.view();
  nameless.id.clear();
  BOOST_TEST(!adds_up(nameless, state.totals(), state.holds()));
  nameless.id.assign(account_id_bytes_max + 1, 'a');
  BOOST_TEST(!adds_up(nameless, state.totals(), state.holds()));
  auto unborn = state.view();
  unborn.version = 0;
  BOOST_TEST(!adds_up(unborn, state.totals(), state.holds()));
}

BOOST_AUTO_TEST_CASE(every_event_has_two_sides) {
  auto state = account_with(1'000);
  const auto held = hold_funds(state, order_9, 1, 400, after_s(1)).value().value();
  BOOST_TEST((transfer_of(held) == ledger_transfer{"balance", "held", 400, order_9}));
  state.evolve(held);
  BOOST_TEST((transfer_of(return_funds(state, order_9, after_s(2)).value()) ==
              ledger_transfer{"held", "balance", 400, order_9}));
  const auto escrowed = escrow_funds(state, order_9, after_s(2)).value();
  BOOST_TEST((transfer_of(escrowed) == ledger_transfer{"held", "escrow", 400, order_9}));
  state.evolve(escrowed);
  BOOST_TEST((transfer_of(return_funds(state, order_9, after_s(3)).value()) ==
              ledger_transfer{"escrow", "balance", 400, order_9}));
  BOOST_TEST((transfer_of(capture_escrow(state, order_9, "bob", after_s(3)).value()) ==
              ledger_transfer{"escrow", "payout", 400, order_9}));
  BOOST_TEST((transfer_of(receive_payout(state, order_9, "bob", 400, after_s(3))) ==
              ledger_transfer{"payout", "balance", 400, order_9}));
  BOOST_TEST((transfer_of(decide(state, deposit_funds{5, {}}, "root", after_s(3)).value()) ==
              ledger_transfer{"world", "balance", 5, {}}));
  BOOST_TEST((transfer_of(decide(account_named("bob"), open_account{}, "root", after_s(3)).value()) ==
              ledger_transfer{"world", "balance", 0, {}}));
}

BOOST_AUTO_TEST_SUITE_END()

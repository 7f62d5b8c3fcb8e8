#include "domain/account_rules.hpp"
#include "domain/limits.hpp"
#include "tests/support/domain_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

namespace {

const uuid order_9 = numbered(9);

/// Applies an event that must be there.
void take(account& state, const std::optional<account_event>& event) { state.evolve(event.value()); }

account with_escrow() {
  auto state = account_with(1'000);
  take(state, hold_funds(state, order_9, 3, 400, after_s(1)).value());
  take(state, escrow_funds(state, order_9, after_s(2)));
  return state;
}

/// An account that has paid and was paid so much, and has all that was deposited.
account after_long_trade(cents deposited, cents paid) {
  auto view = account_with(0).view();
  view.levels.balance = deposited;
  return {std::move(view), {deposited, paid, paid}, {}};
}

/// Pays itself all that it has.
void pay_oneself(account& state, const uuid& order_id) {
  const auto amount = state.view().levels.balance;
  take(state, hold_funds(state, order_id, 1, amount, after_s(1)).value());
  take(state, escrow_funds(state, order_id, after_s(2)));
  take(state, capture_escrow(state, order_id, "alice", after_s(3)));
  state.evolve(receive_payout(state, order_id, "alice", amount, after_s(4)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(account_rules)

BOOST_AUTO_TEST_CASE(opening_an_account_twice_changes_nothing) {
  auto state = account_named("alice");
  const auto opened = decide(state, open_account{}, "root", after_s(1));
  BOOST_TEST(opened.value().actor == "root");
  take(state, opened);
  BOOST_TEST(!decide(state, open_account{}, "root", after_s(2)).has_value());
}

BOOST_AUTO_TEST_CASE(a_deposit_can_be_spent_and_says_who_made_it) {
  auto state = account_with(0);
  const auto event = decide(state, deposit_funds{700, "cash"}, "root", after_s(1)).value();
  BOOST_TEST(event.actor == "root");
  BOOST_TEST((event.what == decltype(event.what){funds_deposited{700, "cash"}}));
  state.evolve(event);
  BOOST_TEST((state.view().levels == account_levels{700, 0}));
}

BOOST_AUTO_TEST_CASE(a_deposit_needs_an_account_and_then_an_amount_in_bounds) {
  const auto refused = [](const account& state, cents amount) {
    return decide(state, deposit_funds{amount, {}}, "root", after_s(1)).error();
  };
  BOOST_TEST((refused(account_named("bob"), 0).code == rejection_code::not_found));
  const auto state = account_with(1'000);
  for (const cents amount : {cents{0}, cents{-1}, account_balance_max - 999}) {
    BOOST_TEST((refused(state, amount).code == rejection_code::invalid_field));
    BOOST_TEST(refused(state, amount).field == "amount_cents");
  }
  BOOST_TEST(decide(state, deposit_funds{account_balance_max - 1'000, {}}, "root", after_s(1)).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_held_counts_against_the_bound_of_deposits) {
  auto state = account_with(account_balance_max);
  take(state, hold_funds(state, order_9, 1, account_balance_max, after_s(1)).value());
  BOOST_TEST((decide(state, deposit_funds{1, {}}, "root", after_s(2)).error().code ==
              rejection_code::invalid_field));
}

BOOST_AUTO_TEST_CASE(a_payment_is_declined_without_an_account_or_with_too_little) {
  const auto none = hold_funds(account_named("bob"), order_9, 1, 5, after_s(1));
  BOOST_TEST((none.error().code == rejection_code::payment_declined));
  BOOST_TEST(none.error().detail == "there is no account bob");
  const auto state = account_with(1'000);
  const auto little = hold_funds(state, order_9, 1, 1'001, after_s(1));
  BOOST_TEST((little.error().code == rejection_code::payment_declined));
  BOOST_TEST(little.error().detail == "account alice has too little: 10.01 needed, 10.00 there");
  BOOST_TEST(hold_funds(state, order_9, 1, 1'000, after_s(1)).value().has_value());
}

BOOST_AUTO_TEST_CASE(money_held_for_one_order_is_not_there_for_another) {
  auto state = account_with(1'000);
  take(state, hold_funds(state, order_9, 1, 600, after_s(1)).value());
  BOOST_TEST((state.view().levels == account_levels{400, 600}));
  BOOST_TEST(!hold_funds(state, numbered(10), 1, 401, after_s(2)).has_value());
}

BOOST_AUTO_TEST_CASE(asking_again_for_what_was_done_changes_nothing) {
  auto state = account_with(1'000);
  take(state, hold_funds(state, order_9, 3, 400, after_s(1)).value());
  BOOST_TEST(!hold_funds(state, order_9, 3, 400, after_s(2)).value().has_value());
  take(state, escrow_funds(state, order_9, after_s(2)));
  BOOST_TEST(!escrow_funds(state, order_9, after_s(3)).has_value());
  BOOST_TEST(!hold_funds(state, order_9, 3, 400, after_s(3)).value().has_value());
  take(state, capture_escrow(state, order_9, "bob", after_s(4)));
  BOOST_TEST(!capture_escrow(state, order_9, "bob", after_s(5)).has_value());
  BOOST_TEST(!return_funds(state, order_9, after_s(5)).has_value());
  BOOST_TEST((state.view().levels == account_levels{600, 0}));
}

BOOST_AUTO_TEST_CASE(a_hold_and_an_escrow_go_back_whole_and_once) {
  auto held = account_with(1'000);
  take(held, hold_funds(held, order_9, 3, 400, after_s(1)).value());
  take(held, return_funds(held, order_9, after_s(2)));
  BOOST_TEST((held.view().levels == account_levels{1'000, 0}));
  BOOST_TEST(!return_funds(held, order_9, after_s(3)).has_value());

  auto escrowed = with_escrow();
  const auto back = return_funds(escrowed, order_9, after_s(3)).value();
  BOOST_TEST(std::get<funds_returned>(back.what).escrowed);
  escrowed.evolve(back);
  BOOST_TEST((escrowed.view().levels == account_levels{1'000, 0}));
}

BOOST_AUTO_TEST_CASE(an_order_that_got_its_money_back_may_pay_again) {
  auto state = account_with(1'000);
  take(state, hold_funds(state, order_9, 3, 400, after_s(1)).value());
  take(state, return_funds(state, order_9, after_s(2)));
  take(state, hold_funds(state, order_9, 7, 500, after_s(3)).value());
  BOOST_TEST(state.find(order_9)->attempt == 7U);
}

BOOST_AUTO_TEST_CASE(an_order_without_a_price_is_remembered_like_any_other) {
  auto state = account_with(0);
  take(state, hold_funds(state, order_9, 3, 0, after_s(1)).value());
  take(state, escrow_funds(state, order_9, after_s(2)));
  const auto captured = capture_escrow(state, order_9, "bob", after_s(3)).value();
  BOOST_TEST((captured.what == decltype(captured.what){escrow_captured{order_9, 0, "bob"}}));
  state.evolve(captured);
  BOOST_TEST(!capture_escrow(state, order_9, "bob", after_s(4)).has_value());
}

BOOST_AUTO_TEST_CASE(a_payout_opens_the_account_of_the_payee) {
  auto payer = with_escrow();
  auto payee = account_named("bob");
  take(payer, capture_escrow(payer, order_9, "bob", after_s(3)));
  payee.evolve(receive_payout(payee, order_9, "alice", 400, after_s(3)));
  BOOST_TEST(payee.view().version == 1U);
  BOOST_TEST((payee.view().levels == account_levels{400, 0}));
  BOOST_TEST((payee.totals() == account_totals{0, 400, 0}));
  BOOST_TEST((payer.totals() == account_totals{1'000, 0, 400}));
}

BOOST_AUTO_TEST_CASE(one_who_pays_oneself_has_as_much_as_before) {
  auto state = with_escrow();
  take(state, capture_escrow(state, order_9, "alice", after_s(3)));
  state.evolve(receive_payout(state, order_9, "alice", 400, after_s(3)));
  BOOST_TEST((state.view().levels == account_levels{1'000, 0}));
}

BOOST_AUTO_TEST_CASE(a_payout_is_booked_however_much_went_in_and_out_before) {
  constexpr cents rich = account_balance_max;
  for (const cents room : {cents{0}, cents{1}, rich - 1, rich, rich + 1}) {
    BOOST_TEST_CONTEXT("room for " << room) {
      auto state = after_long_trade(rich, INT64_MAX - rich - room);
      for (std::uint64_t order = 1; order <= 3; ++order)
        pay_oneself(state, numbered(order));
      BOOST_TEST((state.view().levels == account_levels{rich, 0}));
      BOOST_TEST(adds_up(state.view(), state.totals(), state.holds()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_payout_is_booked_beside_the_most_that_may_be_deposited) {
  // All but little of it was paid out, and came back from others since.
  const cents rest = INT64_MAX - account_deposits_max;
  account state(after_long_trade(1, 0).view(), {account_deposits_max, rest, INT64_MAX - 1}, {});
  state.evolve(receive_payout(state, order_9, "bob", account_balance_max, after_s(1)));
  BOOST_TEST((state.view().levels == account_levels{1 + account_balance_max, 0}));
  BOOST_TEST(
      (state.totals() == account_totals{account_deposits_max, account_balance_max, INT64_MAX - 1 - rest}));
}

BOOST_AUTO_TEST_CASE(sums_are_whole_until_they_cannot_be_counted) {
  auto state = after_long_trade(10, INT64_MAX - 20);
  take(state, hold_funds(state, order_9, 1, 10, after_s(1)).value());
  take(state, escrow_funds(state, order_9, after_s(2)));
  take(state, capture_escrow(state, order_9, "alice", after_s(3)));
  state.evolve(receive_payout(state, order_9, "alice", 10, after_s(4)));
  BOOST_TEST((state.totals() == account_totals{10, INT64_MAX - 10, INT64_MAX - 10}));
}

BOOST_AUTO_TEST_CASE(a_deposit_has_room_after_any_trade_and_none_beyond_the_bound_of_all_deposits) {
  auto traded = after_long_trade(10, INT64_MAX - 10);
  traded.evolve(decide(traded, deposit_funds{7, {}}, "root", after_s(1)).value());
  BOOST_TEST((traded.totals() == account_totals{17, 0, 0}));

  account full(after_long_trade(0, 0).view(), {account_deposits_max - 5, 0, account_deposits_max - 5}, {});
  const auto refused = decide(full, deposit_funds{6, {}}, "root", after_s(1)).error();
  BOOST_TEST((refused.code == rejection_code::invalid_field));
  BOOST_TEST(refused.field == "amount_cents");
  BOOST_TEST(decide(full, deposit_funds{5, {}}, "root", after_s(1)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

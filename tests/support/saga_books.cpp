#include "tests/support/saga_books.hpp"

#include "tests/support/domain_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace orderd::test {

void saga_books::apply(const event& e) {
  if (const auto* of_item = std::get_if<stock_event>(&e)) {
    items[of_item->sku].evolve(*of_item);
  } else if (const auto* of_account = std::get_if<account_event>(&e)) {
    if (const auto* captured = std::get_if<escrow_captured>(&of_account->what))
      check_capture(*captured);
    const auto& id = of_account->account_id;
    accounts.try_emplace(id, account_named(id)).first->second.evolve(*of_account);
  } else if (const auto* of_order = std::get_if<order_event>(&e)) {
    evolve(orders[of_order->order_id], *of_order);
  }
  owed.observe(e);
  twin.follow(e);
}

/// Nobody is charged for units that are not held for the order.
void saga_books::check_capture(const escrow_captured& e) const {
  const auto& state = orders.at(e.order_id);
  BOOST_TEST_REQUIRE((state.step == saga_step::capturing && state.total == e.amount));
  for (const auto& line : state.lines)
    BOOST_TEST_REQUIRE((twin.holds.at(*line.reservation).order_id == state.id));
}

void saga_books::check_sums() const {
  for (const auto& [sku, item] : items) {
    const auto& levels = item.view().levels;
    BOOST_TEST_REQUIRE(levels.reserved == twin.reserved(sku));
    BOOST_TEST_REQUIRE(levels.on_hand == twin.shelves.at(sku));
    BOOST_TEST_REQUIRE(levels.available() >= 0);
  }
  for (const auto& [name, state] : accounts) {
    if (!state.exists())
      continue;
    BOOST_TEST_REQUIRE(state.view().levels.balance == twin.purses.at(name));
    BOOST_TEST_REQUIRE(state.view().levels.held == twin.held_of(name));
    BOOST_TEST_REQUIRE(state.view().levels.balance >= 0);
  }
  BOOST_TEST_REQUIRE(twin.sum_of_money() == 0);
}

void saga_books::check_rest(money_mover mover, const outside_books& outside) const {
  check_sums();
  BOOST_TEST_REQUIRE(owed.size() == 0U);
  std::map<uuid, uuid> held; // reservation to order
  for (const auto& [id, units] : twin.holds) {
    if (!units.order_id.is_nil())
      held[id] = units.order_id;
  }
  for (const auto& [id, state] : orders) {
    BOOST_TEST_CONTEXT("order " << to_string(id) << ", " << to_text(state.status)) {
      BOOST_TEST_REQUIRE((state.step == saga_step::none && state.status != order_status::registered));
      for (const auto& line : held_lines(state))
        BOOST_TEST_REQUIRE(held.erase(*line.reservation) == 1U);
      check_units(state);
      check_money(state, mover == money_mover::ledger && state.total > 0);
      const auto there = outside.find(id);
      check_outside(state, mover == money_mover::service && state.total > 0,
                    there != outside.end() ? there->second : outside_money{});
    }
  }
  for (const auto& [id, there] : outside)
    BOOST_TEST_REQUIRE((orders.contains(id) || there.authorized + there.captured == 0));
  // No units are held without an order.
  BOOST_TEST_REQUIRE(held.empty());
}

void saga_books::check_units(const order& state) const {
  std::int64_t wanted = 0;
  for (const auto& line : state.lines)
    wanted += state.status == order_status::completed ? line.qty : 0;
  const auto sold = twin.sold.find(state.id);
  BOOST_TEST_REQUIRE((sold == twin.sold.end() ? 0 : sold->second) == wanted);
  for (const auto& line : held_lines(state))
    BOOST_TEST_REQUIRE((twin.holds.at(*line.reservation).order_id == state.id));
}

/// An order that holds units has its price in escrow, a completed one is charged and paid out once, and all
/// others have no money.
void saga_books::check_money(const order& state, bool paid) const {
  const bool rests = !held_lines(state).empty();
  const auto envelope = twin.envelopes.find(state.id);
  BOOST_TEST_REQUIRE((envelope != twin.envelopes.end()) == (paid && rests));
  if (paid && rests)
    BOOST_TEST_REQUIRE((envelope->second.escrowed && envelope->second.amount == state.total));
  const auto times = [&](const auto& of) { return of.contains(state.id) ? of.at(state.id) : 0; };
  const std::int64_t charged = paid && state.status == order_status::completed ? 1 : 0;
  BOOST_TEST_REQUIRE(times(twin.captures) == charged);
  BOOST_TEST_REQUIRE(times(twin.payouts) == charged);
  BOOST_TEST_REQUIRE(times(twin.on_the_way) == 0);
}

void saga_books::check_outside(const order& state, bool paid, const outside_money& there) const {
  BOOST_TEST_REQUIRE(there.authorized == (paid && !held_lines(state).empty() ? 1 : 0));
  BOOST_TEST_REQUIRE(there.captured == (paid && state.status == order_status::completed ? 1 : 0));
}

} // namespace orderd::test

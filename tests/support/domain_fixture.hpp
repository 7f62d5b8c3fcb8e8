/// Numbered ids, instants, stock items and accounts for tests of the rules.
#pragma once

#include "domain/account_rules.hpp"
#include "domain/events.hpp"
#include "domain/stock_rules.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace orderd::test {

/// An id that shows its number: version 7, with the number in its last bytes.
inline uuid numbered(std::uint64_t n) { return make_uuid_v7(timestamp{}, 0, n); }

/// An instant some seconds after one in 2026.
inline timestamp after_s(std::int64_t seconds) {
  return timestamp{std::chrono::milliseconds{1'780'000'000'000}} + std::chrono::seconds{seconds};
}

/// Applies a decision's event and returns it.
template <class State, class Event> Event applied(State& state, const decision<Event>& decided) {
  const auto event = decided.value();
  state.evolve(event);
  return event;
}

/// An item with so many units on hand, at `price`.
inline stock_item item_with(std::int64_t on_hand, cents price = 250, const std::string& sku = "A") {
  stock_item item;
  define_stock command;
  command.on_hand = on_hand;
  command.price = price;
  item.evolve(decide(item, sku, command, after_s(0)).value());
  return item;
}

/// A buyer's reservation until `expires_s`.
inline reserve_stock for_buyer(std::uint64_t id, std::int64_t qty, std::int64_t expires_s) {
  return {numbered(id), qty, "alice", after_s(expires_s), {}};
}
inline reserve_stock for_order(std::uint64_t id, std::int64_t qty, std::uint64_t order) {
  return {numbered(id), qty, "alice", std::nullopt, numbered(order)};
}

/// An account that is yet to be opened.
inline account account_named(const std::string& id) {
  account_view view;
  view.id = id;
  return {std::move(view), {}, {}};
}

/// An open account with so much to spend.
inline account account_with(cents balance, const std::string& id = "alice") {
  auto state = account_named(id);
  state.evolve(decide(state, open_account{}, "root", after_s(0)).value());
  if (balance > 0)
    state.evolve(decide(state, deposit_funds{balance, "first"}, "root", after_s(0)).value());
  return state;
}

} // namespace orderd::test

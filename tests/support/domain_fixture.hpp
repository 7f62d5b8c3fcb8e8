/// Numbered ids, instants and stock items for tests of the rules.
#pragma once

#include "domain/events.hpp"
#include "domain/stock_rules.hpp"

#include <cstdint>
#include <string>

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

} // namespace orderd::test

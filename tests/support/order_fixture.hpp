/// Orders in every status for tests of the rules.
#pragma once

#include "domain/order_rules.hpp"
#include "tests/support/domain_fixture.hpp"

namespace orderd::test {

inline constexpr order_status all_statuses[] = {
    order_status::draft,     order_status::registered, order_status::processed, order_status::accepted,
    order_status::completed, order_status::cancelled,  order_status::failed};

inline const caller alice{"alice", false}; ///< owns the orders
inline const caller bob{"bob", false};     ///< runs the accepted ones
inline const caller carol{"carol", false}; ///< a stranger
inline const caller chief{"operator", true};

inline order_line line_of(const std::string& sku, std::int64_t qty, std::uint64_t id = 1) {
  order_line line;
  line.id = numbered(id);
  line.sku = sku;
  line.qty = qty;
  return line;
}

/// A line whose units are reserved at a price.
inline order_line reserved_line(const std::string& sku, std::int64_t qty, cents price,
                                std::uint64_t reservation) {
  auto line = line_of(sku, qty, reservation);
  line.price = price;
  line.reservation = numbered(reservation);
  return line;
}

/// Alice's order 9 of two lines, brought to `status` by events.
inline order order_in(order_status status) {
  order state;
  create_order command{"alice", {line_of("A", 2, 1), line_of("B", 1, 2)}, "{}", "EUR", status};
  const std::vector<order_line> reserved = {reserved_line("A", 2, 250, 101), reserved_line("B", 1, 100, 102)};
  if (status != order_status::draft)
    command.wanted = order_status::registered;
  evolve(state, created_event(numbered(9), command, alice, after_s(1)));
  const auto step = [&](order_status next, const caller& who) {
    evolve(state, *decide(state, {next, {}, "why", true}, who, after_s(3)).value().event);
  };
  if (status == order_status::processed || status == order_status::accepted ||
      status == order_status::completed)
    evolve(state, placed_event(state, order_status::processed, reserved, chief, after_s(2)));
  if (status == order_status::accepted || status == order_status::completed)
    step(order_status::accepted, bob);
  if (successors(status).empty())
    step(status, chief);
  return state;
}

} // namespace orderd::test

/// Whether a row, or a moment of an entity that is live, shows what its events come to.
#pragma once

#include "persistence/audit_report.hpp"
#include "persistence/audit_snapshot.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <variant>

namespace orderd {

/// What an order showed.
struct shown_order {
  order_status status = order_status::draft;
  payment_status payment = payment_status::none;
  cents total = 0;

  bool operator==(const shown_order&) const = default;
};

/// What an entity that was live showed, and as of which of its events.
struct shown_entity {
  std::uint64_t version = 0;
  std::variant<stock_levels, shown_order, account_levels> what;
};

/// What was live, by kind and key.
struct shown_entities {
  std::array<std::unordered_map<std::string, shown_entity>, 3> by_kind;

  [[nodiscard]] std::unordered_map<std::string, shown_entity>& of(entity_kind kind) {
    return by_kind.at(static_cast<std::size_t>(kind));
  }
};

/// Reports each part of the row that differs from the state of the same entity. Codes: levels_differ,
/// totals_differ, product_differs, version_differs, reservations_differ, status_differs, order_differs,
/// balance_differs, holds_differ, time_differs.
void compare(const stored_entity& row, const entity_state& folded, audit_report& report);
/// Of a row whose events say nothing: whether it adds up by itself. Code: row_does_not_add_up.
void check_alone(const stored_entity& row, audit_report& report);
/// The state is that of the version that was shown. Code: live_differs.
void compare(const entity_key& entity, const shown_entity& shown, const entity_state& folded,
             audit_report& report);

/// The number of the entity's events that the row shows.
[[nodiscard]] std::uint64_t version_of(const stored_entity& row);

} // namespace orderd

/// A stock item: units on hand, what is reserved of them, and how events change both.
#pragma once

#include "domain/money.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd {

/// Stored as numbers: values are never reused.
enum class reservation_state : std::uint8_t { active = 0, committed = 1, released = 2, expired = 3 };

[[nodiscard]] std::string_view to_text(reservation_state state) noexcept;

struct reservation {
  uuid id;
  std::int64_t qty = 0;
  std::string holder;
  timestamp created_at;
  std::optional<timestamp> expires_at; ///< none once it belongs to an order
  uuid order_id;                       ///< nil while it belongs to no order
  /// Set while claimed for an order: the expiry it returns to if the order does not come to be.
  std::optional<timestamp> claimed_expiry;

  bool operator==(const reservation&) const = default;
};

/// Units on hand and reserved after an event. Available is the difference.
struct stock_levels {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;

  [[nodiscard]] std::int64_t available() const noexcept { return on_hand - reserved; }
  bool operator==(const stock_levels&) const = default;
};

/// Sums over the item's whole history: `received - committed - adjusted_out == on_hand`, always.
struct stock_totals {
  std::int64_t received = 0;
  std::int64_t committed = 0;
  std::int64_t adjusted_out = 0;

  bool operator==(const stock_totals&) const = default;
};

/// What the catalogue says of an item.
struct product {
  std::string sku;
  std::optional<std::int64_t> product_id;
  std::string name;
  cents price = 0;
  /// With this many units available, or fewer, the item is low; nothing: it never is.
  std::optional<std::int64_t> low_threshold = {};

  bool operator==(const product&) const = default;
};

/// Whether so few units are available that the product is low.
[[nodiscard]] bool is_low(const product& p, const stock_levels& levels) noexcept;

/// The item without its reservations: what a reader is shown.
struct stock_view {
  orderd::product product;
  stock_levels levels;
  std::uint64_t version = 0;
  timestamp updated_at;

  bool operator==(const stock_view&) const = default;
};

struct stock_event;

/// The ledger of one item. Owned by one actor; not thread safe.
class stock_item {
 public:
  stock_item() = default;
  /// Rebuilds a stored item, or names one that does not exist yet (version 0, only the SKU set). Asserts the
  /// invariants.
  stock_item(stock_view view, stock_totals totals, std::vector<reservation> active);

  [[nodiscard]] const stock_view& view() const noexcept { return view_; }
  [[nodiscard]] const stock_totals& totals() const noexcept { return totals_; }
  [[nodiscard]] bool exists() const noexcept { return view_.version > 0; }
  [[nodiscard]] const reservation* find(const uuid& id) const noexcept;
  [[nodiscard]] const std::unordered_map<uuid, reservation>& active() const noexcept { return active_; }

  /// The earliest expiry of an active reservation. Amortised constant time.
  [[nodiscard]] std::optional<timestamp> next_expiry() const;
  /// Ids of at most `max` reservations that are due at `now`, earliest first.
  [[nodiscard]] std::vector<uuid> due(timestamp now, std::size_t max) const;

  /// Applies an event. Asserts that it is the next one and that every invariant holds after it.
  void evolve(const stock_event& event);

 private:
  struct applier;
  struct deadline {
    timestamp at;
    uuid id;
  };
  static bool later(const deadline& a, const deadline& b) noexcept;
  void add_deadline(const reservation& r);
  void drop_stale_deadlines() const;
  [[nodiscard]] bool is_current(const deadline& d) const noexcept;
  void add(const reservation& r);
  void end(const uuid& id, bool units_leave);
  void check_invariants() const;

  stock_view view_;
  stock_totals totals_;
  std::unordered_map<uuid, reservation> active_;
  /// A binary heap that may hold deadlines of ended or extended reservations; they are dropped when met.
  mutable std::vector<deadline> deadlines_;
};

} // namespace orderd

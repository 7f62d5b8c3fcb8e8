/// What may happen to a stock item: commands to events or refusals. Pure; `now` and ids are arguments.
#pragma once

#include "domain/events.hpp"
#include "domain/rejection.hpp"
#include "domain/stock.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace orderd {

/// Creates the item or changes the named fields; absent fields keep their value.
struct define_stock {
  std::optional<std::string> name;
  std::optional<cents> price;
  std::optional<std::int64_t> on_hand;
  std::optional<std::int64_t> product_id;
  std::optional<std::int64_t> low_threshold = {};
  bool drops_low_threshold = false; ///< the item is never low any more; without a `low_threshold`
};
struct adjust_stock {
  std::int64_t delta = 0;
  std::string reason;
};
/// Reserves units: for a holder until `expires_at`, or for an order (`order_id`, no expiry).
struct reserve_stock {
  uuid id;
  std::int64_t qty = 0;
  std::string holder;
  std::optional<timestamp> expires_at;
  uuid order_id;
};
struct extend_reservation {
  uuid id;
  timestamp expires_at;
};
struct release_reservation {
  uuid id;
};
struct commit_reservation {
  uuid id;
};
/// Binds a buyer's own reservation of exactly `qty` units to an order.
struct claim_reservation {
  uuid id;
  uuid order_id;
  std::int64_t qty = 0; ///< 0: whatever the reservation holds
};

/// An event by which the item becomes low says so: it is low after it, by the threshold it has then, and was
/// not before, by the one it had. An item that is new was not low before.
///
/// The refusals of each, in order: not_found / unknown_product (a missing item, asked for by an order),
/// reservation_expired, illegal_transition, invalid_field, insufficient_stock. The caller has compared
/// versions and has ended what is due, and gives an expiry after `now` (asserted).
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const std::string& sku,
                                           const define_stock& command, timestamp now);
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const adjust_stock& command,
                                           timestamp now);
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const reserve_stock& command,
                                           timestamp now);
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const extend_reservation& command,
                                           timestamp now);
/// Refused with `illegal_transition` for a reservation that belongs to an order: the order decides over it.
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const release_reservation& command,
                                           timestamp now);
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const commit_reservation& command,
                                           timestamp now);
[[nodiscard]] decision<stock_event> decide(const stock_item& item, const claim_reservation& command,
                                           timestamp now);

/// What an order tells the item about a reservation that it holds. Each is idempotent: nothing to do is no
/// event. A reservation that belongs to another order is left alone.
enum class order_verdict : std::uint8_t {
  abandon, ///< the order did not come to be: a claim is undone, a reservation made for it released
  release, ///< the order ended without the units
  commit,  ///< the order is completed: the units leave
};
[[nodiscard]] std::optional<stock_event> settle(const stock_item& item, const uuid& reservation_id,
                                                const uuid& order_id, order_verdict verdict, timestamp now);

/// Ends the reservations that are due (at most `max` of them), or nothing.
[[nodiscard]] std::optional<stock_event> expire_due(const stock_item& item, timestamp now, std::size_t max);

} // namespace orderd

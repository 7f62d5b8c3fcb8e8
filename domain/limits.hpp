/// Bounds of the rules' values. Beyond them a command is refused; within them no sum of one step overflows.
#pragma once

#include "domain/money.hpp"

#include <cstddef>
#include <cstdint>

namespace orderd {

inline constexpr std::size_t order_lines_max = 100;
inline constexpr std::int64_t qty_max = 2'147'483'647;         ///< units of one line or reservation
inline constexpr std::int64_t on_hand_max = 1'000'000'000'000; ///< units of one stock item
inline constexpr cents price_max = 1'000'000'000'00;           ///< of one unit
inline constexpr std::size_t sku_bytes_max = 64;
inline constexpr std::size_t metadata_bytes_max = std::size_t{16} * 1024;

inline constexpr cents account_balance_max = 1'000'000'000'000'00; ///< of one account, holds included
/// Of one account, over its whole history: half of what can be counted, so that a payout always can be.
inline constexpr cents account_deposits_max = INT64_MAX / 2;
inline constexpr std::size_t account_id_bytes_max = 64;
/// The holds of an account with at most so many are recounted after every event.
inline constexpr std::size_t account_recount_holds_max = 64;

/// An item with at most so many active reservations is recounted after every event.
inline constexpr std::size_t stock_recount_reservations_max = 64;
/// Deadlines of ended reservations that an item may keep, beyond twice the active ones, before it sweeps
/// them.
inline constexpr std::size_t stale_deadlines_max = 64;

static_assert(qty_max <= on_hand_max);
static_assert(price_max <= INT64_MAX / 10'000, "ten thousand units at the highest price have a total");

} // namespace orderd

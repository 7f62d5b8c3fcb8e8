/// What the engine's actors count and time of their own work.
#pragma once

#include "actors/store_lag.hpp"
#include "config/histogram.hpp"
#include "domain/order.hpp"
#include "persistence/event_chain.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orderd {

/// By the values of `entity_kind`.
inline constexpr std::array<std::string_view, 3> entity_kinds{"stock", "order", "account"};

/// What became of units that were asked for or held. A line of an order counts as what it is: a reservation.
enum class reservation_result : std::uint8_t {
  granted,            ///< units are held
  claimed,            ///< units that their buyer held are an order's now
  insufficient_stock, ///< refused: there are too few
  unknown_product,    ///< refused: there is no such SKU
  refused,   ///< for any other reason: the claimed reservation is gone, the engine is overloaded, …
  expired,   ///< ended: time has passed
  released,  ///< ended: given up
  committed, ///< ended: sold
};
inline constexpr std::array<std::string_view, 8> reservation_results{
    "granted", "claimed", "insufficient_stock", "unknown_product",
    "refused", "expired", "released",           "committed"};

/// Values of `saga_step`, `none` included.
inline constexpr std::size_t saga_steps = static_cast<std::size_t>(saga_step::returning) + 1;

/// Seconds that a message waits for its entity: most of them for some microseconds.
inline constexpr std::array mailbox_wait_bounds = {0.00001, 0.000025, 0.00005, 0.0001, 0.00025,
                                                   0.0005,  0.001,    0.0025,  0.005,  0.01,
                                                   0.025,   0.05,     0.1,     0.5,    2.5};
/// Events that are written together.
inline constexpr std::array batch_bounds = {1.0,   2.0,   5.0,     10.0,    20.0,    50.0,    100.0,
                                            200.0, 500.0, 1'000.0, 2'000.0, 5'000.0, 10'000.0};

/// Any thread; nothing blocks but `lag`, for moments. Outlives every actor and every reply token.
struct engine_measures {
  using counter = std::atomic<std::uint64_t>;

  histogram sync_seconds{latency_bounds};        ///< journal: of each sync
  histogram sync_events{batch_bounds};           ///< journal: that one sync made durable
  histogram transaction_seconds{latency_bounds}; ///< write-behind: of each that was committed
  histogram transaction_events{batch_bounds};
  store_lag lag;

  std::array<histogram, entity_kinds.size()> mailbox_wait{
      histogram{mailbox_wait_bounds}, histogram{mailbox_wait_bounds}, histogram{mailbox_wait_bounds}};
  std::array<counter, entity_kinds.size()> activations{}; ///< shards: entities that came into memory
  std::array<counter, reservation_results.size()> reservations{};
  /// Orders by the step of their saga: the start counts them in the store, then the orders do.
  std::array<std::atomic<std::int64_t>, saga_steps> sagas{};

  void count(reservation_result what, std::uint64_t times = 1) noexcept {
    reservations[static_cast<std::size_t>(what)].fetch_add(times, std::memory_order_relaxed);
  }
  void count_waited(entity_kind where, std::chrono::nanoseconds time) noexcept {
    mailbox_wait[static_cast<std::size_t>(where)].observe(std::chrono::duration<double>(time).count());
  }
  void move_saga(saga_step from, saga_step to) noexcept {
    if (from == to)
      return;
    sagas[static_cast<std::size_t>(from)].fetch_sub(1, std::memory_order_relaxed);
    sagas[static_cast<std::size_t>(to)].fetch_add(1, std::memory_order_relaxed);
  }
};

} // namespace orderd

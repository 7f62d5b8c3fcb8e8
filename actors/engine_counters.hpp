/// Figures that the engine's threads share without messages.
#pragma once

#include "actors/engine_measures.hpp"
#include "persistence/store.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace orderd {

/// Any thread. Outlives every actor and every reply token.
struct engine_counters {
  std::atomic<bool> accepts_writes{true};    ///< journal: there is room for all that is under way
  std::atomic<std::uint64_t> durable_seq{0}; ///< journal: last synced event
  std::atomic<std::uint64_t> applied_seq{0}; ///< write-behind: last event in the store
  std::atomic<std::uint64_t> backlog_bytes{0};
  std::atomic<std::uint64_t> journal_syncs{0};
  std::atomic<std::uint64_t> headroom_bytes{0}; ///< journal: what can be written without new disk space
  std::atomic<std::uint64_t> live_orders{0};
  std::atomic<std::uint64_t> live_stock_items{0};
  std::atomic<std::int64_t> sagas_stuck{0};        ///< the start counts them in the store, then the orders do
  std::atomic<std::uint64_t> payment_conflicts{0}; ///< notices that did not fit their order
  std::atomic<std::uint64_t> live_accounts{0};
  std::atomic<std::uint64_t> requests_in_flight{0};
  std::atomic<std::uint64_t> bytes_in_flight{0}; ///< what those requests may append to the journal, at most
  std::atomic<std::uint64_t> processor_ready{0}; ///< processor: orders that wait for it
  std::atomic<std::uint64_t> processor_in_flight{0}; ///< processor: orders that it attends to
  std::atomic<std::uint64_t> processor_due{0};       ///< processor: orders that wait for a time of their own
  std::atomic<bool> store_away{false};         ///< write-behind: the last try failed, another will follow
  std::atomic<std::uint64_t> request_bytes{0}; ///< answers of remembered requests that the store may lack
  std::atomic<std::uint64_t> event_clients{0}; ///< streams of events; counted in by who subscribes them
  std::atomic<std::uint64_t> proofs{0};        ///< of stock items, under way; counted in by who asks for them
  std::atomic<std::uint64_t> dropped_to{0};    ///< write-behind: the history begins behind this event
  std::atomic<std::uint64_t> keys_forgotten{0}; ///< remembered requests that were forgotten before their time
  /// The write-behind actor has been told of durable events and has not looked yet: one message is enough.
  std::atomic<bool> write_behind_told{false};
  std::atomic<bool> store_awaited{false};   ///< somebody waits for the store to come further
  std::atomic<bool> reader_awaited{false};  ///< somebody waits for a reader to become free
  std::atomic<bool> history_damaged{false}; ///< write-behind: old events do not follow from each other
  engine_measures measures;

  [[nodiscard]] std::uint64_t live_entities() const noexcept {
    return live_orders.load(std::memory_order_relaxed) + live_stock_items.load(std::memory_order_relaxed) +
           live_accounts.load(std::memory_order_relaxed);
  }
  /// Write-behind: why its last try failed, or that it succeeded: then the store can be read again as well.
  void set_store_error(std::string detail) {
    if (detail.empty())
      set_read_error({});
    const std::lock_guard lock{mutex_};
    store_away.store(!detail.empty(), std::memory_order_relaxed);
    store_error_ = std::move(detail);
  }
  /// An answer has waited for `seq` in vain. While write-behind still tries to store it, the store counts as
  /// away, and its next success says otherwise.
  void set_unconfirmed(std::uint64_t seq) {
    const std::lock_guard lock{mutex_};
    if (seq <= applied_seq.load(std::memory_order_acquire))
      return;
    store_away.store(true, std::memory_order_relaxed);
    if (store_error_.empty())
      store_error_ = "the store has not confirmed a change in time";
  }
  /// Readers: why the last read failed, or that one succeeded. It says nothing of writing.
  void set_read_error(std::string detail) {
    if (detail.empty() && !reads_fail_.load(std::memory_order_relaxed))
      return;
    const std::lock_guard lock{mutex_};
    reads_fail_.store(!detail.empty(), std::memory_order_relaxed);
    read_error_ = std::move(detail);
  }
  void set_aside(const aside_figures& figures) {
    const std::lock_guard lock{mutex_};
    aside_ = figures;
  }
  [[nodiscard]] aside_figures aside() const {
    const std::lock_guard lock{mutex_};
    return aside_;
  }
  [[nodiscard]] std::string store_error() const {
    const std::lock_guard lock{mutex_};
    return store_error_.empty() ? read_error_ : store_error_;
  }

 private:
  mutable std::mutex mutex_;
  std::string store_error_;
  std::atomic<bool> reads_fail_{false};
  std::string read_error_;
  aside_figures aside_;
};

} // namespace orderd

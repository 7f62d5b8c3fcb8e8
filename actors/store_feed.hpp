/// From the journal to the store, one transaction at a time: the one way, for recovery and for write-behind.
#pragma once

#include "config/histogram.hpp"
#include "config/result.hpp"
#include "domain/obligations.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace orderd {

/// One thread. Holds one batch in memory, of some 8 MiB at most.
class store_feed {
 public:
  /// `journal` is positioned, and `open` stands, behind what the store has applied. `events_max`: of one
  /// transaction.
  store_feed(std::shared_ptr<store_writer> store, journal_reader journal, obligations open,
             std::size_t events_max);

  /// From now on each committed transaction is timed and counted there. They outlive the feed.
  void measure_in(histogram& seconds, histogram& events) noexcept {
    seconds_ = &seconds;
    events_ = &events;
  }

  /// Applies the next events up to `until_seq` in one transaction and returns how many; 0 when there are
  /// none. An event that the store refuses by itself is set aside: batches are halved until it is found. If
  /// it is the record of its request that is refused, that alone is given up, and forgotten early. A batch
  /// that takes too long is halved for the next try. Errors: those of the store, to be tried again unless
  /// `is_final`, and those of the journal, which are final.
  [[nodiscard]] result<std::size_t> advance(std::uint64_t until_seq);

  /// Whether the last call left events behind that it could have taken: there is nothing to wait for.
  [[nodiscard]] bool has_more() const noexcept { return !pending_.empty() || read_cut_short_; }
  /// How many events the next transaction takes at most; less after one that was too slow or refused.
  [[nodiscard]] std::size_t events_tried() const noexcept { return events_tried_; }
  /// Up to where the store has all events. Settled by the last call, not by a look at the store.
  [[nodiscard]] std::uint64_t applied_seq() const noexcept { return store_->applied_seq(); }
  /// What is open between orders and stock after `applied_seq`.
  [[nodiscard]] const obligations& open_obligations() const noexcept { return open_; }
  /// Bytes of events applied so far.
  [[nodiscard]] std::uint64_t applied_bytes() const noexcept { return applied_bytes_; }
  [[nodiscard]] store_writer& store() const noexcept { return *store_; }

 private:
  [[nodiscard]] result<void> read(std::uint64_t until_seq);
  [[nodiscard]] result<std::size_t> apply(std::size_t count);
  [[nodiscard]] result<void> take_refused(store_batch& single, const std::string& reason);
  /// A transaction of so many events was committed.
  void note_transaction(std::chrono::steady_clock::time_point began, std::size_t events) const noexcept;
  [[nodiscard]] store_batch take_batch(std::size_t count, obligations& after);

  std::shared_ptr<store_writer> store_;
  journal_reader journal_;
  obligations open_;
  std::vector<sequenced_event> pending_; ///< read, not applied
  std::uint64_t pending_bytes_ = 0;
  bool read_cut_short_ = false; ///< the last batch that was read was full
  std::uint64_t applied_bytes_ = 0;
  std::size_t events_max_;
  histogram* seconds_ = nullptr;
  histogram* events_ = nullptr;
  std::size_t events_tried_; ///< in the next transaction at most; less after trouble
};

/// Whether an error of `store_feed::advance` ends the process. A store that has fallen back (`behind`) would
/// show sleeping entities as they were: only a start feeds it again before anything is read from it.
[[nodiscard]] constexpr bool is_final(error_code code) noexcept {
  return code == error_code::superseded || code == error_code::behind || code == error_code::damaged ||
         code == error_code::newer_format || code == error_code::io_failed;
}

} // namespace orderd

/// Appends frames to the journal and makes them durable, a group at a time.
#pragma once

#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_recovery.hpp"
#include "persistence/segment_preparer.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

struct journal_options {
  std::string folder; ///< made if absent; the caller holds its lock
  /// Size of the segments to come, a multiple of 4,096 up to `segment_bytes_max`. Below
  /// `segment_bytes_min` (for tests) the largest payload does not fit.
  std::size_t segment_bytes = std::size_t{64} << 20;
  uuid identity;           ///< of the store; a journal of another one is refused
  std::uint32_t epoch = 0; ///< the fencing epoch written into each frame
};

struct journal_counters {
  std::uint64_t syncs = 0;
  std::uint64_t frames = 0; ///< synced
  std::uint64_t bytes = 0;  ///< synced, headers and padding included
};

/// One thread, the journal actor's. The journal is read while it grows by `journal_reader`, elsewhere.
class journal_writer {
 public:
  /// Recovers what is there (see `recover_journal` for what is refused) or begins a journal with sequence
  /// 1. Without a preparer it makes a `background_preparer`. `files` must outlive the writer.
  [[nodiscard]] static result<std::unique_ptr<journal_writer>>
  open(file_system& files, journal_options options, std::uint64_t applied_seq,
       std::unique_ptr<segment_preparer> preparer = nullptr);

  /// Begins a journal for a store that was filled from elsewhere up to `last_seq`, so that `open` goes on
  /// behind that. The folder has no journal yet (see `has_journal`).
  [[nodiscard]] static result<void> begin(file_system& files, journal_options options,
                                          std::uint64_t last_seq);

  /// What `open` found.
  [[nodiscard]] const recovery_report& recovery() const noexcept { return recovery_; }

  /// Begins a frame. Append the payload (at most `payload_bytes_max`) to the returned buffer, touch nothing
  /// before, then call `end_frame`. The buffer is in memory only; keep it bounded by syncing.
  [[nodiscard]] std::string& begin_frame(std::uint16_t tag);

  /// Completes the frame and returns its sequence.
  std::uint64_t end_frame();
  /// Both, for a payload that exists already.
  std::uint64_t append(std::uint16_t tag, std::string_view payload);

  /// Makes everything appended durable: one write and one fdatasync, more only if it exceeds a segment.
  /// `no_space` while a new segment is needed and cannot be had: nothing is lost, call again later. Any
  /// other failure is final: what is on disk is unknown until a recovery, so all later calls return it.
  [[nodiscard]] result<void> sync();

  /// The last sequence given out, and the last that is durable.
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }
  [[nodiscard]] std::uint64_t synced_seq() const noexcept { return synced_seq_; }
  [[nodiscard]] std::size_t buffered_bytes() const noexcept { return buffer_.size(); }

  /// Bytes that can be written without new disk space: the rest of the current segment and the prepared
  /// one, less what is buffered; 0 after a failure. A group that the rest is too small for leaves that
  /// rest empty: refuse new work well before this is down to the largest group.
  [[nodiscard]] std::size_t headroom_bytes() const;

  /// Bytes of the journal not yet released: full segments and what is written in the current one.
  [[nodiscard]] std::uint64_t backlog_bytes() const noexcept;

  /// Deletes the full segments whose frames the store has all applied, never the current one. Each removal
  /// is durable before the next: no crash leaves a gap. After an error the next call goes on.
  result<void> release_applied(std::uint64_t applied_seq);

  [[nodiscard]] const journal_counters& counters() const noexcept { return counters_; }

 private:
  /// Frames in `buffer_` that go to disk in one write.
  struct group {
    std::uint64_t first_seq;
    std::uint64_t last_seq;
    std::size_t bytes;
  };

  journal_writer(file_system& files, journal_options options, std::unique_ptr<segment_preparer> preparer);

  [[nodiscard]] result<void> begin_journal(std::uint64_t first_seq);
  [[nodiscard]] std::size_t segment_capacity() const noexcept;
  [[nodiscard]] bool fits_current(const group& next) const noexcept;
  [[nodiscard]] result<void> write_to_current(std::string_view bytes);
  [[nodiscard]] result<void> roll(prepared_segment next, std::uint64_t first_seq, std::string_view bytes);
  [[nodiscard]] result<void> stop(error failure);
  void drop_written(std::size_t groups, std::size_t bytes);

  file_system& files_;
  const journal_options options_;
  const std::uint32_t seed_;
  std::unique_ptr<segment_preparer> preparer_;
  recovery_report recovery_;

  std::deque<segment_extent> sealed_; ///< full segments, oldest first
  segment_extent current_extent_;
  std::unique_ptr<file> current_;
  std::uint64_t offset_ = 0; ///< where the next group goes in it

  std::string buffer_;
  std::vector<group> groups_; ///< what is in `buffer_`, in order
  std::size_t frame_begin_ = 0;
  std::uint16_t open_tag_ = 0; ///< 0 between frames

  std::uint64_t last_seq_ = 0;
  std::uint64_t synced_seq_ = 0;
  std::optional<error> failure_;
  bool removal_unsynced_ = false;
  journal_counters counters_;
};

} // namespace orderd

/// Reads the journal's frames in order, while it grows.
#pragma once

#include "persistence/file_system.hpp"
#include "persistence/segment_cursor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// A frame as it was appended. `payload` lives until the reader's next call.
struct frame_view {
  std::uint64_t seq = 0;
  std::uint32_t epoch = 0;
  std::uint16_t tag = 0;
  std::string_view payload;
};

/// One thread at a time, any thread: it shares nothing with the writer but the files. Segments that hold
/// what it has yet to read must not be released.
class journal_reader {
 public:
  /// Reads from sequence `from_seq` (1 or more) on, which may be still to come, provided the segment it
  /// will be in, or the one before, exists. `files` must outlive the reader.
  [[nodiscard]] static result<journal_reader> open(file_system& files, std::string folder,
                                                   const uuid& identity, std::uint64_t from_seq);

  /// The next frame; nothing once all up to `until_seq` have been read. `until_seq` is one the writer has
  /// synced: what lies behind it may not stay, so it is not looked at. `damaged`, naming segment and
  /// offset, when a frame up to there is not as it was written or its segment is gone.
  [[nodiscard]] result<std::optional<frame_view>> next(std::uint64_t until_seq);

  /// The sequence that `next` will return.
  [[nodiscard]] std::uint64_t next_seq() const noexcept { return next_seq_; }

 private:
  journal_reader(file_system& files, std::string folder, const uuid& identity, std::uint64_t next_seq,
                 std::uint64_t segment_first_seq, segment_cursor cursor);

  /// The frame of sequence `expected_seq_`, in this segment or the next.
  [[nodiscard]] result<decoded_frame> next_in_file();
  [[nodiscard]] result<void> follow();

  file_system* files_;
  std::string folder_;
  uuid identity_;
  std::uint64_t next_seq_;
  std::uint64_t segment_first_seq_;
  std::uint64_t expected_seq_; ///< of the frame at the cursor: below `next_seq_` while skipping
  segment_cursor cursor_;
};

} // namespace orderd

/// A store's whole history in one file, as history_file.md lays it down: how it moves to another database.
#pragma once

#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

inline constexpr std::uint32_t history_format_version = 2; ///< what is written; all up to it are read
inline constexpr std::size_t history_header_bytes = 64;

/// What such a file says of itself. The same layout in every format version.
struct history_header {
  uuid identity;         ///< of the store that the history is of
  timestamp exported_at; ///< for people
};

/// What a whole file holds.
struct history_extent {
  std::uint64_t events = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t bytes = 0;
};

/// Writes such a file under the name PATH.partial until it is whole and durable. One thread; memory is
/// bounded. After an error it is of no more use, and PATH is not there.
class history_writer {
 public:
  /// Refuses (`io_failed`) a path that is taken; empties a partial file that was left behind. `files` must
  /// outlive the writer.
  [[nodiscard]] static result<history_writer> create(file_system& files, std::string path,
                                                     const history_header& header);

  /// Appends the next event, with its link if it has one. `damaged`, if its sequence is not one more than
  /// that of the one before.
  [[nodiscard]] result<void> append(const sequenced_event& next);

  /// The last event appended, 0 before the first.
  [[nodiscard]] std::uint64_t last_seq() const noexcept { return last_seq_; }

  /// Ends the file, syncs it and gives it its name, which is durable on return.
  [[nodiscard]] result<history_extent> finish();

 private:
  history_writer(file_system& files, std::string path, std::unique_ptr<file> opened, std::uint32_t seed);
  [[nodiscard]] result<void> flush();

  file_system* files_;
  std::string path_;
  std::unique_ptr<file> file_;
  std::uint32_t seed_;
  std::uint32_t checksum_ = 0; ///< of all that was written
  std::uint64_t offset_ = 0;   ///< bytes in the file
  std::uint64_t last_seq_ = 0;
  std::string buffer_; ///< what goes behind them
};

/// Reads such a file from the front. One thread; memory is bounded. Errors of every call: io_failed, damaged
/// (naming file and offset), newer_format.
class history_reader {
 public:
  /// Opens the file and reads its header. `files` need not outlive the reader.
  [[nodiscard]] static result<history_reader> open(file_system& files, std::string path);

  [[nodiscard]] const history_header& header() const noexcept { return header_; }
  /// Whether each event of the file should have its link: files of the first format version have none.
  [[nodiscard]] bool has_links() const noexcept { return version_ > 1; }

  /// The next event, with its link if the file has it; nothing once the end record has been found to agree
  /// with all that was read.
  [[nodiscard]] result<std::optional<sequenced_event>> next();

  /// What has been read so far.
  [[nodiscard]] history_extent extent() const noexcept { return {last_seq_, last_seq_, offset_}; }

 private:
  history_reader(std::string path, std::unique_ptr<file> opened);
  [[nodiscard]] result<void> read_header();
  [[nodiscard]] result<decoded_frame> next_frame();
  [[nodiscard]] result<sequenced_event> event_of(const decoded_frame& frame) const;
  [[nodiscard]] result<void> check_end(const decoded_frame& end);
  [[nodiscard]] result<std::size_t> fill(std::size_t bytes);
  [[nodiscard]] std::string_view unread() const noexcept { return std::string_view(buffer_).substr(taken_); }
  void take(std::size_t bytes) noexcept;
  [[nodiscard]] tl::unexpected<error> damage(std::string_view what) const;

  std::string path_;
  std::unique_ptr<file> file_;
  history_header header_;
  std::uint32_t version_ = 0;
  std::uint32_t seed_ = 0;
  std::uint32_t checksum_ = 0; ///< of all up to `offset_`
  std::uint64_t offset_ = 0;   ///< of the byte at `taken_`
  std::uint64_t last_seq_ = 0;
  bool ended_ = false;
  std::string buffer_; ///< bytes of the file that were read ahead
  std::size_t taken_ = 0;
};

} // namespace orderd

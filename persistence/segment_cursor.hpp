/// Walks the frames of one journal segment, front to back.
#pragma once

#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

inline constexpr std::size_t read_ahead_bytes = std::size_t{256} << 10;

/// One thread at a time. Reads ahead, so what it has read may be older than the file: see
/// `forget_read_ahead`.
class segment_cursor {
 public:
  /// Opens the segment that begins with `first_seq` and checks its header against its name and `identity`.
  [[nodiscard]] static result<segment_cursor> open(file_system& files, const std::string& folder,
                                                   std::uint64_t first_seq, const uuid& identity);

  /// The frame at `offset()`; moves past it only if it is `whole`. Never `short_of`. The payload lives
  /// until the next call.
  [[nodiscard]] result<decoded_frame> next();

  /// Makes the next call look at the file again.
  void forget_read_ahead() noexcept { filled_ = taken_ = 0; }

  [[nodiscard]] result<std::uint64_t> file_bytes() { return file_->size(); }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] const std::string& segment() const noexcept { return segment_; }

 private:
  segment_cursor(std::unique_ptr<file> opened, std::string segment, std::uint32_t seed);

  [[nodiscard]] std::string_view unread() const noexcept {
    return {buffer_.data() + taken_, filled_ - taken_};
  }
  [[nodiscard]] result<void> fill(std::size_t bytes);

  std::unique_ptr<file> file_;
  std::string segment_;
  std::uint32_t seed_;
  std::uint64_t offset_ = segment_header_bytes;
  std::vector<char> buffer_; ///< bytes of the file; `offset_` is that of the byte at `taken_`
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

} // namespace orderd

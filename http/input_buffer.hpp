/// The bytes received on one connection and not yet consumed.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>

namespace orderd::http {

/// A contiguous buffer that always has `padding_bytes` of readable room behind its contents. Its memory is
/// taken with the first byte and given back when it has grown large and run empty. Not thread-safe.
class input_buffer {
 public:
  static constexpr std::size_t padding_bytes = 64;
  static constexpr std::size_t initial_bytes = 4 * 1024;
  static constexpr std::size_t retained_bytes_max = 64 * 1024;

  [[nodiscard]] char* data() noexcept { return memory_.get() + begin_; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  /// Where the next bytes go, and how many fit there now.
  [[nodiscard]] char* tail() noexcept { return memory_.get() + end_; }
  [[nodiscard]] std::size_t room() const noexcept { return capacity_ - end_; }
  /// How many bytes would fit after a `make_room` that does not grow.
  [[nodiscard]] std::size_t room_without_growth() const noexcept {
    return (capacity_ == 0 ? initial_bytes : capacity_) - size();
  }

  void commit(std::size_t count) noexcept { end_ += count; }

  void consume(std::size_t count) noexcept {
    begin_ += count;
    if (begin_ != end_)
      return;
    begin_ = end_ = 0;
    if (capacity_ > retained_bytes_max) {
      memory_.reset();
      capacity_ = 0;
    }
  }

  /// Moves the contents to the front and, if they would not fit, grows to hold `total` bytes of contents.
  void make_room(std::size_t total) {
    if (total > capacity_ || capacity_ == 0) {
      grow(total);
    } else if (begin_ > 0) {
      std::memmove(memory_.get(), data(), size());
      end_ -= begin_;
      begin_ = 0;
    }
  }

 private:
  void grow(std::size_t total) {
    const std::size_t wanted = total > initial_bytes ? total : initial_bytes;
    // Value-initialised, so that reading the padding never reads memory that was not written.
    auto larger = std::make_unique<char[]>(wanted + padding_bytes);
    if (!empty())
      std::memcpy(larger.get(), data(), size());
    end_ -= begin_;
    begin_ = 0;
    memory_ = std::move(larger);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

} // namespace orderd::http

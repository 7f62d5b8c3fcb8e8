/// Memory for the bodies of requests under way, shared by all connections of a server.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace orderd::http {

/// Any thread.
class body_budget {
 public:
  explicit body_budget(std::size_t bytes) noexcept : left_(bytes) {}

  /// Takes the bytes, or false and nothing if they are not there.
  [[nodiscard]] bool take(std::size_t bytes) noexcept {
    auto left = left_.load(std::memory_order_relaxed);
    while (left >= bytes)
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed))
        return true;
    return false;
  }
  void give_back(std::size_t bytes) noexcept { left_.fetch_add(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t left() const noexcept { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

/// What one request holds of the budget; gives it back when released or destroyed. One thread.
class body_share {
 public:
  /// Bodies up to this size are not counted: the hot path touches no shared counter, and what they need is
  /// bounded by the number of connections.
  static constexpr std::size_t free_bytes = std::size_t{64} << 10U;

  explicit body_share(body_budget& from) noexcept : from_(from) {}
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;
  ~body_share() { release(); }

  /// Makes the share cover a body of `bytes`; false if the budget does not have them.
  [[nodiscard]] bool cover(std::size_t bytes) noexcept {
    if (bytes <= free_bytes || bytes <= held_)
      return true;
    if (!from_.take(bytes - held_))
      return false;
    held_ = bytes;
    return true;
  }
  void release() noexcept {
    if (held_ > 0)
      from_.give_back(std::exchange(held_, 0));
  }

 private:
  body_budget& from_;
  std::size_t held_ = 0;
};

} // namespace orderd::http

/// How far the messages of one partition are settled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace orderd {

/// Messages are settled in any order, and a partition remembers one offset: everything before it is settled.
/// Not for several threads.
class kafka_window {
 public:
  /// Whether a message of this offset comes after all that were added. If not, the partition was begun anew.
  [[nodiscard]] bool is_next(std::int64_t offset) const {
    return slots_.empty() ? offset >= next_.value_or(0) : offset > slots_.back().offset;
  }
  /// A message that was read. Needs `is_next`.
  void add(std::int64_t offset) { slots_.push_back({offset, false}); }

  /// Returns how many messages the window lets go of.
  std::size_t settle(std::int64_t offset) {
    const auto found =
        std::lower_bound(slots_.begin(), slots_.end(), offset,
                         [](const slot& each, std::int64_t wanted) { return each.offset < wanted; });
    if (found != slots_.end() && found->offset == offset)
      found->settled = true;
    std::size_t gone = 0;
    for (; !slots_.empty() && slots_.front().settled; ++gone) {
      next_ = slots_.front().offset + 1;
      slots_.pop_front();
    }
    return gone;
  }

  /// Settled or not.
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

  /// The offset to commit, from which the next reader goes on; nothing if that was asked for already.
  [[nodiscard]] std::optional<std::int64_t> to_commit() const {
    return next_ == asked_ ? std::nullopt : next_;
  }
  void note_asked() { asked_ = next_; }
  /// The last commit may not have been made.
  void ask_again() { asked_.reset(); }

 private:
  struct slot {
    std::int64_t offset;
    bool settled;
  };

  std::deque<slot> slots_;            ///< by offset; the first is not settled
  std::optional<std::int64_t> next_;  ///< after the last that was let go of
  std::optional<std::int64_t> asked_; ///< of the brokers
};

} // namespace orderd

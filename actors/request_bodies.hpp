/// Answers of remembered requests that the store may lack, and the latest others.
#pragma once

#include "domain/request_record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

namespace orderd {

/// Owned by one actor. Each answer has a number, in the order in which they came, and stays until the store
/// is known to have it and later ones have taken its place among the `recent_bytes_max`.
class request_bodies {
 public:
  static constexpr std::size_t recent_bytes_max = std::size_t{1} << 20U;

  /// `unstored_bytes` counts what all such objects keep for the store. It outlives this.
  explicit request_bodies(std::atomic<std::uint64_t>* unstored_bytes) : unstored_bytes_(unstored_bytes) {}
  ~request_bodies();
  request_bodies(const request_bodies&) = delete;
  request_bodies& operator=(const request_bodies&) = delete;

  struct kept {
    request_record_ptr record;
    std::uint64_t number = 0;
  };

  void keep(request_record_ptr record);
  /// Null if it is not here.
  [[nodiscard]] const kept* find(const uuid& key) const;
  /// The number of the last one; 0 before the first.
  [[nodiscard]] std::uint64_t last_number() const noexcept { return last_number_; }
  /// The store has all up to this number.
  void set_stored(std::uint64_t number);
  [[nodiscard]] bool is_stored(std::uint64_t number) const noexcept { return number <= stored_number_; }
  [[nodiscard]] bool are_all_stored() const noexcept { return stored_number_ == last_number_; }

 private:
  struct place {
    uuid key;
    std::uint64_t number = 0;
    std::size_t bytes = 0;
  };

  std::atomic<std::uint64_t>* unstored_bytes_;
  std::unordered_map<uuid, kept> kept_;
  std::deque<place> unstored_; ///< the oldest first
  std::deque<place> recent_;   ///< the store has these; the oldest first
  std::uint64_t recent_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  std::uint64_t stored_number_ = 0;
};

} // namespace orderd

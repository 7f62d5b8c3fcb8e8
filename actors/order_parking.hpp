/// Orders that have left memory before the store has them.
#pragma once

#include "config/result.hpp"
#include "domain/order.hpp"
#include "persistence/parking_file.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace orderd {

struct parked_order {
  order_ptr state;
  std::uint64_t last_seq = 0; ///< of the order's last event in the journal, as its mark says
};

/// Owned by one order shard. Keeps the states in a file, and some 100 bytes of memory for each. What it says
/// of an order that is not live is its latest state; of one that came back it keeps what it had, so that an
/// order that was only read is not written twice.
class order_parking {
 public:
  explicit order_parking(parking_file file) : file_(std::move(file)) {}

  /// Takes the state of an order that is about to end. False when there is no room, or the disk fails: then
  /// nothing is kept of it.
  [[nodiscard]] bool park(const order& state, std::uint64_t last_seq);
  /// The order, if it is here. Errors, while it is: io_failed, damaged.
  [[nodiscard]] result<std::optional<parked_order>> find(const uuid& id);
  /// From now on the store says what the order is.
  void forget(const uuid& id);
  /// Forgets what the store has. One that waits behind a later one may stay as long as that one.
  void forget_stored(std::uint64_t applied_seq);

  /// Whether it is worth trying to park: the last try went well.
  [[nodiscard]] bool has_room() const noexcept { return has_room_; }
  /// After a while: maybe there is room again.
  void try_again() noexcept { has_room_ = true; }
  [[nodiscard]] bool empty() const noexcept { return parked_.empty(); }

 private:
  struct place {
    parked_bytes bytes;
    std::uint64_t last_seq = 0;
  };
  void erase(std::unordered_map<uuid, place>::iterator which);

  parking_file file_;
  std::unordered_map<uuid, place> parked_;
  /// Each state by its sequence, in the order they came. One that another has replaced is still named.
  std::deque<std::pair<std::uint64_t, uuid>> by_coming_;
  bool has_room_ = true;
  bool complained_ = false;
};

} // namespace orderd

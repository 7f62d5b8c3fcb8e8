/// Which requests with a key are remembered: all of them, in memory, without their answers.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

namespace orderd {

/// Owned by one actor. A key that is not here has never been executed, or so long ago that it may be again;
/// about 100 bytes a key, answered or open.
class request_index {
 public:
  /// At most `keys_max` are kept, answered or not: beyond them the oldest are forgotten early.
  explicit request_index(std::size_t keys_max) : keys_max_(keys_max) {}

  struct found {
    uuid fingerprint;
    uuid subject; ///< of one that is not answered
    bool answered = false;
  };
  [[nodiscard]] std::optional<found> find(const uuid& key, timestamp now) const;

  /// Takes the place of what is known of the key. Later than all before it, but for a clock that was set.
  void remember(const remembered_key& request);
  void forget(const uuid& key);
  /// Nothing is too old before `until`: it was read at a start, and its client may have been kept away.
  void hold_until(timestamp until) noexcept { held_until_ = until; }
  /// Forgets what is older than `request_memory`.
  void expire(timestamp now);

  [[nodiscard]] bool empty() const noexcept { return answered_.empty() && open_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return answered_.size() + open_.size(); }
  /// How many were forgotten before their time.
  [[nodiscard]] std::uint64_t forgotten_early() const noexcept { return forgotten_early_; }

 private:
  struct entry {
    uuid fingerprint;
    timestamp at;
  };
  struct open_entry {
    uuid fingerprint;
    uuid subject;
    timestamp at;
  };
  struct age {
    uuid key;
    timestamp at;
  };
  /// Whether this is where a key stands that is still remembered.
  [[nodiscard]] bool is_current(const age& place) const;
  /// Forgets the oldest one, and where it stood; only that if it was forgotten already.
  bool drop_oldest();
  /// Once most places are of keys that were forgotten or remembered anew, they go.
  void sweep_ages();

  [[nodiscard]] bool is_over(timestamp at, timestamp now) const noexcept {
    return now >= held_until_ && at + request_memory <= now;
  }

  std::size_t keys_max_;
  timestamp held_until_{};
  std::unordered_map<uuid, entry> answered_;
  std::unordered_map<uuid, open_entry>
      open_;             ///< were claimed, and then refused for the moment or cut off by a crash
  std::deque<age> ages_; ///< of both, the oldest first
  std::uint64_t forgotten_early_ = 0;
};

} // namespace orderd

/// Which orders are to be attended to, and when: the processor's bounded memory.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace orderd {

/// When an order wants to be attended to.
struct attention {
  enum class kind : std::uint8_t {
    none,       ///< not any more
    at_once,    ///< as soon as there is room
    registered, ///< in the next round
    timed,      ///< at `at`
  };
  kind when = kind::none;
  timestamp at{}; ///< of `timed`
};

/// Each order is in one place at most: it waits for a round, is ready, waits for its time, or is under way.
/// Owned by the processor. What does not fit is dropped and must be asked of the store again.
class attention_queue {
 public:
  /// At most `waiting_max` orders wait; those under way are not counted.
  explicit attention_queue(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  /// The latest word about an order, from itself. About one under way it counts once that is over.
  void put(const uuid& id, attention word);
  /// What the store says of an order: counts only if nothing is known of it.
  void put_stored(const uuid& id, attention word);

  /// Makes all who wait for a round ready.
  void begin_round() noexcept { round_ = last_ticket_; }
  /// Makes those ready whose time has come.
  void wake(timestamp now);
  /// The order that is ready for longest; it is under way from now on.
  [[nodiscard]] std::optional<uuid> take();
  /// An order is no longer under way: what it said meanwhile counts now.
  void finish(const uuid& id);
  /// The same for one that could not be attended to. Unless it said something else meanwhile, it is tried
  /// again after `wait_of(how often that happened)`.
  template <class WaitOf> void fail(const uuid& id, timestamp now, WaitOf wait_of);

  [[nodiscard]] bool has_ready() const { return !ready_.empty() || round_has_left(); }
  /// Whether any waits for a round that has not begun.
  [[nodiscard]] bool awaits_round() const {
    return !registered_.empty() && registered_.rbegin()->first > round_;
  }
  /// When the first one's time comes.
  [[nodiscard]] std::optional<timestamp> next_time() const;

  /// Whether orders were dropped since `forget_dropped`: the store knows of more.
  [[nodiscard]] bool has_dropped() const { return dropped_; }
  void forget_dropped();
  /// What the store has is not read to its end.
  void set_dropped() noexcept { dropped_ = true; }
  /// Whether an order that is due then would be dropped, for others were that are due before.
  [[nodiscard]] bool drops_at(timestamp at) const { return dropped_from_ && at >= *dropped_from_; }
  /// Whether enough of them have gone to look for those that were dropped.
  [[nodiscard]] bool is_half_empty() const { return waiting() <= waiting_max_ / 2; }
  /// Whether every other order would be dropped, whatever it wants.
  [[nodiscard]] bool is_full_of_ready() const { return ready_.size() >= waiting_max_; }

  [[nodiscard]] std::size_t ready() const { return ready_.size() + registered_.size(); }
  [[nodiscard]] std::size_t due() const { return timed_.size(); }
  [[nodiscard]] std::size_t under_way() const { return under_way_; }

 private:
  enum class place : std::uint8_t { registered, ready, timed, under_way };
  struct entry {
    place where = place::ready;
    std::uint64_t ticket = 0;      ///< `registered`, `ready`: its turn
    timestamp at{};                ///< `timed`
    std::optional<attention> next; ///< `under_way`: what the order said meanwhile
    std::uint32_t failures = 0;    ///< in a row
  };
  using tickets = std::map<std::uint64_t, uuid>;

  [[nodiscard]] std::size_t waiting() const { return ready() + due(); }
  [[nodiscard]] bool round_has_left() const {
    return !registered_.empty() && registered_.begin()->first <= round_;
  }
  /// Makes room for an order that wants this; false if it has to be dropped instead.
  [[nodiscard]] bool make_room(attention word);
  void drop(const uuid& id);
  void note_dropped(attention word);
  /// Takes a waiting order out of its place.
  void unlink(const uuid& id, const entry& known);
  /// Puts an order that is in no place where it wants to be, or forgets it.
  void place_at(const uuid& id, attention word, std::uint32_t failures);
  void leave(const uuid& id, attention word, std::uint32_t failures);
  [[nodiscard]] const entry& under_way_entry(const uuid& id) const;

  std::size_t waiting_max_;
  std::unordered_map<uuid, entry> known_;
  tickets registered_; ///< up to the ticket `round_` they are ready
  tickets ready_;
  std::set<std::pair<timestamp, uuid>> timed_;
  std::size_t under_way_ = 0;
  std::uint64_t last_ticket_ = 0;
  std::uint64_t round_ = 0;
  bool dropped_ = false;
  /// While some are dropped: orders that are due later than the first of them get no room, else they would
  /// keep the queue from becoming half empty.
  std::optional<timestamp> dropped_from_;
};

template <class WaitOf> void attention_queue::fail(const uuid& id, timestamp now, WaitOf wait_of) {
  const auto& known = under_way_entry(id);
  const auto failures = known.failures + 1;
  const auto next = known.next;
  leave(id, next ? *next : attention{attention::kind::timed, now + wait_of(failures)}, failures);
}

} // namespace orderd

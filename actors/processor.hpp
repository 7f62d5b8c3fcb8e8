/// The background processor: sees to it that orders are attended to which nobody asks for.
#pragma once

#include "actors/attention_queue.hpp"
#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "config/clock.hpp"

#include <caf/actor_clock.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace orderd {

/// From the engine, once: here are the shards of the orders; begin.
struct begin_attending {
  std::vector<caf::actor> orders;
};
/// From an order by its reply token: how attending to it ended.
struct attended {
  uuid order_id;
  bool again = false; ///< it could not be attended to now
};
/// From the journal by its reply token: the store has all that was announced before, or not yet.
struct store_caught_up {
  bool yes = false;
};

struct processor_setup {
  caf::actor loader;  ///< a reader of the store
  caf::actor journal; ///< is asked when the store has caught up
  const clock_port* clock = nullptr;
  engine_counters* counters = nullptr;
  std::chrono::seconds interval{5}; ///< between rounds of registered orders; 0: each at once
  std::size_t in_flight_max = 64;
  std::size_t queue_max = 100'000;   ///< orders that it keeps in mind beside those in flight
  std::size_t page_rows = 1'000;     ///< of what is read from the store at once
  std::uint64_t attention_bytes = 0; ///< what attending to one order may append to the journal, at most
  std::uint32_t jitter_seed = 1;
};

/// Messages: `begin_attending` from the engine; `attention_due` from orders, at any time; `attended` by the
/// tokens of what it asks orders for; `loaded_unfinished` and `loaded_acceptances` from the loader;
/// `store_caught_up` by way of the journal; `(tick_atom, number)` from itself; `finish_atom` from the
/// engine's end, after which it begins nothing more.
///
/// Orders say themselves what they need, and after a restart the store does. What does not fit in memory is
/// dropped; the store is read again when there is room, once it has all that was announced. An order may be
/// attended to in vain, never forgotten. Without anything to do it sends no messages.
class processor_state {
 public:
  explicit processor_state(caf::event_based_actor* self) : self_(self) {}

  void set_up(processor_setup setup);
  void begin(begin_attending& start);
  void announce(const attention_due& word);
  void take(const attended& end);
  void take(loaded_unfinished& page);
  void take(loaded_acceptances& page);
  void take(const store_caught_up& answer);
  void tick(std::uint64_t number);
  void finish();

  static inline const char* name = "orderd.processor";

 private:
  using moment = caf::actor_clock::time_point; ///< monotonic: a clock that is set ends no wait
  /// What is being read from the store.
  enum class reading_step : std::uint8_t { nothing, caught_up, unfinished, acceptances };

  /// Does all that can be done now, and sees to it that the rest is done in time. The end of every message.
  void look();
  void begin_round_if_due();
  void send_ready();
  void send(const uuid& id);
  [[nodiscard]] bool has_room() const;
  void read_again_if_due();
  /// Asks for what comes next in the present step.
  void read();
  void read_later();
  /// Whether a page has come; else it is asked for again, later.
  template <class Page> [[nodiscard]] bool was_read(const Page& page);
  void end_reading();
  [[nodiscard]] std::chrono::milliseconds retry_wait(std::uint32_t failures);
  void schedule();
  void publish() const;

  caf::event_based_actor* self_;
  processor_setup setup_;
  std::optional<attention_queue> queue_; ///< since `set_up`
  std::vector<caf::actor> orders_;       ///< the shards; none until it begins
  bool finishing_ = false;
  std::minstd_rand random_;

  moment rounds_since_;            ///< rounds are whole intervals behind it
  std::optional<moment> round_at_; ///< while an order waits for it
  std::optional<moment> room_at_;  ///< when to look for room again
  std::optional<moment> read_at_;  ///< when to try again to read

  reading_step step_ = reading_step::nothing;
  std::optional<uuid> after_unfinished_;
  std::optional<acceptance_due> after_acceptance_;

  std::optional<moment> tick_due_; ///< of the last message to itself
  std::uint64_t last_tick_ = 0;
};

/// Never blocks: on the scheduler's threads.
caf::behavior processor(caf::stateful_actor<processor_state>* self, processor_setup setup);

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::begin_attending)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::attended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::store_caught_up)

/// An entity's way to the journal: its events go in order, and nobody is shown what is not yet on disk.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"

#include <caf/event_based_actor.hpp>

#include <memory>

namespace orderd {

/// Owned by one entity actor, on its thread.
class entity_log {
 public:
  entity_log(caf::actor journal, const engine_counters* counters, std::shared_ptr<durable_mark> mark);

  /// Sends an event, with or without an answer, which leaves once the event is as durable as the reply asks.
  /// The record of a request with a key goes into the same frame.
  void append(caf::event_based_actor* self, event what, reply_token reply = {}, outcome answer = rejection{});

  /// Sends the first of several events that a request about `subject` takes; the answer comes with the last.
  void append_first(caf::event_based_actor* self, event what, const uuid& subject, const reply_token& reply);

  /// Answers with what the entity's state shows: at once if all of it is durable enough, else behind its
  /// events.
  void show(caf::event_based_actor* self, reply_token reply, outcome answer);

  /// True when every event is on disk.
  [[nodiscard]] bool is_durable() const noexcept;
  /// True when the store has every event: the entity may be forgotten.
  [[nodiscard]] bool is_stored() const noexcept;

 private:
  [[nodiscard]] bool is_at_least(durability_mode durability) const noexcept;

  caf::actor journal_;
  const engine_counters* counters_;
  std::shared_ptr<durable_mark> mark_;
  std::uint64_t sent_ = 0;
};

} // namespace orderd

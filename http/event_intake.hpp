/// What consumed events do.
#pragma once

#include "actors/engine.hpp"
#include "config/clock.hpp"
#include "config/durability.hpp"
#include "config/settings.hpp"
#include "http/event_message.hpp"
#include "persistence/event_source.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace orderd::http {

class edge_figures;

/// How events are carried out.
struct intake_terms {
  placement_mode placement = placement_mode::immediate;
  std::string currency = "USD";
  durability_mode durability = durability_mode::journal; ///< before an event is settled; `journal` at least
  edge_figures* figures = nullptr; ///< counts orders that come so; null: nobody does; outlives the sources
};

/// Turns messages of brokers into requests to the engine, which remembers events as it does requests with an
/// idempotency key: an event takes effect once, however often and through whichever broker it comes, and is
/// settled once effect and memory are durable. Immutable: any thread.
class event_intake {
 public:
  using settle_function = std::function<void(message_outcome)>;

  /// What an event is about and may come after it: then the event comes again, and nothing is remembered.
  enum class awaited : std::uint8_t { entity, product };

  /// `core` and `clock` must outlive it.
  event_intake(engine& core, const clock_port& clock, intake_terms terms)
      : core_(core), clock_(clock), terms_(std::move(terms)) {}

  /// Never blocks. `settle` is called once: at once, or from a thread of the engine.
  void handle(const incoming_message& message, settle_function settle);

  /// `handle`, for sources. This must outlive them.
  [[nodiscard]] message_handler handler();

 private:
  void receive_stock(const std::string& subject, const event_message& event, settle_function settle);
  void take_order(const incoming_message& message, const event_message& event, settle_function settle);
  void notice(const std::string& subject, noticed_payment finding, const event_message& event,
              settle_function settle);

  /// A token that settles the message once the engine has answered.
  [[nodiscard]] reply_token token(const uuid& key, const uuid& content, std::string name, awaited what,
                                  settle_function settle) const;

  engine& core_;
  const clock_port& clock_;
  intake_terms terms_;
};

} // namespace orderd::http

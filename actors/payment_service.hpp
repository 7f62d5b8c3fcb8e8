/// Carries the steps of payments to the outside payment service.
#pragma once

#include "actors/payment_messages.hpp"
#include "config/backoff.hpp"
#include "config/circuit_breaker.hpp"
#include "persistence/payment_client.hpp"
#include "persistence/payment_contract.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

/// Figures for /metrics, since the start. Any thread; outlives the actor.
struct payment_counters {
  std::atomic<std::uint64_t> in_flight{0}; ///< steps
  std::atomic<std::uint64_t> tries{0};
  std::atomic<std::uint64_t> tries_failed{0}; ///< without an answer that decides
  std::atomic<std::uint64_t> done{0};         ///< steps, as the following ones
  std::atomic<std::uint64_t> declined{0};
  std::atomic<std::uint64_t> unavailable{0};
  std::atomic<std::uint64_t> unknown{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> breaker_openings{0};
  std::atomic<bool> breaker_open{false};
};

struct payment_service_setup {
  std::shared_ptr<payment_client> client = nullptr; ///< takes `steps_max` exchanges at once
  payment_counters* counters = nullptr;
  std::chrono::milliseconds try_timeout{5'000};
  std::chrono::milliseconds step_wait{10'000}; ///< of a step with all its tries
  std::size_t steps_max = 256;
  std::chrono::milliseconds retry_least{100}; ///< pause between tries
  std::chrono::milliseconds retry_most{2'000};
  circuit_limits circuit;
  std::uint32_t jitter_seed = 1;
};

/// From the client's thread: a try has ended.
struct payment_try_ended {
  std::uint64_t step = 0;
  payment_reply reply;
};
/// To itself: the pause before a step's next try is over.
struct payment_pause_over {
  std::uint64_t step = 0;
};

/// Messages: `payment_call`, answered by one `payment_answer` within the step's wait and a try's last
/// moments, and the two above. Keeps nothing that a restart would miss: every try of a step, also in a later
/// round, carries the same key, and a try whose outcome is unknown is asked again and never taken for either.
class payment_service_state {
 public:
  explicit payment_service_state(caf::event_based_actor* self) : self_(self) {}

  void take(payment_call& call);
  void ended(payment_try_ended& end);
  void pause_over(std::uint64_t number);

  static inline const char* name = "orderd.payment_service";

 private:
  friend caf::behavior payment_service(caf::stateful_actor<payment_service_state>*, payment_service_setup);

  using time_point = circuit_breaker::time_point;
  struct step_key {
    uuid order_id;
    std::uint64_t attempt = 0;
    payment_op op = payment_op::authorize;
  };
  struct step {
    step_key key;
    payment_facts facts;
    caf::actor reply_to;
    trace_parent traced_by;
    payment_question question;
    time_point deadline;
    backoff pause;
    circuit_breaker::ticket ticket = 0; ///< of the try under way
    bool sent = false;                  ///< a try may have changed something
    bool conflicted = false;            ///< the service's state was not as it had said
    std::string trouble{};              ///< of the last try
    trace_context try_span{};           ///< of the try under way, if it is traced, as the next one
    trace_time try_began = 0;
  };
  using numbered_step = std::map<std::uint64_t, step>::iterator;

  void try_now(numbered_step at);
  void try_later(numbered_step at, std::optional<std::chrono::seconds> asked_for);
  void go_on(numbered_step at, payment_state found);
  void note(const step& of, const payment_reading& reading, const payment_reply& reply);
  static void record_try(const step& of, const payment_reply& reply);
  void finish(numbered_step at, payment_verdict verdict, std::string detail);
  void give_up(numbered_step at);
  [[nodiscard]] time_point now() const;

  caf::event_based_actor* self_;
  payment_service_setup setup_;
  std::optional<circuit_breaker> breaker_; ///< since the start
  std::map<std::uint64_t, step> steps_;    ///< at most `steps_max`
  std::uint64_t last_number_ = 0;
};

/// Never blocks, but for the moment at its end in which the client's thread is joined.
caf::behavior payment_service(caf::stateful_actor<payment_service_state>* self, payment_service_setup setup);

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::payment_try_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::payment_pause_over)

/// The engine as the edge sees it: submit a request, be answered by its token.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/engine_status.hpp"
#include "actors/event_stream.hpp"
#include "actors/proof_request.hpp"
#include "actors/requests.hpp"
#include "config/clock.hpp"
#include "config/durability.hpp"
#include "config/result.hpp"
#include "config/settings.hpp"
#include "domain/saga_rules.hpp"
#include "persistence/postgres_options.hpp"
#include "persistence/publisher.hpp"
#include "persistence/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// The payment service outside.
struct payment_service_options {
  std::string url;
  std::string token; ///< empty: none is sent
  std::chrono::milliseconds try_timeout{5'000};
  std::chrono::milliseconds step_wait{10'000}; ///< of a step with all its tries
  std::size_t in_flight_max = 256;
};

/// Somebody who is to be told of every public event.
struct event_sink {
  std::string name; ///< its position is stored under it
  std::shared_ptr<publisher> to;
  std::chrono::milliseconds pause_max{2'000}; ///< between tries
  std::chrono::seconds disable_after{0};      ///< of one that takes nothing; 0: never
};

/// How the engine is set up. Sizes and times are validated by the settings table.
struct engine_options {
  std::string data_dir = "./data";
  std::optional<postgres_options> database; ///< nothing: the store is a SQLite file in the data folder
  durability_mode durability = durability_mode::journal; ///< of every answer, at least
  std::size_t shards = 8;
  std::size_t scheduler_threads = 1;
  std::string scheduler_policy = "sharing";
  std::size_t live_entities_max = 100'000;
  std::chrono::milliseconds entity_idle{30'000};
  std::chrono::milliseconds tick{250};
  std::size_t journal_segment_bytes = 32U << 20U;
  std::uint64_t journal_backlog_bytes_max = 1ULL << 30U;
  std::size_t store_batch_events_max = 10'000;
  std::chrono::milliseconds store_batch_latency{50};
  std::size_t store_readers = 2;
  std::chrono::days history_kept{0}; ///< 0: for ever
  std::chrono::milliseconds list_wait{5'000};
  std::chrono::milliseconds store_wait{
      10'000}; ///< of answers that must be in the store, of sleeping entities
  std::chrono::milliseconds finish_patience{
      10'000}; ///< of the end, with what is under way and with the store
  std::size_t requests_in_flight_max = 4096;
  std::chrono::seconds accept_timeout{0};     ///< of a processed order, until it is cancelled; 0: never
  std::chrono::seconds processor_interval{5}; ///< between rounds of registered orders; 0: each at once
  std::size_t processor_in_flight_max = 64;
  std::size_t processor_queue_max = 100'000;    ///< orders it keeps in mind
  double error_rate = 0;                        ///< of the saga steps that are made to fail; 0..1
  std::uint32_t error_seed = 0;                 ///< 0: a random one
  std::size_t refusal_events_per_second = 10;   ///< orders refused for want of units that the history notes
  payments_mode payments = payments_mode::none; ///< there are accounts only with `ledger`
  std::optional<payment_service_options> payment_service; ///< set with `http`
  std::string currency = "USD";                           ///< of every payment
  std::string merchant;                                   ///< the account that is paid; empty: the runner's
  saga_policy sagas;
  std::size_t idempotency_keys_max = 1'000'000;
  std::uint64_t idempotency_bytes_max = 256ULL << 20U;
  std::vector<event_sink> sinks;
  std::uint64_t events_rate_max = 20'000; ///< of the history, a second, for one sink
  std::chrono::seconds events_age_max{7 * 86'400};
  std::uint64_t events_waiting_max = 10'000'000;
  std::string event_source{default_event_source};
  std::size_t event_clients_max = 100; ///< streams at once
  std::size_t event_client_bytes_max = 256 * 1024;
  std::uint32_t jitter_seed = 1; ///< of the waits between tries; best another one in each process
  std::function<bool()> interrupted = [] { return false; }; ///< asked between the steps of a start
};

/// Whether a start that ended with this error may be tried again: the database is away, and may come back.
[[nodiscard]] bool may_pass(error_code code) noexcept;

class engine {
 public:
  /// Opens journal and store below `data_dir`, replays what the store has not applied, settles what a crash
  /// left open, and starts the actors. Blocks until the engine is ready. Errors name the file or database at
  /// fault; `timed_out` also after an interruption. Nothing is left behind by a start that fails.
  [[nodiscard]] static result<std::unique_ptr<engine>> start(const engine_options& options,
                                                             const clock_port& clock);

  /// Waits for what is under way, applies the journal to the store (both within `finish_patience`; a store
  /// that is known to be away is not waited for) and stops the actors. Whoever waits for a PostgreSQL that
  /// does not answer is told to stop.
  virtual ~engine() = default;

  /// Take a request; any thread, never blocks. Beyond the bounds the token is answered `overloaded` or
  /// `backlog_full` at once. A change whose token has a ticket is executed once, and its answer is replayed
  /// to all that come with the same ticket.
  virtual void submit(order_request request) noexcept = 0;
  virtual void submit(stock_request request) noexcept = 0;
  /// Without a ledger every account is `not_found`.
  virtual void submit(account_request request) noexcept = 0;
  virtual void submit(list_request request) noexcept = 0;
  /// The same for work whose token has a ticket.
  virtual void submit(keyed_task task) noexcept = 0;

  /// Begins a stream of events; any thread. False, and `make` is not called, if there are as many as may be.
  [[nodiscard]] virtual bool subscribe(event_subscription what) = 0;

  /// Has the sink go on, be it disabled, and from behind event `from` of the history if that is given. False
  /// if there is no such sink.
  [[nodiscard]] virtual bool replay(const std::string& sink, std::optional<std::uint64_t> from) = 0;

  /// Compares history, rows and what is live while the engine goes on (`auditor`). Any thread; the token is
  /// answered by an `audit_result_ptr` when it is done, or by a refusal.
  virtual void audit(reply_token reply) noexcept = 0;
  /// Streams the chain of an item of the catalogue as the store has it, once the store has all that is
  /// durable; any thread. False, and neither function is called, if there are as many as may be.
  [[nodiscard]] virtual bool prove(stock_proof_request what) = 0;
  /// The end is near: an audit that is under way ends at once, refused, and none begins any more. Any thread.
  virtual void prepare_to_end() noexcept = 0;

  /// Which products there are: for resolving product ids and quoting prices. Any thread.
  [[nodiscard]] virtual const catalogue_index& catalogue() const noexcept = 0;
  /// The figures of this moment. Any thread.
  [[nodiscard]] virtual engine_status status() const = 0;
};

} // namespace orderd

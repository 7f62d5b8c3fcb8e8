/// The engine's actors, wired to each other.
#pragma once

#include "actors/account_actor.hpp"
#include "actors/catalogue_index.hpp"
#include "actors/engine.hpp"
#include "actors/engine_counters.hpp"
#include "actors/hot_skus.hpp"
#include "actors/injected_errors.hpp"
#include "actors/live_gathering.hpp"
#include "actors/order_actor.hpp"
#include "actors/payment_service.hpp"
#include "actors/prover.hpp"
#include "actors/recovery.hpp"
#include "actors/relay_messages.hpp"
#include "actors/request_index.hpp"
#include "config/token_bucket.hpp"
#include "persistence/file_system.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// Everything the actors stand on. All of it outlives them.
struct engine_ground {
  engine_options options;
  const clock_port* clock = nullptr;
  file_system* files = nullptr;
  engine_counters counters;
  catalogue_index catalogue;
  stored_traces traces;
  std::optional<injected_errors> errors; ///< since the actors are
  std::optional<token_bucket> refusals;  ///< since the actors are
  std::function<uuid()> make_id;         ///< of reservations; empty: random ones. For tests that repeat a run
  payment_counters payments;
  std::vector<std::unique_ptr<hot_sku_sketch>> hot_skus; ///< of each stock shard; since the actors are
  std::vector<std::shared_ptr<sink_figures>> sinks;      ///< as `options.sinks`; since the actors are
  caf::actor payment_service; ///< who is asked in place of the service outside; for tests that are one
};

/// The handles. Owned by the engine; to be destroyed before the actor system.
class engine_actors {
 public:
  /// Loads the catalogue and the sleeping deadlines and spawns every service actor; settles what a crash left
  /// open before any request can arrive. `detached` false runs all on the scheduler, for tests.
  [[nodiscard]] static result<engine_actors> spawn(caf::actor_system& system, engine_ground& ground,
                                                   recovered_state recovered, store& database, bool detached);

  void deliver(order_request&& request) const;
  void deliver(stock_request&& request) const;
  void deliver(account_request&& request) const;
  void deliver(list_request&& request) const;
  /// Where an order's saga asks for its payments; null without a ledger.
  [[nodiscard]] const std::shared_ptr<const account_shards>& accounts() const noexcept { return accounts_; }
  void deliver(keyed_task&& task) const;
  void replay(std::size_t sink, const replay_sink& from) const;
  /// `client` tells it apart from all others.
  void subscribe(event_subscription&& what, std::uint64_t client) const;

  /// Has every live entity show itself; none is woken for it.
  void gather(const std::shared_ptr<live_gathering>& to) const;
  /// Has the token answered when its durability is reached by all that entities have sent to the journal.
  void await_journal(reply_token reply) const;

  /// `client` tells it apart from all others.
  void prove(stock_proof_request&& what, std::uint64_t client) const;

  /// Makes durable and stores what is in the mailboxes. A store that is away is not waited for, and none
  /// longer than until `give_up`. To be followed by `end`.
  void finish(caf::actor_system& system, std::chrono::steady_clock::time_point give_up) const;
  /// Ends every actor as soon as it has handled its message.
  void end();

 private:
  engine_actors() = default;
  [[nodiscard]] result<void> spawn_readers(caf::actor_system& system, engine_ground& ground, store& database,
                                           bool detached);
  void spawn_persistence(caf::actor_system& system, engine_ground& ground, recovered_state& recovered,
                         std::vector<sink_position> positions, bool detached);
  void spawn_stock(caf::actor_system& system, engine_ground& ground, std::vector<stored_deadline> deadlines,
                   std::vector<std::string> cold);
  /// What each sink begins with; one that is new begins here and now, which is stored at once. Tells the
  /// counters where the history begins.
  [[nodiscard]] static result<std::vector<sink_position>>
  positions_of(engine_ground& ground, store_reader& stored, store_writer& writer);
  [[nodiscard]] result<void> spawn_feed(caf::actor_system& system, engine_ground& ground, store& database,
                                        bool detached);
  [[nodiscard]] result<void> spawn_prover(caf::actor_system& system, engine_ground& ground, store& database,
                                          bool detached);
  [[nodiscard]] result<void> spawn_relays(caf::actor_system& system, engine_ground& ground, store& database,
                                          std::vector<sink_position> positions, bool detached);
  void spawn_processor(caf::actor_system& system, engine_ground& ground);
  void spawn_payment_service(caf::actor_system& system, engine_ground& ground);
  void spawn_accounts(caf::actor_system& system, engine_ground& ground);
  void spawn_orders(caf::actor_system& system, engine_ground& ground);
  /// After all that can be asked for.
  void spawn_requests(caf::actor_system& system, engine_ground& ground,
                      std::vector<request_index> remembered);
  /// Sends a request with a ticket to whoever remembers it.
  template <class Request> [[nodiscard]] bool deliver_to_memory(Request& request) const;
  void settle(const std::vector<obligation>& open);
  void settle(const std::vector<payout_due>& payouts);
  /// Every actor whose end is the engine's.
  [[nodiscard]] std::vector<caf::actor> all() const;
  [[nodiscard]] const caf::actor& stock_shard_of(const std::string& sku) const;

  const engine_counters* counters_ = nullptr;
  std::vector<caf::actor> readers_; ///< of lists
  std::vector<caf::actor> loaders_; ///< of sleeping entities
  caf::actor write_behind_;
  caf::actor store_waiters_;
  caf::actor journal_;
  std::shared_ptr<const stock_shards> stock_;
  caf::actor processor_;
  std::shared_ptr<const account_shards> accounts_; ///< null without a ledger
  caf::actor payment_service_;                     ///< null without a service outside
  std::vector<caf::actor> orders_;
  std::vector<caf::actor> requests_; ///< that remember those with a key
  std::vector<caf::actor> relays_;
  caf::actor feed_; ///< of streams
  caf::actor prover_;
  std::vector<std::shared_ptr<publisher>> publishers_;
  caf::actor supervisor_;
};

} // namespace orderd

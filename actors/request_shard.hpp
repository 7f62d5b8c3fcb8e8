/// One part of the memory of requests with an idempotency key: each is executed once, whoever sends it again.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/messages.hpp"
#include "actors/request_bodies.hpp"
#include "actors/request_index.hpp"
#include "config/clock.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd {

/// Where requests are executed. Each function hands over and returns.
struct execution_doors {
  std::function<void(order_request&&)> order;
  std::function<void(stock_request&&)> stock;
  std::function<void(account_request&&)> account;
};

struct request_shard_setup {
  request_index index{0}; ///< with all that the store remembers of this part
  caf::actor journal;
  std::vector<caf::actor> loaders;
  engine_counters* counters = nullptr;
  const clock_port* clock = nullptr;
  std::function<uuid()> make_id; ///< of orders
  execution_doors doors;
  std::uint64_t unstored_bytes_max = 0; ///< of the answers in all parts that the store may lack
};

/// Messages: `keyed_request` from the engine, `request_decided` from the tokens of the requests it lets
/// execute, `loaded_request` from a reader, `request_synced`, `look_atom` and `tick_atom` from itself.
class request_shard_state {
 public:
  explicit request_shard_state(caf::event_based_actor* self) : self_(self) {}

  void set_up(request_shard_setup setup);
  void take(keyed_request& request);
  void decided(request_decided& what);
  void loaded(loaded_request& found);
  void synced(const request_synced& what);
  /// Asks how far the store has come with the answers that it may lack.
  void look();
  void tick();

  static inline const char* name = "orderd.requests";

 private:
  /// A request that is being executed.
  struct execution {
    uuid fingerprint;
    std::vector<reply_token> duplicates;
    std::optional<order_request>
        anew; ///< of a creation that is looked for first: to be done if it is unknown
  };
  static void join(execution& running, reply_token reply);
  void replay(const uuid& key, reply_token reply);
  /// `open`: the request was claimed before and not answered.
  void begin(keyed_request& request, const std::optional<request_index::found>& open);
  void execute(order_request& request) { setup_.doors.order(std::move(request)); }
  void execute(stock_request& request) { setup_.doors.stock(std::move(request)); }
  void execute(account_request& request) { setup_.doors.account(std::move(request)); }
  void execute(keyed_task& task) { task.run(std::move(task.reply)); }
  /// A token that leads back here with its outcome, and with the client.
  [[nodiscard]] reply_token lead_back(std::shared_ptr<kept_claim> claim, reply_token client);
  [[nodiscard]] reply_token executing(reply_token client);
  /// Journals the record of an answer that no event brings; the answer comes back here.
  void journal(request_decided& what, request_record_ptr record);
  /// Answers everybody who asked, and remembers it.
  void settle(request_decided& what, const request_record_ptr& record);
  /// Answers everybody who asked with a refusal that is not remembered.
  void pass(request_decided& what);
  /// Answers with a remembered answer once that is as durable as the reply asks.
  void give(reply_token reply, const request_bodies::kept& kept);
  void keep_looking();
  void keep_ticking();

  caf::event_based_actor* self_;
  request_shard_setup setup_;
  std::optional<request_bodies> bodies_; ///< since `set_up`
  std::unordered_map<uuid, execution> running_;
  std::unordered_map<uuid, std::vector<reply_token>> recalls_; ///< who waits for an answer from the store
  std::deque<std::pair<std::uint64_t, std::uint64_t>>
      unstored_;                   ///< number of an answer, sequence it is below
  std::uint64_t asked_number_ = 0; ///< the journal was asked to sync up to it
  std::uint64_t synced_number_ = 0;
  std::uint64_t forgotten_logged_ = 0;
  bool looking_ = false;
  bool ticking_ = false;
};

caf::behavior request_shard(caf::stateful_actor<request_shard_state>* self, request_shard_setup setup);

} // namespace orderd

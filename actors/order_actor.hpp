/// One order: the only one that may change it, and the orchestrator of its placement.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/entity_log.hpp"
#include "actors/injected_errors.hpp"
#include "actors/messages.hpp"
#include "config/clock.hpp"
#include "domain/order_rules.hpp"
#include "domain/placement.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// The shards of stock items, by hash of the SKU.
using stock_shards = std::vector<caf::actor>;

struct order_setup {
  uuid id;
  order_ptr state; ///< null for one that is yet to be created
  caf::actor shard;
  std::shared_ptr<const stock_shards> stock;
  const catalogue_index* catalogue = nullptr;
  const clock_port* clock = nullptr;
  std::function<uuid()> make_id; ///< fresh ids for reservations
  caf::actor processor;          ///< is told by `attention_due` when the order has to be attended to
  injected_errors* errors = nullptr;
};

/// Messages: `order_request`, `end_atom` and `park_atom` from its shard, `hold_answer` from stock items.
struct order_actor_state {
  order_actor_state(caf::event_based_actor* self) : self(self) {}

  // ---- commands ----
  void take(order_request& request);
  void take(hold_answer& answer);
  void end();
  void park();

  void handle(const get_order&, order_request& request);
  void handle(create_order& command, order_request& request);
  void handle(change_order& command, order_request& request);
  void handle(const attend_order&, order_request& request);
  void handle(const retry_order&, order_request& request);

  caf::event_based_actor* self;
  order_setup setup;
  std::optional<entity_log> log;

  static inline const char* name = "orderd.order";

 private:
  /// A placement under way: what is asked of the stock items, and for whom.
  struct pending_placement {
    orderd::placement lines;
    order_status target = order_status::processed;
    std::optional<std::string> metadata; ///< what the metadata becomes once the units are reserved
    order_request request;
  };

  [[nodiscard]] decision<std::vector<order_line>> resolve(std::vector<order_line> lines) const;
  void begin_placement(std::vector<order_line> lines, order_status target,
                       std::optional<std::string> metadata, order_request& request);
  void finish_placement();
  /// Whether there is this order at all for one who asks for this change.
  [[nodiscard]] bool may_address(const change_order& command, const caller& who) const;
  void change_status_of(change_order& command, order_request& request);
  void change_metadata(decision<std::string> metadata, const caller& who, reply_token reply);
  /// A refusal states what the order is: like the order itself it leaves only when that is on disk.
  void refuse(order_request& request, rejection why);
  /// Applies and journals an event; the answer is the order after it.
  void evolve(order_event e, reply_token reply);
  /// Tells the stock items what the order's end means for its units.
  void settle_stock(const std::vector<order_line>& lines, order_verdict verdict);
  void send_to_stock(stock_message message, const std::string& sku);
  [[nodiscard]] bool is_idle() const { return !placing_ && deferred_.empty(); }

  std::optional<pending_placement> placing_;
  std::vector<order_request> deferred_; ///< changes that wait for the placement
};

caf::behavior order_actor(caf::stateful_actor<order_actor_state>* self, order_setup setup, entity_log log);

} // namespace orderd

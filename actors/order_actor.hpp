/// One order: the only one that may change it, and the orchestrator of its placement and payment.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/entity_log.hpp"
#include "actors/injected_errors.hpp"
#include "actors/live_gathering.hpp"
#include "actors/messages.hpp"
#include "config/clock.hpp"
#include "config/token_bucket.hpp"
#include "domain/order_rules.hpp"
#include "domain/placement.hpp"
#include "domain/saga_rules.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Who moves an order's money. All empty: nobody; orders are not paid for here.
struct payment_route {
  std::shared_ptr<const account_shards> accounts; ///< the ledger inside
  caf::actor service;                             ///< the way to a service outside
  std::string merchant;                           ///< who is paid; empty: the runner
  std::string currency;
  saga_policy policy;

  [[nodiscard]] bool exists() const noexcept { return accounts || service; }
  [[nodiscard]] payment_keeper keeper() const noexcept {
    return accounts ? payment_keeper::ledger : service ? payment_keeper::service : payment_keeper::none;
  }
};

/// What all orders share. Outlives them.
struct order_surroundings {
  std::shared_ptr<const stock_shards> stock;
  const catalogue_index* catalogue = nullptr;
  const clock_port* clock = nullptr;
  std::function<uuid()> make_id; ///< fresh ids for reservations
  payment_route payments;
  std::optional<std::chrono::seconds> accept_timeout; ///< how long a processed order is on offer, if bounded
  caf::actor processor;                               ///< is told when an order has to be attended to
  injected_errors* errors = nullptr;                  ///< null: none
  token_bucket* refusals = nullptr; ///< how many refused orders are noted in the history; null: none
  engine_counters* counters = nullptr;
  durability_mode durability = durability_mode::journal; ///< of every answer, at least
};

struct order_setup {
  uuid id;
  order_ptr state; ///< null for one that is yet to be created
  caf::actor shard;
  std::shared_ptr<const order_surroundings> around;
};

/// Messages: `order_request`, `show_live`, `end_atom` and `park_atom` from its shard, `hold_answer` from
/// stock items, `payment_answer` from whoever moves the money.
///
/// The saga's state is the order's own (`order::step`); beside it there is what the actor waits for at the
/// moment: the stock items' answers (`placing_`) or the answer about the money (`asked_`). While it waits,
/// all changes wait behind it; a restart finds the step in the order and takes it up again.
struct order_actor_state {
  order_actor_state(caf::event_based_actor* self) : self(self) {}

  // ---- commands ----
  void take(order_request& request);
  void take(hold_answer& answer);
  void take(payment_answer& answer);
  void end();
  void show(live_gathering& to) const;
  void park();

  void handle(const get_order&, order_request& request);
  void handle(create_order& command, order_request& request);
  void handle(change_order& command, order_request& request);
  void handle(const attend_order&, order_request& request);
  void handle(const retry_order&, order_request& request);
  void handle(const payment_notice& notice, order_request& request);

  caf::event_based_actor* self;
  order_setup setup;
  std::optional<entity_log> log;

  static inline const char* name = "orderd.order";

 private:
  /// Who is answered when the placement or the saga's step has come to its end, if anybody.
  struct pending_request {
    order_request request;
    std::optional<std::string> metadata; ///< what the metadata becomes once the order is processed
  };
  /// A placement under way: what is asked of the stock items, and for whom.
  struct pending_placement {
    orderd::placement lines;
    order_status target = order_status::processed;
    pending_request asked_by;
  };

  // ---- changes ----
  /// Whether there is this order at all for one who asks for this change.
  [[nodiscard]] bool may_address(const change_order& command, const caller& who) const;
  void change_status_of(change_order& command, order_request& request);
  void change_metadata(decision<std::string> metadata, const caller& who, reply_token reply);
  /// Makes the change that `happens`, and what follows from it.
  void carry_out(order_event happens, order_request& request);
  /// Answers a request that was claimed before a restart, if it has been carried out already.
  [[nodiscard]] bool answer_again(order_request& request);
  void create_again(order_request& request);
  /// The refusal of a request that knows another version; nothing if it may go on.
  [[nodiscard]] std::optional<rejection> check_version(const order_request& request) const;
  /// A refusal states what the order is: like the order itself it leaves only when that is on disk.
  void refuse(order_request& request, rejection why);
  /// Applies and journals an event; the answer is the order after it, or a refusal that the event means.
  void evolve(order_event e, reply_token reply);
  void evolve(order_event e, reply_token reply, rejection why);
  /// The same of the first of several events that a request takes.
  void evolve_first(order_event e, const reply_token& reply);
  void apply(const order_event& e);

  // ---- placement ----
  [[nodiscard]] decision<std::vector<order_line>> resolve(std::vector<order_line> lines) const;
  void begin_placement(std::vector<order_line> lines, order_status target, pending_request asked_by);
  void finish_placement();
  /// Has the history say that an order was refused for want of units before it came to be: not of each, and
  /// not where there is little room. Nobody waits for it.
  void note_refusal(const pending_placement& done, const rejection& why);
  /// What becomes of the order and of the request if it cannot be placed.
  void refuse_placement(order_request& request, rejection why);
  void place(pending_placement& done, std::vector<order_line> lines);
  void place_paid(pending_placement& done, std::vector<order_line> lines);
  [[nodiscard]] std::optional<timestamp> accept_by() const;
  /// Whether an error is injected into this step. Within bounds the processor tries again.
  [[nodiscard]] bool meets_injected_error(std::string_view step);
  [[nodiscard]] static rejection injected_error();

  // ---- saga ----
  /// Takes the present step; `waiting_` is answered at its end.
  void proceed();
  void ask(payment_op op);
  void step_is_done();
  /// For a rehearsal of crashes: passes the place once what was appended so far is on disk.
  void pass_when_durable(std::string_view place);
  void payment_is_refused(rejection_code code, const std::string& why);
  void payment_is_undecided(const std::string& why, bool surely_not_held, bool for_good);
  /// Whether a notice decides while a call to the service is under way, whose answer then comes too late. One
  /// that would end the order waits for that answer.
  [[nodiscard]] bool decides_at_once(const order_request& request) const;
  /// What the service was asked, or would be, is known now.
  void learn(const payment_notice& notice, notice_course course, order_request& request);
  /// The notice ends what the order was to become: units and money go back.
  void end_by(const payment_notice& notice, notice_course course, order_request& request);
  /// Answers `waiting_`, with the event if there is one.
  void conclude(order_event e);
  /// Tells the processor when the order has to be attended to, if that has changed.
  void announce();

  /// Tells the stock items what the order's end means for its units.
  void settle_stock(const std::vector<order_line>& lines, order_verdict verdict);
  void send_to_stock(stock_message message, const std::string& sku);
  [[nodiscard]] bool is_busy() const { return placing_ || asked_; }
  [[nodiscard]] bool is_idle() const { return !is_busy() && !waiting_ && deferred_.empty(); }
  void take_deferred();
  [[nodiscard]] timestamp now() const { return setup.around->clock->now(); }

  std::optional<pending_placement> placing_;
  std::optional<payment_op> asked_;
  std::optional<pending_request> waiting_;
  std::vector<order_request> deferred_; ///< changes that wait for what is under way
  bool may_be_held_ = true;    ///< some call of this attempt may have held money; always so after a restart
  std::uint32_t injected_ = 0; ///< errors injected into this order's placement, one after another
  std::optional<attention_need> announced_;
};

caf::behavior order_actor(caf::stateful_actor<order_actor_state>* self, order_setup setup, entity_log log);

} // namespace orderd

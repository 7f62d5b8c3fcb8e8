#include "actors/stock_shard.hpp"

#include "actors/engine.hpp"
#include "actors/fail_stop.hpp"
#include "actors/stock_actor.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>

namespace orderd {

namespace {

constexpr std::chrono::milliseconds retry_delay{1'000};
/// Loads of a shard that nobody waits for, at once: a request waits behind so many at most.
constexpr std::size_t warming_max = 32;

struct key_reader {
  const std::string& operator()(const stock_request& r) const { return r.sku; }
  const std::string& operator()(const stock_hold& h) const { return h.sku; }
  const std::string& operator()(const stock_settlement& s) const { return s.what.sku; }
  const std::string& operator()(const expire_reservations& e) const { return e.sku; }
};

[[nodiscard]] decision<grant> refuse_unknown_product(const std::string& sku) {
  return orderd::refuse(rejection_code::unknown_product, "there is no product with SKU " + sku);
}

} // namespace

void stock_shard_state::set_up(stock_shard_setup setup) {
  setup_ = setup.shard;
  for (auto& deadline : setup.deadlines)
    watch(std::move(deadline));
  setup.deadlines.clear();
  cold_ = std::move(setup.cold);
  stock_setup_ = std::move(setup);
  warm_up();
  keep_ticking();
}

void stock_shard_state::warm_up() {
  while (!cold_.empty() && warming_.size() < warming_max) {
    if (live_of_kind() >= roomy_to()) {
      cold_ = {};
      return;
    }
    if (wake(cold_.back()))
      warming_.insert(std::move(cold_.back()));
    cold_.pop_back();
  }
}

void stock_shard_state::take(loaded_stock& found) {
  const bool away = !found.state && may_pass(found.state.error().code);
  // The next tick tries it again: at once it would fail at once.
  if (warming_.erase(found.key) > 0 && away)
    cold_.push_back(found.key);
  loaded(found.key, std::move(found.state));
  if (!away)
    warm_up();
  keep_ticking();
}

void stock_shard_state::announce(expiry_announced& next) {
  watch({std::move(next.sku), next.at});
  keep_ticking();
}

void stock_shard_state::watch(stored_deadline next) {
  const auto [known, is_new] = watched_.try_emplace(next.sku, next.at);
  if (!is_new && known->second <= next.at)
    return;
  known->second = next.at;
  deadlines_.push(std::move(next));
}

const std::string& stock_shard_state::key_of(const stock_message& message) {
  return std::visit(key_reader{}, message.what);
}

bool stock_shard_state::must_accept(const stock_message& message) {
  return std::holds_alternative<stock_settlement>(message.what) ||
         std::holds_alternative<expire_reservations>(message.what);
}

bool stock_shard_state::is_new(const stock_message& message) const {
  const auto* request = std::get_if<stock_request>(&message.what);
  return request != nullptr && std::holds_alternative<define_stock>(request->what) &&
         !stock_setup_.catalogue->contains(request->sku);
}

bool stock_shard_state::may_exist(const std::string& sku) const {
  return stock_setup_.catalogue->contains(sku);
}

void stock_shard_state::count_refused(const stock_message& message, reservation_result why) const {
  const auto* request = std::get_if<stock_request>(&message.what);
  if (std::holds_alternative<stock_hold>(message.what) ||
      (request != nullptr && std::holds_alternative<make_reservation>(request->what)))
    setup_.counters->measures.count(why);
}

void stock_shard_state::refuse(stock_message&& message, rejection why) {
  count_refused(message, reservation_result::refused);
  if (auto* request = std::get_if<stock_request>(&message.what))
    request->reply.answer(std::move(why));
  else if (auto* hold = std::get_if<stock_hold>(&message.what))
    self_->send(hold->reply_to, hold_answer{hold->line, tl::unexpected{std::move(why)}});
  else // The store could not be read: nobody can be told, and the obligation stands.
    self_->delayed_send(self_, retry_delay, std::move(message));
}

void stock_shard_state::refuse_unknown(stock_message&& message) {
  count_refused(message, reservation_result::unknown_product);
  const std::string sku = key_of(message);
  if (auto* request = std::get_if<stock_request>(&message.what))
    request->reply.answer(rejection{rejection_code::not_found, "there is no stock item " + sku, {}, {}, {}});
  else if (auto* hold = std::get_if<stock_hold>(&message.what))
    self_->send(hold->reply_to, hold_answer{hold->line, refuse_unknown_product(sku)});
  // Nothing can be owed to an item that never was: the other two come to nothing.
}

void stock_shard_state::on_tick() {
  const auto now = stock_setup_.clock->now();
  while (!deadlines_.empty() && deadlines_.top().at <= now) {
    const auto due = deadlines_.top();
    deadlines_.pop();
    // A later one that an earlier one has overtaken says nothing new.
    const auto known = watched_.find(due.sku);
    if (known == watched_.end() || known->second != due.at)
      continue;
    watched_.erase(known);
    stock_message wake{expire_reservations{due.sku}};
    deliver(wake);
  }
  warm_up();
}

caf::actor stock_shard_state::spawn(const std::string& sku, std::optional<stock_item> state,
                                    std::shared_ptr<durable_mark> mark) {
  return self_->system().spawn<caf::lazy_init>(
      stock_actor,
      stock_setup{sku, state ? std::move(*state) : stock_item{}, caf::actor_cast<caf::actor>(self_),
                  stock_setup_.lists, stock_setup_.catalogue, stock_setup_.clock, &setup_.counters->measures,
                  stock_setup_.hot},
      entity_log{setup_.journal, setup_.counters, std::move(mark)});
}

caf::behavior stock_shard(caf::stateful_actor<stock_shard_state>* self, stock_shard_setup setup) {
  fail_stop_on_exception(self, "a stock shard failed");
  auto& state = self->state;
  state.set_up(std::move(setup));
  self->set_exit_handler([&state, self](caf::exit_msg& exit) {
    state.end_all();
    self->quit(exit.reason);
  });
  return {
      [&state](stock_message& message) { state.deliver(message); },
      [&state](loaded_stock& found) { state.take(found); },
      [&state](const entity_ended<std::string>& end) { state.ended(end.key); },
      [&state](const entity_busy<std::string>& busy) { state.busy(busy.key); },
      [&state](expiry_announced& next) { state.announce(next); },
      [&state](gather_live& ask) { state.gather(ask); },
      [&state](tick_atom) { state.tick(); },
  };
}

} // namespace orderd

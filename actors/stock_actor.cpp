#include "actors/stock_actor.hpp"

#include "actors/fail_stop.hpp"
#include "domain/assert.hpp"
#include "domain/stock_rules.hpp"

#include <caf/behavior.hpp>
#include <caf/send.hpp>

namespace orderd {

namespace {

/// Reservations ended in one event.
constexpr std::size_t expiries_an_event_max = 1'000;

/// A question for the store that is asked once all before it is on disk.
class later_question final : public reply_sink {
 public:
  later_question(caf::actor store, list_request question)
      : store_(std::move(store)), question_(std::move(question)) {}
  void answer(outcome&&) noexcept override { caf::anon_send(store_, std::move(question_)); }

 private:
  caf::actor store_;
  list_request question_;
};

} // namespace

// ---- state ----

void stock_state::count(const stock_event& e) {
  using enum reservation_result;
  auto& measures = *setup.measures;
  if (std::holds_alternative<stock_reserved>(e.what))
    measures.count(granted);
  else if (std::holds_alternative<reservation_claimed>(e.what))
    measures.count(claimed);
  else if (std::holds_alternative<reservation_released>(e.what))
    measures.count(released);
  else if (std::holds_alternative<reservation_committed>(e.what))
    measures.count(committed);
  else if (const auto* ended = std::get_if<reservations_expired>(&e.what))
    measures.count(expired, ended->ids.size());
}

void stock_state::count_refusal(rejection_code code) {
  const bool lacks_units = code == rejection_code::insufficient_stock;
  const bool unknown = code == rejection_code::not_found || code == rejection_code::unknown_product;
  setup.measures->count(lacks_units ? reservation_result::insufficient_stock
                        : unknown   ? reservation_result::unknown_product
                                    : reservation_result::refused);
  if (lacks_units && hot_place_)
    setup.hot->note_refusal(*hot_place_, setup.sku);
}

void stock_state::note_request(std::optional<std::chrono::steady_clock::time_point> begun_at) {
  if (!begun_at)
    return;
  const auto now = std::chrono::steady_clock::now();
  setup.measures->count_waited(entity_kind::stock, now - *begun_at);
  if (setup.hot == nullptr)
    return;
  if (!hot_place_)
    hot_place_.emplace(setup.sku);
  setup.hot->note(*hot_place_, setup.sku, now, now - *begun_at);
}

void stock_state::evolve(stock_event e) {
  count(e);
  setup.item.evolve(e);
  log->append(self, std::move(e));
}

void stock_state::expire(timestamp now) {
  while (auto expired = expire_due(setup.item, now, expiries_an_event_max))
    evolve(std::move(*expired));
}

void stock_state::announce_expiry() {
  const auto next = setup.item.next_expiry();
  if (next && (!announced_ || *next < *announced_)) {
    announced_ = next;
    self->send(setup.shard, expiry_announced{setup.sku, *next});
  }
}

reservation_view stock_state::view_of(const uuid& id) const {
  const auto* found = setup.item.find(id);
  ORDERD_ASSERT(found != nullptr);
  return {setup.sku, *found, reservation_state::active};
}

// ---- commands ----

void stock_state::take(stock_request& request) {
  if (request.reply.trace() != nullptr)
    request.reply.trace()->taken();
  note_request(request.reply.begun_at());
  expire(setup.clock->now());
  const auto version = setup.item.view().version;
  if (request.if_match && *request.if_match != version)
    return refuse(request, {rejection_code::version_mismatch,
                            "stock item " + setup.sku + " is at version " + std::to_string(version) +
                                ", not " + std::to_string(*request.if_match),
                            {},
                            {},
                            {}});
  std::visit([&](const auto& command) { handle(command, request); }, request.what);
  announce_expiry();
}

void stock_state::take(stock_hold& hold) {
  note_request(hold.sent_at);
  const auto began = hold.traced_by ? trace_now() : trace_time{0};
  const auto now = setup.clock->now();
  expire(now);
  auto held = hold_units(hold, now);
  if (hold.traced_by)
    record_child(hold.traced_by, "reserve", began, {{"orderd.sku", setup.sku}, {"orderd.qty", hold.qty}},
                 !held.has_value());
  self->send(hold.reply_to, hold_answer{hold.line, std::move(held)});
}

decision<stock_event> stock_state::decide_claim(const stock_hold& hold, timestamp now) const {
  const auto* claimed = setup.item.find(hold.reservation_id);
  if (claimed == nullptr)
    return orderd::refuse(rejection_code::reservation_expired,
                          "reservation " + to_string(hold.reservation_id) + " of " + setup.sku + " is gone");
  if (!hold.claimant.empty() && !claimed->holder.empty() && claimed->holder != hold.claimant)
    return orderd::refuse(rejection_code::forbidden,
                          "reservation " + to_string(hold.reservation_id) + " is held by somebody else");
  return decide(setup.item, claim_reservation{hold.reservation_id, hold.order_id, hold.qty}, now);
}

decision<grant> stock_state::hold_units(const stock_hold& hold, timestamp now) {
  auto decided = hold.claim ? decide_claim(hold, now)
                            : decide(setup.item,
                                     reserve_stock{hold.reservation_id, hold.qty, to_string(hold.order_id),
                                                   std::nullopt, hold.order_id},
                                     now);
  if (!decided) {
    count_refusal(decided.error().code);
    return tl::unexpected{std::move(decided.error())};
  }
  evolve(std::move(*decided));
  return grant{hold.reservation_id, setup.item.find(hold.reservation_id)->qty, setup.item.view().product};
}

void stock_state::take(stock_settlement& settlement) {
  const auto& what = settlement.what;
  if (auto settled = settle(setup.item, what.reservation_id, what.order_id, what.verdict, setup.clock->now()))
    evolve(std::move(*settled));
  announce_expiry();
}

void stock_state::take(expire_reservations&) {
  announced_.reset();
  expire(setup.clock->now());
  announce_expiry();
}

void stock_state::end() {
  if (log->is_stored()) {
    self->send(setup.shard, entity_ended<std::string>{setup.sku});
    self->quit();
  } else {
    self->send(setup.shard, entity_busy<std::string>{setup.sku});
  }
}

// ---- what each request means ----

void stock_state::refuse(stock_request& request, rejection why) {
  if (std::holds_alternative<make_reservation>(request.what))
    count_refusal(why.code);
  if (why.code == rejection_code::insufficient_stock)
    request.reply.answer(std::move(why));
  else
    log->show(self, std::move(request.reply), std::move(why));
}

template <class Show>
void stock_state::carry_out(decision<stock_event> decided, stock_request& request, Show show) {
  if (!decided)
    return refuse(request, std::move(decided.error()));
  count(*decided);
  setup.item.evolve(*decided);
  log->append(self, std::move(*decided), std::move(request.reply), show());
}

void stock_state::handle(const get_stock&, stock_request& request) {
  if (setup.item.exists())
    log->show(self, std::move(request.reply), setup.item.view());
  else
    refuse(request, {rejection_code::not_found, "there is no stock item " + setup.sku, {}, {}, {}});
}

void stock_state::handle(const define_stock& command, stock_request& request) {
  const bool created = !setup.item.exists();
  const auto former_id = setup.item.view().product.product_id;
  auto decided = decide(setup.item, setup.sku, command, setup.clock->now());
  if (!decided)
    return refuse(request, std::move(decided.error()));
  const auto defined = std::get<stock_defined>(decided->what).product;
  if (!setup.catalogue->put(defined))
    return refuse(request,
                  {rejection_code::product_id_taken,
                   "product_id " + std::to_string(command.product_id.value_or(0)) + " stands for another SKU",
                   "product_id",
                   {},
                   {}});
  carry_out(std::move(decided), request, [&] { return defined_stock{setup.item.view(), created}; });
  // Only now: whoever takes the freed id next must come behind this event in the journal.
  if (former_id && former_id != defined.product_id)
    setup.catalogue->free(*former_id);
}

void stock_state::handle(const adjust_stock& command, stock_request& request) {
  carry_out(decide(setup.item, command, setup.clock->now()), request, [this] { return setup.item.view(); });
}

void stock_state::handle(const make_reservation& command, stock_request& request) {
  const auto now = setup.clock->now();
  const reserve_stock wanted{command.id, command.qty, command.holder, now + command.ttl, {}};
  carry_out(decide(setup.item, wanted, now), request, [&] { return view_of(command.id); });
}

bool stock_state::knows(const uuid& id, bool to_change, stock_request& request) {
  const auto* found = setup.item.find(id);
  if (found == nullptr) {
    ask_store(id, to_change, request);
    return false;
  }
  // Whose reservation it is, is nobody else's business: to others there is none.
  if (!request.who.is_operator && found->holder != request.who.user) {
    refuse(request, {rejection_code::not_found,
                     "there is no reservation " + to_string(id) + " of " + setup.sku,
                     {},
                     {},
                     {}});
    return false;
  }
  return true;
}

void stock_state::ask_store(const uuid& id, bool to_change, stock_request& request) {
  const auto durability = request.reply.durability();
  list_request ask{reservation_query{setup.sku, id, request.who, to_change}, std::move(request.reply)};
  // How it ended may be in an event that is still on its way to the disk: the question goes behind it.
  reply_token question{std::make_unique<later_question>(setup.lists, std::move(ask))};
  question.require(durability);
  log->show(self, std::move(question), rejection{});
}

void stock_state::handle(const get_reservation& command, stock_request& request) {
  if (knows(command.id, false, request))
    log->show(self, std::move(request.reply), view_of(command.id));
}

void stock_state::handle(const renew_reservation& command, stock_request& request) {
  if (!knows(command.id, true, request))
    return;
  const auto now = setup.clock->now();
  carry_out(decide(setup.item, extend_reservation{command.id, now + command.ttl}, now), request,
            [&] { return view_of(command.id); });
}

template <class Command>
void stock_state::end_reservation(const Command& command, reservation_state ended, stock_request& request) {
  if (!knows(command.id, true, request))
    return;
  auto view = view_of(command.id);
  view.state = ended;
  carry_out(decide(setup.item, command, setup.clock->now()), request, [&view] { return std::move(view); });
}

void stock_state::handle(const release_reservation& command, stock_request& request) {
  end_reservation(command, reservation_state::released, request);
}

void stock_state::handle(const commit_reservation& command, stock_request& request) {
  end_reservation(command, reservation_state::committed, request);
}

void stock_state::show(live_gathering& to) const {
  if (const auto& view = setup.item.view(); setup.item.exists())
    to.add(entity_kind::stock, setup.sku, {view.version, view.levels});
}

caf::behavior stock_actor(caf::stateful_actor<stock_state>* self, stock_setup setup, entity_log log) {
  fail_stop_on_exception(self, "a stock actor failed");
  auto& state = self->state;
  state.setup = std::move(setup);
  state.log.emplace(std::move(log));
  state.announce_expiry();
  return {
      [&state](stock_message& message) {
        std::visit([&state](auto& what) { state.take(what); }, message.what);
      },
      [&state](const show_live& ask) { state.show(*ask.to); },
      [&state](end_atom) { state.end(); },
  };
}

} // namespace orderd

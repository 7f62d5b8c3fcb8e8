#include "actors/stock_actor.hpp"

#include "actors/fail_stop.hpp"
#include "domain/assert.hpp"
#include "domain/stock_rules.hpp"

#include <caf/behavior.hpp>

namespace orderd {

namespace {

/// Reservations ended in one event.
constexpr std::size_t expiries_an_event_max = 1'000;

} // namespace

// ---- state ----

void stock_state::evolve(stock_event e, reply_token reply, outcome answer) {
  setup.item.evolve(e);
  log->append(self, std::move(e), std::move(reply), std::move(answer));
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
  expire(setup.clock->now());
  if (request.if_match && *request.if_match != setup.item.view().version) {
    request.reply.answer(rejection{rejection_code::version_mismatch,
                                   "stock item " + setup.sku + " is at version " +
                                       std::to_string(setup.item.view().version) + ", not " +
                                       std::to_string(*request.if_match),
                                   {},
                                   {},
                                   {}});
    return;
  }
  std::visit([&](const auto& command) { handle(command, request); }, request.what);
  announce_expiry();
}

void stock_state::take(stock_hold& hold) {
  const auto now = setup.clock->now();
  expire(now);
  self->send(hold.reply_to, hold_answer{hold.line, hold_units(hold, now)});
}

decision<grant> stock_state::hold_units(const stock_hold& hold, timestamp now) {
  auto decided =
      hold.claim ? decide(setup.item, claim_reservation{hold.reservation_id, hold.order_id, hold.qty}, now)
                 : decide(setup.item,
                          reserve_stock{hold.reservation_id, hold.qty, to_string(hold.order_id), std::nullopt,
                                        hold.order_id},
                          now);
  if (!decided && hold.claim && decided.error().code == rejection_code::not_found)
    // What is due has been ended just now, so a claim that comes too late finds nothing.
    return refuse(rejection_code::reservation_expired, "reservation " + to_string(hold.reservation_id) +
                                                           " of " + setup.sku + " is no longer held");
  if (!decided)
    return tl::unexpected{std::move(decided.error())};
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

void stock_state::handle(const get_stock&, stock_request& request) {
  if (setup.item.exists())
    log->show(self, std::move(request.reply), setup.item.view());
  else
    request.reply.answer(
        rejection{rejection_code::not_found, "there is no stock item " + setup.sku, {}, {}, {}});
}

void stock_state::handle(const define_stock& command, stock_request& request) {
  const bool created = !setup.item.exists();
  auto decided = decide(setup.item, setup.sku, command, setup.clock->now());
  if (!decided) {
    request.reply.answer(std::move(decided.error()));
    return;
  }
  if (!setup.catalogue->put(std::get<stock_defined>(decided->what).product)) {
    request.reply.answer(
        rejection{rejection_code::product_id_taken,
                  "product_id " + std::to_string(command.product_id.value_or(0)) + " stands for another SKU",
                  "product_id",
                  {},
                  {}});
    return;
  }
  setup.item.evolve(*decided);
  log->append(self, std::move(*decided), std::move(request.reply), defined_stock{setup.item.view(), created});
}

void stock_state::handle(const adjust_stock& command, stock_request& request) {
  auto decided = decide(setup.item, command, setup.clock->now());
  if (!decided) {
    request.reply.answer(std::move(decided.error()));
    return;
  }
  setup.item.evolve(*decided);
  log->append(self, std::move(*decided), std::move(request.reply), setup.item.view());
}

void stock_state::handle(const make_reservation& command, stock_request& request) {
  const auto now = setup.clock->now();
  auto decided =
      decide(setup.item, reserve_stock{command.id, command.qty, command.holder, now + command.ttl, {}}, now);
  if (!decided) {
    request.reply.answer(std::move(decided.error()));
    return;
  }
  setup.item.evolve(*decided);
  log->append(self, std::move(*decided), std::move(request.reply), view_of(command.id));
}

void stock_state::handle(const get_reservation& command, stock_request& request) {
  if (setup.item.find(command.id) != nullptr)
    log->show(self, std::move(request.reply), view_of(command.id));
  else
    ask_store(command.id, false, request);
}

void stock_state::ask_store(const uuid& id, bool to_change, stock_request& request) {
  self->send(setup.write_behind,
             list_request{reservation_query{setup.sku, id, to_change}, std::move(request.reply)});
}

void stock_state::handle(const renew_reservation& command, stock_request& request) {
  if (setup.item.find(command.id) == nullptr)
    return ask_store(command.id, true, request);
  const auto now = setup.clock->now();
  auto decided = decide(setup.item, extend_reservation{command.id, now + command.ttl}, now);
  if (!decided) {
    request.reply.answer(std::move(decided.error()));
    return;
  }
  setup.item.evolve(*decided);
  log->append(self, std::move(*decided), std::move(request.reply), view_of(command.id));
}

template <class Command>
void stock_state::end_reservation(const Command& command, reservation_state ended, stock_request& request) {
  if (setup.item.find(command.id) == nullptr)
    return ask_store(command.id, true, request);
  auto decided = decide(setup.item, command, setup.clock->now());
  if (!decided) {
    request.reply.answer(std::move(decided.error()));
    return;
  }
  auto view = view_of(command.id);
  view.state = ended;
  evolve(std::move(*decided), std::move(request.reply), std::move(view));
}

void stock_state::handle(const release_reservation& command, stock_request& request) {
  end_reservation(command, reservation_state::released, request);
}

void stock_state::handle(const commit_reservation& command, stock_request& request) {
  end_reservation(command, reservation_state::committed, request);
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
      [&state](end_atom) { state.end(); },
  };
}

} // namespace orderd

#include "actors/order_shard.hpp"

#include "actors/fail_stop.hpp"

#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>

namespace orderd {

void order_shard_state::set_up(order_shard_setup setup) {
  setup_ = setup.shard;
  parking_.emplace(parking_file{*setup.files, setup.parking_path, setup.parking_bytes_max});
  order_setup_ = std::move(setup);
}

void order_shard_state::on_tick() {
  parking_->try_again();
  // While the store is away, what it has cannot be read there.
  if (!setup_.counters->store_away.load(std::memory_order_relaxed))
    parking_->forget_stored(setup_.counters->applied_seq.load(std::memory_order_acquire));
}

bool order_shard_state::is_new(const order_request& request) {
  return std::holds_alternative<create_order>(request.what) && !request.again;
}

void order_shard_state::refuse_unknown(order_request&& request) {
  request.reply.answer(order_not_found(request.id));
}

caf::actor order_shard_state::spawn(const uuid& id, order_ptr state, std::shared_ptr<durable_mark> mark) {
  return self_->system().spawn<caf::lazy_init>(
      order_actor, order_setup{id, std::move(state), caf::actor_cast<caf::actor>(self_), order_setup_.around},
      entity_log{setup_.journal, setup_.counters, std::move(mark)});
}

caf::behavior order_shard(caf::stateful_actor<order_shard_state>* self, order_shard_setup setup) {
  fail_stop_on_exception(self, "an order shard failed");
  auto& state = self->state;
  state.set_up(std::move(setup));
  self->set_exit_handler([&state, self](caf::exit_msg& exit) {
    state.end_all();
    self->quit(exit.reason);
  });
  return {
      [&state](order_request& request) { state.deliver(request); },
      [&state](loaded_order& found) { state.loaded(found.key, std::move(found.state)); },
      [&state](const entity_ended<uuid>& end) { state.ended(end.key); },
      [&state](const entity_busy<uuid>& busy) { state.busy(busy.key); },
      [&state](order_parked& left) {
        const auto id = left.state->id;
        state.parked(id, std::move(left.state));
      },
      [&state](gather_live& ask) { state.gather(ask); },
      [&state](tick_atom) { state.tick(); },
  };
}

} // namespace orderd

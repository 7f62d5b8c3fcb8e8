/// One shard of the order directory.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/entity_shard.hpp"
#include "actors/order_actor.hpp"
#include "config/clock.hpp"

#include <caf/stateful_actor.hpp>

#include <functional>
#include <memory>

namespace orderd {

struct order_shard_setup {
  shard_setup shard;
  std::shared_ptr<const stock_shards> stock;
  const catalogue_index* catalogue = nullptr;
  const clock_port* clock = nullptr;
};

/// Messages: `order_request` from the engine, `loaded_order` from readers, `entity_ended` and `entity_busy`
/// from its orders, `tick_atom` from itself.
class order_shard_state : public entity_shard<order_shard_state, uuid, order_request, order_ptr> {
 public:
  explicit order_shard_state(caf::event_based_actor* self) : entity_shard(self) {}

  void set_up(order_shard_setup setup);

  static const uuid& key_of(const order_request& request) { return request.id; }
  static bool must_accept(const order_request&) { return false; }
  static bool is_new(const order_request& request);
  static bool may_exist(const uuid&) { return true; }
  static void refuse(order_request&& request, rejection why) { request.reply.answer(std::move(why)); }
  static void refuse_unknown(order_request&& request);
  static void on_tick() {}
  static bool has_deadlines() { return false; }
  [[nodiscard]] caf::actor spawn(const uuid& id, order_ptr state, std::shared_ptr<durable_mark> mark);

  static inline const char* name = "orderd.orders";

 private:
  order_shard_setup order_setup_;
};

caf::behavior order_shard(caf::stateful_actor<order_shard_state>* self, order_shard_setup setup);

} // namespace orderd

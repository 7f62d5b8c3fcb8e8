/// One shard of the order directory.
#pragma once

#include "actors/entity_shard.hpp"
#include "actors/order_actor.hpp"
#include "actors/order_parking.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

struct order_shard_setup {
  shard_setup shard;
  std::shared_ptr<const order_surroundings> around;
  file_system* files = nullptr;
  std::string parking_path;            ///< of the shard's own file
  std::uint64_t parking_bytes_max = 0; ///< how long it may become
};

/// Messages: `order_request` from the engine, `loaded_order` from readers, `entity_ended`, `entity_busy` and
/// `order_parked` from its orders, `tick_atom` from itself.
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
  void on_tick();
  [[nodiscard]] bool awaits_tick() const { return !parking_->empty(); }
  [[nodiscard]] caf::actor spawn(const uuid& id, order_ptr state, std::shared_ptr<durable_mark> mark);

  [[nodiscard]] bool may_park() const { return parking_->has_room(); }
  [[nodiscard]] bool park(const order_ptr& state, std::uint64_t last_seq) {
    return parking_->park(*state, last_seq);
  }
  [[nodiscard]] result<std::optional<parked_order>> find_parked(const uuid& id) { return parking_->find(id); }
  void forget_parked(const uuid& id) { parking_->forget(id); }

  static inline const char* name = "orderd.orders";

 private:
  order_shard_setup order_setup_;
  std::optional<order_parking> parking_; ///< since `set_up`
};

caf::behavior order_shard(caf::stateful_actor<order_shard_state>* self, order_shard_setup setup);

} // namespace orderd

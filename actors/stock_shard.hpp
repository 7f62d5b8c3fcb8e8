/// One shard of the stock directory, with the deadlines of its items' reservations.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/entity_shard.hpp"
#include "actors/hot_skus.hpp"
#include "config/clock.hpp"
#include "domain/stock.hpp"

#include <caf/stateful_actor.hpp>

#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace orderd {

struct stock_shard_setup {
  shard_setup shard;
  caf::actor lists; ///< where ended reservations are asked for
  catalogue_index* catalogue = nullptr;
  const clock_port* clock = nullptr;
  hot_sku_sketch* hot = nullptr;          ///< of the shard's items; null: none. Outlives them
  std::vector<stored_deadline> deadlines; ///< of items that sleep in the store
  std::vector<std::string> cold;          ///< items to load before anybody asks for them
};

/// Messages: `stock_message` from the engine and from orders, `loaded_stock` from readers, `entity_ended`,
/// `entity_busy` and `expiry_announced` from its items, `tick_atom` from itself.
class stock_shard_state
    : public entity_shard<stock_shard_state, std::string, stock_message, std::optional<stock_item>>,
      public no_parking<std::string, std::optional<stock_item>> {
 public:
  explicit stock_shard_state(caf::event_based_actor* self) : entity_shard(self) {}

  void set_up(stock_shard_setup setup);
  void announce(expiry_announced& next);
  void take(loaded_stock& found);

  static const std::string& key_of(const stock_message& message);
  /// What was promised by an event already journaled, and what time itself demands, is never turned away.
  static bool must_accept(const stock_message& message);
  [[nodiscard]] bool is_new(const stock_message& message) const;
  [[nodiscard]] bool may_exist(const std::string& sku) const;
  void refuse(stock_message&& message, rejection why);
  void refuse_unknown(stock_message&& message);
  void on_tick();
  [[nodiscard]] bool awaits_tick() const { return !deadlines_.empty() || !cold_.empty(); }
  [[nodiscard]] caf::actor spawn(const std::string& sku, std::optional<stock_item> state,
                                 std::shared_ptr<durable_mark> mark);

  static inline const char* name = "orderd.stock_items";

 private:
  struct later {
    bool operator()(const stored_deadline& a, const stored_deadline& b) const { return a.at > b.at; }
  };

  /// Counts a reservation that does not reach its item.
  void count_refused(const stock_message& message, reservation_result why) const;
  void watch(stored_deadline next);
  /// Loads cold items while there is plenty of room, a few at a time.
  void warm_up();

  stock_shard_setup stock_setup_;

  /// The items' earliest expiries, each announced by its item. One that came to nothing wakes its item once
  /// for nothing.
  std::priority_queue<stored_deadline, std::vector<stored_deadline>, later> deadlines_;
  /// The earliest of them by SKU: an item that is activated again announces what is known already.
  std::unordered_map<std::string, timestamp> watched_;
  std::vector<std::string> cold_;           ///< yet to be loaded
  std::unordered_set<std::string> warming_; ///< asked for by nobody but `warm_up`
};

caf::behavior stock_shard(caf::stateful_actor<stock_shard_state>* self, stock_shard_setup setup);

} // namespace orderd

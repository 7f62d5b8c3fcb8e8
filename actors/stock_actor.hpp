/// One stock item: the only one that may change its units.
#pragma once

#include "actors/catalogue_index.hpp"
#include "actors/engine_measures.hpp"
#include "actors/entity_log.hpp"
#include "actors/hot_skus.hpp"
#include "actors/live_gathering.hpp"
#include "actors/messages.hpp"
#include "config/clock.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

struct stock_setup {
  std::string sku;
  stock_item item; ///< version 0 for one that is yet to be defined
  caf::actor shard;
  caf::actor lists; ///< where ended reservations are asked for
  catalogue_index* catalogue = nullptr;
  const clock_port* clock = nullptr;
  engine_measures* measures = nullptr;
  hot_sku_sketch* hot = nullptr; ///< null: none
};

/// Messages: `stock_message`, `show_live` and `end_atom`, all from its shard.
struct stock_state {
  explicit stock_state(caf::event_based_actor* self) : self(self) {}

  // ---- commands ----
  void take(stock_request& request);
  void take(stock_hold& hold);
  void take(stock_settlement& settlement);
  void take(expire_reservations& due);
  void end();
  void show(live_gathering& to) const;
  /// Tells the shard the earliest expiry, if it has come closer.
  void announce_expiry();

  // ---- what each request means ----
  void handle(const get_stock&, stock_request& request);
  void handle(const define_stock& command, stock_request& request);
  void handle(const adjust_stock& command, stock_request& request);
  void handle(const make_reservation& command, stock_request& request);
  void handle(const get_reservation& command, stock_request& request);
  void handle(const renew_reservation& command, stock_request& request);
  void handle(const release_reservation& command, stock_request& request);
  void handle(const commit_reservation& command, stock_request& request);

  caf::event_based_actor* self;
  stock_setup setup;
  std::optional<entity_log> log;

  static inline const char* name = "orderd.stock";

 private:
  void expire(timestamp now);
  /// Counts what an event means for reservations; a refusal of one; a request that comes.
  void count(const stock_event& e);
  void count_refusal(rejection_code code);
  void note_request(std::optional<std::chrono::steady_clock::time_point> begun_at);
  void evolve(stock_event e);
  /// Applies and journals what was decided, and answers with what `show` then returns; or refuses.
  template <class Show> void carry_out(decision<stock_event> decided, stock_request& request, Show show);
  /// A refusal that states what the item is leaves only when that is on disk; that there is too little does
  /// not: it promises nothing, and a sold-out sale costs no disk.
  void refuse(stock_request& request, rejection why);
  /// True if the reservation is active and the caller's; else the request is answered elsewhere.
  [[nodiscard]] bool knows(const uuid& id, bool to_change, stock_request& request);
  /// Asks for a reservation that is no longer active, or never was.
  void ask_store(const uuid& id, bool to_change, stock_request& request);
  template <class Command>
  void end_reservation(const Command& command, reservation_state ended, stock_request& request);
  [[nodiscard]] decision<stock_event> decide_claim(const stock_hold& hold, timestamp now) const;
  [[nodiscard]] decision<grant> hold_units(const stock_hold& hold, timestamp now);
  [[nodiscard]] reservation_view view_of(const uuid& id) const;

  std::optional<timestamp> announced_;
  std::optional<hot_sku_sketch::finder> hot_place_; ///< since the first request
};

caf::behavior stock_actor(caf::stateful_actor<stock_state>* self, stock_setup setup, entity_log log);

} // namespace orderd

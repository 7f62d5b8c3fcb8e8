#include "actors/reader_actor.hpp"

#include "actors/fail_stop.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

namespace orderd {

namespace {

[[nodiscard]] rejection store_is_away(const error& why) {
  log::warn("the store could not be read", {{"detail", why.detail}});
  return {rejection_code::store_unavailable, "the store could not be read; try again", {}, {}, {}};
}

/// What the store says, or that it is away.
template <class T> [[nodiscard]] outcome shown(result<T>&& read) {
  if (!read)
    return store_is_away(read.error());
  return std::move(*read);
}

[[nodiscard]] rejection why_unchangeable(const stored_reservation& ended) {
  const bool expired = ended.state == reservation_state::expired;
  return {expired ? rejection_code::reservation_expired : rejection_code::illegal_transition,
          "reservation " + to_string(ended.reservation.id) + " of " + ended.sku + " is " +
              std::string{to_text(ended.state)},
          {},
          {},
          {}};
}

} // namespace

outcome reader_state::read(const order_query& query) { return shown(store->list_orders(query)); }

outcome reader_state::read(const stock_query& query) { return shown(store->list_stock(query)); }

outcome reader_state::read(const timeline_query& query) {
  const auto found = store->load_order(query.order_id);
  if (!found)
    return store_is_away(found.error());
  if (!*found || !may_see(**found, query.who))
    return order_not_found(query.order_id);
  auto events = store->timeline(query.order_id, query.after_version, query.limit + 1);
  if (!events)
    return store_is_away(events.error());
  timeline_page page{std::move(*events), false};
  if (page.events.size() > query.limit) {
    page.events.resize(query.limit);
    page.more = true;
  }
  return page;
}

outcome reader_state::read(const reservation_query& query) {
  auto found = store->load_reservation(query.id);
  if (!found)
    return store_is_away(found.error());
  const bool theirs = *found && !query.who.is_operator && (*found)->reservation.holder != query.who.user;
  if (!*found || (*found)->sku != query.sku || theirs)
    return rejection{rejection_code::not_found,
                     "there is no reservation " + to_string(query.id) + " of " + query.sku,
                     {},
                     {},
                     {}};
  auto& stored = **found;
  const auto& expiry = stored.reservation.expires_at;
  // The stock item has ended it already, in an event that has not reached the store.
  if (stored.state == reservation_state::active && expiry && *expiry <= clock->now())
    stored.state = reservation_state::expired;
  if (query.to_change)
    return why_unchangeable(stored);
  return reservation_view{std::move(stored.sku), std::move(stored.reservation), stored.state};
}

caf::behavior reader_actor(caf::stateful_actor<reader_state>* self, std::shared_ptr<store_reader> store,
                           const clock_port* clock) {
  fail_stop_on_exception(self, "a store reader failed");
  name_this_thread("reader");
  auto& state = self->state;
  state.store = std::move(store);
  state.clock = clock;
  return {
      [&state, self](load_entity<uuid>& ask) {
        self->send(ask.reply_to, loaded_order{ask.key, state.store->load_order(ask.key)});
      },
      [&state, self](load_entity<std::string>& ask) {
        auto found = state.store->load_stock(ask.key);
        self->send(ask.reply_to, loaded_stock{std::move(ask.key), std::move(found)});
      },
      [&state](list_request& ask) {
        auto found = std::visit([&state](const auto& query) { return state.read(query); }, ask.what);
        ask.reply.answer(std::move(found));
      },
  };
}

} // namespace orderd

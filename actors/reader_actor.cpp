#include "actors/reader_actor.hpp"

#include "actors/engine.hpp"
#include "actors/event_history.hpp"
#include "actors/fail_stop.hpp"
#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

constexpr std::chrono::milliseconds retry_min{100};
constexpr std::chrono::milliseconds retry_max{500};

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

rejection reader_state::store_is_away(const error& why) {
  log::warn("the store could not be read", {{"detail", why.detail}});
  if (may_pass(why.code))
    setup.counters->set_read_error(why.detail);
  return {rejection_code::store_unavailable, "the store could not be read; try again", {}, {}, {}};
}

template <class T> outcome reader_state::shown(result<T>&& read) {
  if (!read)
    return store_is_away(read.error());
  return std::move(*read);
}

void reader_state::read(reading& what) {
  auto found = std::visit([this](const auto& query) { return read(query); }, what.ask.what);
  const auto* const refused = std::get_if<rejection>(&found);
  if (refused == nullptr || refused->code != rejection_code::store_unavailable)
    setup.counters->set_read_error({});
  what.ask.reply.answer(std::move(found));
  what.busy->store(false);
  if (setup.counters->reader_awaited.load())
    self->send(what.waiters, look_atom::value);
}

outcome reader_state::read(const order_query& query) { return shown(setup.store->list_orders(query)); }

outcome reader_state::read(const stock_query& query) { return shown(setup.store->list_stock(query)); }

outcome reader_state::read(const timeline_query& query) {
  const auto found = setup.store->load_order(query.order_id);
  if (!found)
    return store_is_away(found.error());
  if (!*found || !may_see(**found, query.who))
    return order_not_found(query.order_id);
  auto events = setup.store->timeline(query.order_id, query.after_version, query.limit + 1);
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
  auto found = setup.store->load_reservation(query.id);
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
  if (stored.state == reservation_state::active && expiry && *expiry <= setup.clock->now())
    stored.state = reservation_state::expired;
  if (query.to_change)
    return why_unchangeable(stored);
  return reservation_view{std::move(stored.sku), std::move(stored.reservation), stored.state};
}

outcome reader_state::read(const account_history& query) {
  const auto& id = query.query.account_id;
  const auto found = setup.store->load_account(id);
  if (!found)
    return store_is_away(found.error());
  if (!*found || (!query.who.is_operator && query.who.user != id))
    return rejection{rejection_code::not_found, "there is no account " + id, {}, {}, {}};
  return shown(setup.store->account_entries(query.query));
}

outcome reader_state::read(const event_history_query& query) {
  return shown(read_event_history(*setup.store, query, setup.event_source));
}

// ---- loads ----

result<order_ptr> reader_state::find(const load_entity<uuid>& ask) {
  return setup.store->load_order(ask.key);
}

result<std::optional<stock_item>> reader_state::find(const load_entity<std::string>& ask) {
  return setup.store->load_stock(ask.key);
}

result<std::optional<account>> reader_state::find(const load_entity<account_key>& ask) {
  return setup.store->load_account(ask.key.id);
}

result<std::optional<request_record>> reader_state::find(const load_entity<request_key>& ask) {
  return setup.store->load_request(ask.key.digest);
}

result<std::vector<unfinished_order>> reader_state::find(const load_unfinished& ask) {
  return setup.store->unfinished(ask.after, ask.limit);
}

result<std::vector<acceptance_due>> reader_state::find(const load_acceptances& ask) {
  return setup.store->to_be_accepted(ask.after, ask.limit);
}

void reader_state::answer(load_entity<uuid>& ask, result<order_ptr> found) {
  self->send(ask.reply_to, loaded_order{ask.key, std::move(found)});
}

void reader_state::answer(load_entity<std::string>& ask, result<std::optional<stock_item>> found) {
  self->send(ask.reply_to, loaded_stock{std::move(ask.key), std::move(found)});
}

void reader_state::answer(load_entity<account_key>& ask, result<std::optional<account>> found) {
  self->send(ask.reply_to, loaded_account{std::move(ask.key), std::move(found)});
}

void reader_state::answer(load_entity<request_key>& ask, result<std::optional<request_record>> found) {
  self->send(ask.reply_to, loaded_request{ask.key, std::move(found)});
}

void reader_state::answer(load_unfinished& ask, result<std::vector<unfinished_order>> found) {
  self->send(ask.reply_to, loaded_unfinished{std::move(found)});
}

void reader_state::answer(load_acceptances& ask, result<std::vector<acceptance_due>> found) {
  self->send(ask.reply_to, loaded_acceptances{std::move(found)});
}

template <class Load> bool reader_state::try_load(Load& ask) {
  auto found = find(ask);
  if (!found && may_pass(found.error().code)) {
    trouble_ = found.error();
    setup.counters->set_read_error(trouble_.detail);
    if (!std::exchange(away_, true))
      log::warn("the store cannot be read: what sleeps there is waited for", {{"detail", trouble_.detail}});
    return false;
  }
  if (found)
    setup.counters->set_read_error({});
  if (std::exchange(away_, false)) {
    backoff_->reset();
    log::info("the store can be read again");
  }
  answer(ask, std::move(found));
  return true;
}

template <class Load> void reader_state::take(Load& ask) {
  const bool first = waiting_.empty();
  if (first && try_load(ask))
    return;
  waiting_.push_back({std::move(ask), self->clock().now() + setup.store_wait});
  if (first)
    schedule();
}

void reader_state::schedule() {
  const auto left = waiting_.front().deadline - self->clock().now();
  const auto delay = std::min(backoff_->next(), std::chrono::ceil<std::chrono::milliseconds>(left));
  self->delayed_send(self, std::max(delay, std::chrono::milliseconds{0}), reload_atom::value);
}

void reader_state::reload() {
  while (!waiting_.empty() && std::visit([this](auto& ask) { return try_load(ask); }, waiting_.front().ask))
    waiting_.pop_front();
  const auto now = self->clock().now();
  for (; !waiting_.empty() && waiting_.front().deadline <= now; waiting_.pop_front())
    std::visit([this](auto& ask) { answer(ask, tl::unexpected{trouble_}); }, waiting_.front().ask);
  if (!waiting_.empty())
    schedule();
}

caf::behavior reader_actor(caf::stateful_actor<reader_state>* self, reader_setup setup) {
  fail_stop_on_exception(self, "a store reader failed");
  name_this_thread("reader");
  auto& state = self->state;
  state.backoff_.emplace(retry_min, retry_max, setup.jitter_seed);
  state.setup = std::move(setup);
  return {
      [&state](load_entity<uuid>& ask) { state.take(ask); },
      [&state](load_entity<std::string>& ask) { state.take(ask); },
      [&state](load_entity<account_key>& ask) { state.take(ask); },
      [&state](load_entity<request_key>& ask) { state.take(ask); },
      [&state](load_unfinished& ask) { state.take(ask); },
      [&state](load_acceptances& ask) { state.take(ask); },
      [&state](reload_atom) { state.reload(); },
      [&state](reading& what) { state.read(what); },
  };
}

} // namespace orderd

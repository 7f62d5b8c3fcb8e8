#include "actors/request_shard.hpp"

#include "actors/fail_stop.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <caf/behavior.hpp>
#include <caf/send.hpp>

#include <type_traits>

namespace orderd {

namespace {

/// Duplicates that may wait for one answer.
constexpr std::size_t duplicates_max = 1'000;
constexpr std::chrono::seconds look_interval{1};
/// The memory of 24 hours ends so much later.
constexpr std::chrono::minutes expiry_interval{1};

[[nodiscard]] rejection refusal_of(rejection_code code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}};
}

[[nodiscard]] rejection mismatch() {
  return refusal_of(rejection_code::idempotency_mismatch,
                    "this Idempotency-Key came with another request before");
}

[[nodiscard]] rejection crowded() {
  return refusal_of(rejection_code::overloaded, "too many requests with this Idempotency-Key wait");
}

/// Brings the outcome back to whoever remembers it.
class deciding_sink final : public reply_sink {
 public:
  deciding_sink(caf::actor memory, std::shared_ptr<kept_claim> claim, reply_token client)
      : memory_(std::move(memory)), claim_(std::move(claim)), client_(std::move(client)) {}
  void answer(outcome&& result) noexcept override {
    caf::anon_send(memory_, request_decided{std::move(claim_), std::move(result), std::move(client_)});
  }

 private:
  caf::actor memory_;
  std::shared_ptr<kept_claim> claim_;
  reply_token client_;
};

/// Learns that the journal is synced.
class syncing_sink final : public reply_sink {
 public:
  syncing_sink(caf::actor memory, std::uint64_t number) : memory_(std::move(memory)), number_(number) {}
  void answer(outcome&&) noexcept override { caf::anon_send(memory_, request_synced{number_}); }

 private:
  caf::actor memory_;
  std::uint64_t number_;
};

} // namespace

void request_shard_state::set_up(request_shard_setup setup) {
  setup_ = std::move(setup);
  bodies_.emplace(&setup_.counters->request_bytes);
  tick();
}

// ---- requests ----

void request_shard_state::take(keyed_request& request) {
  auto& reply = std::visit([](auto& what) -> reply_token& { return what.reply; }, request.what);
  const auto ticket = reply.ticket();
  if (const auto running = running_.find(ticket->key); running != running_.end()) {
    if (running->second.fingerprint != ticket->fingerprint)
      reply.answer(mismatch());
    else
      join(running->second, std::move(reply));
    return;
  }
  const auto known = setup_.index.find(ticket->key, setup_.clock->now());
  if (known && known->fingerprint != ticket->fingerprint)
    reply.answer(mismatch());
  else if (known && known->answered)
    replay(ticket->key, std::move(reply));
  else if (setup_.counters->request_bytes.load(std::memory_order_relaxed) >= setup_.unstored_bytes_max)
    reply.answer(refusal_of(rejection_code::overloaded,
                            "as many answers to requests with a key wait for the store as may be"));
  else
    begin(request, known);
}

void request_shard_state::join(execution& running, reply_token reply) {
  if (running.duplicates.size() >= duplicates_max)
    reply.answer(crowded());
  else
    running.duplicates.push_back(std::move(reply));
}

void request_shard_state::begin(keyed_request& request, const std::optional<request_index::found>& open) {
  std::visit(
      [&](auto& what) {
        execution started{what.reply.ticket()->fingerprint, {}, {}};
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, order_request>) {
          what.again = open.has_value();
          if (const auto* creation = std::get_if<create_order>(&what.what); creation != nullptr && open) {
            started.anew = order_request{what.id, what.who, what.if_match, *creation, {}};
            what.id = open->subject;
          }
        }
        running_.emplace(what.reply.ticket()->key, std::move(started));
        what.reply = executing(std::move(what.reply));
        execute(what);
      },
      request.what);
}

reply_token request_shard_state::executing(reply_token client) {
  auto claim = std::make_shared<kept_claim>(client.ticket(), *setup_.clock);
  auto made = lead_back(claim, std::move(client));
  made.set_claim(std::move(claim));
  return made;
}

reply_token request_shard_state::lead_back(std::shared_ptr<kept_claim> claim, reply_token client) {
  const auto durability = client.durability();
  reply_token bytes;
  bytes.begin_with(client);
  bytes.traced_like(client);
  // Answered ahead of the journal, the client is not counted any more while the events are on their way.
  if (durability == durability_mode::memory)
    bytes.track_bytes_of(client);
  reply_token made(std::make_unique<deciding_sink>(caf::actor_cast<caf::actor>(self_), std::move(claim),
                                                   std::move(client)));
  made.track_bytes_of(bytes);
  made.begin_with(bytes);
  made.traced_like(bytes);
  made.require(durability);
  return made;
}

void request_shard_state::replay(const uuid& key, reply_token reply) {
  if (const auto* kept = bodies_->find(key))
    return give(std::move(reply), *kept);
  auto& waiting = recalls_[key];
  if (waiting.size() >= duplicates_max)
    return reply.answer(crowded());
  waiting.push_back(std::move(reply));
  if (waiting.size() == 1)
    self_->send(setup_.loaders[std::hash<uuid>{}(key) % setup_.loaders.size()],
                load_entity<request_key>{{key}, caf::actor_cast<caf::actor>(self_)});
}

void request_shard_state::loaded(loaded_request& found) {
  const auto waiting = recalls_.extract(found.key.digest);
  ORDERD_ASSERT(!waiting.empty());
  request_record_ptr record;
  if (found.state && *found.state && (*found.state)->is_answered())
    record = std::make_shared<request_record>(std::move(**found.state));
  else
    log::warn(
        "the answer to a request with a key could not be read",
        {{"detail", found.state ? std::string{"the store does not have it"} : found.state.error().detail}});
  for (auto& reply : waiting.mapped()) {
    if (record)
      reply.answer(record);
    else
      reply.answer(refusal_of(rejection_code::store_unavailable,
                              "the first answer is in the store, which could not be read; try again"));
  }
}

// ---- outcomes ----

void request_shard_state::decided(request_decided& what) {
  if (what.claim->record())
    return settle(what, what.claim->record());
  if (what.claim->passes(what.result))
    return pass(what);
  auto& running = running_.at(what.claim->key());
  if (running.anew && is_unknown(what.result)) {
    // What was claimed never came to be, or came to nothing: if what is done now claims nothing, nothing is
    // known of the key any more.
    setup_.index.forget(what.claim->key());
    auto request = std::move(*running.anew);
    running.anew.reset();
    request.id = setup_.make_id();
    request.reply = executing(std::move(what.client));
    return execute(request);
  }
  auto record = what.claim->answered(what.result);
  journal(what, std::move(record));
}

void request_shard_state::journal(request_decided& what, request_record_ptr record) {
  const bool at_once = what.client.durability() == durability_mode::memory;
  journal_append item{event{*record}, nullptr, nullptr, 0, {}, rejection{}};
  if (at_once)
    item.reply.track_bytes_of(what.client);
  else {
    item.reply = lead_back(what.claim, std::move(what.client));
    item.answer = std::move(what.result);
  }
  self_->send(setup_.journal, std::move(item));
  if (at_once)
    settle(what, record);
}

void request_shard_state::settle(request_decided& what, const request_record_ptr& record) {
  auto ended = running_.extract(record->key);
  ORDERD_ASSERT(!ended.empty());
  setup_.index.remember({record->key, record->fingerprint, record->subject, record->at, true});
  bodies_->keep(record);
  what.client.answer(std::move(what.result));
  const request_bodies::kept kept{record, bodies_->last_number()};
  for (auto& reply : ended.mapped().duplicates)
    give(std::move(reply), kept);
  keep_looking();
  keep_ticking();
}

void request_shard_state::pass(request_decided& what) {
  auto ended = running_.extract(what.claim->key());
  ORDERD_ASSERT(!ended.empty());
  // What it has begun may go on without it, unless it took that back.
  if (what.claim->is_withdrawn())
    setup_.index.forget(what.claim->key());
  else if (const auto& subject = what.claim->subject())
    setup_.index.remember(
        {what.claim->key(), what.claim->fingerprint(), *subject, setup_.clock->now(), false});
  for (auto& reply : ended.mapped().duplicates)
    reply.answer(outcome{what.result});
  what.client.answer(std::move(what.result));
  keep_ticking();
}

void request_shard_state::give(reply_token reply, const request_bodies::kept& kept) {
  const auto durability = reply.durability();
  if (durability == durability_mode::memory || bodies_->is_stored(kept.number) ||
      (durability == durability_mode::journal && kept.number <= synced_number_))
    return reply.answer(kept.record);
  self_->send(setup_.journal,
              journal_append{std::nullopt, nullptr, nullptr, 0, std::move(reply), kept.record});
}

// ---- upkeep ----

void request_shard_state::look() {
  looking_ = false;
  const auto applied = setup_.counters->applied_seq.load(std::memory_order_acquire);
  for (; !unstored_.empty() && unstored_.front().second <= applied; unstored_.pop_front())
    bodies_->set_stored(unstored_.front().first);
  if (bodies_->last_number() > asked_number_ && asked_number_ == synced_number_) {
    asked_number_ = bodies_->last_number();
    reply_token asked{std::make_unique<syncing_sink>(caf::actor_cast<caf::actor>(self_), asked_number_)};
    asked.require(durability_mode::journal);
    self_->send(setup_.journal,
                journal_append{std::nullopt, nullptr, nullptr, 0, std::move(asked), rejection{}});
  }
  keep_looking();
}

void request_shard_state::synced(const request_synced& what) {
  synced_number_ = what.number;
  unstored_.emplace_back(what.number, setup_.counters->durable_seq.load(std::memory_order_acquire));
}

void request_shard_state::tick() {
  ticking_ = false;
  setup_.index.expire(setup_.clock->now());
  const auto forgotten = setup_.index.forgotten_early();
  if (const auto more = forgotten - std::exchange(forgotten_logged_, forgotten); more > 0) {
    setup_.counters->keys_forgotten.fetch_add(more, std::memory_order_relaxed);
    log::warn(
        "requests with an Idempotency-Key were forgotten before their time, to make room for later ones",
        {{"count", more}});
  }
  keep_ticking();
}

void request_shard_state::keep_looking() {
  if (!bodies_->are_all_stored() && !std::exchange(looking_, true))
    self_->delayed_send(self_, look_interval, look_atom::value);
}

void request_shard_state::keep_ticking() {
  if (!setup_.index.empty() && !std::exchange(ticking_, true))
    self_->delayed_send(self_, expiry_interval, tick_atom::value);
}

caf::behavior request_shard(caf::stateful_actor<request_shard_state>* self, request_shard_setup setup) {
  fail_stop_on_exception(self, "a memory of requests failed");
  auto& state = self->state;
  state.set_up(std::move(setup));
  return {
      [&state](keyed_request& request) { state.take(request); },
      [&state](request_decided& what) { state.decided(what); },
      [&state](loaded_request& found) { state.loaded(found); },
      [&state](const request_synced& what) { state.synced(what); },
      [&state](look_atom) { state.look(); },
      [&state](tick_atom) { state.tick(); },
  };
}

} // namespace orderd

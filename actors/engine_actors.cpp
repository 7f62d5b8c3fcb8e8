#include "actors/engine_actors.hpp"

#include "actors/account_shard.hpp"
#include "actors/journal_actor.hpp"
#include "actors/journal_weight.hpp"
#include "actors/order_shard.hpp"
#include "actors/processor.hpp"
#include "actors/reader_actor.hpp"
#include "actors/request_shard.hpp"
#include "actors/start_reads.hpp"
#include "actors/stock_shard.hpp"
#include "actors/store_waiters.hpp"
#include "actors/supervisor.hpp"
#include "actors/write_behind_actor.hpp"
#include "config/id_source.hpp"
#include "config/limits.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>

namespace orderd {

namespace {

/// The journal is on a disk here, which is waited for longer than for a database.
constexpr std::chrono::milliseconds journal_patience{10'000};
/// For what is on its way to a sink: an interrupted publisher gives up soon.
constexpr std::chrono::milliseconds relay_patience{2'000};
/// What a list may take to be read, at least, however short a time it may wait.
constexpr std::chrono::milliseconds list_time_min{1'000};

/// Spawns a blocking service on its own thread, or on the scheduler where a test wants to drive it.
template <class Function, class... Arguments>
[[nodiscard]] caf::actor spawn_service(caf::actor_system& system, bool detached, Function function,
                                       Arguments&&... arguments) {
  if (detached)
    return system.spawn<caf::detached>(function, std::forward<Arguments>(arguments)...);
  return system.spawn(function, std::forward<Arguments>(arguments)...);
}

[[nodiscard]] shard_setup make_shard_setup(engine_ground& ground, const caf::actor& journal,
                                           const std::vector<caf::actor>& loaders, entity_kind kind) {
  const auto& options = ground.options;
  shard_setup setup;
  setup.activations = &ground.counters.measures.activations[static_cast<std::size_t>(kind)];
  setup.journal = journal;
  setup.loaders = loaders;
  setup.counters = &ground.counters;
  // Half for the items, so that a flood of orders does not push out what they are made of.
  setup.live_max = options.live_entities_max / 2;
  setup.tick = options.tick;
  return setup;
}

/// What idles away, with its share of the other half: all of it, or half of it each where there are accounts.
[[nodiscard]] shard_setup make_idling_setup(engine_ground& ground, const caf::actor& journal,
                                            const std::vector<caf::actor>& loaders, entity_kind kind) {
  auto setup = make_shard_setup(ground, journal, loaders, kind);
  if (ground.options.payments == payments_mode::ledger)
    setup.live_max /= 2;
  setup.idle_ticks_max = static_cast<std::uint32_t>(ground.options.entity_idle / ground.options.tick);
  return setup;
}

[[nodiscard]] std::string parking_folder(const engine_options& options) {
  return options.data_dir + "/parked";
}

/// What belongs to each shard of stock items.
template <class T, class SkuOf>
[[nodiscard]] std::vector<std::vector<T>> shared_out(std::vector<T> all, std::size_t shards, SkuOf sku_of) {
  std::vector<std::vector<T>> shares(shards);
  for (auto& each : all)
    shares[std::hash<std::string>{}(sku_of(each)) % shards].push_back(std::move(each));
  return shares;
}

} // namespace

result<engine_actors> engine_actors::spawn(caf::actor_system& system, engine_ground& ground,
                                           recovered_state recovered, store& database, bool detached) {
  const auto reader = database.open_reader();
  if (!reader)
    return tl::unexpected{reader.error()};
  auto cold = read_catalogue(**reader, ground.catalogue, ground.options.database.has_value());
  if (!cold)
    return tl::unexpected{cold.error()};
  if (const auto emptied = empty_parking_folder(*ground.files, parking_folder(ground.options)); !emptied)
    return tl::unexpected{emptied.error()};
  auto deadlines = (*reader)->deadlines();
  if (!deadlines)
    return tl::unexpected{deadlines.error()};
  auto remembered = read_remembered_requests(**reader, ground.options, ground.clock->now());
  if (!remembered)
    return tl::unexpected{remembered.error()};
  const auto stuck = count_stuck(**reader);
  if (!stuck)
    return tl::unexpected{stuck.error()};
  ground.counters.sagas_stuck = *stuck;
  if (const auto counted = count_sagas(**reader, ground.counters.measures); !counted)
    return tl::unexpected{counted.error()};
  auto positions = positions_of(ground, **reader, recovered.feed->store());
  if (!positions)
    return tl::unexpected{positions.error()};

  ground.refusals.emplace(ground.options.refusal_events_per_second);
  ground.errors.emplace(ground.options.error_rate, ground.options.error_seed);
  engine_actors actors;
  actors.counters_ = &ground.counters;
  if (const auto spawned = actors.spawn_readers(system, ground, database, detached); !spawned) {
    actors.end();
    return tl::unexpected{spawned.error()};
  }
  const auto open = recovered.feed->open_obligations().open();
  const auto payouts = recovered.feed->open_obligations().payouts();
  actors.spawn_persistence(system, ground, recovered, *positions, detached);
  auto spawned = actors.spawn_relays(system, ground, database, std::move(*positions), detached);
  if (spawned)
    spawned = actors.spawn_feed(system, ground, database, detached);
  if (!spawned) {
    actors.end();
    return tl::unexpected{spawned.error()};
  }
  actors.spawn_stock(system, ground, std::move(*deadlines), std::move(*cold));
  if (ground.options.payments == payments_mode::ledger)
    actors.spawn_accounts(system, ground);
  if (ground.options.payments == payments_mode::http)
    actors.spawn_payment_service(system, ground);
  actors.spawn_processor(system, ground);
  actors.spawn_orders(system, ground);
  actors.spawn_requests(system, ground, std::move(*remembered));
  actors.settle(open);
  actors.settle(payouts);
  caf::anon_send(actors.processor_, begin_attending{actors.orders_});

  actors.supervisor_ = system.spawn(supervisor, actors.all());
  return actors;
}

std::vector<caf::actor> engine_actors::all() const {
  auto services = readers_;
  const auto add = [&](const std::vector<caf::actor>& more) {
    services.insert(services.end(), more.begin(), more.end());
  };
  add(loaders_);
  add({write_behind_, journal_, store_waiters_, processor_, feed_, prover_});
  add(*stock_);
  add(orders_);
  if (accounts_)
    add(*accounts_);
  if (payment_service_)
    services.push_back(payment_service_);
  add(requests_);
  add(relays_);
  return services;
}

result<void> engine_actors::spawn_readers(caf::actor_system& system, engine_ground& ground, store& database,
                                          bool detached) {
  // One more than for lists: it loads sleeping entities, so that no slow list keeps an order waiting.
  // A list that has waited is read in about the same time again, or given up.
  const auto list_time = std::max(ground.options.list_wait, list_time_min);
  for (std::size_t i = 0; i <= ground.options.store_readers; ++i) {
    auto opened = i == 0 ? database.open_reader() : database.open_reader(list_time);
    if (!opened)
      return tl::unexpected{opened.error()};
    auto& kind = i == 0 ? loaders_ : readers_;
    kind.push_back(spawn_service(system, detached, reader_actor,
                                 reader_setup{std::move(*opened), ground.clock, &ground.counters,
                                              ground.options.store_wait,
                                              ground.options.jitter_seed + static_cast<std::uint32_t>(i),
                                              ground.options.event_source}));
  }
  return {};
}

void engine_actors::spawn_persistence(caf::actor_system& system, engine_ground& ground,
                                      recovered_state& recovered, std::vector<sink_position> positions,
                                      bool detached) {
  const auto& options = ground.options;
  auto& counters = ground.counters;
  counters.durable_seq = recovered.journal->synced_seq();
  counters.applied_seq = recovered.feed->applied_seq();
  counters.set_aside(recovered.feed->store().aside());
  counters.headroom_bytes = recovered.journal->headroom_bytes();

  write_behind_setup behind;
  behind.feed = std::move(recovered.feed);
  behind.counters = &counters;
  behind.traces = &ground.traces;
  behind.batch_latency = options.store_batch_latency;
  behind.jitter_seed = options.jitter_seed;
  behind.retention = {options.history_kept, ground.clock, &counters, std::move(positions)};
  write_behind_ = spawn_service(system, detached, write_behind_actor, std::move(behind));

  store_waiters_setup waiters;
  waiters.counters = &counters;
  waiters.write_behind = write_behind_;
  waiters.readers = readers_;
  waiters.list_wait = options.list_wait;
  waiters.lists_waiting_max = options.requests_in_flight_max;
  waiters.store_wait = options.store_wait;
  store_waiters_ = system.spawn(store_waiters, std::move(waiters));

  journal_setup journal;
  journal.writer = recovered.journal;
  journal.counters = &counters;
  journal.traces = &ground.traces;
  journal.write_behind = write_behind_;
  journal.store_waiters = store_waiters_;
  // Enough for the largest group; a spare segment that is a moment late is no reason to refuse.
  journal.headroom_bytes_min = options.journal_segment_bytes / 4;
  journal.backlog_bytes_max = options.journal_backlog_bytes_max;
  journal_ = spawn_service(system, detached, journal_actor, std::move(journal));
}

void engine_actors::spawn_stock(caf::actor_system& system, engine_ground& ground,
                                std::vector<stored_deadline> deadlines, std::vector<std::string> cold) {
  const auto shards = ground.options.shards;
  auto setup = make_shard_setup(ground, journal_, loaders_, entity_kind::stock);
  setup.live = &ground.counters.live_stock_items;
  auto due = shared_out(
      std::move(deadlines), shards, [](const auto& d) -> auto& { return d.sku; });
  auto asleep = shared_out(
      std::move(cold), shards, [](const auto& sku) -> auto& { return sku; });
  stock_shards stock;
  for (std::size_t i = 0; i < shards; ++i) {
    const auto& hot = ground.hot_skus.emplace_back(std::make_unique<hot_sku_sketch>());
    stock.push_back(
        system.spawn(stock_shard, stock_shard_setup{setup, store_waiters_, &ground.catalogue, ground.clock,
                                                    hot.get(), std::move(due[i]), std::move(asleep[i])}));
  }
  stock_ = std::make_shared<const stock_shards>(std::move(stock));
}

void engine_actors::spawn_processor(caf::actor_system& system, engine_ground& ground) {
  const auto& options = ground.options;
  processor_setup setup;
  setup.loader = loaders_.front();
  setup.journal = journal_;
  setup.clock = ground.clock;
  setup.counters = &ground.counters;
  setup.interval = options.processor_interval;
  setup.in_flight_max = options.processor_in_flight_max;
  setup.queue_max = options.processor_queue_max;
  setup.attention_bytes = journal_weight_of_attention(options.payments);
  setup.jitter_seed = options.jitter_seed;
  processor_ = system.spawn(processor, std::move(setup));
}

void engine_actors::spawn_payment_service(caf::actor_system& system, engine_ground& ground) {
  payment_service_ = ground.payment_service;
  if (payment_service_)
    return;
  ORDERD_ASSERT(ground.options.payment_service);
  const auto& options = *ground.options.payment_service;
  payment_client_options client{options.url, options.token};
  client.in_flight_max = options.in_flight_max;
  client.queued_max = options.in_flight_max;
  payment_service_setup setup;
  setup.client = std::make_shared<payment_client>(std::move(client));
  setup.counters = &ground.payments;
  setup.try_timeout = options.try_timeout;
  setup.step_wait = options.step_wait;
  setup.steps_max = options.in_flight_max;
  setup.jitter_seed = ground.options.jitter_seed;
  payment_service_ = system.spawn(payment_service, std::move(setup));
}

void engine_actors::spawn_accounts(caf::actor_system& system, engine_ground& ground) {
  auto setup = make_idling_setup(ground, journal_, loaders_, entity_kind::account);
  setup.live = &ground.counters.live_accounts;
  // A payout goes from one account to another, so each shard knows all. None has a message to look at them
  // for before the last of them is there.
  const auto shards = std::make_shared<account_shards>();
  shards->reserve(ground.options.shards);
  for (std::size_t i = 0; i < ground.options.shards; ++i)
    shards->push_back(system.spawn(account_shard, account_shard_setup{setup, shards, ground.clock}));
  accounts_ = shards;
}

void engine_actors::spawn_orders(caf::actor_system& system, engine_ground& ground) {
  const auto& options = ground.options;
  // Items stay: their number is the catalogue's, and one that sleeps cannot be sold while the store is away.
  auto setup = make_idling_setup(ground, journal_, loaders_, entity_kind::order);
  setup.live = &ground.counters.live_orders;
  order_surroundings around;
  around.stock = stock_;
  around.catalogue = &ground.catalogue;
  around.clock = ground.clock;
  around.make_id = ground.make_id ? ground.make_id : [clock = ground.clock] { return fresh_id(*clock); };
  if (options.accept_timeout.count() > 0)
    around.accept_timeout = options.accept_timeout;
  around.processor = processor_;
  around.errors = &*ground.errors;
  around.refusals = &*ground.refusals;
  around.counters = &ground.counters;
  around.durability = options.durability;
  around.payments.accounts = accounts_;
  around.payments.service = payment_service_;
  around.payments.currency = options.currency;
  around.payments.merchant = options.merchant;
  around.payments.policy = options.sagas;
  const auto shared = std::make_shared<const order_surroundings>(std::move(around));
  for (std::size_t i = 0; i < options.shards; ++i)
    orders_.push_back(
        system.spawn(order_shard, order_shard_setup{setup, shared, ground.files,
                                                    parking_folder(options) + "/" + std::to_string(i),
                                                    options.journal_backlog_bytes_max / options.shards}));
}

void engine_actors::spawn_requests(caf::actor_system& system, engine_ground& ground,
                                   std::vector<request_index> remembered) {
  const auto* clock = ground.clock;
  request_shard_setup setup;
  setup.journal = journal_;
  setup.loaders = loaders_;
  setup.counters = &ground.counters;
  setup.clock = clock;
  setup.make_id = [clock] { return fresh_id(*clock); };
  // They lead past those who remember: what comes through them has no ticket any more.
  setup.doors.order = [orders = orders_](order_request&& request) {
    const auto& shard = orders[std::hash<uuid>{}(request.id) % orders.size()];
    caf::anon_send(shard, std::move(request));
  };
  setup.doors.stock = [stock = stock_](stock_request&& request) {
    const auto& shard = (*stock)[std::hash<std::string>{}(request.sku) % stock->size()];
    caf::anon_send(shard, stock_message{std::move(request)});
  };
  setup.doors.account = [accounts = accounts_](account_request&& request) {
    const auto& shard = account_shard_of(*accounts, request.id);
    caf::anon_send(shard, account_message{std::move(request)});
  };
  setup.unstored_bytes_max = ground.options.idempotency_bytes_max;
  for (auto& part : remembered) {
    auto own = setup;
    own.index = std::move(part);
    requests_.push_back(system.spawn(request_shard, std::move(own)));
  }
}

void engine_actors::settle(const std::vector<obligation>& open) {
  for (const auto& what : open)
    caf::anon_send(stock_shard_of(what.sku), stock_message{stock_settlement{what}});
  if (!open.empty())
    log::info("settling what the last run left open between orders and stock", {{"count", open.size()}});
}

void engine_actors::settle(const std::vector<payout_due>& payouts) {
  if (payouts.empty())
    return;
  if (!accounts_) {
    log::warn("payouts are owed that only a ledger can make; they wait until PAYMENTS is ledger again",
              {{"count", payouts.size()}});
    return;
  }
  for (const auto& what : payouts)
    caf::anon_send(account_shard_of(*accounts_, what.payee), account_message{account_payout{what}});
  log::info("making the payouts that the last run left on their way", {{"count", payouts.size()}});
}

const caf::actor& engine_actors::stock_shard_of(const std::string& sku) const {
  return (*stock_)[std::hash<std::string>{}(sku) % stock_->size()];
}

template <class Request> bool engine_actors::deliver_to_memory(Request& request) const {
  const auto& ticket = request.reply.ticket();
  if (!ticket)
    return false;
  const auto& shard = requests_[std::hash<uuid>{}(ticket->key) % requests_.size()];
  caf::anon_send(shard, keyed_request{std::move(request)});
  return true;
}

void engine_actors::deliver(keyed_task&& task) const {
  ORDERD_ASSERT(task.reply.ticket());
  (void)deliver_to_memory(task);
}

void engine_actors::deliver(order_request&& request) const {
  if (deliver_to_memory(request))
    return;
  const auto& shard = orders_[std::hash<uuid>{}(request.id) % orders_.size()];
  caf::anon_send(shard, std::move(request));
}

void engine_actors::deliver(stock_request&& request) const {
  if (deliver_to_memory(request))
    return;
  const auto& shard = stock_shard_of(request.sku);
  caf::anon_send(shard, stock_message{std::move(request)});
}

void engine_actors::deliver(account_request&& request) const {
  if (!accounts_)
    return request.reply.answer(
        rejection{rejection_code::not_found, "there are no accounts without a ledger", {}, {}, {}});
  if (deliver_to_memory(request))
    return;
  const auto& shard = account_shard_of(*accounts_, request.id);
  caf::anon_send(shard, account_message{std::move(request)});
}

void engine_actors::deliver(list_request&& request) const {
  caf::anon_send(store_waiters_, std::move(request));
}

void engine_actors::finish(caf::actor_system& system, std::chrono::steady_clock::time_point give_up) const {
  caf::scoped_actor self{system};
  const auto finish = [&](const caf::actor& service, std::chrono::milliseconds patience) {
    self->request(service, patience, finish_atom::value)
        .receive([](finish_atom) {},
                 [&](const caf::error& why) {
                   log::warn("an actor did not finish in time; the journal keeps the rest",
                             {{"detail", system.render(why)}});
                 });
  };
  caf::anon_send(processor_, finish_atom::value);
  finish(journal_, journal_patience);
  // Their last positions are stored with the rest.
  for (const auto& to : publishers_)
    to->interrupt();
  for (const auto& relay : relays_)
    finish(relay, relay_patience);
  const auto left = give_up - std::chrono::steady_clock::now();
  if (counters_->store_away.load(std::memory_order_relaxed) || left.count() <= 0)
    log::warn("the store is not waited for at the end; the journal keeps the rest",
              {{"backlog_events", counters_->durable_seq - counters_->applied_seq}});
  else
    finish(write_behind_, std::chrono::ceil<std::chrono::milliseconds>(left));
}

void engine_actors::end() {
  const auto reason = caf::exit_reason::user_shutdown;
  caf::anon_send_exit(supervisor_, reason);
  for (const auto& to : publishers_)
    to->interrupt();
  for (const auto& relay : relays_)
    caf::anon_send_exit(relay, reason);
  caf::anon_send_exit(feed_, reason);
  caf::anon_send_exit(prover_, reason);
  caf::anon_send_exit(processor_, reason);
  for (const auto& shard : requests_)
    caf::anon_send_exit(shard, reason);
  for (const auto& shard : orders_)
    caf::anon_send_exit(shard, reason);
  if (payment_service_)
    caf::anon_send_exit(payment_service_, reason);
  for (const auto& shard : accounts_ ? *accounts_ : account_shards{})
    caf::anon_send_exit(shard, reason);
  for (const auto& shard : stock_ ? *stock_ : stock_shards{})
    caf::anon_send_exit(shard, reason);
  caf::anon_send_exit(journal_, reason);
  caf::anon_send_exit(store_waiters_, reason);
  caf::anon_send_exit(write_behind_, reason);
  for (const auto& kind : {readers_, loaders_})
    for (const auto& reader : kind)
      caf::anon_send_exit(reader, reason);
  *this = engine_actors{};
}

} // namespace orderd

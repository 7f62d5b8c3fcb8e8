#include "actors/engine.hpp"

#include "actors/auditor.hpp"
#include "actors/engine_actors.hpp"
#include "actors/journal_weight.hpp"
#include "actors/messages.hpp"
#include "actors/recovery.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"
#include "persistence/postgres_store.hpp"
#include "persistence/sqlite_store.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <thread>

namespace orderd {

namespace {

/// For what is under way at the end and needs no store, while the store is away.
constexpr std::chrono::milliseconds patience_without_store{500};
constexpr std::chrono::milliseconds room_patience{5'000};
constexpr std::chrono::milliseconds room_poll{5};

/// The journal's spare segment is prepared on another thread. Without it, a journal whose current segment is
/// nearly full would refuse the first writes; a disk that is full is found out later.
void await_room(const journal_writer& journal, std::size_t headroom_bytes_min) {
  const auto give_up = std::chrono::steady_clock::now() + room_patience;
  while (journal.headroom_bytes() < headroom_bytes_min && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(room_poll);
}

struct caf_settings : caf::actor_system_config {
  explicit caf_settings(const engine_options& options) {
    put("scheduler.policy",
        options.scheduler_policy == "stealing" ? caf::atom("stealing") : caf::atom("sharing"));
    put("scheduler.max-threads", options.scheduler_threads);
    put("scheduler.max-throughput", std::size_t{100});
  }

 private:
  /// CAF only writes a line to stderr for a name or a type that it does not take, so the value is read back.
  template <class T> void put(const char* name, T value) {
    set(name, value);
    const auto taken = caf::get_if<T>(this, name);
    ORDERD_ASSERT(taken && *taken == value);
  }
};

/// What a traced request's span is named after.
[[nodiscard]] constexpr std::string_view entity_of(const order_request&) { return "order"; }
[[nodiscard]] constexpr std::string_view entity_of(const stock_request&) { return "stock"; }
[[nodiscard]] constexpr std::string_view entity_of(const account_request&) { return "account"; }
[[nodiscard]] constexpr std::string_view entity_of(const list_request&) { return "list"; }
[[nodiscard]] constexpr std::string_view entity_of(const keyed_task&) { return "task"; }

class local_engine final : public engine {
 public:
  local_engine(const engine_options& options, const clock_port& clock) {
    ground_.options = options;
    if (ground_.options.database)
      ground_.options.database->stop = stop_;
    ground_.clock = &clock;
    ground_.files = &files_;
  }

  ~local_engine() override {
    if (!actors_)
      return;
    closing_.store(true, std::memory_order_release);
    auditor_->interrupt();
    const auto begin = std::chrono::steady_clock::now();
    const auto give_up = begin + ground_.options.finish_patience;
    while (ground_.counters.requests_in_flight.load(std::memory_order_acquire) > 0 &&
           std::chrono::steady_clock::now() <
               (store_is_away() ? std::min(give_up, begin + patience_without_store) : give_up))
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    actors_->finish(*system_, give_up);
    stop_->raise();
    auditor_->stop();
    actors_->end();
    actors_.reset();
    system_.reset();
    log::info("the engine has stopped", {{"durable_seq", ground_.counters.durable_seq.load()},
                                         {"applied_seq", ground_.counters.applied_seq.load()}});
  }

  [[nodiscard]] result<void> open() {
    const auto& options = ground_.options;
    const auto journal_folder = options.data_dir + "/journal";
    if (const auto made = files_.make_folder(journal_folder); !made)
      return made;
    auto lock = files_.lock_folder(options.data_dir);
    if (!lock)
      return tl::unexpected{lock.error()};
    lock_ = std::move(*lock);
    store_ = options.database ? make_postgres_store(*options.database, options.interrupted)
                              : make_sqlite_store(options.data_dir + "/orderd.db", options.interrupted);
    auto recovered = recover(files_, *store_, {journal_folder, options.journal_segment_bytes, {}, 0},
                             options.store_batch_events_max, options.interrupted);
    if (!recovered)
      return tl::unexpected{recovered.error()};
    log::info("recovered", {{"data_dir", options.data_dir},
                            {"replayed_events", recovered->replayed_events},
                            {"applied_seq", recovered->feed->applied_seq()}});
    await_room(*recovered->journal, options.journal_segment_bytes / 2);
    system_ = std::make_unique<caf::actor_system>(config_.emplace(options));
    auto spawned = engine_actors::spawn(*system_, ground_, std::move(*recovered), *store_, true);
    if (!spawned)
      return tl::unexpected{spawned.error()};
    actors_ = std::make_unique<engine_actors>(std::move(*spawned));
    begin_auditor();
    return {};
  }

  void submit(order_request request) noexcept override { admit(std::move(request)); }
  void submit(stock_request request) noexcept override { admit(std::move(request)); }
  void submit(account_request request) noexcept override { admit(std::move(request)); }

  void submit(keyed_task task) noexcept override { admit(std::move(task)); }

  void submit(list_request request) noexcept override {
    if (!take(request.reply, 0))
      return;
    if (request.reply.trace() != nullptr)
      request.reply.trace()->submitted(entity_of(request));
    actors_->deliver(std::move(request));
  }

  [[nodiscard]] const catalogue_index& catalogue() const noexcept override { return ground_.catalogue; }

  [[nodiscard]] bool subscribe(event_subscription what) override {
    auto& counters = ground_.counters;
    if (counters.event_clients.fetch_add(1, std::memory_order_relaxed) >= ground_.options.event_clients_max) {
      counters.event_clients.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    actors_->subscribe(std::move(what), last_client_.fetch_add(1, std::memory_order_relaxed) + 1);
    return true;
  }

  [[nodiscard]] bool replay(const std::string& sink, std::optional<std::uint64_t> from) override {
    const auto& sinks = ground_.options.sinks;
    const auto found =
        std::find_if(sinks.begin(), sinks.end(), [&](const event_sink& each) { return each.name == sink; });
    if (found == sinks.end())
      return false;
    actors_->replay(static_cast<std::size_t>(found - sinks.begin()), replay_sink{from});
    return true;
  }

  void audit(reply_token reply) noexcept override { auditor_->begin(std::move(reply)); }
  [[nodiscard]] bool prove(stock_proof_request what) override {
    auto& counters = ground_.counters;
    if (store_is_away()) {
      what.refuse({rejection_code::store_unavailable, "the store is away; a proof needs it", {}, {}, {}});
      return true;
    }
    if (counters.proofs.fetch_add(1, std::memory_order_relaxed) >= proofs_max) {
      counters.proofs.fetch_sub(1, std::memory_order_relaxed);
      return false;
    }
    actors_->prove(std::move(what), last_client_.fetch_add(1, std::memory_order_relaxed) + 1);
    return true;
  }

  void prepare_to_end() noexcept override { auditor_->interrupt(); }

  [[nodiscard]] engine_status status() const override {
    const auto& counters = ground_.counters;
    engine_status now{counters.accepts_writes, counters.durable_seq,     counters.applied_seq,
                      counters.backlog_bytes,  counters.live_entities(), counters.requests_in_flight,
                      counters.journal_syncs,  counters.keys_forgotten,  counters.store_error(),
                      counters.aside()};
    now.sagas_stuck = counters.sagas_stuck;
    now.payment_conflicts = counters.payment_conflicts;
    now.processor_ready = counters.processor_ready;
    now.processor_in_flight = counters.processor_in_flight;
    now.processor_due = counters.processor_due;
    for (std::size_t i = 0; i < injected_step_count; ++i)
      now.injected_errors[i] = ground_.errors->count(injected_steps[i]);
    const auto& paid = ground_.payments;
    now.payments = {paid.in_flight,   paid.tries,   paid.tries_failed, paid.done,        paid.declined,
                    paid.unavailable, paid.unknown, paid.refused,      paid.breaker_open};
    now.event_clients = counters.event_clients;
    now.dropped_to = counters.dropped_to;
    now.history_damaged = counters.history_damaged;
    if (const auto audited = auditor_->last()) {
      now.audit_differences = audited->differences;
      now.audited_at = audited->at;
    }
    for (std::size_t i = 0; i < ground_.sinks.size(); ++i)
      now.sinks.push_back(status_of(ground_.options.sinks[i].name, *ground_.sinks[i], now.durable_seq));
    show_measures(now, counters, std::chrono::steady_clock::now());
    now.hot_skus = hottest(ground_.hot_skus, hot_skus_shown, std::chrono::steady_clock::now());
    return now;
  }

 private:
  void begin_auditor() {
    auditor_setup setup;
    setup.database = &*store_;
    setup.clock = ground_.clock;
    setup.counters = &ground_.counters;
    setup.gather = [this](const std::shared_ptr<live_gathering>& to) { actors_->gather(to); };
    setup.await_journal = [this](reply_token reply) { actors_->await_journal(std::move(reply)); };
    auditor_.emplace(std::move(setup));
  }

  [[nodiscard]] sink_status status_of(const std::string& name, const sink_figures& known,
                                      std::uint64_t durable_seq) const {
    sink_status shown;
    shown.name = name;
    shown.position = known.position;
    shown.lag_events = durable_seq - std::min(durable_seq, shown.position);
    const std::int64_t oldest_ms = known.oldest_ms;
    const auto age_ms = ground_.clock->now().time_since_epoch().count() - oldest_ms;
    shown.lag_seconds = oldest_ms == 0 ? 0 : static_cast<double>(std::max<std::int64_t>(age_ms, 0)) / 1000;
    shown.published = known.published;
    shown.failed = known.failed;
    shown.skipped = known.skipped;
    shown.disabled = known.disabled;
    shown.trouble = known.trouble();
    return shown;
  }

  template <class Request> void admit(Request&& request) {
    if (!take(request.reply, journal_weight_of(request, ground_.options.payments)))
      return;
    if (request.reply.trace() != nullptr)
      request.reply.trace()->submitted(entity_of(request));
    actors_->deliver(std::move(request));
  }

  /// Counts the request in, or answers why not. Weight 0 is a read.
  [[nodiscard]] bool take(reply_token& reply, std::uint64_t weight_bytes) {
    auto& counters = ground_.counters;
    reply.require(ground_.options.durability);
    const auto refuse = [&](rejection_code code, std::string detail) {
      reply.answer(rejection{code, std::move(detail), {}, {}, {}});
      return false;
    };
    if (closing_.load(std::memory_order_acquire))
      return refuse(rejection_code::shutting_down, "the engine is shutting down");
    if (weight_bytes > 0 && !counters.accepts_writes.load(std::memory_order_relaxed))
      return refuse(rejection_code::backlog_full, "the journal has no room for more; reads go on");
    if (weight_bytes > 0 && reply.durability() == durability_mode::store && store_is_away())
      return refuse(rejection_code::store_unavailable,
                    "the store is away, and this change was to be answered once it is stored");
    if (counters.requests_in_flight.load(std::memory_order_relaxed) >= ground_.options.requests_in_flight_max)
      return refuse(rejection_code::overloaded, "as many requests are under way as may be");
    if (weight_bytes > 0 && counters.bytes_in_flight.load(std::memory_order_relaxed) + weight_bytes >
                                counters.headroom_bytes.load(std::memory_order_relaxed))
      return refuse(rejection_code::overloaded, "as many bytes are on their way to the journal as may be");
    reply.track({&counters.requests_in_flight, &counters.bytes_in_flight, weight_bytes});
    return true;
  }

  [[nodiscard]] bool store_is_away() const {
    return ground_.counters.store_away.load(std::memory_order_relaxed);
  }

  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> last_client_{0};
  std::shared_ptr<stop_signal> stop_ = std::make_shared<stop_signal>(); ///< of all waits for PostgreSQL
  engine_ground ground_;
  posix_file_system files_;
  std::unique_ptr<folder_lock> lock_;
  std::unique_ptr<store> store_;
  std::optional<caf_settings> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<engine_actors> actors_;
  std::optional<auditor> auditor_; ///< since the actors are
};

} // namespace

bool may_pass(error_code code) noexcept {
  return code == error_code::store_failed || code == error_code::timed_out || code == error_code::locked ||
         code == error_code::no_space;
}

result<std::unique_ptr<engine>> engine::start(const engine_options& options, const clock_port& clock) {
  auto made = std::make_unique<local_engine>(options, clock);
  if (const auto opened = made->open(); !opened)
    return tl::unexpected{opened.error()};
  return made;
}

} // namespace orderd

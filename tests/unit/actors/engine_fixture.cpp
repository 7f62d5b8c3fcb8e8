#include "tests/unit/actors/engine_fixture.hpp"

#include "actors/engine_actors.hpp"
#include "config/log.hpp"
#include "persistence/audit_walk.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_format.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/sqlite_store.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <unordered_map>
#include <utility>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

const std::string journal_folder = "/journal";
constexpr std::size_t messages_max = 5'000'000; ///< a run that handles more goes round in circles

struct testing_config : caf::actor_system_config {
  testing_config() { set("scheduler.policy", caf::atom("testing")); }
};

} // namespace

engine_options small_engine() {
  engine_options options;
  options.shards = 2;
  options.store_readers = 2;
  options.journal_segment_bytes = std::size_t{1} << 20U;
  options.live_entities_max = 100'000;
  options.entity_idle = std::chrono::hours{24};
  return options;
}

std::uint64_t printed_seed() {
  const char* given = std::getenv("ORDERD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'120;
  std::cout << boost::unit_test::framework::current_test_case().p_name.get() << ": ORDERD_TEST_SEED=" << seed
            << '\n';
  return seed;
}

struct engine_fixture::running {
  testing_config config;
  caf::actor_system system{config};
  engine_ground ground;
  uuid identity;
  std::optional<engine_actors> actors;
  std::vector<std::weak_ptr<recorded_answer>> slots;

  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
};

engine_fixture::engine_fixture(engine_options options, std::uint64_t seed, ground_setup prepare)
    : files(seed), options_(std::move(options)), prepare_(std::move(prepare)), random_(seed) {
  make_folder();
  open();
}

engine_fixture::engine_fixture(engine_options options, std::uint64_t seed, const std::filesystem::path& store,
                               const std::map<std::string, std::string>& journal)
    : files(seed), options_(std::move(options)), random_(seed) {
  make_folder();
  for (const auto& entry : std::filesystem::directory_iterator{store})
    std::filesystem::copy(entry.path(), folder_ / entry.path().filename());
  for (const auto& [path, bytes] : journal)
    files.put(path, bytes);
  open();
}

engine_fixture::~engine_fixture() {
  if (running_)
    close();
  std::filesystem::remove_all(folder_);
}

void engine_fixture::make_folder() {
  log::set_level(log::level::error);
  std::string pattern = (std::filesystem::temp_directory_path() / "orderd-engine-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
}

void engine_fixture::open() {
  store_ = make_fragile_store(make_sqlite_store((folder_ / "orderd.db").string()), faults);
  auto recovered = recover(files, *store_, {journal_folder, options_.journal_segment_bytes, {}, 0},
                           options_.store_batch_events_max, options_.interrupted);
  BOOST_REQUIRE_MESSAGE(recovered, (recovered ? "" : recovered.error().detail));
  replayed_ = recovered->replayed_events;
  running_ = std::make_unique<running>();
  running_->system.await_actors_before_shutdown(false);
  running_->ground.options = options_;
  running_->ground.clock = &clock;
  running_->ground.files = &files;
  if (prepare_)
    prepare_(running_->system, running_->ground);
  running_->identity = recovered->feed->store().identity();
  auto spawned =
      engine_actors::spawn(running_->system, running_->ground, std::move(*recovered), *store_, false);
  BOOST_REQUIRE_MESSAGE(spawned, (spawned ? "" : spawned.error().detail));
  running_->actors.emplace(std::move(*spawned));
}

void engine_fixture::close() {
  // Called by the destructor too, where nothing may be required.
  held_.clear();
  running_->actors->end();
  running_->actors.reset();
  static_cast<void>(run_some(messages_max));
  running_->scheduler().clock().cancel_all();
  static_cast<void>(run_some(messages_max));
  // An actor that outlives its shard would keep the store and the journal open.
  BOOST_CHECK_EQUAL(running_->system.registry().running(), 0U);
  running_.reset();
  store_.reset();
}

void engine_fixture::replay(std::size_t sink, const replay_sink& from) {
  running_->actors->replay(sink, from);
}

void engine_fixture::crash() {
  for (const auto& slot : running_->slots)
    if (const auto held = slot.lock())
      held->ignored = true;
  close();
  faults->away = false; // A start waits for the store.
  files.restart_after_power_cut();
  open();
}

void engine_fixture::count_in(reply_token& reply, const answer_slot& slot) {
  auto& counters = running_->ground.counters;
  const auto asked = reply.durability();
  auto ticket = reply.ticket();
  reply = make_token(slot);
  reply.set_ticket(std::move(ticket));
  reply.require(std::max(asked, options_.durability));
  reply.track({&counters.requests_in_flight, &counters.bytes_in_flight, 1});
}

answer_slot engine_fixture::submit(order_request request) {
  auto slot = std::make_shared<recorded_answer>();
  running_->slots.push_back(slot);
  count_in(request.reply, slot);
  running_->actors->deliver(std::move(request));
  return slot;
}

answer_slot engine_fixture::submit(stock_request request) {
  auto slot = std::make_shared<recorded_answer>();
  running_->slots.push_back(slot);
  count_in(request.reply, slot);
  running_->actors->deliver(std::move(request));
  return slot;
}

answer_slot engine_fixture::submit(account_request request) {
  auto slot = std::make_shared<recorded_answer>();
  running_->slots.push_back(slot);
  count_in(request.reply, slot);
  running_->actors->deliver(std::move(request));
  return slot;
}

answer_slot engine_fixture::submit(keyed_task task) {
  auto slot = std::make_shared<recorded_answer>();
  running_->slots.push_back(slot);
  count_in(task.reply, slot);
  running_->actors->deliver(std::move(task));
  return slot;
}

answer_slot engine_fixture::submit(list_request request) {
  auto slot = std::make_shared<recorded_answer>();
  running_->slots.push_back(slot);
  count_in(request.reply, slot);
  running_->actors->deliver(std::move(request));
  return slot;
}

payment_answers engine_fixture::submit(payment_call call) {
  auto answers = std::make_shared<std::vector<payment_answer>>();
  call.reply_to = running_->system.spawn([answers](caf::event_based_actor*) -> caf::behavior {
    return {[answers](payment_answer& answer) { answers->push_back(std::move(answer)); }};
  });
  caf::anon_send(account_shard_of(*running_->actors->accounts(), call.payer),
                 account_message{std::move(call)});
  return answers;
}

void engine_fixture::run() { BOOST_REQUIRE(!run_some(messages_max)); }

bool engine_fixture::choose() {
  // Each pair of actors keeps its order, for mailboxes do; which actor is next, nobody promises.
  auto& jobs = running_->scheduler().jobs;
  const auto is_held = [&](const caf::resumable* job) {
    const auto* actor = dynamic_cast<const caf::local_actor*>(job);
    return actor != nullptr && held_ == actor->name();
  };
  const auto ready = held_.empty() ? jobs.end()
                                   : std::stable_partition(jobs.begin(), jobs.end(),
                                                           [&](auto* job) { return !is_held(job); });
  const auto count = static_cast<std::size_t>(ready - jobs.begin());
  if (count > 0)
    std::swap(jobs.front(), jobs[random_() % count]);
  return count > 0;
}

bool engine_fixture::run_some(std::size_t messages) {
  for (; messages > 0; --messages) {
    if (!choose())
      return false;
    running_->scheduler().run_once();
  }
  return choose();
}

void engine_fixture::advance(std::chrono::milliseconds by) {
  run();
  while (by.count() > 0) {
    const auto step = std::min<std::chrono::milliseconds>(by, 10ms);
    by -= step;
    nudge(step);
    run();
  }
}

void engine_fixture::nudge(std::chrono::milliseconds by) {
  clock.advance(by);
  running_->scheduler().advance_time(by);
}

bool engine_fixture::has_timer() const { return running_->scheduler().has_pending_timeout(); }

void engine_fixture::settle() {
  auto& counters = running_->ground.counters;
  advance(100ms);
  for (int i = 0; i < 200 && counters.applied_seq != counters.durable_seq; ++i)
    advance(100ms);
  BOOST_REQUIRE_EQUAL(counters.applied_seq, counters.durable_seq);
}

engine_counters& engine_fixture::counters() { return running_->ground.counters; }

const catalogue_index& engine_fixture::catalogue() { return running_->ground.catalogue; }

uuid engine_fixture::fresh_uuid() { return make_uuid_v7(clock.now(), random_(), random_()); }

std::unique_ptr<store_reader> engine_fixture::reader() {
  auto opened = store_->open_reader();
  BOOST_REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().detail));
  return std::move(*opened);
}

std::vector<event> engine_fixture::journal(std::uint64_t first) {
  std::vector<event> events;
  for (auto& entry : entries(first))
    events.push_back(std::move(entry.event));
  return events;
}

std::vector<journal_entry> engine_fixture::entries(std::uint64_t first) {
  auto reader = journal_reader::open(files, journal_folder, running_->identity, first);
  BOOST_REQUIRE_MESSAGE(reader, (reader ? "" : reader.error().detail));
  std::vector<journal_entry> entries;
  for (;;) {
    const auto frame = reader->next(running_->ground.counters.durable_seq);
    BOOST_REQUIRE_MESSAGE(frame, (frame ? "" : frame.error().detail));
    if (!*frame)
      return entries;
    auto decoded = decode_entry((*frame)->tag, (*frame)->payload);
    BOOST_REQUIRE_MESSAGE(decoded, (decoded ? "" : decoded.error().detail));
    entries.push_back(std::move(*decoded));
  }
}

std::map<std::string, std::string> engine_fixture::journal_cut_after(std::size_t frames) {
  auto all = files.contents();
  auto& bytes = all.at(journal_folder + "/" + segment_name(1));
  std::size_t offset = segment_header_bytes;
  for (; frames > 0; --frames) {
    const auto frame =
        decode_frame(std::string_view{bytes}.substr(offset), frame_checksum_seed(running_->identity));
    BOOST_REQUIRE(frame.state == frame_state::whole);
    offset += frame.bytes;
  }
  bytes.replace(offset, std::string::npos, bytes.size() - offset, '\0');
  return {{journal_folder + "/" + segment_name(1), bytes}};
}

namespace {

[[nodiscard]] bool holds_units(const order& o) {
  return o.status == order_status::processed || o.status == order_status::accepted;
}

/// An active reservation of an order is named by a line of it.
void check_owner(store_reader& stored, const std::string& sku, const reservation& r) {
  if (r.order_id.is_nil()) {
    BOOST_CHECK_MESSAGE(r.expires_at.has_value(), sku << ": a reservation of nobody never ends");
    return;
  }
  const auto owner = stored.load_order(r.order_id);
  BOOST_REQUIRE(owner.has_value());
  BOOST_REQUIRE_MESSAGE(*owner, sku << ": reserved for an order that does not exist");
  BOOST_CHECK_MESSAGE(holds_units(**owner), sku << ": reserved for an order that has ended");
  std::int64_t qty = 0;
  for (const auto& line : (*owner)->lines)
    if (line.reservation == r.id && line.sku == sku)
      qty += line.qty;
  BOOST_CHECK_EQUAL(qty, r.qty);
}

/// What an order says of its lines is what the stock items did.
void check_lines(store_reader& stored, const order& o) {
  for (const auto& line : o.lines) {
    if (!line.reservation || o.status == order_status::draft)
      continue;
    const auto found = stored.load_reservation(*line.reservation);
    BOOST_REQUIRE(found && *found);
    const auto wanted = holds_units(o)                        ? reservation_state::active
                        : o.status == order_status::completed ? reservation_state::committed
                                                              : reservation_state::released;
    BOOST_CHECK_EQUAL(to_text((*found)->state), to_text(wanted));
    BOOST_CHECK_EQUAL((*found)->reservation.qty, line.qty);
  }
}

} // namespace

void engine_fixture::audit(std::string_view but_for) {
  settle();
  const auto stored = reader();
  std::vector<std::string> skus;
  const auto visited = stored->each_product([&](const product& p) { skus.push_back(p.sku); });
  BOOST_REQUIRE(visited);
  for (const auto& sku : skus) {
    // Loading an item asserts its own sums.
    const auto item = stored->load_stock(sku);
    BOOST_REQUIRE(item && *item);
    const auto& [received, committed, adjusted_out] = (*item)->totals();
    BOOST_CHECK_EQUAL(received - committed - adjusted_out, (*item)->view().levels.on_hand);
    for (const auto& [id, r] : (*item)->active())
      check_owner(*stored, sku, r);
  }
  order_query query;
  query.limit = 100;
  for (bool more = true; more;) {
    const auto orders = stored->list_orders(query);
    BOOST_REQUIRE(orders);
    for (const auto& each : orders->items)
      check_lines(*stored, *each);
    more = orders->more;
    if (more) {
      query.after = orders->items.back()->id;
      query.after_created_at = orders->items.back()->created_at;
    }
  }
  const auto owed = faults->writer->open_obligations();
  BOOST_REQUIRE(owed);
  BOOST_CHECK_EQUAL(owed->size(), 0U);
  check_history(but_for);
}

void engine_fixture::check_history(std::string_view but_for) {
  const auto snapshot = store_->open_snapshot();
  BOOST_REQUIRE(snapshot);
  const auto found = walk(**snapshot, {});
  BOOST_REQUIRE(found);
  for (const auto& each : found->differences)
    if (each.code != but_for)
      BOOST_ERROR(each.kind + " " + each.key + " " + each.code + ": " + each.detail);
}

} // namespace orderd::test

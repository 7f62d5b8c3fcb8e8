#include "tests/e2e/postgres_audit.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/tcp_gate.hpp"

#include <atomic>
#include <future>
#include <list>
#include <thread>

using namespace orderd::test;

namespace {

constexpr std::int64_t units = 1'000'000;

/// Short patience with the database, so that a test need not wait for long.
environment impatient(const std::string& url, environment more = {}) {
  more.insert(more.end(),
              {"DATABASE_URL=" + url, "ORDERD_DB_CONNECT_TIMEOUT_MS=500",
               "ORDERD_DB_STATEMENT_TIMEOUT_MS=500", "ORDERD_LIST_WAIT_MS=500", "ORDERD_STORE_WAIT_MS=500"});
  return more;
}

/// An order of some kilobytes that no compression makes small.
std::string large_order() {
  static std::uint64_t state = 1;
  std::string noise(12'000, ' ');
  for (auto& each : noise) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    each = static_cast<char>('a' + (state >> 59U) % 26);
  }
  return R"({"items":[{"sku":"WIDGET","qty":1}],"metadata":{"p":")" + noise + "\"}}";
}

/// Orders that were acknowledged, with the answers.
struct acknowledged_orders {
  /// Takes the answer if it is one, else says no.
  bool take(const api_answer& answer) {
    if (answer.status != 201)
      return false;
    bodies.emplace(answer["id"].text(), answer.raw.body);
    return true;
  }

  /// Each is there under its name and in the table, and nothing else is.
  void check(running_orderd& engine, const std::string& url) const {
    api_client api(engine.program.port());
    wait_for_store(api);
    const auto stored = stored_orders(url);
    BOOST_TEST(stored.size() == bodies.size());
    for (const auto& [id, body] : bodies)
      BOOST_TEST(stored.contains(id), "an acknowledged order is not stored: " << body);
    check_tables(url, api);
    check_stock(api, "WIDGET", units, static_cast<std::int64_t>(bodies.size()));
    BOOST_TEST(api.list("/orders").size() == bodies.size());
  }

  void check_shown(std::uint16_t port) const {
    api_client bob(port, "bob");
    for (const auto& [id, body] : bodies)
      BOOST_TEST(bob.get("/orders/" + id).raw.body == body);
  }

  std::map<std::string, std::string> bodies;
};

/// Places orders, one after the other, in a thread of its own, until it is stopped, has them all or is
/// refused.
class buyer {
 public:
  explicit buyer(std::uint16_t port, std::size_t orders_max = SIZE_MAX)
      : thread_([this, port, orders_max] { run(port, orders_max); }) {}
  buyer(const buyer&) = delete;
  buyer& operator=(const buyer&) = delete;
  ~buyer() { stop(); }

  [[nodiscard]] std::size_t bought() const { return bought_; }
  [[nodiscard]] bool refused() const { return refused_; }
  /// Ends it. Returns what it got; the first answer that was no order is in `refusal`.
  const acknowledged_orders& stop() {
    stopping_ = true;
    return wait_for_end();
  }
  const acknowledged_orders& wait_for_end() {
    if (thread_.joinable())
      thread_.join();
    return got_;
  }

  std::string refusal; ///< read when stopped

 private:
  void run(std::uint16_t port, std::size_t orders_max) {
    try {
      api_client client(port, "bob");
      while (!stopping_ && bought_ < orders_max && refusal.empty())
        buy(client);
    } catch (const std::exception& failure) {
      refusal = failure.what();
    }
    refused_ = !refusal.empty();
  }

  void buy(api_client& client) {
    const auto answer = client.post("/orders", order_of("WIDGET", 1));
    if (got_.take(answer))
      ++bought_;
    else
      refusal = std::to_string(answer.status) + ' ' + answer.raw.body;
  }

  std::atomic<bool> stopping_{false};
  std::atomic<bool> refused_{false};
  std::atomic<std::size_t> bought_{0};
  acknowledged_orders got_;
  std::thread thread_;
};

bool store_is_up(api_client& api) { return api.get("/health/ready")["store"]["status"].text() == "up"; }

void wait_until_away(api_client& api) {
  eventually("a store that counts as away", [&] { return !store_is_up(api); });
}

/// The engine behind a network that fails.
struct gated_engine {
  gated_engine() { engine.api.define("WIDGET", units); }

  [[nodiscard]] std::string url_by_gate() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + '/' + database.name();
  }

  void check_while_away(std::uint64_t lists) {
    wait_until_away(engine.api);
    const auto ready = engine.api.get("/health/ready");
    BOOST_TEST(ready.status == 200);
    BOOST_TEST(ready["degraded"].minified() == R"(["store_away"])");
    BOOST_TEST(!ready["store"]["error"].text().empty());
    auto bob = engine.as("bob");
    for (std::uint64_t i = 0; i < lists; ++i) {
      const auto list = bob.get("/orders");
      check_problem(list, 503, "store_unavailable");
      BOOST_TEST(std::stoi(list.header("Retry-After")) >= 1);
      const auto id = place(bob, "WIDGET", 1);
      extra.bodies[id] = bob.get("/orders/" + id).raw.body;
    }
    extra.check_shown(engine.program.port());
  }

  /// Orders flow before, during and after the failure.
  template <class Damage> void check_outage(Damage damage) {
    buyer flow(engine.program.port());
    const auto more_orders = [&](std::size_t count) {
      const auto goal = flow.bought() + count;
      eventually("more orders", [&] { return flow.bought() >= goal || flow.refused(); });
    };
    more_orders(50);
    damage();
    check_while_away(4);
    more_orders(50);
    gate.open();
    eventually("lists", [&] { return engine.api.get("/orders").status == 200; });
    more_orders(50);
    auto all = flow.stop();
    BOOST_TEST(flow.refusal == "");
    all.bodies.insert(extra.bodies.begin(), extra.bodies.end());
    all.check(engine, database.url());
    BOOST_TEST(engine.api.get("/health/ready")["degraded"].minified() == "[]");
  }

  temporary_database database;
  tcp_gate gate{shared_postgres().port()};
  running_orderd engine{{}, impatient(url_by_gate())};
  acknowledged_orders extra;
};

/// An engine that waits for the database far longer than its requests may take.
struct patient_engine {
  patient_engine() {
    engine.api.define("WIDGET", units);
    wait_for_store(engine.api);
  }

  [[nodiscard]] std::string url_by_gate() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + '/' + database.name();
  }

  temporary_database database;
  tcp_gate gate{shared_postgres().port()};
  running_orderd engine{{},
                        {"DATABASE_URL=" + url_by_gate(), "ORDERD_DB_STATEMENT_TIMEOUT_MS=600000",
                         "ORDERD_DB_CONNECT_TIMEOUT_MS=600000", "ORDERD_LIST_WAIT_MS=1000",
                         "ORDERD_STORE_WAIT_MS=2000", "ORDERD_DRAIN_TIMEOUT_MS=2000"}};
  api_client bob = engine.as("bob");
};

/// A server of the test's own, which can go away.
struct own_postgres {
  explicit own_postgres(environment more = {}, postgres_server_options options = {})
      : server(std::move(options)), engine({}, impatient(database.url(), std::move(more))) {
    engine.api.define("WIDGET", units);
  }

  postgres_server server;
  temporary_database database{server};
  running_orderd engine;
  api_client& api = engine.api;
  api_client bob = engine.as("bob");
  acknowledged_orders orders;
};

struct short_journal : own_postgres {
  short_journal() : own_postgres({"ORDERD_JOURNAL_BACKLOG_BYTES_MAX=2097152"}) {}
};

struct few_live : own_postgres {
  static constexpr std::size_t live_max = 200; ///< half of it for orders
  few_live() : own_postgres({"ORDERD_LIVE_ENTITIES_MAX=" + std::to_string(live_max)}) {}
};

/// PostgreSQL on a disk of its own.
struct with_small_disk {
  small_disk disk{std::size_t{128} << 20U};
};
struct postgres_on_small_disk : with_small_disk, own_postgres {
  postgres_on_small_disk()
      : own_postgres({}, {disk.path(), false, {"max_wal_size=8MB", "min_wal_size=2MB"}}) {}

  /// Without room for its own log the server ends; else it has gone on all the time.
  void start_if_ended() {
    try {
      server.query("SELECT 1");
    } catch (const std::runtime_error&) {
      server.stop(postgres_stop::immediate);
      server.start();
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_outage)

BOOST_FIXTURE_TEST_CASE(cut_off_it_sells_on_and_catches_up, gated_engine) {
  check_outage([this] { gate.cut(); });
}

BOOST_FIXTURE_TEST_CASE(a_database_that_accepts_and_never_answers_counts_as_away, gated_engine) {
  check_outage([this] { gate.stall(); });
}

BOOST_FIXTURE_TEST_CASE(commits_whose_answers_are_lost_are_applied_once, gated_engine) {
  check_outage([this] { gate.stall_answers(); });
}

// In the next ones the gate is opened only when all has been answered, or the process has ended.

BOOST_FIXTURE_TEST_CASE(a_stalled_database_keeps_no_answer_beyond_its_wait, patient_engine) {
  gate.stall();
  const auto first = place(bob, "WIDGET", 1);
  check_problem(bob.get("/orders"), 503, "store_unavailable");
  check_problem(bob.post("/orders", order_of("WIDGET", 1), {"Prefer: durability=store"}), 503,
                "store_unavailable");
  check_problem(bob.get("/orders"), 503, "store_unavailable");
  BOOST_TEST(bob.get("/orders/" + first).status == 200);
  gate.open();
  wait_for_store(engine.api);
  BOOST_TEST(engine.api.list("/orders").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(lists_that_stall_in_their_readers_keep_no_other_beyond_its_wait, patient_engine) {
  gate.stall();
  std::vector<std::future<api_answer>> lists;
  for (int i = 0; i < 8; ++i)
    lists.push_back(std::async(std::launch::async, [this] { return engine.as("bob").get("/orders"); }));
  for (auto& each : lists)
    check_problem(each.get(), 503, "store_unavailable");
  BOOST_TEST(!store_is_up(engine.api));
  gate.open();
  eventually("lists", [&] { return engine.api.get("/orders").status == 200; });
  BOOST_TEST(store_is_up(engine.api));
}

BOOST_FIXTURE_TEST_CASE(a_stalled_database_does_not_keep_the_process_from_ending, patient_engine) {
  gate.stall();
  const auto id = place(bob, "WIDGET", 1);
  check_problem(bob.get("/orders"), 503, "store_unavailable");
  BOOST_TEST(engine.program.stop() == 0);
  gate.open();
  engine.program.start();
  api_client again(engine.program.port(), "bob");
  BOOST_TEST(again.get("/orders/" + id).status == 200);
  check_stock(again, "WIDGET", units, 1);
}

BOOST_FIXTURE_TEST_CASE(a_full_backlog_refuses_writes_until_the_database_is_back, short_journal) {
  server.kill();
  constexpr int orders_max = 1'000;
  api_answer refused;
  for (int i = 0; i < orders_max; ++i) {
    refused = bob.post("/orders", large_order());
    if (!orders.take(refused))
      break;
  }
  check_problem(refused, 503, "backlog_full");
  BOOST_TEST(std::stoi(refused.header("Retry-After")) >= 1);
  check_problem(bob.post("/stock/WIDGET/reservations", R"({"qty":1})"), 503, "backlog_full");
  orders.check_shown(engine.program.port());
  check_stock(api, "WIDGET", units, static_cast<std::int64_t>(orders.bodies.size()));
  wait_until_away(api);
  const auto ready = api.get("/health/ready");
  BOOST_TEST(ready.status == 200);
  BOOST_TEST(ready["degraded"].minified() == R"(["store_away","no_room"])");

  server.start();
  eventually("room for writes", [&] { return orders.take(bob.post("/orders", order_of("WIDGET", 1))); });
  orders.check(engine, database.url());
  BOOST_TEST(api.get("/health/ready")["degraded"].minified() == "[]");
}

BOOST_FIXTURE_TEST_CASE(without_the_database_more_orders_are_sold_than_may_live, few_live) {
  constexpr std::size_t clients = 4;
  constexpr std::size_t orders_each = 500;
  // Known to the engine before the store goes: what sleeps there cannot wake.
  BOOST_REQUIRE(orders.take(bob.post("/orders", order_of("WIDGET", 1))));
  server.kill();
  std::list<buyer> buyers;
  for (std::size_t i = 0; i < clients; ++i)
    buyers.emplace_back(engine.program.port(), orders_each);
  for (auto& each : buyers) {
    const auto& got = each.wait_for_end();
    BOOST_TEST(each.refusal == "");
    orders.bodies.insert(got.bodies.begin(), got.bodies.end());
  }
  BOOST_TEST(orders.bodies.size() == clients * orders_each + 1);
  wait_until_away(api);
  BOOST_TEST(api.get("/health")["live_entities"].integer() <= static_cast<std::int64_t>(few_live::live_max));
  orders.check_shown(engine.program.port());

  const auto changed = bob.post("/orders/" + orders.bodies.rbegin()->first + "/cancel");
  BOOST_TEST(changed.status == 200);
  server.start();
  eventually("lists", [&] { return api.get("/orders").status == 200; });
  wait_for_store(api);
  const auto stored = stored_orders(database.url());
  BOOST_TEST(stored.size() == orders.bodies.size());
  for (const auto& [id, body] : orders.bodies)
    BOOST_TEST(stored.contains(id), "an acknowledged order is not stored: " << body);
  BOOST_TEST(stored.at(changed["id"].text()).status == "cancelled");
  check_tables(database.url(), api);
}

BOOST_FIXTURE_TEST_CASE(a_database_without_room_on_its_disk_is_waited_for, postgres_on_small_disk) {
  for (int i = 0; i < 20; ++i)
    BOOST_REQUIRE(orders.take(bob.post("/orders", large_order())));
  wait_for_store(api);
  // What the server deletes in between makes room again, so it is taken again.
  eventually("a store that counts as away", [&] {
    disk.fill();
    for (int i = 0; i < 20; ++i)
      BOOST_REQUIRE(orders.take(bob.post("/orders", large_order())));
    return !store_is_up(api);
  });
  for (int i = 0; i < 50; ++i)
    BOOST_REQUIRE(orders.take(bob.post("/orders", large_order())));
  api_answer list;
  eventually("a list that is refused", [&] {
    disk.fill();
    list = bob.get("/orders");
    return list.status != 200;
  });
  check_problem(list, 503, "store_unavailable");
  orders.check_shown(engine.program.port());
  const auto complaints = engine.program.log() + server.log();
  BOOST_TEST(complaints.find("No space left on device") != std::string::npos);

  disk.empty();
  start_if_ended();
  eventually("lists", [&] { return api.get("/orders").status == 200; });
  orders.check(engine, database.url());
}

BOOST_AUTO_TEST_SUITE_END()

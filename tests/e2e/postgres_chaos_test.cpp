#include "tests/e2e/postgres_audit.hpp"
#include "tests/support/seed.hpp"

#include <algorithm>
#include <random>
#include <vector>

using namespace orderd::test;

namespace {

constexpr int crashes = 10; ///< of each
constexpr std::uint64_t recovery_ms_at_most = 40;

/// The program and its database, and a load that must never notice which of the two is hit.
struct struck_engine {
  explicit struck_engine(std::uint64_t seed) : random(seed), load(seed, {true, 3}) {
    order_load::define_stock(engine.api);
    load.start(engine.program.port());
  }

  [[nodiscard]] std::uint64_t some_answers() { return 20 + random() % 600; }

  void crash_postgres() {
    if (server.pid() < 0)
      server.start();
    load.wait_for_more_answers(some_answers());
    if (random() % 2 == 0)
      server.kill();
    else
      server.stop(postgres_stop::immediate);
    load.wait_for_more_answers(some_answers());
    if (random() % 2 == 0)
      server.start();
  }

  void kill_engine() {
    load.wait_for_more_answers(some_answers());
    engine.program.kill();
    load.join();
    // A recovery may be cut short as well.
    for (auto times = random() % 2; times > 0; --times)
      engine.program.start_and_kill(static_cast<int>(random() % recovery_ms_at_most));
    if (server.pid() < 0)
      recover_without_postgres();
    else
      engine.program.start();
    load.check_and_adopt(engine.program.port());
    load.start(engine.program.port());
  }

  void recover_without_postgres() {
    engine.program.start(wait_for::listening);
    api_client buyer(engine.program.port(), "bob");
    const auto refused = buyer.post("/orders", order_of("ORD-0", 1));
    check_problem(refused, 503, "recovering");
    BOOST_TEST(std::stoi(refused.header("Retry-After")) >= 1);
    check_problem(buyer.get("/health/ready"), 503, "recovering");
    BOOST_TEST(buyer.get("/health/live").status == 200);
    server.start();
    eventually("readiness", [&] { return buyer.get("/health/ready").status == 200; });
    ++recovered_late;
  }

  std::mt19937_64 random;
  postgres_server server;
  temporary_database database{server};
  // Orders leave memory at once, so that they are also read back under load. One that is wanted while the
  // database is down may wait for it as long as this test may; the buyers wait for none.
  running_orderd engine{
      {"--entity-idle-ms", "20"},
      {"DATABASE_URL=" + database.url(), "ORDERD_DB_CONNECT_TIMEOUT_MS=1000", "ORDERD_STORE_WAIT_MS=60000"}};
  order_load load;
  int recovered_late = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_chaos)

BOOST_AUTO_TEST_CASE(crashed_and_killed_in_any_order_every_order_is_stored_once_and_no_buyer_notices) {
  for (const auto seed : seeds(1)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      struck_engine struck(seed);
      std::vector<bool> blows(crashes, true);
      blows.resize(2 * crashes, false);
      std::shuffle(blows.begin(), blows.end(), struck.random);
      for (std::size_t at = 0; at < blows.size(); ++at)
        BOOST_TEST_CONTEXT("blow " << at << (blows[at] ? ": PostgreSQL" : ": the engine")) {
          blows[at] ? struck.crash_postgres() : struck.kill_engine();
        }
      BOOST_TEST(struck.recovered_late > 0);
      if (struck.server.pid() < 0)
        struck.server.start();
      struck.load.wait_for_more_answers(500);
      struck.engine.program.kill();
      struck.load.join();
      struck.engine.program.start();
      api_client api(struck.engine.program.port());
      check_tables(struck.database.url(), api);
      check_books(struck.database.url(), struck.load);
      struck.load.check_and_adopt(struck.engine.program.port());
      BOOST_TEST((struck.load.statuses() ==
                  std::set<std::string>{"draft", "processed", "accepted", "completed", "cancelled"}));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/e2e/running_orderd.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/tcp_gate.hpp"

#include <string>

using namespace orderd::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t tries_failed(const orderd_process& program) {
  const std::string line = "the engine could not start yet";
  const auto log = program.log();
  std::size_t count = 0;
  for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1))
    ++count;
  return count;
}

/// A process that listens, and whose engine waits for the database at `url`.
struct waiting_orderd {
  explicit waiting_orderd(const std::string& url)
      : program(folder.path() + "/data", {"--db-connect-timeout-ms", "200"}, {"DATABASE_URL=" + url},
                wait_for::listening) {
    eventually("a second try", [this] { return tries_failed(program) >= 2; });
  }

  /// Says so with these words wherever it is asked, and takes nothing.
  void check_waiting(const std::string& words) {
    BOOST_TEST(api.get("/health/live").status == 200);
    for (const auto* path : {"/health", "/health/ready"}) {
      const auto answer = api.get(path);
      check_problem(answer, 503, "recovering");
      BOOST_TEST(answer.header("Retry-After") == "1");
      BOOST_TEST(holds(answer["detail"].text(), words), answer.raw.body);
    }
    check_problem(api.post("/orders", order_of("WIDGET", 1)), 503, "recovering");
    check_problem(api.get("/metrics"), 503, "recovering");
    BOOST_TEST(!holds(program.log(), R"("message":"ready")"));
  }

  temporary_folder folder;
  orderd_process program;
  api_client api{program.port()};
};

/// A process over a database of its own.
struct running_over_postgres {
  temporary_folder folder;
  postgres_server server;
  std::string url = server.create_database("shop");
  orderd_process program{folder.path() + "/data", {}, {"DATABASE_URL=" + url}};
  api_client api{program.port()};
  api_client bob{program.port(), "bob"};
};

} // namespace

BOOST_AUTO_TEST_SUITE(database_away)

BOOST_AUTO_TEST_CASE(a_start_without_its_database_says_so_and_ends_when_it_is_told_to) {
  // Nothing listens on port 1.
  waiting_orderd engine("postgresql://teller:hush-hush@127.0.0.1:1/shop");
  engine.check_waiting("127.0.0.1");
  BOOST_TEST(!holds(engine.api.get("/health").raw.body, "hush-hush"));
  BOOST_TEST(engine.program.stop() == 0);
  BOOST_TEST(!holds(engine.program.log(), "hush-hush"));
}

BOOST_AUTO_TEST_CASE(a_database_that_accepts_and_never_answers_is_away_too) {
  postgres_server server;
  tcp_gate gate(server.port());
  gate.stall();
  waiting_orderd engine("postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/postgres");
  engine.check_waiting("did not answer");
  BOOST_TEST(engine.program.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_start_goes_on_by_itself_when_the_database_comes) {
  postgres_server server;
  const auto url = server.create_database("shop");
  server.stop(postgres_stop::fast);
  waiting_orderd engine(url);
  engine.check_waiting("127.0.0.1");
  server.start();
  eventually("readiness", [&] { return engine.api.get("/health/ready").status == 200; });
  BOOST_TEST(holds(engine.program.log(), R"("message":"ready")"));
  engine.api.define("WIDGET", 10);
  api_client bob(engine.program.port(), "bob");
  const auto placed = bob.post("/orders", order_of("WIDGET", 4), {"Prefer: durability=store"});
  BOOST_TEST(placed.status == 201);
  BOOST_TEST(placed.header("Preference-Applied") == "durability=store");
  BOOST_TEST(server.value("SELECT count(*) FROM orders", "shop") == "1");
  check_stock(engine.api, "WIDGET", 10, 4);
}

BOOST_FIXTURE_TEST_CASE(it_sells_on_while_the_database_is_away_and_shows_it, running_over_postgres) {
  api.define("WIDGET", 100);
  place(bob, "WIDGET", 1);
  server.stop(postgres_stop::immediate);
  place(bob, "WIDGET", 1);
  const auto figures = [this] { return api.get("/metrics").raw.body; };
  eventually("the store's absence", [&] { return holds(figures(), "\norderd_store_up 0\n"); });
  const auto ready = api.get("/health/ready");
  BOOST_TEST(ready.status == 200);
  BOOST_TEST(ready["degraded"].texts() == std::vector<std::string>{"store_away"},
             boost::test_tools::per_element());
  BOOST_TEST(ready["store"]["status"].text() == "away");
  BOOST_TEST(!ready["store"]["error"].text().empty());
  BOOST_TEST(ready["backlog"]["events"].integer() > 0);
  BOOST_TEST(api.get("/health")["status"].text() == "degraded");
  const auto refused = bob.post("/orders", order_of("WIDGET", 1), {"Prefer: durability=store"});
  check_problem(refused, 503, "store_unavailable");
  BOOST_TEST(refused.header("Preference-Applied").empty());
  server.start();
  eventually("the backlog's end", [&] {
    return holds(figures(), "\norderd_store_up 1\n") && holds(figures(), "\norderd_backlog_events 0\n");
  });
  BOOST_TEST(api.get("/health")["status"].text() == "healthy");
  BOOST_TEST(server.value("SELECT count(*) FROM orders", "shop") == "2");
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/e2e/postgres_audit.hpp"
#include "tests/e2e/postgres_orderd.hpp"
#include "tests/support/tcp_gate.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace orderd::test;

namespace {

/// A program that reaches its database through a gate, and a count of what the database is made to do.
struct gated_orderd {
  explicit gated_orderd(arguments flags = {})
      : program(folder.path() + "/data", std::move(flags),
                {"DATABASE_URL=postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/" +
                 database.name()}) {
    api.define("ANVIL", 100'000);
    wait_for_store(api);
    database.query("CREATE TABLE counted (what text);"
                   "CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS "
                   "$$ BEGIN INSERT INTO counted VALUES (TG_TABLE_NAME); RETURN NULL; END $$;"
                   "CREATE TRIGGER counting AFTER UPDATE ON node FOR EACH ROW EXECUTE FUNCTION count_it();"
                   "CREATE TRIGGER counting AFTER INSERT OR UPDATE ON products FOR EACH ROW "
                   "EXECUTE FUNCTION count_it()");
  }

  [[nodiscard]] std::int64_t counted(const std::string& table) const {
    return std::stoll(database.value("SELECT count(*) FROM counted WHERE what = '" + table + "'"));
  }
  [[nodiscard]] std::int64_t stored_orders() const {
    return std::stoll(database.value("SELECT count(*) FROM orders"));
  }
  [[nodiscard]] std::int64_t durable_seq() { return api.get("/health")["durable_seq"].integer(); }

  temporary_folder folder;
  temporary_database database;
  tcp_gate gate{shared_postgres().port()};
  orderd_process program;
  api_client api{program.port()};
  api_client bob{program.port(), "bob"};
};

/// Each of `count` buyers asks once, all at the same time; returns how many were answered with `status`.
template <class Ask> int ask_at_once(std::uint16_t port, int count, int status, Ask ask) {
  std::atomic<int> as_wanted{0};
  std::vector<std::thread> buyers;
  for (int i = 0; i < count; ++i)
    buyers.emplace_back([&, i] {
      try {
        api_client buyer(port, "buyer-" + std::to_string(i));
        as_wanted += ask(buyer).status == status ? 1 : 0;
      } catch (const std::runtime_error&) {
        // Not as wanted.
      }
    });
  for (auto& each : buyers)
    each.join();
  return as_wanted;
}

/// Longer than any wait of a case, so that only the gate decides.
const arguments patient{"--store-wait-ms", "60000", "--db-statement-timeout-ms", "120000"};
const arguments impatient{"--store-wait-ms",         "300", "--db-statement-timeout-ms", "500",
                          "--db-connect-timeout-ms", "200"};

arguments with(arguments flags, const arguments& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_commits)

BOOST_AUTO_TEST_CASE(with_durability_store_an_order_is_in_the_table_when_its_answer_comes) {
  gated_orderd engine({"--durability", "store"});
  for (int i = 0; i < 20; ++i) {
    const auto id = place(engine.bob, "ANVIL", 1);
    BOOST_TEST(engine.database.value("SELECT status FROM orders WHERE id = '" + id + "'") == "processed");
    BOOST_TEST(engine.bob.post("/orders/" + id + "/cancel").status == 200);
    BOOST_TEST(engine.database.value("SELECT status FROM orders WHERE id = '" + id + "'") == "cancelled");
  }
}

BOOST_AUTO_TEST_CASE(what_a_stalled_database_has_not_confirmed_is_refused_and_follows) {
  gated_orderd engine(with({"--durability", "store"}, impatient));
  engine.gate.stall();
  const auto unconfirmed = engine.bob.post("/orders", order_of("ANVIL", 1));
  check_problem(unconfirmed, 503, "store_unavailable");
  BOOST_TEST(!unconfirmed.header("Retry-After").empty());
  // It is known to be away now: nothing is begun that could not be answered.
  const auto before = engine.durable_seq();
  check_problem(engine.bob.post("/orders", order_of("ANVIL", 1)), 503, "store_unavailable");
  check_problem(engine.api.put("/stock/BOLT", R"({"name":"Bolt","price_cents":1,"on_hand":1})"), 503,
                "store_unavailable");
  BOOST_TEST(engine.durable_seq() == before);
  BOOST_TEST(engine.stored_orders() == 0);
  engine.gate.open();
  wait_for_store(engine.api);
  BOOST_TEST(engine.durable_seq() == before);
  BOOST_TEST(engine.stored_orders() == 1);
  check_stock(engine.api, "ANVIL", 100'000, 1);
  BOOST_TEST(engine.bob.post("/orders", order_of("ANVIL", 1)).status == 201);
  BOOST_TEST(engine.stored_orders() == 2);
  check_tables(engine.database.url(), engine.api);
}

BOOST_AUTO_TEST_CASE(orders_that_wait_for_the_store_share_its_commits) {
  constexpr int orders = 200;
  gated_orderd engine(with({"--durability", "store"}, patient));
  const auto before = engine.durable_seq();
  const auto commits_before = engine.counted("node");
  engine.gate.stall();
  int confirmed = 0;
  std::thread buyers([&] {
    confirmed = ask_at_once(engine.program.port(), orders, 201,
                            [](api_client& buyer) { return buyer.post("/orders", order_of("ANVIL", 1)); });
  });
  // Two events each: the units and the order.
  BOOST_CHECK_NO_THROW(
      eventually("all orders in the journal", [&] { return engine.durable_seq() >= before + 2 * orders; }));
  engine.gate.open();
  buyers.join();
  BOOST_TEST(confirmed == orders);
  BOOST_TEST(engine.stored_orders() == orders);
  // One that was under way when the gate closed, one for those that came first, and one for the rest.
  BOOST_TEST(engine.counted("node") - commits_before <= 3);
}

BOOST_AUTO_TEST_CASE(a_thousand_reservations_of_one_item_between_two_batches_are_one_row_update) {
  constexpr int reservations = 1'000;
  constexpr int buyers = 10;
  gated_orderd engine(patient);
  const auto updates_before = engine.counted("products");
  engine.gate.stall();
  const auto reserved = ask_at_once(engine.program.port(), buyers, 201, [](api_client& buyer) {
    api_answer last;
    for (int i = 0; i < reservations / buyers; ++i) {
      last = buyer.post("/stock/ANVIL/reservations", R"({"qty":1,"ttl_seconds":86400})");
      if (last.status != 201)
        break;
    }
    return last;
  });
  BOOST_TEST(reserved == buyers);
  BOOST_TEST(engine.counted("products") == updates_before);
  engine.gate.open();
  wait_for_store(engine.api);
  BOOST_TEST(engine.database.value("SELECT reserved FROM products") == std::to_string(reservations));
  BOOST_TEST(engine.database.value("SELECT count(*) FROM reservations WHERE state = 'active'") ==
             std::to_string(reservations));
  // The first few went off alone and were held by the gate; all others are one update.
  BOOST_TEST(engine.counted("products") - updates_before <= 2);
  check_tables(engine.database.url(), engine.api);
}

BOOST_AUTO_TEST_SUITE_END()

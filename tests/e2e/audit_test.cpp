#include "tests/e2e/crowd.hpp"
#include "tests/e2e/postgres_audit.hpp"
#include "tests/e2e/postgres_orderd.hpp"
#include "tests/e2e/running_orderd.hpp"
#include "tests/e2e/with_ledger.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace orderd::test;

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

/// Every file of the folder, byte for byte.
std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder))
    if (each.is_regular_file())
      all[each.path().string()] = content_of(each.path());
  return all;
}

/// Past the engine, as a hand on the database would.
void change_by_hand(const std::string& data_dir, const std::string& sql) {
  const auto command = "sqlite3 -cmd '.timeout 20000' '" + data_dir + "/orderd.db' \"" + sql + "\"";
  BOOST_REQUIRE_EQUAL(std::system(command.c_str()), 0);
}

/// The lines of an item's proof, which come as a stream.
std::string proof_of(const running_orderd& engine, const std::string& sku) {
  raw_client asking(engine.program.port());
  BOOST_REQUIRE(asking.send("GET /stock/" + sku + "/proof HTTP/1.1\r\nHost: test\r\n\r\n"));
  const auto head = asking.read_response();
  BOOST_REQUIRE(head);
  BOOST_TEST(head->status == 200);
  BOOST_TEST(head->header("Content-Type") == "application/x-ndjson");
  std::string proof;
  while (const auto chunk = asking.read_chunk()) {
    if (chunk->empty())
      break;
    proof += *chunk;
  }
  return proof;
}

/// The one difference that an audit finds.
void check_difference(const api_answer& audit, const std::string& key, const std::string& code) {
  BOOST_TEST_CONTEXT(audit.raw.body) {
    BOOST_TEST(audit.status == 500);
    BOOST_TEST(audit.header("Content-Type") == "application/json");
    BOOST_TEST(!audit["ok"].boolean());
    BOOST_REQUIRE(audit["differences_total"].integer() == 1);
    const auto found = audit["differences"].at(0);
    BOOST_TEST(found["key"].text() == key);
    BOOST_TEST(found["code"].text() == code);
    BOOST_TEST(!found["detail"].text().empty());
  }
}

/// Changes one byte, whatever it was.
void flip_byte(const std::filesystem::path& path, std::uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const auto was = file.get();
  BOOST_REQUIRE(file.good());
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(was ^ 0xFF));
}

/// What the orders come to, as of their last page's total.
std::int64_t orders_of(api_client& api) { return api.get("/orders?limit=1&page=1")["total"].integer(); }

/// Sells what is there, in orders that are placed, accepted, completed and cancelled.
void sell(std::uint16_t port, int clients, int orders_each) {
  in_threads(clients, [&](int index) {
    const auto name = "customer-" + std::to_string(index);
    api_client customer(port, name);
    api_client runner(port, "runner");
    for (int i = 0; i < orders_each; ++i) {
      const auto made = customer.post("/orders", order_of(i % 3 == 0 ? "HOT" : "COLD", 1));
      if (made.status != 201)
        continue;
      const auto path = "/orders/" + made["id"].text();
      if (i % 4 == 1)
        static_cast<void>(customer.post(path + "/cancel"));
      if (i % 4 == 2 && runner.post(path + "/accept").status == 200)
        static_cast<void>(runner.post(path + "/complete"));
    }
  });
}

/// Sell until the end of the scope.
class busy_clients {
 public:
  explicit busy_clients(std::uint16_t port)
      : thread_([this, port] {
          while (!enough_)
            sell(port, 8, 20);
        }) {}
  ~busy_clients() {
    enough_ = true;
    thread_.join();
  }
  busy_clients(const busy_clients&) = delete;
  busy_clients& operator=(const busy_clients&) = delete;

 private:
  std::atomic<bool> enough_{false};
  std::thread thread_;
};

struct busy_shop : with_ledger {
  busy_shop() {
    api.define("HOT", 100'000);
    api.define("COLD", 100'000);
    for (int i = 0; i < 8; ++i)
      deposit(api, "customer-" + std::to_string(i), 1'000'000);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(audits)

BOOST_FIXTURE_TEST_CASE(nothing_differs_while_clients_sell, busy_shop) {
  const busy_clients load(program.port());
  std::int64_t as_of = 0;
  std::int64_t live = 0;
  bool sold_meanwhile = false;
  for (int audits = 0; audits < 5; ++audits) {
    eventually("events behind the last audit",
               [&] { return api.get("/health")["durable_seq"].integer() > as_of; });
    const auto audit = api.get("/audit");
    const auto durable = api.get("/health")["durable_seq"].integer();
    BOOST_TEST_CONTEXT(audit.raw.body) {
      BOOST_REQUIRE_EQUAL(audit.status, 200);
      BOOST_TEST(audit["as_of_seq"].integer() > as_of);
    }
    as_of = audit["as_of_seq"].integer();
    live += audit["checked"]["live_entities"].integer();
    sold_meanwhile = sold_meanwhile || durable > as_of;
  }
  BOOST_TEST(sold_meanwhile);
  BOOST_TEST(live > 0);
  BOOST_TEST(orders_of(api) > 0);
}

BOOST_FIXTURE_TEST_CASE(only_operators_may_audit_or_ask_for_a_proof, running_orderd) {
  api.define("WIDGET", 5);
  check_problem(as("bob").get("/audit"), 403, "forbidden");
  check_problem(as("bob").get("/stock/WIDGET/proof"), 403, "forbidden");
  check_problem(api.get("/stock/NO-SUCH/proof"), 404, "not_found");
}

BOOST_FIXTURE_TEST_CASE(a_row_that_was_changed_by_hand_is_named, busy_shop) {
  sell(program.port(), 4, 20);
  check_audited(api);
  change_by_hand(program.data_dir(), "UPDATE products SET reserved = reserved + 5 WHERE sku = 'COLD'");
  check_difference(api.get("/audit"), "COLD", "levels_differ");
  change_by_hand(program.data_dir(), "UPDATE products SET reserved = reserved - 5 WHERE sku = 'COLD'");
  check_audited(api);
}

BOOST_FIXTURE_TEST_CASE(a_row_of_postgresql_that_was_changed_by_hand_is_named, postgres_orderd) {
  api.define("WIDGET", 20);
  place(bob, "WIDGET", 3);
  check_audited(api);
  static_cast<void>(value("UPDATE products SET reserved = reserved + 5 WHERE sku = 'WIDGET' RETURNING 1"));
  check_difference(api.get("/audit"), "WIDGET", "levels_differ");
}

BOOST_FIXTURE_TEST_CASE(nothing_differs_after_a_kill, busy_shop) {
  for (int round = 0; round < 3; ++round) {
    api_client watching(program.port());
    const auto before = orders_of(watching);
    std::thread load([&] { sell(program.port(), 8, 60); });
    eventually("some orders", [&] {
      try {
        return orders_of(watching) > before + 60;
      } catch (const std::exception&) {
        return false;
      }
    });
    program.kill();
    load.join();
    program.start();
    api_client again(program.port());
    check_audited(again);
  }
}

BOOST_FIXTURE_TEST_CASE(the_proof_of_a_chain_that_lost_its_end_does_not_hold, running_orderd) {
  api.define("WIDGET", 50);
  for (int i = 0; i < 5; ++i)
    static_cast<void>(api.post("/stock/WIDGET/reservations", R"({"qty":1})"));
  const auto proof = [&] { return proof_of(*this, "WIDGET"); };
  const auto whole = proof();
  BOOST_TEST(whole.find("\"links\":6,\"never_oversold\":true") != std::string::npos, whole);
  change_by_hand(program.data_dir(), "DELETE FROM events WHERE entity = 'WIDGET' AND version > 4");
  const auto cut = proof();
  BOOST_TEST(cut.find("\"links\":4,\"never_oversold\":false,\"problem\":") != std::string::npos, cut);
  change_by_hand(program.data_dir(), "DELETE FROM events WHERE entity = 'WIDGET'");
  const auto emptied = proof();
  BOOST_TEST(emptied.find("\"links\":0,\"never_oversold\":false,\"problem\":") != std::string::npos, emptied);
}

BOOST_FIXTURE_TEST_CASE(the_proof_of_a_hot_item_holds_for_an_outsider_while_it_sells, running_orderd) {
  api.define("HOT", 100'000);
  in_threads(8, [&](int index) {
    auto client = as("customer-" + std::to_string(index));
    for (int i = 0; i < 2'500; ++i)
      static_cast<void>(client.post("/stock/HOT/reservations", R"({"qty":1})"));
  });
  std::atomic<bool> done{false};
  std::thread load([&] {
    auto client = as("late");
    while (!done)
      static_cast<void>(client.post("/stock/HOT/reservations", R"({"qty":1})"));
  });
  auto proof = proof_of(*this, "HOT");
  done = true;
  load.join();
  const auto path = folder.path() + "/proof.ndjson";
  std::ofstream(path, std::ios::binary) << proof;
  BOOST_TEST(std::count(proof.begin(), proof.end(), '\n') > 20'000);
  const std::string check = "python3 tests/support_programs/check_proof.py " + path + " > /dev/null";
  BOOST_TEST(std::system(check.c_str()) == 0);
  // One digit of one level.
  const auto at = proof.find("\"reserved\":7,");
  BOOST_REQUIRE(at != std::string::npos);
  proof.replace(at, 13, "\"reserved\":6,");
  std::ofstream(path, std::ios::binary) << proof;
  BOOST_TEST(std::system(check.c_str()) != 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(verifications)

BOOST_FIXTURE_TEST_CASE(a_stopped_folder_is_verified_and_left_as_it_is, busy_shop) {
  sell(program.port(), 4, 20);
  const auto locked = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(locked.exit_status == 2);
  BOOST_TEST(program.stop() == 0);
  const auto before = files_of(program.data_dir());
  const auto good = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(good.exit_status == 0, good.output << good.errors);
  BOOST_TEST(good.output.find("nothing differs") != std::string::npos, good.output);
  BOOST_TEST((files_of(program.data_dir()) == before));
  change_by_hand(program.data_dir(), "UPDATE products SET reserved = reserved + 1 WHERE sku = 'HOT'");
  const auto bad = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(bad.exit_status == 1, bad.output);
  BOOST_TEST(bad.output.find("stock HOT levels_differ") != std::string::npos, bad.output);
}

BOOST_FIXTURE_TEST_CASE(a_killed_folder_is_verified_and_left_as_it_is, busy_shop) {
  std::thread load([&] { sell(program.port(), 8, 60); });
  eventually("some orders", [&] { return api.get("/orders?limit=1&page=1")["total"].integer() > 50; });
  program.kill();
  load.join();
  const auto before = files_of(program.data_dir());
  const auto good = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(good.exit_status == 0, good.output << good.errors);
  BOOST_TEST((files_of(program.data_dir()) == before));
}

BOOST_FIXTURE_TEST_CASE(a_folder_with_its_postgresql_database_is_verified, postgres_orderd) {
  api.define("WIDGET", 20);
  place(bob, "WIDGET", 3);
  const postgres_orderd other;
  api_client of_other(other.program.port());
  of_other.define("WIDGET", 20);
  wait_for_store(of_other);
  BOOST_TEST(program.stop() == 0);
  const auto verified = [&](const std::string& url) {
    return run_orderd({"--verify", program.data_dir()}, with_url({}, url));
  };
  const auto good = verified(database.url());
  BOOST_TEST(good.exit_status == 0, good.output << good.errors);
  const auto foreign = verified(other.database.url());
  BOOST_TEST(foreign.exit_status == 2, foreign.output << foreign.errors);
  BOOST_TEST(foreign.errors.find("do not belong together") != std::string::npos, foreign.errors);
  static_cast<void>(value("UPDATE products SET reserved = reserved + 5 WHERE sku = 'WIDGET' RETURNING 1"));
  const auto bad = verified(database.url());
  BOOST_TEST(bad.exit_status == 1, bad.output << bad.errors);
  BOOST_TEST(bad.output.find("stock WIDGET levels_differ") != std::string::npos, bad.output);
}

BOOST_FIXTURE_TEST_CASE(a_folder_whose_upgrade_was_interrupted_is_not_judged, busy_shop) {
  BOOST_TEST(program.stop() == 0);
  change_by_hand(program.data_dir(), "UPDATE node SET unchained_from = 1");
  const auto open = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(open.exit_status == 2, open.output << open.errors);
  BOOST_TEST(open.errors.find("upgrade") != std::string::npos, open.errors);
}

BOOST_FIXTURE_TEST_CASE(a_damaged_journal_is_named, busy_shop) {
  sell(program.port(), 4, 20);
  BOOST_TEST(program.stop() == 0);
  std::filesystem::path segment;
  for (const auto& each : std::filesystem::directory_iterator(program.data_dir() + "/journal"))
    if (segment.empty() || each.path() < segment)
      segment = each.path();
  flip_byte(segment, 200);
  const auto bad = run_orderd({"--verify", program.data_dir()});
  BOOST_TEST(bad.exit_status == 1, bad.output << bad.errors);
  BOOST_TEST(bad.output.find("journal damaged") != std::string::npos, bad.output);
}

BOOST_FIXTURE_TEST_CASE(an_exported_history_is_verified, busy_shop) {
  sell(program.port(), 4, 20);
  BOOST_TEST(program.stop() == 0);
  const auto file = folder.path() + "/shop.history";
  BOOST_REQUIRE(run_orderd({"--export", file, "--data-dir", program.data_dir()}).exit_status == 0);
  const auto good = run_orderd({"--verify", file});
  BOOST_TEST(good.exit_status == 0, good.output << good.errors);
  flip_byte(file, std::filesystem::file_size(file) / 2);
  BOOST_TEST(run_orderd({"--verify", file}).exit_status == 1);
  BOOST_TEST(run_orderd({"--verify", folder.path() + "/nowhere"}).exit_status == 2);
}

BOOST_AUTO_TEST_SUITE_END()

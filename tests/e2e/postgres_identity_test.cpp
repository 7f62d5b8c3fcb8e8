#include "tests/e2e/moved_store.hpp"
#include "tests/e2e/postgres_audit.hpp"
#include "tests/e2e/postgres_orderd.hpp"

#include <filesystem>
#include <string>

using namespace orderd::test;
namespace files = std::filesystem;

namespace {

constexpr int ended_by_itself = 70;
const header_lines stored{"Prefer: durability=store"};

program_run start(const std::string& data_dir, const std::string& url) {
  return run_orderd({"--data-dir", data_dir, "--port", "0", "--journal-segment-bytes", "1048576"},
                    {"DATABASE_URL=" + url});
}

/// The program ends and says why.
void check_end(orderd_process& program, const std::string& reason) {
  BOOST_TEST(program.wait_for_end() == ended_by_itself);
  BOOST_TEST(holds(program.log(), reason), program.log());
}

/// A start ends with these words, and with the node's row as it was.
void check_refused(const std::string& data_dir, const temporary_database& database, const arguments& words) {
  const auto before = database.query("SELECT * FROM node");
  const auto run = start(data_dir, database.url());
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    for (const auto& each : words)
      BOOST_TEST(holds(run.errors, each), each);
  }
  BOOST_TEST((database.query("SELECT * FROM node") == before));
}

/// A program whose database can be taken back to where it was.
struct shop_with_backup : postgres_orderd {
  shop_with_backup() { api.define("ANVIL", 100'000); }
  ~shop_with_backup() { shared_postgres().drop_database(backup); }

  void back_up() {
    wait_for_store(api);
    // A copy needs a database that nobody uses: for the program this is a short outage.
    allow_sessions(false);
    shared_postgres().query("CREATE DATABASE " + backup + " TEMPLATE " + database.name());
    allow_sessions(true);
  }

  void restore() {
    shared_postgres().drop_database(database.name());
    shared_postgres().query("ALTER DATABASE " + backup + " RENAME TO " + database.name());
  }

  void allow_sessions(bool allowed) {
    shared_postgres().query("ALTER DATABASE " + database.name() + " ALLOW_CONNECTIONS " +
                            (allowed ? "true" : "false"));
    if (!allowed)
      eventually("an end of all sessions", [&] {
        return shared_postgres().value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                       "WHERE datname = '" +
                                       database.name() + "'") == "0";
      });
  }

  std::string backup = "backup_of_" + database.name();
};

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_identity)

BOOST_AUTO_TEST_CASE(a_folder_of_one_database_is_refused_by_another_that_sells_on) {
  postgres_orderd one;
  one.api.define("ANVIL", 10);
  const auto of_one = place(one.bob, "ANVIL", 1);
  const auto identity = one.value("SELECT identity FROM node");
  BOOST_TEST(one.program.stop() == 0);
  postgres_orderd other;
  other.api.define("ANVIL", 10);
  wait_for_store(other.api);
  check_refused(one.program.data_dir(), other.database,
                {identity, other.value("SELECT identity FROM node"), "--export", "--import"});
  // Neither has been touched: the other has not even been taken over.
  const auto sold = other.bob.post("/orders", order_of("ANVIL", 1), stored);
  BOOST_TEST_CONTEXT(sold.raw.body << other.program.log())
  BOOST_TEST(sold.status == 201);
  BOOST_TEST(other.value("SELECT count(*) FROM orders") == "1");
  one.program.start();
  BOOST_TEST(api_client(one.program.port()).get("/orders/" + of_one).status == 200);
}

BOOST_AUTO_TEST_CASE(a_folder_of_one_database_is_refused_by_an_empty_one) {
  postgres_orderd one;
  one.api.define("ANVIL", 10);
  BOOST_TEST(one.program.stop() == 0);
  temporary_database empty;
  const auto run = start(one.program.data_dir(), empty.url());
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(holds(run.errors, one.value("SELECT identity FROM node")));
    BOOST_TEST(holds(run.errors, empty.value("SELECT identity FROM node")));
    BOOST_TEST(holds(run.errors, "--import"));
  }
  BOOST_TEST(empty.value("SELECT applied_seq || ' ' || epoch FROM node") == "0 0");
  one.program.start();
  api_client again(one.program.port());
  check_stock(again, "ANVIL", 10, 0);
}

BOOST_AUTO_TEST_CASE(an_empty_folder_leaves_a_database_to_the_engine_that_sells_from_it) {
  postgres_orderd one;
  one.api.define("ANVIL", 10);
  wait_for_store(one.api);
  temporary_folder folder;
  check_refused(folder.path(), one.database, {"there is no segment", "--begin-journal"});
  const auto sold = one.bob.post("/orders", order_of("ANVIL", 1), stored);
  BOOST_TEST_CONTEXT(sold.raw.body << one.program.log())
  BOOST_TEST(sold.status == 201);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_goes_back_ends_the_program_and_is_fed_again, shop_with_backup) {
  const auto kept = place(bob, "ANVIL", 1);
  back_up();
  const auto taken_back = place(bob, "ANVIL", 2);
  wait_for_store(api);
  BOOST_TEST(value("SELECT count(*) FROM orders") == "2");
  restore();
  BOOST_TEST(value("SELECT count(*) FROM orders") == "1");
  const auto last = place(bob, "ANVIL", 3);
  check_end(program, "the database has gone back from event ");
  program.start();
  api_client again(program.port());
  for (const auto& each : {kept, taken_back, last})
    BOOST_TEST(again.get("/orders/" + each).status == 200);
  check_stock(again, "ANVIL", 100'000, 6);
  wait_for_store(again);
  check_tables(database.url(), again);
  BOOST_TEST(value("SELECT count(*) FROM orders") == "3");
}

BOOST_FIXTURE_TEST_CASE(what_the_journal_has_released_already_is_not_made_up, shop_with_backup) {
  back_up();
  sell_until_released(program.port(), program.data_dir());
  restore();
  // The checkpoint may have noticed first.
  try {
    bob.post("/orders", order_of("ANVIL", 1));
  } catch (const std::runtime_error&) {
  }
  check_end(program, "the database has gone back from event ");
  const auto before = database.query("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM events)");
  const auto run = start(program.data_dir(), database.url());
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(holds(run.errors, "segments before it are missing"));
  }
  BOOST_TEST(
      (database.query("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM events)") == before));
}

BOOST_AUTO_TEST_CASE(a_second_engine_on_a_copy_of_the_folder_ends_the_first) {
  postgres_orderd first;
  first.api.define("ANVIL", 10);
  const auto sold = place(first.bob, "ANVIL", 1);
  wait_for_store(first.api);
  const auto copy = first.folder.path() + "/copy";
  files::copy(first.program.data_dir(), copy, files::copy_options::recursive);
  orderd_process second(copy, {}, {"DATABASE_URL=" + first.database.url()});
  // Not that this is stored: it must not be said.
  const auto unsold = first.bob.post("/orders", order_of("ANVIL", 1), stored);
  BOOST_TEST(unsold.status != 201);
  check_end(first.program, "another process has taken the database over");
  api_client api(second.port());
  BOOST_TEST(api.get("/orders/" + sold).status == 200);
  api_client bob(second.port(), "bob");
  BOOST_TEST(bob.post("/orders", order_of("ANVIL", 1), stored).status == 201);
  check_stock(api, "ANVIL", 10, 2);
  check_tables(first.database.url(), api);
  BOOST_TEST(second.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

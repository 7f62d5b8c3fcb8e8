#include "persistence/audit_snapshot.hpp"
#include "persistence/sqlite_writer.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <algorithm>
#include <filesystem>

namespace orderd {
namespace {

using test::must;
using test::opened_store;
using test::sqlite_database;

test::legal_history placed_orders(int count) {
  test::legal_history history(3);
  history.define("A", 1'000'000);
  for (int i = 0; i < count; ++i) {
    history.advance(std::chrono::milliseconds(1));
    history.place("alice", "A");
  }
  return history;
}

BOOST_AUTO_TEST_SUITE(sqlite_checkpoints)

BOOST_AUTO_TEST_CASE(a_reader_in_the_way_holds_the_durable_position_back) {
  sqlite_database database;
  const auto history = placed_orders(200);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 100)));
  BOOST_TEST(must(s.writer->checkpoint()) == 100U);
  must(s.writer->apply(history.batch(100, 200)));
  sqlite_connection connection = database.connect();
  {
    const auto snapshot = must(sqlite_transaction::begin(connection, false));
    must(connection.integer("SELECT COUNT(*) FROM orders"));
    must(s.writer->apply(history.batch(200, history.last_seq())));
    BOOST_TEST(must(s.writer->checkpoint()) == 100U);
  }
  BOOST_TEST(must(s.writer->checkpoint()) == history.last_seq());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_does_not_wait_for_a_snapshot_of_this_process) {
  sqlite_database database;
  const auto history = placed_orders(200);
  opened_store s(database);
  auto& writer = dynamic_cast<sqlite_writer&>(*s.writer);
  const auto waits = writer.waits();
  must(writer.apply(history.batch(0, 100)));
  {
    const auto snapshot = must(s.whole->open_snapshot());
    must(writer.apply(history.batch(100, history.last_seq())));
    BOOST_TEST(must(writer.checkpoint()) < history.last_seq());
    BOOST_TEST(writer.waits() == waits);
  }
  BOOST_TEST(must(writer.checkpoint()) == history.last_seq());
}

BOOST_AUTO_TEST_CASE(a_reader_that_stays_is_waited_for_once) {
  sqlite_database database;
  const auto history = placed_orders(200);
  opened_store s(database);
  auto& writer = dynamic_cast<sqlite_writer&>(*s.writer);
  must(writer.apply(history.batch(0, 100)));
  const auto waits = writer.waits();
  sqlite_connection connection = database.connect();
  for (const std::uint64_t round : {1U, 2U}) {
    {
      const auto snapshot = must(sqlite_transaction::begin(connection, false));
      must(connection.integer("SELECT COUNT(*) FROM orders"));
      for (std::uint64_t i = 0; i < 3; ++i) {
        const auto at = writer.applied_seq();
        must(writer.apply(history.batch(at, at + 10)));
        BOOST_TEST(must(writer.checkpoint()) < writer.applied_seq());
        BOOST_TEST(writer.waits() == waits + round);
      }
    }
    // Once it has gone, the next one counts anew.
    BOOST_TEST(must(writer.checkpoint()) == writer.applied_seq());
    BOOST_TEST(writer.waits() == waits + round);
  }
}

BOOST_AUTO_TEST_CASE(checkpoints_keep_the_log_from_growing) {
  sqlite_database database;
  const auto history = placed_orders(2'000);
  auto writer = must(sqlite_writer::open(database.path()));
  std::int64_t first_round = 0;
  for (std::uint64_t at = 0; at < history.last_seq(); at += 100) {
    must(writer->apply(history.batch(at, std::min(at + 100, history.last_seq()))));
    must(writer->checkpoint());
    first_round = at == 1'000 ? writer->log_pages() : first_round;
  }
  BOOST_TEST(writer->log_pages() > 0);
  BOOST_TEST(writer->log_pages() <= 3 * first_round, "what one round writes, not what all of them wrote");
  const auto log = std::filesystem::file_size(database.path() + "-wal");
  BOOST_TEST(log < 40U * static_cast<std::uintmax_t>(first_round) * 4'096);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

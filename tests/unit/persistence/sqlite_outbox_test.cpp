#include "persistence/sqlite_migrations.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

namespace orderd {
namespace {

using test::must;
using test::opened_store;
using test::sqlite_database;

BOOST_AUTO_TEST_SUITE(sqlite_outbox)

BOOST_AUTO_TEST_CASE(an_item_from_before_thresholds_has_none_and_can_have_one) {
  sqlite_database database;
  {
    sqlite_connection connection = database.connect();
    must(connection.execute("PRAGMA journal_mode = WAL"));
    must(migrate(connection, sqlite_migrations().first(3)));
    must(connection.execute("INSERT INTO products VALUES ('A', 1, 'The A', 250, 3, 0, 3, 0, 0, 1, 1000);"
                            "UPDATE node SET applied_seq = 1"));
  }
  opened_store s(database);
  const auto before = must(s.reader->load_stock("A"));
  BOOST_TEST((before->view().product == product{"A", 1, "The A", 250, {}}));
  BOOST_TEST(must(s.reader->sink_positions()).empty());
  const product low{"A", 1, "The A", 250, 2};
  must(s.writer->apply(
      {{{2, stock_event{"A", 2, test::at_ms(2000), {3, 0}, {3, 0, 0}, stock_defined{low}}}}, 2, {}}));
  BOOST_TEST((must(s.reader->load_stock("A"))->view().product == low));
  must(s.writer->save_positions({{"nats", 2}}));
  BOOST_TEST(must(s.reader->sink_positions()).size() == 1U);
}

BOOST_AUTO_TEST_CASE(positions_that_a_foreign_lock_keeps_out_change_nothing) {
  sqlite_database database;
  opened_store s(database);
  must(s.writer->save_positions({{"nats", 1}}));
  sqlite_connection connection = database.connect();
  {
    const auto foreign = must(sqlite_transaction::begin(connection, true));
    BOOST_TEST((test::refusal_of(s.writer->save_positions({{"nats", 2}})).code == error_code::locked));
  }
  const std::vector<sink_position> before = {{"nats", 1}};
  BOOST_TEST((must(s.reader->sink_positions()) == before));
  must(s.writer->save_positions({{"nats", 2}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

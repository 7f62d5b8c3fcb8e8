#include "domain/account_events.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/sqlite_migrations.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>

namespace orderd {
namespace {

using test::must;
using test::opened_store;
using test::sqlite_database;

constexpr std::uint64_t everything = UINT64_MAX;

/// More events than are linked in one transaction.
test::legal_history long_history() {
  test::legal_history history(3);
  history.define("A", 10'000);
  history.define("B", 10'000);
  for (int i = 0; i < 1'100; ++i) {
    history.advance(std::chrono::milliseconds(5));
    history.place("alice", "A");
    static_cast<void>(history.reserve("B", 1));
  }
  return history;
}

/// What a former version of the program left: the same rows in the tables of the steps before.
void make_unlinked(const sqlite_database& database, const test::legal_history& history) {
  sqlite_database linked;
  {
    opened_store s(linked);
    must(s.writer->apply(history.all()));
  }
  sqlite_connection connection = database.connect();
  must(connection.execute("PRAGMA journal_mode = WAL"));
  must(migrate(connection, sqlite_migrations().first(4)));
  must(connection.execute("ATTACH '" + linked.path() + "' AS linked"));
  for (const char* table : {"products", "orders", "order_items", "reservations", "obligations"})
    must(connection.execute(std::string("INSERT INTO main.") + table + " SELECT * FROM linked." + table));
  must(connection.execute("INSERT INTO main.events SELECT seq, kind, entity, version, tag, at, data FROM "
                          "linked.events; UPDATE main.node SET applied_seq = " +
                          std::to_string(history.last_seq())));
}

void require_linked(const sqlite_database& database, opened_store& s, const test::legal_history& history) {
  std::map<entity_key, chain_link> heads;
  std::uint64_t seq = 0;
  must(s.reader->history(1, [&](const sequenced_event& each) -> result<void> {
    chain_link& head = heads[key_of(each.event)];
    head = next_link(head, each.event);
    BOOST_REQUIRE_MESSAGE(each.link == head, "event " << each.seq);
    BOOST_REQUIRE(each.event == history.events().at(seq++).event);
    return {};
  }));
  BOOST_TEST(seq == history.last_seq());
  sqlite_connection connection = database.connect();
  BOOST_TEST(must(connection.integer("SELECT COUNT(*) FROM node WHERE unchained_from IS NOT NULL")) == 0);
}

std::int64_t count_linked(const sqlite_database& database) {
  sqlite_connection connection = database.connect();
  return must(connection.integer("SELECT COUNT(*) FROM events WHERE chain IS NOT NULL"));
}

/// Runs `task` in a process of its own, which has to kill itself.
template <class Task> void run_killed(const Task& task) {
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    task();
    _exit(1);
  }
  int status = 0;
  BOOST_REQUIRE(waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void replace_payload(const sqlite_database& database, std::uint64_t seq, const event& e) {
  std::string payload;
  encode_event(payload, e);
  sqlite_connection connection = database.connect();
  auto statement = must(connection.prepare("UPDATE events SET data = ?2 WHERE seq = ?1"));
  must(statement.bind(static_cast<std::int64_t>(seq), blob_view{payload}).run());
}

BOOST_AUTO_TEST_SUITE(sqlite_chain_of_events)

BOOST_AUTO_TEST_CASE(events_of_an_earlier_version_are_linked_when_the_database_is_opened) {
  auto history = long_history();
  sqlite_database database;
  make_unlinked(database, history);
  {
    opened_store s(database);
    require_linked(database, s, history);
    test::require_agreement(*s.reader, history);
  }
  history.place("alice", "A");
  opened_store s(database);
  must(s.writer->apply(history.batch(s.writer->applied_seq(), history.last_seq())));
  require_linked(database, s, history);
}

BOOST_AUTO_TEST_CASE(linking_that_was_interrupted_goes_on) {
  const auto history = long_history();
  sqlite_database database;
  make_unlinked(database, history);
  int asked = 0;
  {
    const auto whole = make_sqlite_store(database.path(), [&] { return ++asked == 2; });
    const auto writer = whole->open_writer();
    BOOST_REQUIRE(!writer);
    BOOST_TEST((writer.error().code == error_code::timed_out));
  }
  const auto linked = count_linked(database);
  BOOST_TEST(linked > 0);
  BOOST_TEST(static_cast<std::uint64_t>(linked) < history.last_seq());
  opened_store s(database);
  require_linked(database, s, history);
}

BOOST_AUTO_TEST_CASE(the_log_starts_over_while_events_are_linked) {
  test::legal_history history(3);
  history.define("A", 1);
  for (int i = 0; i < 48'000; ++i)
    history.adjust("A", 1);
  sqlite_database database;
  make_unlinked(database, history);
  opened_store s(database);
  BOOST_TEST(count_linked(database) == 48'001);
  const auto log = std::filesystem::file_size(database.path() + "-wal");
  BOOST_TEST(log > 0U);
  BOOST_TEST(log < std::filesystem::file_size(database.path()) / 2);
}

BOOST_AUTO_TEST_CASE(a_process_killed_while_it_links_leaves_whole_pages) {
  const auto history = long_history();
  sqlite_database database;
  make_unlinked(database, history);
  run_killed([&] {
    int asked = 0;
    const auto whole = make_sqlite_store(database.path(), [&] {
      if (++asked == 2)
        kill(getpid(), SIGKILL);
      return false;
    });
    static_cast<void>(whole->open_writer());
  });
  BOOST_TEST(count_linked(database) > 0);
  opened_store s(database);
  require_linked(database, s, history);
}

BOOST_AUTO_TEST_CASE(a_process_killed_between_drops_leaves_whole_ones) {
  const auto history = test::random_history(400);
  sqlite_database database;
  {
    opened_store s(database);
    must(s.writer->apply(history.all()));
  }
  constexpr std::size_t piece = 13;
  std::uint64_t dropped = 0;
  for (int round = 0; round < 3; ++round) {
    run_killed([&] {
      const auto whole = make_sqlite_store(database.path());
      const auto writer = whole->open_writer();
      for (int i = 0; writer && i <= round; ++i)
        static_cast<void>((*writer)->drop_history(everything, timestamp::max(), piece));
      kill(getpid(), SIGKILL);
    });
    dropped += piece * static_cast<std::uint64_t>(round + 1);
    opened_store s(database);
    BOOST_REQUIRE_EQUAL(must(s.reader->dropped_to()), dropped);
    BOOST_REQUIRE_EQUAL(test::told(*s.reader, 1).front().seq, dropped + 1);
    test::require_whole(*s.reader, history);
  }
  opened_store s(database);
  BOOST_TEST(must(s.writer->drop_history(everything, timestamp::max(), 1'000'000)) ==
             history.last_seq() - dropped);
}

BOOST_AUTO_TEST_CASE(events_that_were_changed_are_not_dropped) {
  test::legal_history history(3);
  history.define("A", 10);
  static_cast<void>(history.reserve("A", 1));
  static_cast<void>(history.reserve("A", 2));
  history.define("B", 10);
  sqlite_database database;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  auto changed = std::get<stock_event>(history.events()[1].event);
  const auto drop = [&] { return s.writer->drop_history(everything, timestamp::max(), 100); };
  const auto refuse = [&](const stock_event& other, const std::string& word) {
    replace_payload(database, 2, other);
    const auto refused = test::refusal_of(drop());
    BOOST_TEST((refused.code == error_code::damaged));
    BOOST_TEST(refused.detail.find("event 2") != std::string::npos, refused.detail);
    BOOST_TEST(refused.detail.find(word) != std::string::npos, refused.detail);
    BOOST_TEST(test::told(*s.reader, 1).size() == 4U);
    BOOST_TEST(must(s.reader->dropped_to()) == 0U);
  };
  auto other = changed;
  std::get<stock_reserved>(other.what).reservation.holder = "mallory";
  refuse(other, "it was changed");
  other = changed;
  std::get<stock_reserved>(other.what).reservation.qty = 3;
  refuse(other, "leaves other units than it moves");
  replace_payload(database, 2, changed);
  BOOST_TEST(must(drop()) == 4U);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_was_changed_ends_a_drop) {
  test::legal_history history(3);
  history.define("A", 10);
  history.adjust("A", 1);
  sqlite_database database;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST(must(s.writer->drop_history(1, timestamp::max(), 100)) == 1U);
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE history_checkpoints SET state = x'0100'"));
  const auto refused = test::refusal_of(s.writer->drop_history(everything, timestamp::max(), 100));
  BOOST_TEST((refused.code == error_code::damaged));
  BOOST_TEST(must(s.reader->dropped_to()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_snapshot_names_an_event_that_cannot_be_read_and_goes_on) {
  test::legal_history history(3);
  for (const char* sku : {"A", "B", "C"})
    history.define(sku, 10);
  sqlite_database database;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE events SET data = x'00' WHERE seq = 2"));
  const auto snapshot = must(s.whole->open_snapshot());
  BOOST_TEST(must(snapshot->next_event(entity_kind::stock))->seq == 1U);
  const auto refused = test::refusal_of(snapshot->next_event(entity_kind::stock));
  BOOST_TEST((refused.code == error_code::damaged));
  BOOST_TEST(refused.detail.find("event 2") != std::string::npos);
  BOOST_TEST(must(snapshot->next_event(entity_kind::stock))->seq == 3U);
  BOOST_TEST(!must(snapshot->next_event(entity_kind::stock)).has_value());
}

BOOST_AUTO_TEST_CASE(a_snapshot_shows_rows_that_do_not_add_up_as_they_are) {
  test::legal_history history(3);
  history.define("A", 10);
  static_cast<void>(history.reserve("A", 2));
  sqlite_database database;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  sqlite_connection connection = database.connect();
  must(connection.execute("UPDATE reservations SET qty = 5"));
  const auto snapshot = must(s.whole->open_snapshot());
  const auto shown = must(snapshot->next_entity(entity_kind::stock)).value();
  const auto& item = std::get<stored_stock>(shown.row);
  BOOST_TEST(item.view.levels.reserved == 2);
  BOOST_REQUIRE_EQUAL(item.active.size(), 1U);
  BOOST_TEST(item.active.front().qty == 5);
}

BOOST_AUTO_TEST_CASE(a_second_event_of_a_version_is_refused) {
  test::legal_history history(3);
  history.define("A", 10);
  sqlite_database database;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto again = s.writer->apply({{{2, history.events()[0].event}}, 2, {}});
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().code == error_code::refused));
}

/// Every walk over the history goes through an index: none sorts what it reads.
BOOST_AUTO_TEST_CASE(no_cursor_of_a_snapshot_sorts) {
  sqlite_database database;
  opened_store s(database);
  sqlite_connection connection = database.connect();
  for (const auto query :
       {"SELECT seq FROM events INDEXED BY events_of_stock WHERE kind = 0 ORDER BY entity, version",
        "SELECT seq FROM events INDEXED BY events_of_order WHERE kind = 1 ORDER BY entity, version",
        "SELECT seq FROM events INDEXED BY events_of_account WHERE kind = 2 ORDER BY entity, version",
        "SELECT entity FROM history_checkpoints WHERE kind = 1 ORDER BY entity",
        "SELECT sku FROM products ORDER BY sku", "SELECT id FROM orders ORDER BY id"}) {
    auto plan = must(connection.prepare(std::string("EXPLAIN QUERY PLAN ") + query));
    must(plan.each([&](const sqlite_statement& row) {
      BOOST_TEST(row.text(3).find("TEMP B-TREE") == std::string_view::npos, query);
    }));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

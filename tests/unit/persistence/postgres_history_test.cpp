#include "persistence/postgres_history.hpp"
#include "persistence/postgres_reader.hpp"
#include "persistence/postgres_snapshot.hpp"
#include "persistence/postgres_store.hpp"
#include "tests/unit/persistence/postgres_fixture.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <future>
#include <random>

namespace orderd {
namespace {

using test::legal_history;
using test::must;
using test::patient;
using test::postgres_fixture;
using test::require_error;

constexpr std::uint64_t everything = UINT64_MAX;

/// More events of one item than are linked, or read, at once.
legal_history long_history() {
  legal_history history(3);
  history.define("A", 100'000);
  for (int i = 0; i < 5'500; ++i) {
    history.reserve("A", 1);
  }
  return history;
}

struct history_fixture : postgres_fixture {
  /// Leaves the events as a former version of the engine would have.
  void take_links() const {
    database.query("UPDATE events SET link = NULL; UPDATE node SET unchained_from = 1");
  }
  /// Runs a statement of PL/pgSQL in front of each change of the events that satisfies the condition.
  void before(const std::string& change, const std::string& condition, const std::string& statement) const {
    database.query("CREATE OR REPLACE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
                   statement +
                   "; RETURN COALESCE(NEW, OLD); END $$;"
                   "CREATE TRIGGER interference BEFORE " +
                   change + " ON events FOR EACH ROW WHEN (" + condition + ") EXECUTE FUNCTION interfere()");
  }
  void leave_alone() const { database.query("DROP TRIGGER interference ON events"); }
  [[nodiscard]] std::unique_ptr<postgres_snapshot>
  snapshot(std::shared_ptr<const stop_signal> stop = {}) const {
    auto options = patient(database.url());
    options.stop = std::move(stop);
    return must(postgres_snapshot::open(options, ::orderd::postgres_position()));
  }
};

BOOST_FIXTURE_TEST_SUITE(postgres_links, history_fixture)

BOOST_AUTO_TEST_CASE(events_of_a_former_version_get_their_links) {
  const legal_history history = test::random_history(400);
  const std::uint64_t half = history.last_seq() / 2;
  must(open()->apply(history.batch(0, half)));
  const std::string linked = contents();
  take_links();
  BOOST_TEST(contents() != linked);
  auto writer = open();
  BOOST_TEST(contents() == linked);
  BOOST_TEST(value("SELECT unchained_from IS NULL FROM node") == "t");
  must(writer->apply(history.batch(half, history.last_seq())));
  const postgres_fixture other;
  auto at_once = other.open();
  must(at_once->adopt(writer->identity()));
  must(at_once->apply(history.all()));
  BOOST_TEST(other.contents() == contents());
}

BOOST_AUTO_TEST_CASE(a_start_that_ended_early_goes_on_where_it_was) {
  const legal_history history = long_history();
  must(open()->apply(history.all()));
  const std::string linked = contents();
  take_links();
  before("UPDATE", "NEW.seq > 5000", "PERFORM pg_terminate_backend(pg_backend_pid())");
  require_error(postgres_writer::open(patient(database.url())), error_code::store_failed);
  BOOST_TEST(value("SELECT unchained_from FROM node") == "5001");
  BOOST_TEST(value("SELECT count(*) FROM events WHERE link IS NULL") ==
             std::to_string(history.last_seq() - 5'000));
  leave_alone();
  before("UPDATE", "NEW.seq <= 5000", "RAISE EXCEPTION 'this one has its link'");
  static_cast<void>(open());
  BOOST_TEST(contents() == linked);
}

BOOST_AUTO_TEST_CASE(linking_that_was_interrupted_goes_on) {
  const legal_history history = long_history();
  must(open()->apply(history.all()));
  const std::string linked = contents();
  take_links();
  int asked = 0;
  const auto open_until = [&](int most) {
    asked = 0;
    return postgres_writer::open(patient(database.url()), std::make_shared<::orderd::postgres_position>(),
                                 {{}, false, true}, [&asked, most] { return ++asked > most; });
  };
  require_error(open_until(0), error_code::timed_out);
  BOOST_TEST(value("SELECT unchained_from FROM node") == "1");
  require_error(open_until(1), error_code::timed_out);
  BOOST_TEST(value("SELECT unchained_from FROM node") == "5001");
  must(open_until(1));
  BOOST_TEST(contents() == linked);
}

BOOST_AUTO_TEST_CASE(a_migration_links_without_taking_the_database_over) {
  const legal_history history = long_history();
  must(open()->apply(history.all()));
  const std::string linked = contents();
  const std::string epoch = value("SELECT epoch FROM node");
  take_links();
  must(migrate_postgres(patient(database.url())));
  BOOST_TEST(contents() == linked);
  BOOST_TEST(value("SELECT unchained_from IS NULL FROM node") == "t");
  BOOST_TEST(value("SELECT epoch FROM node") == epoch);
}

BOOST_AUTO_TEST_CASE(a_page_that_takes_too_long_is_linked_in_parts) {
  const legal_history history = long_history();
  must(open()->apply(history.all()));
  const std::string linked = contents();
  take_links();
  // As many events as a page has are too many for one statement.
  database.query("CREATE FUNCTION too_many() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                 "IF (SELECT count(*) FROM changed) > 3000 THEN "
                 "RAISE EXCEPTION USING ERRCODE = 'query_canceled'; END IF; RETURN NULL; END $$;"
                 "CREATE TRIGGER bounds AFTER UPDATE ON events REFERENCING NEW TABLE AS changed "
                 "FOR EACH STATEMENT EXECUTE FUNCTION too_many()");
  static_cast<void>(open());
  BOOST_TEST(contents() == linked);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_followed_while_it_links_ends) {
  const legal_history history = long_history();
  must(open()->apply(history.all()));
  take_links();
  before("UPDATE", "NEW.seq = 1", "PERFORM pg_advisory_xact_lock(1)");
  auto holder = must(postgres_connection::open(patient(database.url()), {}));
  must(holder.execute("SELECT pg_advisory_lock(1)"));
  const auto await_waiting = [&](const std::string& event) {
    test::eventually("somebody waits", [&] {
      return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = '" + event +
                   "' AND datname = current_database()") == "1";
    });
  };
  auto former =
      std::async(std::launch::async, [&] { return postgres_writer::open(patient(database.url())); });
  await_waiting("advisory");
  auto takeover =
      std::async(std::launch::async, [&] { database.query("UPDATE node SET epoch = epoch + 1"); });
  await_waiting("transactionid");
  must(holder.execute("SELECT pg_advisory_unlock(1)"));
  takeover.get();
  require_error(former.get(), error_code::superseded);
  BOOST_TEST(value("SELECT unchained_from FROM node") == "5001");
  leave_alone();
  static_cast<void>(open());
  BOOST_TEST(value("SELECT count(*) FROM events WHERE link IS NULL") == "0");
}

BOOST_AUTO_TEST_CASE(a_look_at_the_database_of_another_changes_no_link) {
  must(open()->apply(test::random_history(20).all()));
  take_links();
  static_cast<void>(
      must(postgres_writer::open(patient(database.url()), std::make_shared<::orderd::postgres_position>(),
                                 {test::id_of(47), true, false})));
  BOOST_TEST(value("SELECT count(link) || ' ' || min(unchained_from) FROM events, node") == "0 1");
}

BOOST_AUTO_TEST_CASE(links_go_on_when_connections_are_lost) {
  const std::uint64_t seed = test::test_seed();
  const legal_history history = test::random_history(300);
  auto writer = open();
  std::mt19937_64 random(seed);
  for (std::uint64_t from = 0; from < history.last_seq();) {
    const std::uint64_t to = std::min<std::uint64_t>(history.last_seq(), from + 1 + random() % 40);
    if (random() % 4 == 0) {
      before("INSERT", "NEW.seq = " + std::to_string(to), "PERFORM pg_terminate_backend(pg_backend_pid())");
      require_error(writer->apply(history.batch(from, to)), error_code::store_failed);
      leave_alone();
    }
    must(writer->apply(history.batch(from, to)));
    from = to;
  }
  const postgres_fixture other;
  auto at_once = other.open();
  must(at_once->adopt(writer->identity()));
  must(at_once->apply(history.all()));
  BOOST_TEST(other.contents() == contents());
}

BOOST_AUTO_TEST_CASE(a_refused_batch_leaves_the_links_as_they_were) {
  legal_history history(6);
  history.define("A", 10);
  history.adjust("A", 1);
  history.adjust("A", 1);
  auto writer = open();
  must(writer->apply(history.batch(0, 1)));
  before("INSERT", "NEW.seq = 3", "RAISE EXCEPTION 'no'");
  require_error(writer->apply(history.batch(1, 3)), error_code::refused);
  leave_alone();
  must(writer->apply(history.batch(1, 3)));
  const postgres_fixture other;
  auto at_once = other.open();
  must(at_once->adopt(writer->identity()));
  must(at_once->apply(history.all()));
  BOOST_TEST(other.contents() == contents());
}

BOOST_AUTO_TEST_CASE(an_event_whose_predecessor_was_taken_away_begins_a_chain) {
  legal_history history(6);
  history.define("A", 10);
  history.adjust("A", 1);
  must(open()->apply(history.batch(0, 1)));
  database.query("DELETE FROM events");
  must(open()->apply(history.all()));
  const chain_link expected = next_link({}, history.events().back().event);
  BOOST_TEST(value("SELECT encode(link, 'hex') FROM events") == to_text(expected));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(postgres_drops, history_fixture)

BOOST_AUTO_TEST_CASE(a_process_that_was_followed_drops_nothing) {
  const legal_history history = test::random_history(50);
  auto former = open();
  must(former->apply(history.all()));
  const auto present = open();
  const std::string kept = contents();
  require_error(former->drop_history(everything, timestamp::max(), 10), error_code::superseded);
  BOOST_TEST(contents() == kept);
  BOOST_TEST(must(present->drop_history(everything, timestamp::max(), 10)) == 10U);
}

BOOST_AUTO_TEST_CASE(a_drop_whose_connection_breaks_has_dropped_nothing) {
  const legal_history history = test::random_history(50);
  auto writer = open();
  must(writer->apply(history.all()));
  const std::string kept = contents();
  before("DELETE", "OLD.seq = 5", "PERFORM pg_terminate_backend(pg_backend_pid())");
  require_error(writer->drop_history(everything, timestamp::max(), 10), error_code::store_failed);
  leave_alone();
  BOOST_TEST(contents() == kept);
  BOOST_TEST(value("SELECT dropped_to FROM node") == "0");
  BOOST_TEST(must(writer->drop_history(everything, timestamp::max(), 10)) == 10U);
  BOOST_TEST(value("SELECT dropped_to || ' ' || min(seq) FROM node, events GROUP BY dropped_to") == "10 11");
}

BOOST_AUTO_TEST_CASE(events_that_do_not_follow_from_each_other_are_kept) {
  legal_history history(6);
  history.define("A", 10);
  history.adjust("A", 1);
  history.define("B", 10);
  history.adjust("A", 1);
  auto writer = open();
  must(writer->apply(history.all()));
  const auto require_kept = [&](const std::string& change, const std::string& undo,
                                const std::string& named) {
    database.query(change);
    const std::string kept = contents();
    require_error(writer->drop_history(everything, timestamp::max(), 10), error_code::damaged, named);
    BOOST_TEST(contents() == kept);
    database.query(undo);
  };
  require_kept("UPDATE events SET link = sha256('x') WHERE seq = 4",
               "UPDATE events SET link = NULL; UPDATE node SET unchained_from = 1", "event 4");
  writer = open();
  require_kept("UPDATE events SET link = NULL WHERE seq = 2", "UPDATE node SET unchained_from = 1",
               "event 2");
  writer = open();
  require_kept("CREATE TABLE kept AS SELECT * FROM events WHERE seq = 2; DELETE FROM events WHERE seq = 2",
               "INSERT INTO events SELECT * FROM kept", "event 4");
  require_kept("UPDATE events SET data = '\\x00' WHERE seq = 2",
               "UPDATE events e SET data = k.data FROM kept k WHERE e.seq = k.seq", "event 2");
  require_kept("UPDATE events SET version = 7 WHERE seq = 2", "UPDATE events SET version = 2 WHERE seq = 2",
               "event 2");
  BOOST_TEST(must(writer->drop_history(everything, timestamp::max(), 10)) == 4U);
  history.adjust("A", 1);
  database.query("UPDATE history_checkpoints SET state = '\\x00' WHERE entity = 'A'");
  must(writer->apply(history.batch(4, 5)));
  require_error(writer->drop_history(everything, timestamp::max(), 10), error_code::damaged, "event 5");
}

BOOST_AUTO_TEST_CASE(events_that_go_while_the_history_is_read_are_not_passed_over) {
  const legal_history history = long_history();
  auto writer = open();
  must(writer->apply(history.all()));
  const auto reader = must(postgres_reader::open(patient(database.url())));
  std::uint64_t told = 0;
  const auto read = reader->history(1, [&](const sequenced_event& each) -> result<void> {
    if (each.seq == 1) {
      must(writer->drop_history(everything, timestamp::max(), 4'000));
    }
    BOOST_REQUIRE_EQUAL(each.seq, ++told);
    return {};
  });
  require_error(read, error_code::store_failed, "up to 4000 were dropped");
  BOOST_TEST(told == 2'000U);
  must(reader->history(1, [&](const sequenced_event& each) -> result<void> {
    told = each.seq;
    return {};
  }));
  BOOST_TEST(told == history.last_seq());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(postgres_snapshots, history_fixture)

BOOST_AUTO_TEST_CASE(an_item_is_shown_with_any_number_of_reservations) {
  legal_history history = long_history();
  history.define("B", 10);
  history.reserve("B", 2);
  auto writer = open();
  must(writer->apply(history.all()));
  const auto shown = snapshot();
  for (const std::string sku : {"A", "B"}) {
    const auto next = must(shown->next_entity(entity_kind::stock));
    BOOST_REQUIRE(next.has_value());
    const auto& stored = std::get<stored_stock>(next->row);
    const stock_item& item = history.items().at(sku);
    BOOST_TEST((stored.view == item.view()));
    BOOST_TEST(stored.active.size() == item.active().size());
  }
  BOOST_TEST(!must(shown->next_entity(entity_kind::stock)).has_value());
  BOOST_TEST(must(shown->span()).kept == history.last_seq());
}

BOOST_AUTO_TEST_CASE(rows_that_another_hand_has_changed_come_out_as_they_are) {
  legal_history history(6);
  history.define("A", 10);
  history.reserve("A", 2);
  const uuid first = history.create("alice", "A");
  const uuid second = history.create("bob", "A");
  auto writer = open();
  must(writer->apply(history.all()));
  database.query("ALTER TABLE products DROP CONSTRAINT products_check1; UPDATE products SET on_hand = 3;"
                 "UPDATE reservations SET qty = 50; UPDATE orders SET total_cents = -1;"
                 "UPDATE orders SET version = 0 WHERE id = '" +
                 to_string(std::min(first, second)) +
                 "'; UPDATE events SET link = NULL, data = '\\x00' WHERE seq = 1");
  const auto shown = snapshot();
  const auto item = must(shown->next_entity(entity_kind::stock));
  BOOST_TEST(std::get<stored_stock>(item->row).view.levels.on_hand == 3);
  BOOST_TEST(std::get<stored_stock>(item->row).active.front().qty == 50);
  require_error(shown->next_entity(entity_kind::order), error_code::damaged,
                to_string(std::min(first, second)));
  const auto order = must(shown->next_entity(entity_kind::order));
  BOOST_TEST(std::get<order_ptr>(order->row)->total == -1);
  BOOST_TEST(std::get<order_ptr>(order->row)->lines.size() == 1U);
  require_error(shown->next_event(entity_kind::stock), error_code::damaged, "event 1");
  BOOST_TEST(must(shown->next_event(entity_kind::stock))->seq == 2U);
  BOOST_TEST(!must(shown->next_event(entity_kind::stock)).has_value());
}

BOOST_AUTO_TEST_CASE(an_end_of_the_process_is_not_held_up_by_a_snapshot) {
  must(open()->apply(test::random_history(20).all()));
  const auto stop = std::make_shared<stop_signal>();
  const auto shown = snapshot(stop);
  static_cast<void>(must(shown->next_entity(entity_kind::stock)));
  auto holder = must(postgres_connection::open(patient(database.url()), {}));
  must(holder.execute("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE"));
  auto waiting = std::async(std::launch::async, [&] { return shown->next_entity(entity_kind::account); });
  test::eventually("the snapshot waits", [&] {
    return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'relation' AND "
                 "datname = current_database()") == "1";
  });
  stop->raise();
  require_error(waiting.get(), error_code::timed_out, "the process ends");
  require_error(shown->next_event(entity_kind::stock), error_code::store_failed);
}

BOOST_AUTO_TEST_CASE(a_database_that_went_back_gives_no_snapshot) {
  must(open()->apply(test::random_history(20).all()));
  ::orderd::postgres_position known;
  known.raise(1'000'000);
  require_error(postgres_snapshot::open(patient(database.url()), known), error_code::behind, "gone back");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

#include "tests/support/tcp_gate.hpp"
#include "tests/unit/persistence/postgres_fixture.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <future>

namespace orderd {
namespace {

using test::legal_history;
using test::must;
using test::patient;
using test::postgres_fixture;
using test::require_error;

legal_history random_history(std::uint64_t seed, int steps) {
  legal_history history(seed);
  for (int i = 0; i < steps; ++i) {
    history.random_step();
  }
  return history;
}

legal_history placed_orders(int count) {
  legal_history history(3);
  history.define("A", 1'000'000);
  for (int i = 0; i < count; ++i) {
    history.advance(std::chrono::milliseconds(1));
    history.place("alice", "A");
  }
  return history;
}

/// The batch of one event that has the sequence `seq`.
store_batch single(const legal_history& history, std::uint64_t seq) { return history.batch(seq - 1, seq); }

BOOST_FIXTURE_TEST_SUITE(postgres_batches, postgres_fixture)

BOOST_AUTO_TEST_CASE(a_thousand_reservations_of_one_item_are_one_row_update) {
  auto writer = open();
  legal_history history(1);
  history.define("A", 5'000);
  must(writer->apply(history.all()));
  database.query(
      "CREATE TABLE changes (sku text);"
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN INSERT INTO public.changes VALUES (NEW.sku); RETURN NULL; END$$;"
      "CREATE TRIGGER note AFTER INSERT OR UPDATE ON products FOR EACH ROW EXECUTE FUNCTION note()");
  for (int i = 0; i < 1'000; ++i) {
    history.reserve("A", 2);
  }
  must(writer->apply(history.batch(1, history.last_seq())));
  BOOST_TEST(value("SELECT count(*) FROM changes") == "1");
  BOOST_TEST(value("SELECT reserved || ' ' || version FROM products") == "2000 1001");
  BOOST_TEST(value("SELECT count(*) FROM reservations WHERE state = 'active'") == "1000");
  BOOST_TEST(value("SELECT count(*) FROM events") == "1001");
}

BOOST_AUTO_TEST_CASE(any_split_into_batches_leaves_the_same_rows) {
  const std::uint64_t seed = test::test_seed();
  const legal_history history = random_history(seed, 300);
  auto writer = open();
  must(writer->apply(history.all()));
  const std::string at_once = contents();
  BOOST_TEST(at_once.size() > 1'000U);

  const postgres_fixture other;
  auto stepwise = other.open();
  must(stepwise->adopt(writer->identity()));
  std::mt19937_64 random(seed);
  for (std::uint64_t from = 0; from < history.last_seq();) {
    const std::uint64_t to = std::min(history.last_seq(), from + 1 + random() % 40);
    must(stepwise->apply(history.batch(from, to)));
    from = to;
  }
  BOOST_TEST(other.contents() == at_once);
}

BOOST_AUTO_TEST_CASE(applying_again_writes_no_row) {
  const legal_history history = placed_orders(5);
  auto writer = open();
  must(writer->apply(history.all()));
  const std::string before = contents() + value("SELECT xmin FROM node");
  must(writer->apply(history.all()));
  must(writer->apply(history.batch(0, 4)));
  BOOST_TEST(contents() + value("SELECT xmin FROM node") == before);
}

BOOST_AUTO_TEST_CASE(no_batch_reads_a_table_from_end_to_end) {
  const legal_history history = random_history(7, 300);
  {
    // Prepared, and planned for good, while the tables are empty.
    auto writer = open();
    // Making an index reads its table, and a session hands its figures over when it ends.
    await_sessions(1);
    database.query("SELECT pg_stat_reset()");
    for (std::uint64_t from = 0; from < history.last_seq(); from += 20) {
      must(writer->apply(history.batch(from, std::min(history.last_seq(), from + 20))));
    }
  }
  await_sessions(0);
  BOOST_TEST(value("SELECT sum(idx_scan) > 100 FROM pg_stat_user_tables") == "t");
  BOOST_TEST(
      value("SELECT string_agg(relname, ' ') FROM pg_stat_user_tables WHERE seq_scan > 0 AND relname IN "
            "('node', 'products', 'orders', 'order_items', 'reservations', 'events')") == "");
}

BOOST_AUTO_TEST_CASE(a_row_that_the_database_refuses_changes_nothing) {
  const legal_history history = placed_orders(5);
  auto writer = open();
  must(writer->apply(history.batch(0, 5)));
  database.query("ALTER TABLE orders ADD CONSTRAINT nobody CHECK (customer_id <> 'alice') NOT VALID");
  const std::string before = contents();
  require_error(writer->apply(history.all()), error_code::refused, "nobody");
  BOOST_TEST(writer->applied_seq() == 5U);
  BOOST_TEST(contents() == before);
  database.query("ALTER TABLE orders DROP CONSTRAINT nobody");
  must(writer->apply(history.all()));
  BOOST_TEST(value("SELECT count(*) FROM orders") == "5");
}

BOOST_AUTO_TEST_CASE(a_row_that_is_missing_is_refused_and_not_passed_over) {
  legal_history history(4);
  history.define("A", 10);
  const uuid draft = history.create("alice", "A");
  auto writer = open();
  must(writer->apply(history.all()));
  const std::uint64_t before = history.last_seq();
  history.amend(draft, R"({"a":1})");
  database.query("DELETE FROM order_items; DELETE FROM orders");
  require_error(writer->apply(history.batch(before, history.last_seq())), error_code::refused,
                "lacks orders");
  BOOST_TEST(writer->applied_seq() == before);
  BOOST_TEST(value("SELECT applied_seq FROM node") == std::to_string(before));
}

BOOST_AUTO_TEST_CASE(a_batch_that_leaves_a_gap_is_behind) {
  const legal_history history = placed_orders(3);
  auto writer = open();
  must(writer->apply(history.batch(0, 2)));
  require_error(writer->apply(history.batch(3, 6)), error_code::behind);
  BOOST_TEST(writer->applied_seq() == 2U);
}

BOOST_AUTO_TEST_CASE(the_identity_is_taken_on_before_the_first_event_only) {
  const legal_history history = placed_orders(1);
  auto writer = open();
  const uuid other = test::id_of(7);
  must(writer->adopt(other));
  BOOST_TEST(value("SELECT identity FROM node") == to_string(other));
  must(writer->apply(history.all()));
  require_error(writer->adopt(test::id_of(8)), error_code::refused);
  writer.reset();
  BOOST_TEST((open()->identity() == other));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(postgres_position, postgres_fixture)

BOOST_AUTO_TEST_CASE(a_process_that_was_followed_can_write_nothing) {
  const legal_history history = placed_orders(4);
  auto former = open();
  must(former->apply(history.batch(0, 3)));
  auto present = open();
  require_error(former->apply(history.batch(3, 6)), error_code::superseded);
  require_error(former->set_aside(single(history, 4), "why"), error_code::superseded);
  require_error(former->checkpoint(), error_code::superseded);
  must(present->save_positions({{"nats", 3}}));
  require_error(former->save_positions({{"nats", 1}, {"kafka", 1}}), error_code::superseded);
  BOOST_TEST(value("SELECT string_agg(sink || ' ' || seq, ', ') FROM event_sinks") == "nats 3");
  BOOST_TEST(value("SELECT applied_seq FROM node") == "3");
  BOOST_TEST(value("SELECT count(*) FROM events") == "3");
  must(present->apply(history.batch(3, 6)));
  // Also where the rows are there already, it is told what it is and not that they are refused.
  require_error(former->apply(history.batch(3, 6)), error_code::superseded);
  BOOST_TEST(must(present->checkpoint()) == 6U);
}

BOOST_AUTO_TEST_CASE(a_process_that_is_being_followed_keeps_no_position_behind_its_back) {
  auto former = open();
  must(former->save_positions({{"nats", 3}}));
  auto takeover = must(postgres_connection::open(patient(database.url()), {}));
  must(takeover.execute("BEGIN; UPDATE node SET epoch = epoch + 1"));
  auto saved = std::async(std::launch::async, [&] { return former->save_positions({{"nats", 9}}); });
  test::eventually("the older process waits", [&] {
    return value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                 "datname = current_database()") == "1";
  });
  must(takeover.execute("COMMIT"));
  require_error(saved.get(), error_code::superseded);
  BOOST_TEST(value("SELECT seq FROM event_sinks") == "3");
}

BOOST_AUTO_TEST_CASE(positions_are_kept_by_the_next_call_on_a_new_connection) {
  auto writer = open();
  must(writer->save_positions({{"nats", 3}}));
  database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'orderd' "
                 "AND datname = current_database()");
  await_sessions(0);
  require_error(writer->save_positions({{"nats", 4}}), error_code::store_failed);
  must(writer->save_positions({{"nats", 4}}));
  BOOST_TEST(value("SELECT seq FROM event_sinks") == "4");
}

BOOST_AUTO_TEST_CASE(a_database_of_another_journal_is_left_to_whoever_writes_it) {
  const legal_history history = placed_orders(4);
  auto present = open();
  must(present->apply(history.batch(0, 3)));
  const auto open_of = [&](const takeover& of) {
    return must(
        postgres_writer::open(patient(database.url()), std::make_shared<::orderd::postgres_position>(), of));
  };
  const auto other = open_of({test::id_of(47), true, false});
  BOOST_TEST((other->identity() == present->identity()));
  BOOST_TEST(other->applied_seq() == 3U);
  require_error(other->apply(history.batch(3, 6)), error_code::superseded);
  require_error(other->save_positions({{"nats", 1}}), error_code::superseded);
  must(present->apply(history.batch(3, 6)));
  const auto next = open_of({present->identity(), false, false});
  require_error(present->apply(history.batch(6, 9)), error_code::superseded);
  must(next->apply(history.batch(6, 9)));
}

BOOST_AUTO_TEST_CASE(an_unused_database_is_for_whoever_begins_a_journal) {
  const auto begin = [&] {
    return must(postgres_writer::open(patient(database.url()),
                                      std::make_shared<::orderd::postgres_position>(), {{}, true, false}));
  };
  const legal_history history = placed_orders(4);
  auto first = begin();
  auto second = begin();
  require_error(first->apply(history.batch(0, 3)), error_code::superseded);
  must(second->apply(history.batch(0, 3)));
  require_error(begin()->apply(history.batch(3, 6)), error_code::superseded);
  must(second->apply(history.batch(3, 6)));
}

BOOST_AUTO_TEST_CASE(events_of_a_process_that_another_has_overtaken_cannot_follow) {
  const legal_history history = placed_orders(4);
  const auto made_under = [&](std::uint32_t epoch, std::uint64_t from, std::uint64_t to) {
    auto batch = history.batch(from, to);
    for (auto& each : batch.events)
      each.epoch = epoch;
    return batch;
  };
  auto writer = open();
  must(writer->apply(made_under(1, 0, 3)));
  // A start applies what an earlier process has left in the same journal.
  writer = open();
  must(writer->apply(made_under(1, 3, 4)));
  must(writer->apply(made_under(2, 4, 6)));
  writer = open();
  require_error(writer->apply(made_under(1, 4, 9)), error_code::superseded);
  must(writer->apply(made_under(2, 4, 9)));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_opened_anew_under_the_same_epoch) {
  const legal_history history = placed_orders(4);
  auto writer = open();
  must(writer->apply(history.batch(0, 3)));
  database.query("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
                 "WHERE application_name = 'orderd' AND datname = current_database()");
  require_error(writer->apply(history.batch(3, 6)), error_code::store_failed);
  must(writer->apply(history.batch(3, 6)));
  must(writer->apply(history.batch(6, history.last_seq())));
  BOOST_TEST(value("SELECT epoch FROM node") == "1");
  BOOST_TEST(value("SELECT count(*) FROM events") == std::to_string(history.last_seq()));
}

/// The outcome of a batch whose connection breaks while its COMMIT waits at the server.
void break_in_commit(const postgres_fixture& fixture, const legal_history& history, bool wait_for_commit) {
  test::tcp_gate gate(test::shared_postgres().port());
  auto url = fixture.database.url();
  const std::string port = ":" + std::to_string(test::shared_postgres().port());
  const auto at = url.find(port);
  BOOST_REQUIRE(at != std::string::npos);
  url.replace(at, port.size(), ":" + std::to_string(gate.port()));
  auto writer = must(postgres_writer::open(patient(url)));
  must(writer->apply(history.batch(0, 3)));

  fixture.database.query("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                         "$$BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END$$;"
                         "CREATE CONSTRAINT TRIGGER wait AFTER UPDATE ON node DEFERRABLE INITIALLY DEFERRED "
                         "FOR EACH ROW EXECUTE FUNCTION wait()");
  auto holder = must(postgres_connection::open(patient(fixture.database.url()), {}));
  must(holder.execute("SELECT pg_advisory_lock(1)"));
  auto under_way = std::async(std::launch::async, [&] { return writer->apply(history.batch(3, 6)); });
  test::eventually("the commit waits", [&] {
    return fixture.value("SELECT count(*) FROM pg_stat_activity WHERE query = 'COMMIT' AND wait_event = "
                         "'advisory' AND datname = current_database()") == "1";
  });
  gate.cut();
  require_error(under_way.get(), error_code::store_failed);
  BOOST_TEST(writer->applied_seq() == 3U);
  gate.open();
  if (wait_for_commit) {
    must(holder.execute("SELECT pg_advisory_unlock(1)"));
    test::eventually("the commit is done",
                     [&] { return fixture.value("SELECT applied_seq FROM node") == "6"; });
    must(writer->apply(history.batch(3, 6)));
  } else {
    // The second try meets the first, which is still under way, at the row of the position.
    auto again = std::async(std::launch::async, [&] { return writer->apply(history.batch(3, 6)); });
    test::eventually("the second try waits for the first", [&] {
      return fixture.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid' "
                           "AND datname = current_database()") == "1";
    });
    must(holder.execute("SELECT pg_advisory_unlock(1)"));
    must(again.get());
  }
  BOOST_TEST(writer->applied_seq() == 6U);
  must(writer->apply(history.batch(6, history.last_seq())));
  BOOST_TEST(fixture.value("SELECT count(*) || ' ' || max(seq) FROM events") ==
             std::to_string(history.last_seq()) + " " + std::to_string(history.last_seq()));
  BOOST_TEST(must(writer->open_obligations()).size() == history.all().obligations.size());
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_is_lost_counts_once) {
  break_in_commit(*this, placed_orders(4), true);
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_still_under_way_counts_once) {
  break_in_commit(*this, placed_orders(4), false);
}

BOOST_AUTO_TEST_CASE(a_database_that_went_back_is_behind_and_takes_the_events_again) {
  const legal_history history = placed_orders(6);
  auto writer = open();
  must(writer->apply(history.batch(0, 7)));
  // As a restored backup would: everything as it was at event 4.
  const postgres_fixture backup;
  auto at_backup = backup.open();
  must(at_backup->apply(history.batch(0, 4)));
  database.query(
      "DELETE FROM events WHERE seq > 4; UPDATE node SET applied_seq = 4;"
      "DELETE FROM order_items; DELETE FROM orders; DELETE FROM reservations; DELETE FROM obligations");
  for (const auto& row :
       backup.database.query("SELECT format('INSERT INTO %s SELECT (%L::%s).*', n, r, n) FROM ("
                             "SELECT 'orders' AS n, t::text AS r FROM orders t UNION ALL "
                             "SELECT 'order_items', t::text FROM order_items t UNION ALL "
                             "SELECT 'reservations', t::text FROM reservations t UNION ALL "
                             "SELECT 'obligations', t::text FROM obligations t) AS rows")) {
    database.query(row.at(0));
  }
  require_error(writer->apply(history.batch(7, 9)), error_code::behind);
  BOOST_TEST(writer->applied_seq() == 4U);
  require_error(writer->apply(history.batch(7, 9)), error_code::behind);
  must(writer->apply(history.batch(4, history.last_seq())));
  BOOST_TEST(value("SELECT count(*) FROM events") == std::to_string(history.last_seq()));
  BOOST_TEST(value("SELECT count(*) FROM orders") == "6");
}

BOOST_AUTO_TEST_CASE(a_checkpoint_tells_of_a_database_that_went_back) {
  const legal_history history = placed_orders(2);
  auto writer = open();
  must(writer->apply(history.all()));
  BOOST_TEST(must(writer->checkpoint()) == history.last_seq());
  database.query("UPDATE node SET applied_seq = 1");
  require_error(writer->checkpoint(), error_code::behind);
  BOOST_TEST(must(writer->checkpoint()) == 1U);
}

BOOST_AUTO_TEST_CASE(another_database_in_the_place_of_the_first_is_not_written_to) {
  const legal_history history = placed_orders(2);
  auto writer = open();
  database.query("UPDATE node SET identity = gen_random_uuid(), epoch = epoch + 1");
  require_error(writer->apply(history.all()), error_code::store_failed, "another one");
  BOOST_TEST(value("SELECT count(*) FROM events") == "0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(postgres_aside_events, postgres_fixture)

BOOST_AUTO_TEST_CASE(a_refused_event_goes_aside_and_comes_back_when_its_reason_is_gone) {
  legal_history history(6);
  history.define("A", 10);
  const uuid draft = history.create("mallory", "A");
  const uuid other = history.create("alice", "A");
  history.amend(draft, R"({"a":1})");
  history.amend(other, R"({"b":2})");
  auto writer = open();
  database.query("ALTER TABLE orders ADD CONSTRAINT no_mallory CHECK (customer_id <> 'mallory')");
  must(writer->apply(history.batch(0, 1)));
  const auto refused = writer->apply(single(history, 2));
  require_error(refused, error_code::refused, "no_mallory");
  must(writer->set_aside(single(history, 2), refused.error().detail));
  must(writer->set_aside(single(history, 2), refused.error().detail));
  must(writer->apply(history.batch(2, history.last_seq())));
  BOOST_TEST(value("SELECT string_agg(seq || ' ' || kind || ' ' || (reason IS NULL), ', ' ORDER BY seq) "
                   "FROM events_aside") == "2 order false, 4 order true");
  BOOST_TEST(value("SELECT string_agg(seq::text, ' ' ORDER BY seq) FROM events") == "1 3 5");
  BOOST_TEST(value("SELECT applied_seq FROM node") == "5");
  const aside_figures aside = writer->aside();
  BOOST_TEST(aside.events == 2U);
  BOOST_TEST(aside.entities == 1U);
  BOOST_TEST(aside.reason.find("no_mallory") != std::string::npos);

  writer = open();
  BOOST_TEST((writer->aside() == aside));
  must(writer->retry_aside());
  BOOST_TEST((writer->aside() == aside));
  BOOST_TEST(value("SELECT count(*) FROM orders") == "1");

  database.query("ALTER TABLE orders DROP CONSTRAINT no_mallory");
  must(writer->retry_aside());
  BOOST_TEST((writer->aside() == aside_figures{}));
  const std::string healed = contents();

  const postgres_fixture never_refused;
  auto plain = never_refused.open();
  must(plain->adopt(writer->identity()));
  must(plain->apply(history.all()));
  BOOST_TEST(never_refused.contents() == healed);
}

BOOST_AUTO_TEST_CASE(text_that_the_server_cannot_hold_is_kept_aside) {
  legal_history history(6);
  const std::string with_nul("A\0B", 3);
  history.define(with_nul, 10);
  history.define("C", 10);
  history.reserve(with_nul, 2);
  auto writer = open();
  const auto refused = writer->apply(single(history, 1));
  require_error(refused, error_code::refused);
  must(writer->set_aside(single(history, 1), refused.error().detail + " \x01\xff"));
  must(writer->apply(history.batch(1, history.last_seq())));
  BOOST_TEST(value("SELECT string_agg(encode(entity, 'hex'), ' ') FROM events_aside") == "410042 410042");
  BOOST_TEST(value("SELECT string_agg(sku, ' ') FROM products") == "C");
  must(writer->retry_aside());
  BOOST_TEST(writer->aside().events == 2U);
}

BOOST_AUTO_TEST_CASE(beyond_the_bound_no_other_entity_goes_aside_and_nothing_is_held_up) {
  legal_history history(6);
  history.define("A", 10);
  history.define("B", 10);
  history.define("C", 10);
  auto writer = open();
  must(writer->apply(history.batch(0, 1)));
  database.query(
      "INSERT INTO events_aside SELECT -n, 'stock', convert_to('B' || CASE WHEN n > 1 THEN n::text "
      "ELSE '' END, 'UTF8'), 1, 1, now(), '', 'full' FROM generate_series(1, " +
      std::to_string(aside_entities_max) + ") AS n");
  writer = open();
  BOOST_TEST(writer->aside().entities == aside_entities_max);
  must(writer->apply(single(history, 2)));
  BOOST_TEST(writer->aside().events == aside_entities_max + 1);
  require_error(writer->set_aside(single(history, 3), "one more"), error_code::refused, "full");
  BOOST_TEST(writer->applied_seq() == 2U);
  must(writer->apply(single(history, 3)));
  BOOST_TEST(value("SELECT string_agg(sku, ' ' ORDER BY sku) FROM products") == "A C");
  BOOST_TEST(value("SELECT count(*) FROM events_aside") == std::to_string(aside_entities_max + 1));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_tried_again_leaves_the_rest_to_come_back) {
  legal_history history(6);
  history.define("A", 10);
  const uuid order = history.create("alice", "A");
  auto writer = open();
  must(writer->set_aside(single(history, 1), "no"));
  must(writer->set_aside(single(history, 2), "no"));
  database.query("UPDATE events_aside SET data = '' WHERE seq = 1");
  must(writer->retry_aside());
  BOOST_TEST(writer->aside().events == 1U);
  BOOST_TEST(value("SELECT id FROM orders") == to_string(order));
}

BOOST_AUTO_TEST_CASE(a_table_that_is_locked_keeps_only_its_own_aside) {
  legal_history history(6);
  const uuid order = history.create("alice", "A");
  history.define("B", 10);
  auto writer = open();
  must(writer->set_aside(single(history, 1), "no"));
  must(writer->set_aside(single(history, 2), "no"));
  database.query("CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                 "'busy' USING ERRCODE = 'lock_not_available'; END $$;"
                 "CREATE TRIGGER busy BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION busy()");
  must(writer->retry_aside());
  BOOST_TEST(writer->aside().events == 1U);
  BOOST_TEST(value("SELECT sku FROM products") == "B");
  database.query("DROP TRIGGER busy ON orders");
  must(writer->retry_aside());
  BOOST_TEST(value("SELECT id FROM orders") == to_string(order));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

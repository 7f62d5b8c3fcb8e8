#include "persistence/event_codec.hpp"
#include "persistence/postgres_reader.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/unit/persistence/postgres_database.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <set>

namespace orderd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::must;
using test::opened_store;
using test::postgres_database;
using test::refusal_of;

test::legal_history placed_orders(int count) {
  test::legal_history history(3);
  history.define("A", 1'000'000);
  for (int i = 0; i < count; ++i) {
    history.advance(1ms);
    history.place("alice", "A");
  }
  return history;
}

/// A database with a few orders, and a reader of it behind a gate.
struct with_gate {
  /// What the reader waits for an answer that never comes; longer than a busy machine pauses.
  static constexpr std::chrono::seconds wait{3};

  with_gate() {
    must(must(database.open()->open_writer())->apply(history.all()));
    postgres_options options = database.options();
    options.conninfo =
        "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/" + database.name();
    options.connect_timeout = wait;
    options.statement_timeout = wait;
    reader = must(postgres_reader::open(options));
  }

  [[nodiscard]] uuid some_order() const { return history.orders().begin()->first; }
  /// Ends when the reader shows all there is, as it must once the way is open again.
  void require_recovery() {
    gate.open();
    eventually("the reader to come back", [&] { return reader->load_order(some_order()).has_value(); });
    test::require_agreement(*reader, history);
  }

  test::legal_history history = placed_orders(5);
  postgres_database database;
  test::tcp_gate gate{test::shared_postgres().port()};
  std::unique_ptr<postgres_reader> reader;
};

/// `bytes` as PostgreSQL reads them in a text.
std::string bytea(std::string_view bytes) {
  std::string text = "'\\x";
  for (const char byte : bytes) {
    constexpr const char* digits = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text + "'";
}

BOOST_AUTO_TEST_SUITE(postgres_reading)

// ---- a server that is away ----

BOOST_AUTO_TEST_CASE(a_database_that_has_gone_back_is_not_read) {
  postgres_database database;
  const auto history = placed_orders(5);
  const auto whole = database.open();
  auto writer = must(whole->open_writer());
  must(writer->apply(history.all()));
  auto reader = must(whole->open_reader());
  const auto some_order = history.orders().begin()->first;
  // As after a failover to a standby that lacked the last batch: the old server's connections are gone.
  database.query("UPDATE node SET applied_seq = applied_seq - 1");
  database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const auto shown = reader->load_order(some_order);
  BOOST_REQUIRE(!shown);
  BOOST_CHECK(shown.error().code == error_code::behind);
  database.query("UPDATE node SET applied_seq = applied_seq + 1");
  eventually("the reader to come back", [&] { return reader->load_order(some_order).has_value(); });
}

BOOST_AUTO_TEST_CASE(a_crash_of_the_server_while_idle_is_not_noticed) {
  test::postgres_server server;
  const auto history = placed_orders(5);
  {
    postgres_database database(server);
    const auto whole = database.open();
    must(must(whole->open_writer())->apply(history.all()));
    const auto reader = must(whole->open_reader());
    test::require_agreement(*reader, history);
    for (const auto how : {test::postgres_stop::immediate, test::postgres_stop::fast}) {
      server.stop(how);
      server.start();
      order_query by_number;
      by_number.page = 1;
      BOOST_TEST(must(reader->list_orders(by_number)).total.value() == 5U, "a pipeline is sent again");
      server.stop(how);
      server.start();
      std::size_t products = 0;
      must(reader->each_product([&](const product&) { ++products; }));
      BOOST_TEST(products == 1U);
      server.stop(how);
      server.start();
      BOOST_TEST((must(reader->load_order(history.orders().begin()->first)) != nullptr));
      test::require_agreement(*reader, history);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_fails_calls_and_it_recovers) {
  with_gate w;
  w.gate.cut();
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((refusal_of(w.reader->load_order(w.some_order())).code == error_code::store_failed));
    BOOST_TEST((refusal_of(w.reader->load_stock("A")).code == error_code::store_failed));
    BOOST_TEST((refusal_of(w.reader->list_orders({})).code == error_code::store_failed));
    BOOST_TEST((refusal_of(w.reader->deadlines()).code == error_code::store_failed));
    BOOST_TEST((refusal_of(w.reader->each_product([](const product&) {})).code == error_code::store_failed));
  }
  w.require_recovery();
}

BOOST_AUTO_TEST_CASE(a_queue_of_reads_does_not_wait_a_connect_timeout_each) {
  with_gate w;
  w.gate.cut();
  BOOST_TEST(!w.reader->load_order(w.some_order()));
  w.gate.stall();
  const std::size_t before = w.gate.accepted();
  constexpr std::size_t calls = 100;
  error last{};
  for (std::size_t i = 0; i < calls; ++i) {
    last = w.reader->load_order(w.some_order()).error();
  }
  BOOST_TEST_MESSAGE(last.detail);
  // Each attempt is followed by a pause many times as long as a call that is not tried.
  BOOST_TEST(w.gate.accepted() - before < calls / 2);
  w.require_recovery();
}

BOOST_AUTO_TEST_CASE(a_server_that_accepts_and_never_answers_is_down_and_it_recovers) {
  with_gate w;
  w.gate.stall();
  BOOST_TEST((refusal_of(w.reader->load_order(w.some_order())).code == error_code::timed_out));
  w.require_recovery();
  w.gate.stall_answers();
  order_query by_number;
  by_number.page = 1;
  BOOST_TEST((refusal_of(w.reader->list_orders(by_number)).code == error_code::timed_out));
  w.require_recovery();
}

BOOST_AUTO_TEST_CASE(a_statement_that_waits_too_long_is_given_up_and_the_next_one_runs) {
  with_gate w;
  const std::size_t before = w.gate.accepted();
  {
    // Held until the end of the scope: readers of the table wait.
    postgres_connection other = must(postgres_connection::open(w.database.options(), {}));
    must(other.execute("BEGIN; LOCK TABLE orders, products"));
    const auto is_late = [](const auto& outcome) {
      const auto code = refusal_of(outcome).code;
      return code == error_code::timed_out || code == error_code::locked;
    };
    order_query by_number;
    by_number.page = 1;
    BOOST_TEST(is_late(w.reader->list_orders({})));
    BOOST_TEST(is_late(w.reader->list_orders(by_number)));
    BOOST_TEST(is_late(w.reader->each_product([](const product&) {})));
  }
  eventually("the lock to be gone", [&] { return w.reader->list_orders({}).has_value(); });
  test::require_agreement(*w.reader, w.history);
  BOOST_TEST(w.gate.accepted() == before, "the connection is kept");
}

BOOST_AUTO_TEST_CASE(no_error_shows_the_password) {
  postgres_options options;
  options.conninfo = "postgresql://postgres:s3cr3t@127.0.0.1:1/none";
  const auto refusal = refusal_of(postgres_reader::open(options));
  BOOST_TEST(refusal.detail.find("s3cr3t") == std::string::npos);
}

// ---- rows that cannot be true ----

BOOST_AUTO_TEST_CASE(rows_that_cannot_be_true_are_damage_and_not_an_abort) {
  postgres_database database;
  const auto history = placed_orders(2);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const uuid id = history.orders().begin()->first;
  const uuid held = history.orders().begin()->second.lines.at(0).reservation.value();
  const auto is_damaged = [](const auto& outcome) { return refusal_of(outcome).code == error_code::damaged; };

  database.query("UPDATE products SET reserved = 1");
  BOOST_TEST(is_damaged(s.reader->load_stock("A")));
  database.query("UPDATE events SET data = '\\x00' WHERE order_id IS NOT NULL");
  BOOST_TEST(is_damaged(s.reader->timeline(id, 0, 9)));
  BOOST_TEST(is_damaged(s.reader->history(1, [](const sequenced_event&) { return result<void>(); })));
  database.query("UPDATE events e SET data = s.data, tag = s.tag FROM events s "
                 "WHERE s.sku IS NOT NULL AND e.order_id IS NOT NULL");
  BOOST_TEST(is_damaged(s.reader->timeline(id, 0, 9)));
  database.query("ALTER TABLE orders DROP CONSTRAINT orders_status_check;"
                 "UPDATE orders SET status = 'lost'");
  BOOST_TEST(is_damaged(s.reader->load_order(id)));
  BOOST_TEST(is_damaged(s.reader->list_orders({})));
  database.query("UPDATE orders SET status = 'draft', version = 0");
  BOOST_TEST(is_damaged(s.reader->load_order(id)));
  database.query("ALTER TABLE reservations DROP CONSTRAINT reservations_state_check;"
                 "UPDATE reservations SET state = 'lost', ended_at = now()");
  BOOST_TEST(is_damaged(s.reader->load_reservation(held)));
  database.query("DELETE FROM node");
  BOOST_TEST(is_damaged(s.reader->history(1, [](const sequenced_event&) { return result<void>(); })));
}

BOOST_AUTO_TEST_CASE(what_is_aside_and_cannot_be_true_is_damage_and_not_an_abort) {
  postgres_database database;
  const auto history = placed_orders(1);
  const uuid id = history.orders().begin()->first;
  const uuid held = history.orders().begin()->second.lines.at(0).reservation.value();
  opened_store s(database);
  const auto is_damaged = [](const auto& outcome) { return refusal_of(outcome).code == error_code::damaged; };
  must(s.writer->set_aside(history.batch(0, 1), "no item"));
  must(s.writer->apply(history.batch(1, 2)));
  must(s.writer->set_aside(history.batch(2, 3), "no order"));
  test::require_whole(*s.reader, history);
  database.query("DELETE FROM events_aside WHERE seq = 1");
  BOOST_TEST(is_damaged(s.reader->load_stock("A")));
  database.query("UPDATE events_aside a SET data = b.data, tag = b.tag FROM events_aside b "
                 "WHERE a.kind <> b.kind");
  BOOST_TEST(is_damaged(s.reader->load_order(id)));
  BOOST_TEST(is_damaged(s.reader->load_stock("A")));
  BOOST_TEST(!must(s.reader->load_reservation(held)).has_value());
  database.query("UPDATE events_aside SET data = '\\x00'");
  BOOST_TEST(is_damaged(s.reader->load_order(id)));
  BOOST_TEST(is_damaged(s.reader->load_stock("A")));
  BOOST_TEST(is_damaged(s.reader->history(0, [](const sequenced_event&) { return result<void>(); })));
}

BOOST_AUTO_TEST_CASE(a_damaged_item_aside_is_shown_as_its_row_among_all) {
  postgres_database database;
  test::legal_history history(7);
  history.define("A", 5);
  history.define("B", 7);
  history.reserve("A", 1);
  history.reserve("B", 1);
  history.reserve("B", 2);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 4)));
  must(s.writer->set_aside(history.batch(4, 5), "no"));
  database.query("UPDATE events_aside SET data = '\\x00'");
  BOOST_TEST((refusal_of(s.reader->load_stock("B")).code == error_code::damaged));
  std::vector<std::string> shown;
  must(s.reader->each_product([&](const product& p) { shown.push_back(p.sku); }));
  BOOST_TEST(shown == (std::vector<std::string>{"A", "B"}), boost::test_tools::per_element());
  BOOST_TEST(must(s.reader->deadlines()).size() == 2U);
}

// ---- texts that no row can hold ----

BOOST_AUTO_TEST_CASE(a_text_that_the_database_cannot_hold_is_in_no_row) {
  postgres_database database;
  const auto history = placed_orders(1);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xFF\xFE")}) {
    BOOST_TEST(!must(s.reader->load_stock(text)));
    order_query query;
    query.customer_id = text;
    BOOST_TEST(must(s.reader->list_orders(query)).items.empty());
    query.page = 1;
    BOOST_TEST(must(s.reader->list_orders(query)).total.value() == 0U);
  }
  test::require_agreement(*s.reader, history);
}

BOOST_AUTO_TEST_CASE(an_item_whose_sku_no_row_can_hold_is_read_from_what_is_aside) {
  postgres_database database;
  const std::string sku("a\0b", 3);
  test::legal_history history(7);
  history.define(sku, 5, 42);
  history.define("B", 7, 43);
  const uuid held = history.reserve(sku, 2);
  opened_store s(database);
  for (std::uint64_t at = 0; at < history.last_seq(); ++at) {
    std::string data;
    const sequenced_event& e = history.events()[at];
    encode_event(data, e.event);
    const auto& of_stock = std::get<stock_event>(e.event);
    database.query("INSERT INTO events_aside (seq, kind, entity, version, tag, occurred_at, data, reason) "
                   "VALUES (" +
                   std::to_string(e.seq) + ", 'stock', " + bytea(of_stock.sku) + ", " +
                   std::to_string(of_stock.version) + ", " +
                   std::to_string(static_cast<int>(tag_of(e.event))) + ", now(), " + bytea(data) + ", 'no')");
  }
  BOOST_TEST((must(s.reader->load_stock(sku))->view() == history.items().at(sku).view()));
  BOOST_TEST(
      (must(s.reader->load_reservation(held))->reservation == history.reservations().at(held).reservation));
  test::require_whole(*s.reader, history);
}

// ---- what is read in parts ----

BOOST_AUTO_TEST_CASE(products_beyond_one_page_are_visited_once_each) {
  postgres_database database;
  opened_store s(database);
  database.query("INSERT INTO products SELECT 'SKU-' || i, NULL, 'x', 1, 0, 0, 0, 0, 0, 1, now() "
                 "FROM generate_series(1, 10001) i");
  std::set<std::string> seen;
  std::size_t visits = 0;
  must(s.reader->each_product([&](const product& each) {
    ++visits;
    seen.insert(each.sku);
  }));
  BOOST_TEST(visits == 10'001U);
  BOOST_TEST(seen.size() == 10'001U);
  BOOST_TEST(database
                 .query("SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND "
                        "datname = current_database()")
                 .empty(),
             "no snapshot is left open");
}

BOOST_AUTO_TEST_CASE(a_history_beyond_one_page_is_told_once_and_in_order) {
  postgres_database database;
  const auto history = placed_orders(2'500);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  // Some are aside, as if they had been refused.
  database.query(
      "INSERT INTO events_aside SELECT seq, 'order', uuid_send(order_id), version, tag, occurred_at, "
      "data, 'no', now() FROM events WHERE seq % 7 = 0 AND order_id IS NOT NULL;"
      "DELETE FROM events WHERE seq IN (SELECT seq FROM events_aside)");
  for (const std::uint64_t from : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1'234}}) {
    std::uint64_t next = std::max<std::uint64_t>(from, 1);
    must(s.reader->history(from, [&](const sequenced_event& e) {
      BOOST_REQUIRE_EQUAL(e.seq, next);
      BOOST_REQUIRE((e.event == history.events()[next - 1].event));
      ++next;
      return result<void>();
    }));
    BOOST_TEST(next == history.last_seq() + 1);
  }
  must(s.reader->history(UINT64_MAX, [](const sequenced_event&) {
    BOOST_FAIL("nothing is behind the last one");
    return result<void>();
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

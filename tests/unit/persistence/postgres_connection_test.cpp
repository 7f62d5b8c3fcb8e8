#include "persistence/postgres_connection.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/tcp_gate.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace orderd {
namespace {

using namespace std::chrono_literals;
using test::shared_postgres;
using test::temporary_database;

constexpr postgres_statement begin{"begin", "BEGIN"};
constexpr postgres_statement commit{"commit", "COMMIT"};
constexpr postgres_statement rollback{"rollback", "ROLLBACK"};
constexpr postgres_statement echo{"echo", "SELECT $1::text"};
constexpr postgres_statement rest{"rest", "SELECT pg_sleep($1::bigint)::text"};
constexpr postgres_statement backend{"backend", "SELECT pg_backend_pid()"};
constexpr postgres_statement insert{"insert", "INSERT INTO items (id, name) VALUES ($1, $2)"};
constexpr postgres_statement insert_all{
    "insert_all", "INSERT INTO items (id, name) SELECT * FROM unnest($1::bigint[], $2::text[])"};

[[nodiscard]] postgres_parameters text_of(std::string_view text) {
  postgres_parameters parameters;
  parameters.add(text);
  return parameters;
}

[[nodiscard]] postgres_parameters number_of(std::int64_t number) {
  postgres_parameters parameters;
  parameters.add(number);
  return parameters;
}

[[nodiscard]] postgres_parameters item(std::int64_t id, std::string_view name) {
  return std::move(number_of(id).add(name));
}

template <class T> [[nodiscard]] std::string reason(const result<T>& outcome) {
  return outcome ? std::string{} : outcome.error().detail;
}

template <class T> void check_fails(const result<T>& outcome, error_code code, std::string_view part = {}) {
  BOOST_REQUIRE(!outcome);
  BOOST_CHECK_MESSAGE(outcome.error().code == code, outcome.error().detail);
  BOOST_CHECK_MESSAGE(outcome.error().detail.find(part) != std::string::npos, outcome.error().detail);
}

[[nodiscard]] postgres_connection must_open(const postgres_options& options,
                                            std::initializer_list<postgres_statement> statements) {
  auto connection = postgres_connection::open(options, {statements.begin(), statements.size()});
  BOOST_REQUIRE_MESSAGE(connection, reason(connection));
  return std::move(*connection);
}

/// A database with a table, and a connection to it.
struct with_items {
  explicit with_items(std::chrono::milliseconds statement_timeout = 60s) {
    database.query("CREATE TABLE items (id bigint PRIMARY KEY, name text NOT NULL CHECK (name <> 'bad'))");
    options.conninfo = database.url();
    options.connect_timeout = 60s;
    options.statement_timeout = statement_timeout;
    connection = must_open(options, {begin, commit, rollback, echo, rest, backend, insert, insert_all});
  }

  [[nodiscard]] std::string count() const { return database.value("SELECT count(*) FROM items"); }
  [[nodiscard]] std::string setting(const std::string& name) {
    const postgres_statement show{"", "SELECT current_setting($1::text)"};
    auto own = must_open(options, {show});
    const auto rows = own.run(show, text_of(name));
    BOOST_REQUIRE_MESSAGE(rows, reason(rows));
    return std::string(rows->text(0, 0));
  }

  temporary_database database;
  postgres_options options;
  postgres_connection connection;
};

BOOST_AUTO_TEST_SUITE(postgres_connections)

BOOST_AUTO_TEST_CASE(a_statement_runs_with_its_parameters) {
  with_items with;
  const auto inserted = with.connection.run(insert, item(1, "it's \"quoted\" \\ ünïcödé 🦀"));
  BOOST_REQUIRE_MESSAGE(inserted, reason(inserted));
  BOOST_TEST(inserted->changed() == 1U);
  BOOST_TEST(inserted->size() == 0U);
  BOOST_TEST(with.database.value("SELECT name FROM items") == "it's \"quoted\" \\ ünïcödé 🦀");
}

BOOST_AUTO_TEST_CASE(a_pipeline_answers_each_statement_in_order) {
  with_items with;
  for (int i = 0; i < 3'000; ++i)
    BOOST_REQUIRE(with.connection.queue(echo, text_of(std::to_string(i))));
  const auto answers = with.connection.sync();
  BOOST_REQUIRE_MESSAGE(answers, reason(answers));
  BOOST_REQUIRE(answers->size() == 3'000U);
  for (std::size_t i = 0; i < answers->size(); ++i)
    BOOST_REQUIRE((*answers)[i].text(0, 0) == std::to_string(i));
}

// More than every buffer between the two holds: who only wrote, or only read, would wait for ever.
BOOST_AUTO_TEST_CASE(megabytes_in_both_directions_pass_each_other) {
  with_items with;
  const std::string large(std::size_t{3} << 20U, 'x');
  for (int i = 0; i < 8; ++i)
    BOOST_REQUIRE(with.connection.queue(echo, text_of(large)));
  const auto flushed = with.connection.flush();
  BOOST_REQUIRE_MESSAGE(flushed, reason(flushed));
  for (int i = 0; i < 8; ++i)
    BOOST_REQUIRE(with.connection.queue(echo, text_of(large)));
  const auto answers = with.connection.sync();
  BOOST_REQUIRE_MESSAGE(answers, reason(answers));
  BOOST_REQUIRE(answers->size() == 16U);
  for (const auto& each : *answers)
    BOOST_TEST((each.text(0, 0) == large));
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_elements_are_one_statement) {
  with_items with;
  postgres_array ids(postgres_type::int8);
  postgres_array names(postgres_type::text);
  for (std::int64_t i = 0; i < 100'000; ++i) {
    ids.add(i);
    names.add(std::string_view("a name of some length for each of them"));
  }
  postgres_parameters parameters;
  parameters.add(ids).add(names);
  const auto inserted = with.connection.run(insert_all, parameters);
  BOOST_REQUIRE_MESSAGE(inserted, reason(inserted));
  BOOST_TEST(inserted->changed() == 100'000U);
  BOOST_TEST(with.count() == "100000");
}

BOOST_AUTO_TEST_CASE(a_transaction_may_span_pipelines) {
  with_items with;
  BOOST_REQUIRE(with.connection.queue(begin, {}));
  BOOST_REQUIRE(with.connection.queue(insert, item(1, "one")));
  BOOST_REQUIRE(with.connection.sync());
  BOOST_TEST(with.count() == "0");
  BOOST_REQUIRE(with.connection.queue(commit, {}));
  BOOST_REQUIRE(with.connection.sync());
  BOOST_TEST(with.count() == "1");
}

BOOST_AUTO_TEST_CASE(a_flushed_commit_is_in_force_before_its_answer_is_read) {
  with_items with;
  BOOST_REQUIRE(with.connection.queue(begin, {}));
  BOOST_REQUIRE(with.connection.queue(insert, item(1, "one")));
  BOOST_REQUIRE(with.connection.queue(commit, {}));
  BOOST_REQUIRE(with.connection.flush());
  test::eventually("the row", [&] { return with.count() == "1"; });
  const auto answers = with.connection.sync();
  BOOST_REQUIRE_MESSAGE(answers, reason(answers));
  BOOST_TEST(answers->size() == 3U);
}

BOOST_AUTO_TEST_CASE(after_an_error_the_rest_is_skipped_and_nothing_of_it_stays) {
  with_items with;
  BOOST_REQUIRE(with.connection.queue(insert, item(1, "one")));
  BOOST_REQUIRE(with.connection.queue(insert, item(1, "again")));
  BOOST_REQUIRE(with.connection.queue(insert, item(2, "bad")));
  check_fails(with.connection.sync(), error_code::refused, "(SQLSTATE 23505)");
  BOOST_TEST(with.connection.is_open());
  BOOST_TEST(with.count() == "0");
  const auto after = with.connection.run(insert, item(1, "one"));
  BOOST_REQUIRE_MESSAGE(after, reason(after));
  BOOST_TEST(with.count() == "1");
}

BOOST_AUTO_TEST_CASE(a_failed_transaction_goes_on_after_its_rollback) {
  with_items with;
  BOOST_REQUIRE(with.connection.run(begin, {}));
  check_fails(with.connection.run(insert, item(1, "bad")), error_code::refused, "(SQLSTATE 23514)");
  check_fails(with.connection.run(insert, item(1, "good")), error_code::store_failed, "(SQLSTATE 25P02)");
  BOOST_REQUIRE(with.connection.run(rollback, {}));
  BOOST_REQUIRE(with.connection.run(insert, item(1, "good")));
  BOOST_TEST(with.count() == "1");
}

BOOST_AUTO_TEST_CASE(texts_run_as_one_transaction_between_prepared_statements) {
  with_items with;
  BOOST_REQUIRE(with.connection.run(insert, item(1, "one")));
  const auto executed = with.connection.execute("CREATE TABLE more (id int); INSERT INTO more VALUES (1)");
  BOOST_REQUIRE_MESSAGE(executed, reason(executed));
  BOOST_TEST(with.database.value("SELECT count(*) FROM more") == "1");
  check_fails(with.connection.execute("INSERT INTO more VALUES (2); SELECT 1 / 0; SELECT 1"),
              error_code::refused, "(SQLSTATE 22012)");
  BOOST_TEST(with.database.value("SELECT count(*) FROM more") == "1");
  BOOST_REQUIRE(with.connection.run(insert, item(2, "two")));
}

BOOST_AUTO_TEST_CASE(errors_are_told_apart_by_who_is_at_fault) {
  with_items with;
  auto& connection = with.connection;
  check_fails(connection.run(insert, item(1, std::string_view("a\0b", 3))), error_code::refused, "22021");
  check_fails(connection.run(insert, item(1, "\xC3\x28")), error_code::refused, "22021");
  check_fails(connection.run(insert, number_of(1).add_null()), error_code::refused, "23502");
  check_fails(connection.execute("SELECT * FROM nowhere"), error_code::store_failed, "42P01");
  const auto raise = [&](const std::string& sqlstate) {
    return connection.execute("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '" + sqlstate + "'; END $$");
  };
  check_fails(raise("53100"), error_code::no_space, "no (SQLSTATE 53100)");
  check_fails(raise("P0001"), error_code::refused);
  check_fails(raise("54000"), error_code::refused);
  for (const char* passing : {"53200", "57P03", "08006", "58030", "XX000", "40001", "40P01", "42501"})
    check_fails(raise(passing), error_code::store_failed);
  BOOST_TEST(connection.is_open());
}

BOOST_AUTO_TEST_CASE(an_unknown_table_in_a_prepared_statement_fails_the_opening) {
  const temporary_database database;
  postgres_options options;
  options.conninfo = database.url();
  const postgres_statement wrong[] = {{"wrong", "SELECT * FROM nowhere"}};
  check_fails(postgres_connection::open(options, wrong), error_code::store_failed, "42P01");
}

BOOST_AUTO_TEST_CASE(a_statement_that_runs_too_long_is_ended_by_the_server) {
  with_items with(1s);
  check_fails(with.connection.run(rest, number_of(3'600)), error_code::timed_out, "57014");
  BOOST_TEST(with.connection.is_open());
  BOOST_TEST(must_open(with.options, {}).is_open());
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_held_is_waited_for_half_the_time) {
  with_items with(2s);
  auto holder = must_open(with.options, {});
  BOOST_REQUIRE(holder.execute("BEGIN; LOCK TABLE items"));
  check_fails(with.connection.run(insert, item(1, "one")), error_code::locked, "55P03");
  BOOST_TEST(with.connection.is_open());
}

BOOST_AUTO_TEST_CASE(a_session_is_set_up_as_asked) {
  with_items with(8s);
  BOOST_TEST(with.setting("statement_timeout") == "8s");
  BOOST_TEST(with.setting("lock_timeout") == "4s");
  BOOST_TEST(with.setting("idle_in_transaction_session_timeout") == "16s");
  BOOST_TEST(with.setting("application_name") == "orderd");
  BOOST_TEST(with.setting("client_encoding") == "UTF8");
  with.options.conninfo += "?application_name=another&client_encoding=LATIN1";
  BOOST_TEST(with.setting("application_name") == "another");
  BOOST_TEST(with.setting("client_encoding") == "UTF8");
}

BOOST_AUTO_TEST_CASE(the_connection_text_may_be_keywords) {
  with_items with;
  with.options.conninfo = shared_postgres().conninfo(with.database.name());
  BOOST_TEST(must_open(with.options, {insert}).is_open());
}

BOOST_AUTO_TEST_CASE(commits_that_the_server_may_forget_are_made_durable) {
  with_items with;
  const auto set_default = [&](const std::string& value) {
    with.database.query("ALTER DATABASE " + with.database.name() + " SET synchronous_commit = " + value);
  };
  set_default("off");
  BOOST_TEST(with.setting("synchronous_commit") == "on");
  set_default("remote_apply");
  BOOST_TEST(with.setting("synchronous_commit") == "remote_apply");
}

BOOST_AUTO_TEST_CASE(a_read_only_server_is_no_server_unless_asked_for) {
  with_items with;
  with.database.query("ALTER DATABASE " + with.database.name() + " SET default_transaction_read_only = on");
  check_fails(postgres_connection::open(with.options, {}), error_code::store_failed, "read-only");
  with.options.conninfo += "?target_session_attrs=any";
  BOOST_TEST(must_open(with.options, {}).is_open());
}

BOOST_AUTO_TEST_CASE(a_schema_may_have_any_name) {
  with_items with;
  with.database.query(
      "CREATE SCHEMA \"we\"\"ird, public\"; CREATE TABLE \"we\"\"ird, public\".items (id bigint, name text)");
  with.options.schema = "we\"ird, public";
  auto connection = must_open(with.options, {insert});
  BOOST_REQUIRE(connection.run(insert, item(1, "one")));
  BOOST_TEST(with.count() == "0");
  BOOST_TEST(with.database.value("SELECT count(*) FROM \"we\"\"ird, public\".items") == "1");
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_connections_is_away) {
  with_items with;
  test::tcp_gate gate(shared_postgres().port());
  with.options.conninfo = "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/postgres";
  gate.cut();
  check_fails(postgres_connection::open(with.options, {}), error_code::store_failed);
  gate.open();
  BOOST_TEST(must_open(with.options, {}).is_open());
}

BOOST_AUTO_TEST_CASE(a_server_that_accepts_and_never_answers_is_given_up) {
  with_items with;
  test::tcp_gate gate(shared_postgres().port());
  with.options.conninfo =
      "postgresql://postgres:sesame@127.0.0.1:" + std::to_string(gate.port()) + "/" + with.database.name();
  with.options.statement_timeout = 1s;
  auto connection = must_open(with.options, {insert, echo});
  gate.stall();
  check_fails(connection.run(insert, item(1, "one")), error_code::timed_out, "did not answer");
  BOOST_TEST(!connection.is_open());
  check_fails(connection.run(insert, item(1, "one")), error_code::store_failed, "closed");
  with.options.connect_timeout = 100ms;
  check_fails(postgres_connection::open(with.options, {}), error_code::timed_out, "100 ms");
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_is_lost_may_have_happened) {
  with_items with;
  test::tcp_gate gate(shared_postgres().port());
  with.options.conninfo =
      "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/" + with.database.name();
  auto connection = must_open(with.options, {begin, insert, commit});
  BOOST_REQUIRE(connection.queue(begin, {}));
  BOOST_REQUIRE(connection.queue(insert, item(1, "one")));
  BOOST_REQUIRE(connection.sync());
  gate.stall_answers();
  BOOST_REQUIRE(connection.queue(commit, {}));
  BOOST_REQUIRE(connection.flush());
  test::eventually("the row", [&] { return with.count() == "1"; });
  gate.cut();
  check_fails(connection.sync(), error_code::store_failed);
  BOOST_TEST(!connection.is_open());
}

BOOST_AUTO_TEST_CASE(a_connection_cut_in_the_middle_of_megabytes_is_lost) {
  with_items with;
  test::tcp_gate gate(shared_postgres().port());
  with.options.conninfo =
      "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/" + with.database.name();
  auto connection = must_open(with.options, {echo});
  gate.stall();
  const std::string large(std::size_t{16} << 20U, 'x');
  BOOST_REQUIRE(connection.queue(echo, text_of(large)));
  auto answers = std::async(std::launch::async, [&] { return connection.sync(); });
  gate.cut();
  check_fails(answers.get(), error_code::store_failed);
  BOOST_TEST(!connection.is_open());
}

BOOST_AUTO_TEST_CASE(a_session_ended_in_the_middle_of_a_statement_is_lost) {
  with_items with;
  const auto rows = with.connection.run(backend, {});
  BOOST_REQUIRE(rows);
  const auto pid = std::to_string(rows->integer(0, 0));
  auto answer = std::async(std::launch::async, [&] { return with.connection.run(rest, number_of(3'600)); });
  test::eventually("the statement", [&] {
    return with.database.value("SELECT state FROM pg_stat_activity WHERE pid = " + pid) == "active";
  });
  with.database.query("SELECT pg_terminate_backend(" + pid + ")");
  check_fails(answer.get(), error_code::store_failed, "57P01");
  BOOST_TEST(!with.connection.is_open());
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_or_dies_takes_its_sessions_along_and_comes_back) {
  test::postgres_server server;
  postgres_options options;
  options.conninfo = server.url();
  options.connect_timeout = 60s;
  const auto end = [&](auto ending) {
    auto connection = must_open(options, {echo});
    BOOST_REQUIRE(connection.run(echo, text_of("before")));
    ending();
    check_fails(connection.run(echo, text_of("after")), error_code::store_failed);
    BOOST_TEST(!connection.is_open());
    check_fails(postgres_connection::open(options, {}), error_code::store_failed, "refused");
    server.start();
  };
  end([&] { server.stop(test::postgres_stop::fast); });
  end([&] { server.stop(test::postgres_stop::immediate); });
  end([&] { server.kill(); });
  BOOST_TEST(must_open(options, {}).is_open());
}

BOOST_AUTO_TEST_CASE(a_raised_stop_ends_every_wait_and_those_to_come) {
  const temporary_database database;
  test::tcp_gate gate(shared_postgres().port());
  const auto stop = std::make_shared<stop_signal>();
  postgres_options options;
  options.conninfo = "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + '/' + database.name();
  options.connect_timeout = 60s;
  options.statement_timeout = 60s;
  options.stop = stop;
  auto connection = must_open(options, {echo});
  gate.stall();
  auto answer = std::async(std::launch::async, [&] { return connection.run(echo, text_of("x")); });
  const auto accepted = gate.accepted();
  auto opened = std::async(std::launch::async, [&] { return postgres_connection::open(options, {}); });
  test::eventually("a connection under way", [&] { return gate.accepted() > accepted; });
  stop->raise();
  // The gate stays shut.
  check_fails(answer.get(), error_code::timed_out, "the process ends");
  BOOST_TEST(!connection.is_open());
  check_fails(opened.get(), error_code::timed_out, "the process ends");
  gate.open();
  check_fails(postgres_connection::open(options, {}), error_code::timed_out, "the process ends");
}

BOOST_AUTO_TEST_CASE(a_text_that_cannot_be_parsed_is_an_invalid_setting_without_the_password) {
  for (const char* text : {
           "",
           "sesame",
           "mysql://user:sesame@127.0.0.1/orders",
           "password sesame host=127.0.0.1",
           "host=127.0.0.1 sesame=1",
           "postgresql://user:%sesame@127.0.0.1/orders",
           "postgresql://user:a@sesame@127.0.0.1:1/orders",
           "postgresql://user:sesame/x@127.0.0.1:1/orders",
           "postgresql://user:1/sesame@127.0.0.1:1/orders",
           "postgresql://user:x@[sesame@127.0.0.1/orders",
       }) {
    postgres_options options;
    options.conninfo = text;
    const auto opened = postgres_connection::open(options, {});
    BOOST_TEST_CONTEXT(text) {
      check_fails(opened, error_code::invalid_setting);
      BOOST_TEST(opened.error().detail.find("sesame") == std::string::npos, opened.error().detail);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_failure_shows_the_password) {
  const temporary_database database;
  const auto port = std::to_string(shared_postgres().port());
  for (const std::string& text : {"postgresql://postgres:sesame@127.0.0.1:" + port + "/nowhere",
                                  "postgresql://nobody:sesame@127.0.0.1:" + port + "/" + database.name(),
                                  "host=127.0.0.1 password=sesame user=postgres dbname=nowhere port=" + port,
                                  std::string("postgresql://postgres:sesame@127.0.0.1:1/nowhere")}) {
    postgres_options options;
    options.conninfo = text;
    const auto opened = postgres_connection::open(options, {});
    check_fails(opened, error_code::store_failed);
    BOOST_TEST(opened.error().detail.find("sesame") == std::string::npos, opened.error().detail);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

#include "persistence/postgres_connection.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/postgres_server.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace orderd {
namespace {

using namespace std::chrono;
using numbers_of = std::numeric_limits<std::int64_t>;

const std::vector<std::string> texts{"",
                                     "it's",
                                     R"(a "quoted" one, {braces} and \backslashes\)",
                                     "NULL",
                                     "ünïcödé 🦀",
                                     std::string(100'000, 'x'),
                                     "line\nbreak\ttab"};
const std::vector<std::int64_t> numbers{0, 1, -1, 255, 256, -32'768, numbers_of::max(), numbers_of::min()};
const std::vector<uuid> ids{uuid{}, make_uuid_v7(timestamp{1'700'000'000'123ms}, 7, numbers_of::max())};

/// An instant and the server's text of it.
struct instant {
  timestamp at;
  std::string text;
};
const std::vector<instant> instants{
    {timestamp{}, "1970-01-01 00:00:00+00"},
    {timestamp{-1ms}, "1969-12-31 23:59:59.999+00"},
    {sys_days(2000y / January / 1) + 1ms, "2000-01-01 00:00:00.001+00"},
    {sys_days(1999y / December / 31) + 86'399'999ms, "1999-12-31 23:59:59.999+00"},
    {sys_days(9999y / December / 31) + 86'399'999ms, "9999-12-31 23:59:59.999+00"},
    {timestamp{-210'866'803'200'000ms}, "4714-11-24 00:00:00+00 BC"},
    {timestamp{9'224'318'015'999'999ms}, "294276-12-31 23:59:59.999+00"},
};

/// A connection with one statement.
struct one_statement {
  explicit one_statement(const char* sql) : statement{"it", sql} {
    postgres_options options;
    options.conninfo = test::shared_postgres().url() + "?options=-c%20TimeZone%3DUTC";
    options.connect_timeout = 60s;
    options.statement_timeout = 60s;
    auto opened = postgres_connection::open(options, {&statement, 1});
    BOOST_REQUIRE_MESSAGE(opened, (opened ? std::string{} : opened.error().detail));
    connection = std::move(*opened);
  }
  [[nodiscard]] postgres_rows run(const postgres_parameters& parameters) {
    auto rows = connection.run(statement, parameters);
    BOOST_REQUIRE_MESSAGE(rows, (rows ? std::string{} : rows.error().detail));
    return std::move(*rows);
  }
  template <class T> [[nodiscard]] postgres_rows run_with(const T& value) {
    return run(std::move(postgres_parameters().add(value)));
  }
  [[nodiscard]] postgres_rows run_with(postgres_array& array) {
    return run(std::move(postgres_parameters().add(array)));
  }

  postgres_statement statement;
  postgres_connection connection;
};

BOOST_AUTO_TEST_SUITE(postgres_values)

BOOST_AUTO_TEST_CASE(numbers_and_truths_arrive_and_return) {
  one_statement number("SELECT $1::bigint, $1::text");
  for (const auto each : numbers) {
    const auto rows = number.run_with(each);
    BOOST_TEST(rows.integer(0, 0) == each);
    BOOST_TEST(rows.text(0, 1) == std::to_string(each));
  }
  one_statement truth("SELECT $1::boolean, $1::text");
  for (const bool each : {true, false}) {
    const auto rows = truth.run_with(each);
    BOOST_TEST(rows.integer(0, 0) == (each ? 1 : 0));
    BOOST_TEST(rows.text(0, 1) == (each ? "true" : "false"));
  }
  one_statement smaller("SELECT (-2)::smallint, (-3)::integer, 40000::integer");
  const auto rows = smaller.run({});
  BOOST_TEST(rows.integer(0, 0) == -2);
  BOOST_TEST(rows.integer(0, 1) == -3);
  BOOST_TEST(rows.integer(0, 2) == 40'000);
}

BOOST_AUTO_TEST_CASE(texts_arrive_and_return) {
  one_statement text("SELECT $1::text, octet_length($1), $1::varchar");
  for (const auto& each : texts) {
    const auto rows = text.run_with(each);
    BOOST_TEST(rows.text(0, 0) == each);
    BOOST_TEST(rows.integer(0, 1) == static_cast<std::int64_t>(each.size()));
    BOOST_TEST(rows.text(0, 2) == each);
  }
  one_statement bytes("SELECT $1::bytea, encode($1, 'hex')");
  const auto of_bytes = bytes.run_with(std::string_view("\0\xFF\\x", 4));
  BOOST_TEST(of_bytes.text(0, 0) == std::string_view("\0\xFF\\x", 4));
  BOOST_TEST(of_bytes.text(0, 1) == "00ff5c78");
  one_statement json("SELECT $1::json, $1 ->> 'key'");
  const auto of_json = json.run_with(std::string_view(R"({"key" : "ä"})"));
  BOOST_TEST(of_json.text(0, 0) == R"({"key" : "ä"})");
  BOOST_TEST(of_json.text(0, 1) == "ä");
}

BOOST_AUTO_TEST_CASE(ids_arrive_and_return) {
  one_statement id("SELECT $1::uuid, $1::text");
  for (const auto& each : ids) {
    const auto rows = id.run_with(each);
    BOOST_TEST((rows.id(0, 0) == each));
    BOOST_TEST(rows.text(0, 1) == to_string(each));
  }
}

BOOST_AUTO_TEST_CASE(instants_arrive_and_return) {
  one_statement time("SELECT $1::timestamptz, $1::text");
  for (const auto& each : instants) {
    const auto rows = time.run_with(each.at);
    BOOST_TEST((rows.time(0, 0) == each.at), each.text);
    BOOST_TEST(rows.text(0, 1) == each.text);
  }
}

BOOST_AUTO_TEST_CASE(instants_beyond_the_servers_become_infinite) {
  one_statement time("SELECT $1::timestamptz, $1::text");
  for (const auto& [at, text, returned] : {std::tuple(timestamp::max(), "infinity", timestamp::max()),
                                           std::tuple(instants.back().at + 1ms, "infinity", timestamp::max()),
                                           std::tuple(timestamp::min(), "-infinity", timestamp::min()),
                                           std::tuple(instants[5].at - 1ms, "-infinity", timestamp::min())}) {
    const auto rows = time.run_with(at);
    BOOST_TEST(rows.text(0, 1) == text);
    BOOST_TEST((rows.time(0, 0) == returned));
  }
}

BOOST_AUTO_TEST_CASE(the_servers_microseconds_are_rounded_down) {
  one_statement time(
      "SELECT '1999-12-31 23:59:59.999999+00'::timestamptz, '2000-01-01 00:00:00.001999+00'::timestamptz");
  const auto rows = time.run({});
  BOOST_TEST((rows.time(0, 0) == sys_days(2000y / January / 1) - 1ms));
  BOOST_TEST((rows.time(0, 1) == sys_days(2000y / January / 1) + 1ms));
}

BOOST_AUTO_TEST_CASE(null_is_no_value) {
  one_statement all("SELECT $1::bigint, $2::boolean, $3::text, $4::uuid, $5::timestamptz, $6::bigint");
  postgres_parameters parameters;
  parameters.add(std::optional<std::int64_t>())
      .add(std::optional<bool>())
      .add(std::optional<std::string>())
      .add(std::optional<uuid>())
      .add(std::optional<timestamp>())
      .add(std::optional<std::int64_t>(6));
  const auto rows = all.run(parameters);
  for (int column = 0; column < 5; ++column)
    BOOST_TEST(rows.is_null(0, column));
  BOOST_TEST(!rows.optional_integer(0, 0).has_value());
  BOOST_TEST(rows.integer(0, 0) == 0);
  BOOST_TEST(rows.integer(0, 1) == 0);
  BOOST_TEST(rows.text(0, 2).empty());
  BOOST_TEST(rows.id(0, 3).is_nil());
  BOOST_TEST(!rows.optional_time(0, 4).has_value());
  BOOST_TEST(!rows.is_null(0, 5));
  BOOST_TEST(rows.optional_integer(0, 5).value() == 6);
}

/// Sends an array, null at its end, and checks each row of its `unnest`; the text of the whole too.
template <class T, class Check>
void check_array(const char* type, postgres_type element, const std::vector<T>& values, Check check) {
  const std::string sql = std::string("SELECT * FROM unnest($1::") + type + "[]) WITH ORDINALITY";
  one_statement all(sql.c_str());
  postgres_array array(element, values.size());
  BOOST_TEST(all.run_with(array).size() == 0U);
  for (const auto& each : values)
    array.add(each);
  BOOST_TEST(all.run_with(array).size() == values.size());
  array.add_null();
  const auto rows = all.run_with(array);
  BOOST_REQUIRE(rows.size() == values.size() + 1);
  for (std::size_t row = 0; row < values.size(); ++row) {
    BOOST_TEST_CONTEXT(type << " " << row) {
      BOOST_TEST(!rows.is_null(row, 0));
      BOOST_TEST(rows.integer(row, 1) == static_cast<std::int64_t>(row + 1));
      check(rows, row);
    }
  }
  BOOST_TEST(rows.is_null(values.size(), 0));
}

BOOST_AUTO_TEST_CASE(arrays_of_every_type_arrive_and_return) {
  check_array("bigint", postgres_type::int8, numbers, [](const postgres_rows& rows, std::size_t row) {
    BOOST_TEST(rows.integer(row, 0) == numbers[row]);
  });
  const std::vector<std::int64_t> small{0, -1, 32'767, -32'768};
  check_array("smallint", postgres_type::int2, small, [&](const postgres_rows& rows, std::size_t row) {
    BOOST_TEST(rows.integer(row, 0) == small[row]);
  });
  check_array("boolean", postgres_type::boolean, std::vector<bool>{true, false},
              [](const postgres_rows& rows, std::size_t row) {
                BOOST_TEST(rows.integer(row, 0) == (row == 0 ? 1 : 0));
              });
  for (const auto& [name, type] :
       {std::pair("text", postgres_type::text), std::pair("bytea", postgres_type::bytea)})
    check_array(name, type, texts, [](const postgres_rows& rows, std::size_t row) {
      BOOST_TEST(rows.text(row, 0) == texts[row]);
    });
  const std::vector<std::string> documents{"{}", R"({"a" : "b"})"};
  check_array("json", postgres_type::json, documents, [&](const postgres_rows& rows, std::size_t row) {
    BOOST_TEST(rows.text(row, 0) == documents[row]);
  });
  check_array("uuid", postgres_type::uuid, ids,
              [](const postgres_rows& rows, std::size_t row) { BOOST_TEST((rows.id(row, 0) == ids[row])); });
  const std::vector<timestamp> times{timestamp{}, instants[3].at, timestamp::max(), timestamp::min()};
  check_array(
      "timestamptz", postgres_type::timestamptz, times,
      [&](const postgres_rows& rows, std::size_t row) { BOOST_TEST((rows.time(row, 0) == times[row])); });
}

BOOST_AUTO_TEST_CASE(an_array_knows_its_nulls_from_texts) {
  one_statement whole("SELECT $1::text[]::text");
  postgres_array array(postgres_type::text);
  BOOST_TEST(whole.run_with(array).text(0, 0) == "{}");
  array.add(std::string_view("NULL"));
  array.add(std::optional<std::string>());
  array.add(std::optional<std::string>(""));
  BOOST_TEST(whole.run_with(array).text(0, 0) == R"({"NULL",NULL,""})");
}

BOOST_AUTO_TEST_CASE(values_of_another_type_are_bugs) {
  using test::aborts;
  BOOST_TEST(aborts([] { postgres_array(postgres_type::int8).add(true); }));
  BOOST_TEST(aborts([] { postgres_array(postgres_type::uuid).add(std::string_view("text")); }));
  BOOST_TEST(aborts([] { postgres_array(postgres_type::int2).add(std::int64_t{32'768}); }));
  BOOST_TEST(!aborts([] { postgres_array(postgres_type::int2).add(std::int64_t{32'767}); }));
  one_statement number("SELECT 1::bigint, '{}'::jsonb");
  const auto rows = number.run({});
  BOOST_TEST(!aborts([&] { (void)rows.integer(0, 0); }));
  BOOST_TEST(aborts([&] { (void)rows.text(0, 0); }));
  BOOST_TEST(aborts([&] { (void)rows.text(0, 1); }));
  BOOST_TEST(aborts([&] { (void)rows.integer(1, 0); }));
  BOOST_TEST(aborts([&] { (void)rows.integer(0, 2); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

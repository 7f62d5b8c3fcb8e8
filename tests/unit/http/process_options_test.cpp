#include "http/process_options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace orderd;

BOOST_AUTO_TEST_SUITE(process_options)

BOOST_AUTO_TEST_CASE(without_a_database_the_store_is_embedded) {
  settings s;
  s.db_user = "teller";
  s.db_pass = "secret";
  BOOST_TEST(!http::database_of(s).has_value());
  BOOST_TEST(!http::engine_options_of(s).database.has_value());
}

BOOST_AUTO_TEST_CASE(the_url_is_taken_as_it_is_and_wins) {
  settings s;
  s.database_url = "postgresql://teller@db/shop?sslmode=require";
  s.db_host = "elsewhere";
  BOOST_TEST(http::database_of(s)->conninfo == s.database_url);
}

BOOST_AUTO_TEST_CASE(the_parts_are_quoted_so_that_no_value_can_pass_for_a_keyword) {
  settings s;
  s.db_host = "db.internal";
  s.db_name = "shop";
  BOOST_TEST(http::database_of(s)->conninfo == "host='db.internal' port='5432' dbname='shop'");
  s.db_host = "::1";
  s.db_port = 6543;
  s.db_name = "a shop";
  s.db_user = "o'brien";
  s.db_pass = R"(\' host=evil)";
  BOOST_TEST(http::database_of(s)->conninfo ==
             R"(host='::1' port='6543' dbname='a shop' user='o\'brien' password='\\\' host=evil')");
}

BOOST_AUTO_TEST_CASE(a_name_alone_leaves_the_host_to_libpq) {
  settings s;
  s.db_name = "shop";
  BOOST_TEST(http::database_of(s)->conninfo == "port='5432' dbname='shop'");
}

BOOST_AUTO_TEST_CASE(schema_and_times_reach_the_engine) {
  settings s;
  s.db_host = "db";
  s.db_schema = "Orders";
  s.db_connect_timeout = std::chrono::milliseconds{1};
  s.db_statement_timeout = std::chrono::milliseconds{2};
  s.db_tcp_timeout = std::chrono::milliseconds{3};
  s.store_wait = std::chrono::milliseconds{4};
  s.drain_timeout = std::chrono::milliseconds{5};
  s.durability = durability_mode::store;
  const auto options = http::engine_options_of(s);
  BOOST_REQUIRE(options.database.has_value());
  BOOST_TEST(options.database->schema == "Orders");
  BOOST_TEST(options.database->connect_timeout.count() == 1);
  BOOST_TEST(options.database->statement_timeout.count() == 2);
  BOOST_TEST(options.database->tcp_timeout.count() == 3);
  BOOST_TEST(options.store_wait.count() == 4);
  BOOST_TEST(options.finish_patience.count() == 5);
  BOOST_CHECK(options.durability == durability_mode::store);
  BOOST_TEST(!options.interrupted());
}

BOOST_AUTO_TEST_CASE(the_processor_is_set_up_as_told) {
  settings s;
  s.accept_timeout = std::chrono::seconds{1};
  s.processor_interval = std::chrono::seconds{2};
  s.processor_in_flight_max = 3;
  s.processor_queue_max = 4;
  s.error_rate = 0.5;
  s.error_seed = 6;
  s.refusal_events_per_second = 7;
  const auto options = http::engine_options_of(s);
  BOOST_TEST(options.accept_timeout.count() == 1);
  BOOST_TEST(options.processor_interval.count() == 2);
  BOOST_TEST(options.processor_in_flight_max == 3U);
  BOOST_TEST(options.processor_queue_max == 4U);
  BOOST_TEST(options.error_rate == 0.5);
  BOOST_TEST(options.error_seed == 6U);
  BOOST_TEST(options.refusal_events_per_second == 7U);
}

BOOST_AUTO_TEST_CASE(a_merchant_whose_name_is_a_uuid_is_paid_where_the_account_is_found) {
  settings s;
  s.payee = payee_choice::merchant;
  s.merchant_account = "01890A5D-AC96-774B-BCCE-B302099A8057";
  BOOST_TEST(http::engine_options_of(s).merchant == "01890a5d-ac96-774b-bcce-b302099a8057");
  s.merchant_account = "Shop";
  BOOST_TEST(http::engine_options_of(s).merchant == "Shop");
}

BOOST_AUTO_TEST_CASE(
    what_is_said_of_events_reaches_the_engine_and_a_slow_client_is_dropped_before_it_is_cut) {
  settings s;
  s.event_source = "/shop";
  s.events_rate_max = 11;
  s.events_age_max = std::chrono::seconds{12};
  s.events_waiting_max = 13'000;
  s.event_clients_max = 14;
  s.event_client_bytes_max = 3'000'000;
  const auto options = http::engine_options_of(s);
  BOOST_TEST(options.event_source == "/shop");
  BOOST_TEST(options.events_rate_max == 11U);
  BOOST_TEST(options.events_age_max.count() == 12);
  BOOST_TEST(options.events_waiting_max == 13'000U);
  BOOST_TEST(options.event_clients_max == 14U);
  BOOST_TEST(options.event_client_bytes_max == 3'000'000U);
  BOOST_TEST(http::server_limits_of(s).stream_output_bytes_max >= 6'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

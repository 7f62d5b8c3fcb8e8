#include "http/engine_metrics.hpp"
#include "http/status_bodies.hpp"
#include "tests/support/json_view.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace orderd;
using namespace orderd::http;
using test::json_view;

namespace {

[[nodiscard]] engine_status sample() {
  engine_status now;
  now.accepts_writes = true;
  now.durable_seq = 120;
  now.applied_seq = 100;
  now.backlog_bytes = 4'096;
  now.journal_syncs = 7;
  now.store_error = "gone";
  now.event_clients = 3;
  now.sagas_stuck = -1;
  now.processor_ready = 4;
  now.processor_in_flight = 5;
  now.processor_due = 6;
  now.journal.seconds = {{0.00001, 0.5, 1}, {1, 2, 0, 4}, 9.25};
  now.journal.events = {{1, 10}, {3, 4, 0}, 25};
  now.store.seconds = {{0.5}, {8, 1}, 2};
  now.store.events = {{100}, {9, 0}, 300};
  now.lag_seconds = 12.3456;
  now.entities[0] = {10, 11, {{0.5}, {12, 13}, 14}};
  now.entities[1] = {20, 21, {{0.5}, {22, 23}, 24}};
  now.entities[2] = {30, 31, {{0.5}, {32, 33}, 34}};
  now.reservations = {1, 2, 3, 4, 5, 6, 7, 8};
  now.sagas = {99, 51, 52, 53, 54, 55};
  now.hot_skus = {{"A \"quoted\"", 1'000.4, 20.6, 0.0123456, 2.5}, {"B", 10, 0, 0, 0}};
  now.sinks = {{"nats", 24, 25, 26.5, 27, 28, 29, true, "gone"}};
  return now;
}

[[nodiscard]] std::string page_of(const engine_status& now) {
  std::vector<metric> all;
  append_engine_metrics(all, now, timestamp{});
  return metrics_text(all);
}

} // namespace

BOOST_AUTO_TEST_SUITE(engine_statuses)

BOOST_AUTO_TEST_CASE(the_status_has_each_figure_where_the_console_looks_for_it) {
  std::string body;
  json_writer json(body);
  json.begin_object();
  write_engine_status(json, sample());
  json.end_object();
  BOOST_REQUIRE(json.complete());
  const auto shown = json_view::parse(body);
  BOOST_TEST(shown["reservations"].minified() ==
             R"({"granted":1,"claimed":2,"insufficient_stock":3,"unknown_product":4,"refused":5,"expired":6,)"
             R"("released":7,"committed":8})");
  BOOST_TEST(shown["journal"].minified() ==
             R"({"durable_seq":120,"syncs":7,"sync":{"bounds_seconds":[1e-05,0.5,1],"counts":[1,2,0,4]},)"
             R"("accepts_writes":true})");
  BOOST_TEST(shown["store"].minified() ==
             R"({"up":false,"error":"gone","applied_seq":100,"lag_seconds":12.346,"backlog_events":20,)"
             R"("backlog_bytes":4096,"transaction":{"bounds_seconds":[0.5],"counts":[8,1]}})");
  BOOST_TEST(shown["entities"].minified() == R"({"orders":20,"stock":10,"accounts":30})");
  BOOST_TEST(shown["sagas"].minified() ==
             R"({"stuck":0,"ready":4,"in_flight":5,"due":6,"steps":{"authorizing":51,"escrowing":52,)"
             R"("placing":53,"capturing":54,"returning":55}})");
  BOOST_TEST(shown["event_streams"].integer() == 3);
  BOOST_TEST(shown["hot_skus"].minified() ==
             R"([{"sku":"A \"quoted\"","requests":1000,"refusals":21,"wait_ms":12.346,"waiting":2.5},)"
             R"({"sku":"B","requests":10,"refusals":0,"wait_ms":0.0,"waiting":0.0}])");
  BOOST_TEST(shown["sinks"].minified() ==
             R"([{"name":"nats","status":"disabled","lag_events":25,"lag_seconds":26}])");
}

BOOST_AUTO_TEST_CASE(no_word_of_a_stock_item_is_on_the_page_for_prometheus) {
  const auto page = page_of(sample());
  BOOST_TEST(page.find("quoted") == std::string::npos);
  for (const auto* line : {
           "orderd_journal_sync_seconds_bucket{le=\"0.5\"} 3\n",
           "orderd_journal_sync_seconds_count 7\n",
           "orderd_journal_sync_seconds_sum 9.25\n",
           "orderd_journal_batch_events_sum 25\n",
           "orderd_write_behind_lag_seconds 12.3456\n",
           "orderd_store_transaction_seconds_count 9\n",
           "orderd_store_batch_events_sum 300\n",
           "orderd_entities_live{kind=\"stock\"} 10\n",
           "orderd_entities_live{kind=\"order\"} 20\n",
           "orderd_entity_activations_total{kind=\"account\"} 31\n",
           "orderd_mailbox_wait_seconds_count{entity=\"order\"} 45\n",
           "orderd_reservations_total{result=\"granted\"} 1\n",
           "orderd_reservations_total{result=\"committed\"} 8\n",
           "orderd_hot_sku_requests{rank=\"1\"} 1000.4\n",
           "orderd_hot_sku_refusals{rank=\"1\"} 20.6\n",
           "orderd_hot_sku_wait_seconds{rank=\"1\"} 0.0123456\n",
           "orderd_hot_sku_requests{rank=\"2\"} 10\n",
           "orderd_hot_sku_requests{rank=\"3\"} 0\n",
           "orderd_hot_sku_wait_seconds{rank=\"10\"} 0\n",
           "orderd_sagas{step=\"authorizing\"} 51\n",
           "orderd_sagas{step=\"returning\"} 55\n",

       })
    BOOST_TEST(page.find(line) != std::string::npos, line << " is not in\n" << page);
  BOOST_TEST(page.find("step=\"none\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_name_is_told_once_whatever_there_is) {
  // An engine that has done nothing yet says the same names.
  const auto names_in = [](const std::string& page) {
    std::string names;
    for (std::size_t at = page.find("# TYPE "); at != std::string::npos; at = page.find("# TYPE ", at + 1))
      names += page.substr(at, page.find('\n', at) - at) + '\n';
    return names;
  };
  const auto names = names_in(page_of(engine_status{}));
  BOOST_TEST(names == names_in(page_of(sample())));
  BOOST_TEST(names.find("# TYPE orderd_reservations_total counter\n") != std::string::npos);
  BOOST_TEST(names.find("# TYPE orderd_mailbox_wait_seconds histogram\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

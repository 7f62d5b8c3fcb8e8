#include "http/engine_metrics.hpp"
#include "tests/support/json_view.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

using namespace orderd;
using namespace orderd::tests;
using test::json_view;

namespace {

using words = std::vector<std::string>;

/// The values of a page by name. Fails if a line is neither a value nor the HELP or TYPE of the next one.
std::map<std::string, std::string> figures_in(const std::string& page) {
  std::map<std::string, std::string> figures;
  std::istringstream lines(page);
  std::string named;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream parts(line);
    std::string first, second, third;
    parts >> first >> second >> third;
    if (first == "#") {
      BOOST_TEST((second == "HELP" || second == "TYPE"), line);
      BOOST_TEST((second == "HELP" || third == named), line);
      named = third;
      continue;
    }
    BOOST_TEST(first.substr(0, named.size()) == named, line); // a histogram's values have endings
    BOOST_TEST(figures.emplace(first, second).second, line);
  }
  return figures;
}

/// But for those of the process itself, which are never twice the same.
std::map<std::string, std::string> of_the_engine(std::map<std::string, std::string> figures) {
  std::erase_if(figures, [](const auto& each) {
    return each.first.starts_with("process_") || each.first.starts_with("orderd_build_info");
  });
  return figures;
}

/// These figures, and those that the engine's actors measure.
std::map<std::string, std::string> with_measures(std::map<std::string, std::string> figures,
                                                 const engine_status& now) {
  std::vector<metric> more;
  http::append_engine_metrics(more, now, timestamp{});
  figures.merge(figures_in(metrics_text(more)));
  return figures;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(health_routes, api_fixture)

BOOST_AUTO_TEST_CASE(health_shows_the_store_and_what_waits_for_it) {
  core.state.durable_seq = 120;
  core.state.applied_seq = 100;
  core.state.backlog_bytes = 4096;
  for (const auto* path : {"/health", "/health/ready"}) {
    const auto shown = json_view::parse(get(path).body);
    BOOST_TEST(shown["store"].minified() ==
               R"({"status":"up","error":null,"events_aside":0,"entities_aside":0,"aside_reason":null})");
    BOOST_TEST(shown["backlog"].minified() == R"({"events":20,"bytes":4096})");
    BOOST_TEST(shown["degraded"].size() == 0U);
  }
  BOOST_TEST(member_of(get("/health"), "status") == "healthy");
  BOOST_TEST(member_of(get("/health"), "durable_seq") == "120");
}

BOOST_AUTO_TEST_CASE(a_store_that_is_read_later_than_the_journal_is_not_ahead) {
  core.state.durable_seq = 99;
  core.state.applied_seq = 100;
  BOOST_TEST(json_view::parse(get("/health").body)["backlog"]["events"].integer() == 0);
}

BOOST_AUTO_TEST_CASE(the_process_stays_ready_and_says_what_is_wrong) {
  core.state.store_error = "no route to \"db\"";
  core.state.aside = {3, 2, "a row violates a constraint"};
  core.state.accepts_writes = false;
  for (const auto* path : {"/health", "/health/ready"}) {
    BOOST_TEST(get(path).status == 200);
    const auto shown = json_view::parse(last->body);
    BOOST_TEST(shown["degraded"].texts() == words({"store_away", "events_aside", "no_room"}),
               boost::test_tools::per_element());
    BOOST_TEST(shown["store"]["status"].text() == "away");
    BOOST_TEST(shown["store"]["error"].text() == "no route to \"db\"");
    BOOST_TEST(shown["store"]["events_aside"].integer() == 3);
    BOOST_TEST(shown["store"]["entities_aside"].integer() == 2);
    BOOST_TEST(shown["store"]["aside_reason"].text() == "a row violates a constraint");
  }
  BOOST_TEST(member_of(get("/health/ready"), "status") == "ready");
  BOOST_TEST(member_of(get("/health"), "status") == "degraded");
}

BOOST_AUTO_TEST_CASE(each_trouble_degrades_alone) {
  const auto degraded = [this] {
    BOOST_TEST(member_of(get("/health"), "status") == "degraded");
    return json_view::parse(get("/health/ready").body)["degraded"].texts();
  };
  core.state.store_error = "away";
  BOOST_TEST(degraded() == words({"store_away"}), boost::test_tools::per_element());
  core.state.store_error.clear();
  core.state.aside.events = 1;
  BOOST_TEST(degraded() == words({"events_aside"}), boost::test_tools::per_element());
  core.state.aside.events = 0;
  core.state.accepts_writes = false;
  BOOST_TEST(degraded() == words({"no_room"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_figure_is_on_the_page_for_prometheus) {
  core.state = {true,     120,
                100,      4096,
                7,        2,
                55,       6,
                "away",   {3, 2, "because"},
                8,        13,
                9,        10,
                {11, 12}, {14, 15, 16, 17, 18, 19, 20, 21, true}};
  core.state.payment_conflicts = 22;
  core.state.event_clients = 23;
  core.state.sinks = {{"nats", 24, 25, 26.5, 27, 28, 29, true, "gone"}};
  const auto answer = get("/metrics");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.content_type == "text/plain; version=0.0.4");
  const std::map<std::string, std::string> expected = {
      {"orderd_store_up", "0"},
      {"orderd_idempotency_keys_forgotten_total", "6"},
      {"orderd_sagas_stuck", "13"},
      {"orderd_payment_conflicts_total", "22"},
      {"orderd_store_events_aside", "3"},
      {"orderd_store_entities_aside", "2"},
      {"orderd_store_applied_seq", "100"},
      {"orderd_backlog_events", "20"},
      {"orderd_backlog_bytes", "4096"},
      {"orderd_journal_durable_seq", "120"},
      {"orderd_journal_syncs_total", "55"},
      {"orderd_accepts_writes", "1"},
      {"orderd_live_entities", "7"},
      {"orderd_requests_in_flight", "2"},
      {"orderd_processor_ready", "8"},
      {"orderd_processor_in_flight", "9"},
      {"orderd_processor_due", "10"},
      {"orderd_payments_in_flight", "14"},
      {"orderd_payment_tries_total", "15"},
      {"orderd_payment_tries_failed_total", "16"},
      {"orderd_payment_steps_total{result=\"done\"}", "17"},
      {"orderd_payment_steps_total{result=\"declined\"}", "18"},
      {"orderd_payment_steps_total{result=\"unavailable\"}", "19"},
      {"orderd_payment_steps_total{result=\"unknown\"}", "20"},
      {"orderd_payment_steps_total{result=\"refused\"}", "21"},
      {"orderd_payment_breaker_open", "1"},
      {"orderd_event_streams", "23"},
      {"orderd_traces_exported_total", "0"},
      {"orderd_traces_dropped_total", "0"},
      {"orderd_sink_position{sink=\"nats\"}", "24"},
      {"orderd_sink_lag_events{sink=\"nats\"}", "25"},
      {"orderd_sink_lag_seconds{sink=\"nats\"}", "26"},
      {"orderd_sink_published_total{sink=\"nats\"}", "27"},
      {"orderd_sink_failed_total{sink=\"nats\"}", "28"},
      {"orderd_sink_skipped_total{sink=\"nats\"}", "29"},
      {"orderd_sink_disabled{sink=\"nats\"}", "1"},
      {"orderd_injected_errors_total{step=\"reserve\"}", "11"},
      {"orderd_injected_errors_total{step=\"update\"}", "12"}};
  BOOST_TEST((of_the_engine(figures_in(answer.body)) == with_measures(expected, core.state)), answer.body);
  BOOST_TEST(answer.body.find("# TYPE orderd_journal_syncs_total counter\n") != std::string::npos);
  BOOST_TEST(answer.body.find("# TYPE orderd_backlog_bytes gauge\n") != std::string::npos);
  core.state.store_error.clear();
  BOOST_TEST(figures_in(get("/metrics").body).at("orderd_store_up") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

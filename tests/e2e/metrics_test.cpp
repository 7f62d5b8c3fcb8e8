#include "tests/e2e/running_orderd.hpp"
#include "tests/support/metrics_page.hpp"
#include "tests/support/nats_server.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>

using namespace orderd::test;

namespace {

constexpr const char* golden_path = "tests/golden/metrics.txt";

[[nodiscard]] metrics_page page_of(api_client& api) {
  const auto answer = api.get("/metrics");
  BOOST_REQUIRE_EQUAL(answer.status, 200);
  return metrics_page(answer.raw.body);
}

/// The lines of the list that are no comments.
[[nodiscard]] std::set<std::string> golden() {
  std::ifstream file(golden_path);
  BOOST_REQUIRE_MESSAGE(file, "there is no " << golden_path);
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with('#'))
      lines.insert(line);
  }
  return lines;
}

/// What `promtool check metrics` prints of the page, and its exit status.
[[nodiscard]] std::pair<int, std::string> lint(const std::string& page) {
  const temporary_folder folder;
  const auto path = folder.path() + "/page";
  std::ofstream(path) << page;
  auto* const pipe = ::popen(("promtool check metrics <'" + path + "' 2>&1").c_str(), "r");
  BOOST_REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), count);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

/// With all that has figures of its own.
struct everything_on {
  everything_on() {
    engine.api.define("A", 5);
    auto bob = engine.as("bob");
    BOOST_TEST(bob.post("/orders", order_of("A", 1)).status == 201);
    BOOST_TEST(bob.post("/orders", order_of("A", 100)).status == 400);
    BOOST_TEST(bob.post("/orders", order_of("NONE", 1)).status == 400);
    BOOST_TEST(engine.api.get("/nowhere").status == 404);
  }

  nats_server server;
  running_orderd engine{{}, {"NATS_URL=" + server.url(), "RATE_LIMIT_RPS=1000"}};
};

struct sale : running_orderd {
  sale() { api.define("A", 5); }
};

const std::string of_service = "{service=\"orderd\"";

} // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_FIXTURE_TEST_CASE(the_names_types_and_labels_are_those_of_the_golden_list, everything_on) {
  const auto shown = page_of(engine.api).families();
  const auto wanted = golden();
  for (const auto& each : shown)
    BOOST_TEST(wanted.contains(each), "not in " << golden_path << ": " << each);
  for (const auto& each : wanted)
    BOOST_TEST(shown.contains(each), "in " << golden_path << " and not shown: " << each);
}

BOOST_FIXTURE_TEST_CASE(the_page_has_nothing_that_prometheus_complains_of, everything_on) {
  const auto [status, output] = lint(engine.api.get("/metrics").raw.body);
  BOOST_TEST(status == 0, output);
  BOOST_TEST(output.empty(), output);
}

BOOST_FIXTURE_TEST_CASE(orders_are_counted_by_what_became_of_them, sale) {
  auto bob = as("bob");
  place(bob, "A", 1);
  BOOST_TEST(bob.post("/orders", order_of("A", 2), {"Idempotency-Key: one"}).status == 201);
  const auto again = bob.post("/orders", order_of("A", 2), {"Idempotency-Key: one"});
  BOOST_TEST(again.header("Idempotency-Replayed") == "true");
  check_problem(bob.post("/orders", order_of("A", 9)), 400, "insufficient_stock");
  check_problem(bob.post("/orders", order_of("NONE", 1)), 400, "unknown_product");
  check_problem(bob.post("/orders", R"({"items":[{"sku":"A","qty":1,"price_cents":1}]})"), 409,
                "price_changed");
  const auto page = page_of(api);
  BOOST_TEST(page.value("orders_created_total" + of_service + "}") == 2);
  for (const auto* reason : {"missing_product", "insufficient_stock", "price_changed"})
    BOOST_TEST(page.value("order_create_failures_total" + of_service + ",reason=\"" + reason + "\"}") == 1,
               reason);
  BOOST_TEST(
      page.value("http_requests_total" + of_service + R"(,path="/orders",method="POST",status="201"})") == 3);
  const auto timed = of_service + R"(,path="/orders",method="POST"})";
  BOOST_TEST(page.value("http_request_duration_seconds_count" + timed) == 6);
  BOOST_TEST(page.value("http_request_duration_seconds_sum" + timed) > 0);
}

BOOST_FIXTURE_TEST_CASE(whatever_clients_send_the_page_stays_of_one_size, sale) {
  const auto hostile = [&](int round) {
    const auto mark = "hostile" + std::to_string(round);
    auto stranger = as(mark);
    stranger.get("/" + mark);
    stranger.get("/orders/" + mark + "?" + mark + "=1");
    stranger.get("/stock/" + mark);
    stranger.post("/stock/" + mark + "/reservations", R"({"qty":1})");
    stranger.post("/orders", order_of(mark, 1), {"X-Request-Id: " + mark, "Idempotency-Key: " + mark});
    stranger.ask("PATCH", "/orders/status/" + mark, "{}");
    for (const auto& text : {mark + " / HTTP/1.1\r\n\r\n", "GET /" + mark + " HTTP/9.9\r\n\r\n",
                             "GET / HTTP/1.1\r\n" + mark + "\r\n\r\n", "\x01\x02" + mark + "\r\n\r\n"}) {
      raw_client raw(program.port());
      raw.send(text);
      raw.read_response();
    }
  };
  hostile(0);
  static_cast<void>(page_of(api)); // shows up in the next one itself
  const auto before = page_of(api).series().size();
  for (int round = 1; round <= 30; ++round)
    hostile(round);
  const auto page = page_of(api);
  BOOST_TEST(api.get("/metrics").raw.body.find("hostile") == std::string::npos);
  // Of a status that comes for the first time in another round there may be one more.
  BOOST_TEST(page.series().size() <= before + 2);
  for (const auto& method : page.values_of("method"))
    BOOST_TEST((std::set<std::string>{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "unknown"})
                   .contains(method),
               method);
  BOOST_TEST(page.value("http_requests_total" + of_service +
                        R"(,path="unmatched",method="unknown",status="400"})") > 0);
}

BOOST_AUTO_TEST_CASE(the_service_is_named_as_it_is_set) {
  running_orderd engine({}, {"OTEL_SERVICE_NAME=shop \"north\""});
  const auto page = page_of(engine.api);
  BOOST_TEST((page.values_of("service") == std::set<std::string>{R"(shop \"north\")"}));
  BOOST_TEST(engine.api.get("/status")["service"].text() == "shop \"north\"");
}

BOOST_AUTO_TEST_CASE(connections_over_the_limit_are_counted_as_turned_away) {
  running_orderd small({"--connections-max", "1"});
  eventually("the place of who waited for the start",
             [&] { return small.api.get("/health/live").status == 200; });
  for (int i = 0; i < 3; ++i) {
    raw_client one(small.program.port());
    const auto answer = one.read_response();
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->status == 503);
  }
  BOOST_TEST(page_of(small.api).value("orderd_requests_shed_total{reason=\"connections\"}") >= 3);
}

BOOST_FIXTURE_TEST_CASE(what_the_process_itself_uses_is_shown, sale) {
  const auto page = page_of(api);
  BOOST_TEST(page.value("process_cpu_seconds_total") > 0);
  BOOST_TEST(page.value("process_resident_memory_bytes") > 1e6);
  BOOST_TEST(page.value("process_open_fds") > 5);
  BOOST_TEST(page.value("process_start_time_seconds") > 1.6e9);
}

BOOST_FIXTURE_TEST_CASE(operators_see_the_moment_as_json_and_others_do_not, sale) {
  auto bob = as("bob");
  place(bob, "A", 1);
  check_problem(bob.get("/status"), 403, "forbidden");
  const auto shown = api.get("/status");
  BOOST_REQUIRE_EQUAL(shown.status, 200);
  BOOST_TEST(shown.header("Cache-Control") == "no-store");
  const auto body = shown.json();
  BOOST_TEST(body["orders"]["created"].integer() == 1);
  BOOST_TEST(body["http"]["by_class"]["2xx"].integer() >= 2);
  BOOST_TEST(body["http"]["latency"]["counts"].size() ==
             body["http"]["latency"]["bounds_seconds"].size() + 1);
  BOOST_TEST(body["journal"]["accepts_writes"].boolean());
  BOOST_TEST(body["store"]["up"].boolean());
  BOOST_TEST(body["sinks"].size() == 0U);
  for (const auto* time : {"at", "started_at"})
    BOOST_TEST(body[time].text().ends_with("Z"), time);
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/e2e/payment_audit.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/node_script.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

using namespace orderd::test;

namespace {

constexpr const char* caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr const char* callers_trace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* callers_span = "b7ad6b7169203331";

arguments traced_to(const webhook_receiver& collector, arguments more = {}) {
  more.insert(more.end(), {"--otel-exporter-otlp-endpoint", collector.url("")});
  return more;
}

/// What a collector has been sent, decoded with the public schema.
std::vector<json_view> spans_at(const webhook_receiver& collector, const std::string& folder) {
  arguments files;
  for (const auto& each : collector.accepted()) {
    files.push_back(folder + "/request" + std::to_string(files.size()));
    std::ofstream(files.back(), std::ios::binary) << each.body;
  }
  const auto log = folder + "/decoded";
  std::filesystem::remove(log); // what a program writes is appended
  const auto decoder = start_node("decode_traces.mjs", files, log);
  eventually("the spans are decoded", [&] { return decoder->ended(); });
  return json_view::parse(file_content(log)).elements();
}

std::optional<json_view> find(const std::vector<json_view>& spans, const std::string& name) {
  const auto found =
      std::find_if(spans.begin(), spans.end(), [&](const auto& each) { return each["name"].text() == name; });
  return found == spans.end() ? std::nullopt : std::optional(*found);
}

json_view required(const std::vector<json_view>& spans, const std::string& name) {
  const auto found = find(spans, name);
  BOOST_REQUIRE_MESSAGE(found, "there is no span " << name << " among " << spans.size());
  return *found;
}

std::int64_t nanoseconds(const json_view& span, std::string_view which) {
  return std::stoll(span[which].text());
}

/// Is the other one's child, and has not begun before it.
void check_below(const json_view& child, const json_view& parent) {
  BOOST_TEST_CONTEXT(child.minified() << " below " << parent.minified()) {
    BOOST_TEST(child["trace_id"].text() == parent["trace_id"].text());
    BOOST_TEST(child["parent_id"].text() == parent["span_id"].text());
    BOOST_TEST(nanoseconds(child, "began") >= nanoseconds(parent, "began"));
    BOOST_TEST(nanoseconds(child, "began") <= nanoseconds(child, "ended"));
  }
}

/// The same, and is over before it.
void check_within(const json_view& child, const json_view& parent) {
  check_below(child, parent);
  BOOST_TEST_CONTEXT(child.minified() << " in " << parent.minified())
  BOOST_TEST(nanoseconds(child, "ended") <= nanoseconds(parent, "ended"));
}

std::vector<json_view> of_trace(const std::vector<json_view>& all, const std::string& trace) {
  std::vector<json_view> spans;
  std::copy_if(all.begin(), all.end(), std::back_inserter(spans),
               [&](const auto& each) { return each["trace_id"].text() == trace; });
  return spans;
}

/// The figure in /metrics.
std::int64_t figure(api_client& api, const std::string& name) {
  const auto text = api.get("/metrics").raw.body;
  const auto at = text.find('\n' + name + ' ');
  return at == std::string::npos ? -1 : std::stoll(text.substr(at + name.size() + 2));
}

std::int64_t exported(api_client& api) { return figure(api, "orderd_traces_exported_total"); }

} // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(a_trace_of_one_order_shows_its_reservations_its_payment_its_journal_and_its_store) {
  webhook_receiver collector;
  payment_stand_in service;
  running_orderd engine(traced_to(collector, paid_by(service, {"--otel-service-name", "shop"})));
  engine.api.define("BOOK", 10, 1'250);
  auto bob = engine.as("bob");
  BOOST_REQUIRE_EQUAL(
      bob.post("/orders", order_of("BOOK", 2), {"traceparent: " + std::string(caller)}).status, 201);
  eventually("the store's part has been sent", [&] {
    return collector.accepted().size() > 0 && find(spans_at(collector, engine.folder.path()), "store batch");
  });
  BOOST_REQUIRE_EQUAL(engine.program.stop(), 0); // what has not been sent yet is
  const auto spans = of_trace(spans_at(collector, engine.folder.path()), callers_trace);

  const auto edge = required(spans, "POST /orders");
  BOOST_TEST(edge["parent_id"].text() == callers_span);
  BOOST_TEST(edge["kind"].integer() == 2);
  BOOST_TEST(edge["resource"]["service.name"].text() == "shop");
  BOOST_TEST(edge["attributes"]["http.response.status_code"].integer() == 201);
  BOOST_TEST(edge["attributes"]["http.route"].text() == "/orders");
  const auto entity = required(spans, "order");
  check_within(entity, edge);
  const auto reserved = required(spans, "reserve");
  check_within(reserved, entity);
  BOOST_TEST(reserved["attributes"]["orderd.sku"].text() == "BOOK");
  const auto paid = required(spans, "payment authorize");
  check_within(paid, entity);
  BOOST_TEST(paid["kind"].integer() == 3);
  const auto journal = required(spans, "journal wait");
  check_below(journal, entity); // which has decided by then
  BOOST_TEST(nanoseconds(journal, "began") >= nanoseconds(entity, "ended"));
  BOOST_TEST(nanoseconds(journal, "ended") <= nanoseconds(edge, "ended"));
  const auto stored = required(spans, "store batch");
  check_below(stored, entity);
  BOOST_TEST(nanoseconds(stored, "ended") >= nanoseconds(journal, "ended"));
  BOOST_TEST(stored["attributes"]["orderd.applied_seq"].integer() >=
             journal["attributes"]["orderd.seq"].integer());

  // The service was told of the very span that its part is below.
  const auto requests = service.requests();
  BOOST_REQUIRE(!requests.empty());
  BOOST_TEST(requests.front().traceparent ==
             "00-" + std::string(callers_trace) + "-" + paid["span_id"].text() + "-01");
}

BOOST_AUTO_TEST_CASE(a_request_that_is_done_once_is_traced_like_any_other_and_its_replay_too) {
  webhook_receiver collector;
  payment_stand_in service;
  running_orderd engine(traced_to(collector, paid_by(service)));
  engine.api.define("BOOK", 10, 1'250);
  auto bob = engine.as("bob");
  const std::string second_trace = "1af7651916cd43dd8448eb211c80319d";
  const auto buy = [&](const std::string& trace) {
    return bob.post("/orders", order_of("BOOK", 2),
                    {"Idempotency-Key: one", "traceparent: 00-" + trace + "-" + callers_span + "-01"});
  };
  BOOST_REQUIRE_EQUAL(buy(callers_trace).status, 201);
  BOOST_TEST(buy(second_trace).header("Idempotency-Replayed") == "true");
  BOOST_REQUIRE_EQUAL(engine.program.stop(), 0);
  const auto all = spans_at(collector, engine.folder.path());

  const auto first = of_trace(all, callers_trace);
  const auto edge = required(first, "POST /orders");
  const auto entity = required(first, "order");
  check_within(entity, edge);
  check_within(required(first, "reserve"), entity);
  check_within(required(first, "payment authorize"), entity);
  check_below(required(first, "journal wait"), entity);
  const auto again = of_trace(all, second_trace);
  BOOST_TEST(required(again, "POST /orders")["attributes"]["http.response.status_code"].integer() == 201);
  BOOST_TEST(!find(again, "reserve"));
  BOOST_TEST(!find(again, "payment authorize"));
}

BOOST_AUTO_TEST_CASE(a_trace_that_is_not_recorded_here_goes_on_to_the_payment_service) {
  const auto passed_on = [](const payment_stand_in& service) {
    return service.requests().front().traceparent;
  };
  const auto buy = [](running_orderd& engine, const std::string& flags) {
    engine.api.define("BOOK", 10, 1'250);
    const auto header = "traceparent: 00-" + std::string(callers_trace) + "-" + callers_span + "-" + flags;
    BOOST_REQUIRE_EQUAL(engine.as("bob").post("/orders", order_of("BOOK", 2), {header}).status, 201);
  };
  const auto check = [&](const payment_stand_in& service) {
    const auto header = passed_on(service);
    BOOST_TEST(header.starts_with("00-" + std::string(callers_trace) + "-"), header);
    BOOST_TEST(header.find(callers_span) == std::string::npos, header);
    BOOST_TEST(header.ends_with("-00"), header);
  };
  {
    webhook_receiver collector;
    payment_stand_in service;
    running_orderd engine(traced_to(collector, paid_by(service)));
    buy(engine, "00");
    check(service);
    BOOST_REQUIRE_EQUAL(engine.program.stop(), 0);
    BOOST_TEST(of_trace(spans_at(collector, engine.folder.path()), callers_trace).empty());
  }
  payment_stand_in service;
  running_orderd untraced(paid_by(service));
  buy(untraced, "01");
  check(service);
}

BOOST_AUTO_TEST_CASE(a_caller_decides_for_its_own_requests_and_a_malformed_header_is_as_none) {
  webhook_receiver collector;
  running_orderd engine(traced_to(collector, {"--otel-traces-sampler", "parentbased_always_off"}));
  engine.api.define("BOOK", 10, 1'250); // nobody's trace
  const auto asked = [&](const std::string& traceparent) {
    BOOST_REQUIRE_EQUAL(engine.api.get("/stock/BOOK", {"traceparent: " + traceparent}).status, 200);
  };
  asked("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  asked("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331");
  asked("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  asked(caller);
  eventually("the one trace is sent", [&] { return exported(engine.api) >= 2; });
  BOOST_REQUIRE_EQUAL(engine.program.stop(), 0);
  const auto spans = spans_at(collector, engine.folder.path());
  BOOST_TEST(spans.size() == 2U);
  check_within(required(spans, "stock"), required(spans, "GET /stock/{sku}"));
}

BOOST_AUTO_TEST_CASE(a_collector_that_is_away_or_fails_costs_spans_and_nothing_else) {
  webhook_receiver collector;
  collector.add({webhook_fault::answer, 500, {}, for_ever});
  running_orderd engine(traced_to(collector));
  engine.api.define("BOOK", 10'000, 1'250);
  const auto sell = [&](int orders) {
    for (int i = 0; i < orders; ++i)
      BOOST_REQUIRE_EQUAL(engine.as("bob").post("/orders", order_of("BOOK", 1)).status, 201);
  };
  sell(20);
  // An answer that says nothing of another try is taken at its word.
  eventually("what was refused is dropped",
             [&] { return figure(engine.api, "orderd_traces_dropped_total") > 0; });
  collector.go_away();
  sell(20);
  collector.clear_rules();
  collector.come_back();
  sell(20);
  eventually("traces are sent again", [&] { return exported(engine.api) > 0; });
  check_stock(engine.api, "BOOK", 10'000, 60);
  collector.add({webhook_fault::stall, 200, {}, for_ever});
  sell(20);
  BOOST_TEST(engine.program.stop() == 0); // a collector that does not answer holds nobody up
  collector.release();
}

BOOST_AUTO_TEST_CASE(a_storm_of_requests_is_no_storm_of_spans) {
  webhook_receiver collector;
  running_orderd engine(traced_to(collector, {"--traces-per-second-max", "1"}));
  for (int i = 0; i < 300; ++i)
    BOOST_REQUIRE_EQUAL(engine.api.get("/stock", {"traceparent: " + std::string(caller)}).status, 200);
  BOOST_REQUIRE_EQUAL(engine.program.stop(), 0);
  BOOST_TEST(spans_at(collector, engine.folder.path()).size() < 300U);
}

BOOST_AUTO_TEST_SUITE_END()

#include "config/tracer.hpp"
#include "http/caller_rates.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

const std::string callers_trace = "0af7651916cd43dd8448eb211c80319c";

header_list caller_that_is(bool sampled) {
  return {{"traceparent", "00-" + callers_trace + "-b7ad6b7169203331-" + (sampled ? "01" : "00")}};
}

/// The routes with a tracer that records every trace that begins here.
struct traced_api : api_fixture {
  traced_api() {
    core.answers_lists = true;
    rebuild(identity);
  }

  void rebuild(const http::identity_port& by, http::caller_rates* rates = nullptr) {
    http::api_context context{core,    clock, by, placement_mode::immediate, "USD", durability_mode::journal,
                              draining};
    context.rates = rates;
    context.traces = &traces;
    api = std::make_unique<http::api>(context);
  }

  std::vector<span> spans() { return traces.take(1000, std::chrono::milliseconds{0}); }

  tracer traces{trace_options{}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_traces, traced_api)

BOOST_AUTO_TEST_CASE(a_request_that_is_served_is_a_span) {
  get("/stock", caller_that_is(true));
  const auto seen = spans();
  BOOST_REQUIRE(seen.size() == 1U);
  BOOST_TEST(seen[0].name == "GET /stock");
  BOOST_TEST(to_text(seen[0].context.trace) == callers_trace);
}

BOOST_AUTO_TEST_CASE(probes_and_pages_begin_no_trace_and_belong_to_one_that_is_recorded) {
  for (const auto* path : {"/health", "/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"})
    for (const auto& headers : {header_list{}, caller_that_is(false)})
      BOOST_TEST(get(path, headers).status == 200, path);
  BOOST_TEST(spans().empty());
  get("/health", caller_that_is(true));
  BOOST_TEST(spans().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_turned_away_takes_no_trace_from_others) {
  get("/nothing");
  call(method::delete_, "/orders");
  call(method::options, "/orders");
  http::caller_rates rates({1, 1}, http::caller_names::made_up);
  rebuild(identity, &rates);
  get("/stock");
  BOOST_TEST(spans().size() == 1U);
  BOOST_TEST(get("/stock").status == 429);
  http::token_identity by_token{{"operator"}, token_table{}};
  rebuild(by_token);
  BOOST_TEST(get("/stock").status == 401);
  BOOST_TEST(spans().empty());
}

BOOST_AUTO_TEST_CASE(a_trace_that_is_not_recorded_goes_on_with_the_request) {
  post("/orders",
       R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"WIDGET","qty":1}]})",
       caller_that_is(false));
  BOOST_REQUIRE(core.orders.size() == 1U);
  const auto* const trace = core.orders.front().reply.trace();
  BOOST_REQUIRE(trace != nullptr);
  BOOST_TEST(to_text(trace->edge().trace) == callers_trace);
  BOOST_TEST(!trace->edge().sampled);
  core.orders.clear();
  BOOST_TEST(spans().empty());
}

BOOST_AUTO_TEST_SUITE_END()

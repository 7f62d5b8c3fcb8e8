#include "http/caller_rates.hpp"
#include "http/edge_figures.hpp"
#include "http/entrance.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

constexpr auto order_body =
    R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"WIDGET","qty":1}]})";

/// The routes with all that watches them.
struct watched_api : api_fixture {
  watched_api() { rebuild(nullptr); }

  void rebuild(http::caller_rates* rates) {
    api = std::make_unique<http::api>(
        http::api_context{core, clock, identity, placement_mode::immediate, "USD", durability_mode::journal,
                          draining, payments_mode::none, nullptr, &observers, &figures, rates});
  }

  [[nodiscard]] std::string page() const {
    std::vector<metric> all;
    figures.append_to(all);
    return metrics_text(all);
  }
  /// The value of the one series that starts so; empty if there is none.
  [[nodiscard]] std::string shown(const std::string& series) const {
    const auto text = "\n" + page();
    const auto at = text.find("\n" + series + " ");
    if (at == std::string::npos)
      return {};
    const auto begin = at + series.size() + 2;
    return text.substr(begin, text.find('\n', begin) - begin);
  }
  [[nodiscard]] std::string requests(const std::string& path, const std::string& by, int status) const {
    return shown("http_requests_total{service=\"shop\",path=\"" + path + "\",method=\"" + by +
                 "\",status=\"" + std::to_string(status) + "\"}");
  }
  [[nodiscard]] std::string failures(const std::string& reason) const {
    return shown("order_create_failures_total{service=\"shop\",reason=\"" + reason + "\"}");
  }
  [[nodiscard]] std::string created() const { return shown("orders_created_total{service=\"shop\"}"); }

  /// Answers the creation that comes next.
  void next(outcome what) { core.script.push_back(std::move(what)); }

  struct last_told final : http::request_observer {
    void answered(const http::answered_request& what) noexcept override {
      kind = what.asked_by;
      id = std::string(what.request_id);
      code = what.result.code;
      ++count;
    }
    http::caller_kind kind = http::caller_kind::nobody;
    std::string id;
    std::string_view code;
    int count = 0;
  };

  std::vector<http::route> table = http::make_route_table();
  http::edge_figures figures{"shop", table, clock.now()};
  last_told told;
  http::request_observers observers{{&figures, &told}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(edge_figures, watched_api)

BOOST_AUTO_TEST_CASE(requests_are_counted_and_timed_by_route_method_and_status) {
  get("/health/live");
  get("/api/health/live/");
  call(method::head, "/health/live");
  next(refusal(rejection_code::not_found));
  get("/stock/NONE");
  BOOST_TEST(requests("/health/live", "GET", 200) == "2");
  BOOST_TEST(requests("/health/live", "HEAD", 200) == "1");
  BOOST_TEST(requests("/stock/{sku}", "GET", 404) == "1");
  const std::string of = "{service=\"shop\",path=\"/health/live\",method=\"GET\"}";
  BOOST_TEST(shown("http_request_duration_seconds_count" + of) == "2");
  BOOST_TEST(shown("http_request_duration_seconds_bucket{service=\"shop\",path=\"/health/"
                   "live\",method=\"GET\",le=\"+Inf\"}") == "2");
  BOOST_TEST(page().find("/stock/NONE") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_client_makes_up_is_no_label) {
  const auto lines = [](const std::string& text) { return std::count(text.begin(), text.end(), '\n'); };
  get("/made/up/0");
  const auto before = lines(page());
  for (int i = 1; i < 200; ++i)
    get("/made/up/" + std::to_string(i), {{"X-User", "user-" + std::to_string(i)}});
  BOOST_TEST(lines(page()) == before);
  BOOST_TEST(requests("unmatched", "GET", 404) == "200");
  call(method::delete_, "/orders");
  BOOST_TEST(requests("/orders", "DELETE", 405) == "1");
  call(method::options, "/orders");
  BOOST_TEST(requests("/orders", "OPTIONS", 204) == "1");
  call(method::options, "/made/up");
  BOOST_TEST(requests("unmatched", "OPTIONS", 404) == "1");
}

BOOST_AUTO_TEST_CASE(what_alerts_watch_is_shown_before_it_has_happened) {
  BOOST_TEST(requests("/health/live", "GET", 500).empty());
  get("/health/live");
  BOOST_TEST(requests("/health/live", "GET", 500) == "0");
  BOOST_TEST(requests("/health/live", "GET", 503) == "0");
  for (const auto* reason : {"missing_product", "payment_unavailable", "idempotency_mismatch", "other"})
    BOOST_TEST(failures(reason) == "0", reason);
}

BOOST_AUTO_TEST_CASE(orders_are_counted_as_made_or_by_why_they_were_refused) {
  BOOST_TEST(created() == "0");
  BOOST_TEST(failures("missing_product") == "0");
  next(std::make_shared<order>());
  BOOST_TEST(post("/orders", order_body).status == 201);
  BOOST_TEST(created() == "1");
  const std::vector<std::pair<rejection_code, std::string>> codes = {
      {rejection_code::unknown_product, "missing_product"},
      {rejection_code::insufficient_stock, "insufficient_stock"},
      {rejection_code::price_changed, "price_changed"},
      {rejection_code::payment_declined, "payment_declined"},
      {rejection_code::overloaded, "overloaded"}};
  for (const auto& [code, reason] : codes) {
    next(refusal(code));
    post("/orders", order_body);
    BOOST_TEST(failures(reason) == "1", reason);
  }
  post("/orders", "{");
  BOOST_TEST(failures("malformed_json") == "1");
  post("/orders", R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[]})");
  BOOST_TEST(failures("empty_items") == "1");
  post("/orders", order_body, {{"X-User", "bob"}});
  BOOST_TEST(failures("forbidden") == "1");
  post("/orders", order_body, {{"X-User", "bob"}, {"X-User", "ann"}});
  BOOST_TEST(failures("other") == "1");
  BOOST_TEST(created() == "1");
  // The same refusal elsewhere is no refused order.
  next(refusal(rejection_code::insufficient_stock));
  post("/stock/WIDGET/reservations", R"({"qty":1})");
  BOOST_TEST(failures("insufficient_stock") == "1");
}

BOOST_AUTO_TEST_CASE(a_replay_counts_as_a_request_and_as_no_second_order) {
  auto first = std::make_shared<request_record>();
  first->status = 201;
  next(request_record_ptr(first));
  post("/orders", order_body, {{"Idempotency-Key", "k"}});
  auto refused = std::make_shared<request_record>();
  refused->status = 400;
  next(request_record_ptr(refused));
  post("/orders", order_body, {{"Idempotency-Key", "k2"}});
  BOOST_TEST(created() == "0");
  BOOST_TEST(failures("other") == "0");
  BOOST_TEST(requests("/orders", "POST", 201) == "1");
  BOOST_TEST(requests("/orders", "POST", 400) == "1");
}

BOOST_AUTO_TEST_CASE(a_dropped_request_counts_once_and_as_shed) {
  post("/orders", order_body);
  BOOST_TEST(requests("/orders", "POST", 503).empty());
  core.orders.clear();
  BOOST_TEST(requests("/orders", "POST", 503) == "1");
  BOOST_TEST(failures("overloaded") == "1");
  BOOST_TEST(shown("orderd_requests_shed_total{reason=\"overloaded\"}") == "1");
  const auto render = http::server_error_renderer(clock, &figures);
  static_cast<void>(render(503, "overloaded", http::detail_of_dropped_request));
  BOOST_TEST(shown("orderd_requests_shed_total{reason=\"overloaded\"}") == "1");
}

BOOST_AUTO_TEST_CASE(the_servers_own_refusals_are_counted_too) {
  const auto render = http::server_error_renderer(clock, &figures);
  static_cast<void>(render(431, "headers_too_large", "the request head is too large"));
  static_cast<void>(render(503, "overloaded", http::detail_of_refused_connection));
  static_cast<void>(render(503, "overloaded", "as many bytes of request bodies are under way as may be"));
  BOOST_TEST(requests("unmatched", "unknown", 431) == "1");
  BOOST_TEST(requests("unmatched", "unknown", 503) == "2");
  BOOST_TEST(shown("orderd_requests_shed_total{reason=\"connections\"}") == "1");
  BOOST_TEST(shown("orderd_requests_shed_total{reason=\"overloaded\"}") == "1");
}

BOOST_AUTO_TEST_CASE(requests_turned_away_for_a_while_are_counted_by_reason) {
  const std::vector<std::pair<rejection_code, std::string>> codes = {
      {rejection_code::backlog_full, "backlog_full"},
      {rejection_code::shutting_down, "shutting_down"},
      {rejection_code::store_unavailable, "store_unavailable"}};
  for (const auto& [code, reason] : codes) {
    next(refusal(code));
    get("/stock/WIDGET");
    BOOST_TEST(shown("orderd_requests_shed_total{reason=\"" + reason + "\"}") == "1", reason);
  }
}

BOOST_AUTO_TEST_CASE(while_the_engine_recovers_requests_are_turned_away_and_probes_are_not) {
  http::entrance door{clock, &figures};
  for (const auto* path : {"/stock", "/health/ready", "/metrics"}) {
    http::request in;
    in.path = path;
    door.handle(in, http::answer_port([](const http::response&) {}));
    BOOST_TEST(requests(path, "GET", 503) == "1", path);
  }
  BOOST_TEST(shown("orderd_requests_shed_total{reason=\"recovering\"}") == "1");
}

BOOST_AUTO_TEST_CASE(who_is_told_of_a_request_knows_its_id_and_what_kind_of_caller_it_was) {
  get("/sinks", {{"X-Request-Id", "mine"}});
  BOOST_TEST(told.id == "mine");
  BOOST_CHECK(told.kind == http::caller_kind::nameless_operator);
  get("/sinks", {{"X-User", "operator"}});
  BOOST_CHECK(told.kind == http::caller_kind::named_operator);
  get("/sinks", {{"X-User", "bob"}});
  BOOST_CHECK(told.kind == http::caller_kind::customer);
  BOOST_TEST(told.code == "forbidden");
  get("/health/live");
  BOOST_CHECK(told.kind == http::caller_kind::nobody);
  BOOST_TEST(told.count == 4);
}

BOOST_AUTO_TEST_CASE(a_status_is_for_operators_and_adds_up) {
  check_problem(get("/status", {{"X-User", "bob"}}), 403, "forbidden");
  next(std::make_shared<order>());
  post("/orders", order_body);
  next(refusal(rejection_code::insufficient_stock));
  post("/orders", order_body);
  core.state.durable_seq = 7;
  core.state.applied_seq = 5;
  const auto answer = get("/status");
  BOOST_TEST(answer.status == 200);
  http::json_document document;
  const auto root = document.parse(answer.body);
  BOOST_REQUIRE_MESSAGE(root, answer.body);
  const auto has = [&](const std::string& part) {
    BOOST_TEST(answer.body.find(part) != std::string::npos, part << " in " << answer.body);
  };
  has(R"("service":"shop")");
  has(R"("orders":{"created":1,"failures":{"insufficient_stock":1}})");
  has(R"("http":{"requests":3,"by_class":{"2xx":1,"3xx":0,"4xx":2,"5xx":0},"rate_limited":0,"shed":0)");
  has(R"("bounds_seconds":[0.0005,0.001,0.0025,0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10],"counts":[)");
  has(R"("backlog_events":2)");
  has(R"("sagas":{"stuck":0)");
}

BOOST_AUTO_TEST_CASE(a_limited_caller_is_refused_until_it_has_waited) {
  http::caller_rates rates({1, 2}, http::caller_names::believed);
  rebuild(&rates);
  core.answers_lists = true;
  const header_list bob = {{"X-User", "bob"}};
  const auto first = get("/stock", bob);
  BOOST_TEST(first.status == 200);
  BOOST_TEST(header_of(first, "RateLimit-Limit") == "2");
  BOOST_TEST(header_of(first, "RateLimit-Remaining") == "1");
  BOOST_TEST(header_of(first, "RateLimit-Reset") == "1");
  BOOST_TEST(header_of(first, "RateLimit") == "\"caller\";r=1;t=1");
  BOOST_TEST(header_of(first, "RateLimit-Policy") == "\"caller\";q=2;w=2");
  BOOST_TEST(get("/stock", bob).status == 200);
  const auto refused = get("/stock", bob);
  check_problem(refused, 429, "rate_limited");
  BOOST_TEST(header_of(refused, "Retry-After") == "1");
  BOOST_TEST(header_of(refused, "RateLimit-Remaining") == "0");
  BOOST_TEST(header_of(refused, "RateLimit-Reset") == "2");
  BOOST_TEST(shown("orderd_requests_rate_limited_total") == "1");
  BOOST_TEST(post("/orders", order_body, bob).status == 429);
  BOOST_TEST(failures("rate_limited") == "1");
  BOOST_TEST(get("/stock", {{"X-User", "carol"}}).status == 200);
  clock.advance(std::chrono::seconds{1});
  BOOST_TEST(get("/stock", bob).status == 200);
}

BOOST_AUTO_TEST_CASE(who_gives_no_name_is_limited_by_address_and_a_named_operator_not_at_all) {
  http::caller_rates rates({1, 1}, http::caller_names::believed);
  rebuild(&rates);
  core.answers_lists = true;
  BOOST_TEST(get("/stock").status == 200);
  BOOST_TEST(get("/stock").status == 429);
  for (int i = 0; i < 5; ++i) {
    const auto answer = get("/stock", {{"X-User", "operator"}});
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(header_of(answer, "RateLimit").empty());
  }
  for (const auto* path : {"/health", "/health/live", "/health/ready", "/metrics"})
    BOOST_TEST(get(path).status == 200, path);
}

BOOST_AUTO_TEST_CASE(a_name_that_anybody_can_make_up_neither_helps_nor_exempts) {
  http::caller_rates rates({1, 1}, http::caller_names::made_up);
  rebuild(&rates);
  core.answers_lists = true;
  BOOST_TEST(get("/stock", {{"X-User", "bob"}}).status == 200);
  for (const auto* name : {"carol", "operator", ""})
    check_problem(get("/stock", {{"X-User", name}}), 429, "rate_limited");
}

BOOST_AUTO_TEST_CASE(a_proof_and_its_refusal_tell_a_limited_caller_where_it_stands) {
  http::caller_rates rates({1, 5}, http::caller_names::made_up);
  rebuild(&rates);
  static_cast<void>(get("/stock/WIDGET/proof"));
  const auto listener = core.proofs.front().begin([](bool) {});
  BOOST_TEST(header_of(*last, "RateLimit-Remaining") == "4");
  static_cast<void>(get("/stock/WIDGET/proof"));
  core.proofs.back().refuse(refusal(rejection_code::store_unavailable));
  BOOST_TEST(header_of(*last, "RateLimit-Remaining") == "3");
}

BOOST_AUTO_TEST_CASE(a_refused_identity_is_limited_by_address) {
  http::token_identity by_token{{"operator"}, token_table{}};
  http::caller_rates rates({1, 1}, http::caller_names::believed);
  api = std::make_unique<http::api>(http::api_context{core, clock, by_token, placement_mode::immediate, "USD",
                                                      durability_mode::journal, draining, payments_mode::none,
                                                      nullptr, &observers, &figures, &rates});
  check_problem(get("/stock", {{"Authorization", "Bearer guess-1"}}), 401, "invalid_token");
  check_problem(get("/stock", {{"Authorization", "Bearer guess-2"}}), 429, "rate_limited");
}

BOOST_AUTO_TEST_CASE(addresses_are_told_apart_by_network) {
  http::caller_rates rates({1, 1}, http::caller_names::believed);
  const auto passes = [&](std::string_view peer) { return rates.take(nullptr, peer, clock.now())->passes; };
  BOOST_TEST(passes("10.0.0.1"));
  BOOST_TEST(passes("10.0.0.2"));
  BOOST_TEST(!passes("::ffff:10.0.0.1"));
  BOOST_TEST(passes("2001:db8:1:2::1"));
  BOOST_TEST(!passes("2001:db8:1:2:ffff::9"));
  BOOST_TEST(passes("2001:db8:1:3::1"));
  // A name that looks like an address is no address.
  const caller named{"10.0.0.1", false};
  BOOST_TEST(rates.take(&named, "10.0.0.1", clock.now())->passes);
}

BOOST_AUTO_TEST_SUITE_END()

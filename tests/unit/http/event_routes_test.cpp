#include "tests/unit/http/api_fixture.hpp"

#include <limits>

using namespace orderd;
using namespace orderd::tests;

namespace {

const std::string order_text = "0192f0c1-2b3c-7d4e-8f50-61728394a5b6";

struct event_routes_fixture : api_fixture {
  /// The stream that was begun last; fails if there is none.
  recording_engine::begun_stream& stream() {
    BOOST_REQUIRE(!core.streams.empty());
    return core.streams.back();
  }
  const event_history_query& page_query() {
    BOOST_REQUIRE(!core.lists.empty());
    return std::get<event_history_query>(core.lists.back().what);
  }
  http::response page(std::string query = {}, header_list headers = {}) {
    headers.emplace_back("Accept", "application/json");
    return get("/events" + query, std::move(headers));
  }
  void check_refused(const std::string& query, std::string_view named, header_list headers = {}) {
    BOOST_TEST_CONTEXT(query) {
      const auto answer = get("/events" + query, std::move(headers));
      check_problem(answer, 400, "bad_parameter");
      BOOST_TEST(member_of(answer, "detail").find(named) != std::string::npos, member_of(answer, "detail"));
      BOOST_TEST(core.streams.empty());
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_routes, event_routes_fixture)

BOOST_AUTO_TEST_CASE(a_stream_begins_now_with_the_headers_that_keep_it_live) {
  const auto answer = get("/events");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.content_type == "text/event-stream");
  BOOST_TEST(header_of(answer, "Cache-Control") == "no-store");
  BOOST_TEST(header_of(answer, "X-Accel-Buffering") == "no");
  BOOST_TEST(!header_of(answer, "X-Request-Id").empty());
  BOOST_TEST(answer.body.starts_with("retry: 2000\n:"));
  BOOST_TEST(answer.body.ends_with("\n\n"));
  BOOST_TEST(!stream().after.has_value());
  BOOST_TEST(stream().filter.types.empty());
  BOOST_TEST(stream().filter.subject == "");
  BOOST_TEST(!stream().filter.customer_id.has_value());
}

BOOST_AUTO_TEST_CASE(whoever_takes_whole_answers_only_gets_the_head_and_a_stream_that_has_ended) {
  static_cast<void>(get("/events"));
  BOOST_TEST(answers == 1);
  BOOST_TEST(!stream().listener->give(std::make_shared<const std::string>("data: 1\n\n")));
  BOOST_TEST(stream().listener->pending_bytes() == 0U);
  stream().listener->end(": end\n\n");
}

BOOST_AUTO_TEST_CASE(the_filters_are_taken_and_named_if_they_are_wrong) {
  static_cast<void>(get("/events?type=order_created,stock_low,order_created&subject=WIDGET&customer_id=ada"));
  BOOST_TEST(stream().filter.types == (std::vector<std::string>{"order_created", "stock_low"}),
             boost::test_tools::per_element());
  BOOST_TEST(stream().filter.subject == "WIDGET");
  BOOST_TEST((stream().filter.customer_id == "ada"));
  static_cast<void>(get("/events?order_id=0192F0C1-2B3C-7D4E-8F50-61728394A5B6"));
  BOOST_TEST(stream().filter.subject == order_text);
  static_cast<void>(get("/events?sku=A%20B"));
  BOOST_TEST(stream().filter.subject == "A B");
  core.streams.clear();
  check_refused("?type=order_created,order_eaten", "\"order_eaten\"");
  check_refused("?type=", "\"\"");
  check_refused("?type=order_created,", "\"\"");
  check_refused("?order_id=7", "\"7\"");
  check_refused("?sku=", "sku");
  check_refused("?subject=" + std::string(65, 'x'), "subject");
  check_refused("?sku=A&order_id=" + order_text, "sku");
  check_refused("?customer_id=", "customer_id");
}

BOOST_AUTO_TEST_CASE(a_customer_is_told_of_own_orders_only) {
  static_cast<void>(get("/events", {{"X-User", "ada"}}));
  BOOST_TEST((stream().filter.customer_id == "ada"));
  static_cast<void>(get("/events?customer_id=ada", {{"X-User", "ada"}}));
  BOOST_TEST((stream().filter.customer_id == "ada"));
  static_cast<void>(get("/events?customer_id=ada", {{"X-User", "operator"}}));
  BOOST_TEST((stream().filter.customer_id == "ada"));
  core.streams.clear();
  check_problem(get("/events?customer_id=bob", {{"X-User", "ada"}}), 403, "forbidden");
  check_problem(page("?customer_id=bob", {{"X-User", "ada"}}), 403, "forbidden");
  BOOST_TEST(core.streams.empty());
  static_cast<void>(page("", {{"X-User", "ada"}}));
  BOOST_TEST((page_query().filter.customer_id == "ada"));
  BOOST_TEST(page_query().looked_at_max == history_events_looked_at_max_of_customers);
  static_cast<void>(page("", {{"X-User", "operator"}}));
  BOOST_TEST(!page_query().filter.customer_id.has_value());
  BOOST_TEST(page_query().looked_at_max == history_events_looked_at_max);
}

BOOST_AUTO_TEST_CASE(a_stream_resumes_behind_the_last_event_or_begins_with_the_one_asked_for) {
  const auto begins_behind = [&](const std::string& query, header_list headers = {}) {
    static_cast<void>(get("/events" + query, std::move(headers)));
    BOOST_REQUIRE(stream().after.has_value());
    return to_text(*stream().after);
  };
  BOOST_TEST(begins_behind("", {{"Last-Event-ID", "12.1"}}) == "12.1");
  BOOST_TEST(begins_behind("?last_event_id=12.1") == "12.1");
  BOOST_TEST(begins_behind("?since=1&last_event_id=3.0", {{"Last-Event-ID", "12.1"}}) == "12.1");
  BOOST_TEST(begins_behind("?since=1&last_event_id=3.0") == "3.0");
  BOOST_TEST(begins_behind("?since=1", {{"Last-Event-ID", ""}}) == "0.0");
  BOOST_TEST(begins_behind("?since=0") == "0.0");
  // Behind all that is told of event 6, and so with the first that is told of event 7.
  BOOST_TEST(begins_behind("?since=7") == "6." + std::to_string(std::numeric_limits<std::uint32_t>::max()));
  core.streams.clear();
  check_refused("?since=-1", "\"-1\"");
  check_refused("?since=", "\"\"");
  check_refused("?since=99999999999999999999", "\"99999999999999999999\"");
  check_refused("?last_event_id=12", "\"12\"");
  check_refused("?last_event_id=12.1.", "\"12.1.\"");
  check_refused("", "\"x\"", {{"Last-Event-ID", "x"}});
}

BOOST_AUTO_TEST_CASE(one_stream_too_many_is_refused_and_told_when_to_come_back) {
  core.refuses_streams = true;
  const auto answer = get("/events");
  check_problem(answer, 503, "overloaded");
  BOOST_TEST(!header_of(answer, "Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(a_head_request_begins_no_stream) {
  const auto answer = call(http::method::head, "/events");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.content_type == "text/event-stream");
  BOOST_TEST(core.streams.empty());
  check_problem(post("/events", "{}"), 405, "method_not_allowed");
}

BOOST_AUTO_TEST_CASE(a_page_of_the_history_tells_where_to_go_on) {
  core.script.emplace_back(event_history_page{{R"({"id":"a"})", R"({"id":"b"})"}, {12, 1}, true});
  const auto first = page("?since=1&type=stock_low&limit=2");
  BOOST_TEST(first.status == 200);
  BOOST_TEST(first.content_type == "application/json");
  BOOST_TEST(first.body.starts_with(R"({"items":[{"id":"a"},{"id":"b"}],)"));
  BOOST_TEST(page_query().limit == 2U);
  BOOST_TEST(to_text(page_query().after) == "0.0");
  BOOST_TEST(member_of(first, "last_event_id") == "12.1");
  const auto cursor = member_of(first, "next_cursor");
  BOOST_TEST(header_of(first, "Link") ==
             "</events?since=1&type=stock_low&limit=2&cursor=" + cursor + ">; rel=\"next\"");
  core.script.emplace_back(event_history_page{{}, {40, 0}, false});
  const auto last = page("?since=1&limit=2&cursor=" + cursor);
  BOOST_TEST(to_text(page_query().after) == "12.1");
  BOOST_TEST(last.body == R"({"items":[],"next_cursor":null,"last_event_id":"40.0"})");
  BOOST_TEST(header_of(last, "Link") == "");
}

BOOST_AUTO_TEST_CASE(a_page_is_refused_what_it_cannot_do) {
  check_problem(page("?page=2"), 400, "bad_parameter");
  check_problem(page("?limit=101"), 400, "bad_parameter");
  check_problem(page("?cursor=zzz"), 400, "bad_parameter");
  BOOST_TEST(core.lists.empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_both_gets_the_stream) {
  static_cast<void>(get("/events", {{"Accept", "application/json, Text/Event-Stream;q=0.5"}}));
  BOOST_TEST(core.streams.size() == 1U);
  BOOST_TEST(core.lists.empty());
}

BOOST_AUTO_TEST_CASE(schemas_are_for_everybody_by_either_name) {
  const auto all = get("/schemas");
  BOOST_TEST(all.status == 200);
  BOOST_TEST(
      all.body.find(
          R"({"name":"stock_low","id":"urn:orderd:schema:stock_low:1","url":"/schemas/stock_low.json"})") !=
      std::string::npos);
  const auto one = get("/schemas/stock_low.json");
  BOOST_TEST(one.status == 200);
  BOOST_TEST(one.content_type == "application/schema+json");
  BOOST_TEST(member_of(one, "$id") == "urn:orderd:schema:stock_low:1");
  BOOST_TEST(get("/schemas/stock_low").body == one.body);
  BOOST_TEST(member_of(get("/schemas/cloud_event.json"), "$id") == "urn:orderd:schema:cloud_event:1");
  const auto none = get("/schemas/stock_high.json");
  check_problem(none, 404, "not_found");
  BOOST_TEST(member_of(none, "detail").find("stock_high") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

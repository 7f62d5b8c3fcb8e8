#include "config/id_source.hpp"
#include "http/conditions.hpp"
#include "http/cursor.hpp"
#include "http/metadata.hpp"
#include "http/problem.hpp"
#include "http/router.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::http;

namespace {

void nothing(call&) {}

request with_header(std::string_view name, std::string_view value) {
  request in;
  in.headers.push_back({name, value});
  return in;
}

router make_router() {
  return router({{method::get, "/orders", nothing},
                 {method::post, "/orders", nothing},
                 {method::get, "/orders/me", nothing},
                 {method::get, "/orders/{id}", nothing},
                 {method::put, "/orders/{id}", nothing},
                 {method::delete_, "/stock/{sku}/reservations/{id}", nothing}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(router_)

BOOST_AUTO_TEST_CASE(prefix_and_slash_at_the_end_make_no_difference) {
  const auto table = make_router();
  for (const auto* path : {"/orders/7", "/orders/7/", "/api/orders/7", "/api/orders/7/"}) {
    const auto match = table.match(method::put, path);
    BOOST_REQUIRE_MESSAGE(match.found != nullptr, path);
    BOOST_TEST(match.path_template == "/orders/{id}");
    BOOST_TEST(match.parameters.values[0] == "7");
  }
}

BOOST_AUTO_TEST_CASE(a_literal_before_a_parameter_wins_with_its_own_methods) {
  const auto table = make_router();
  BOOST_TEST(table.match(method::get, "/orders/me").path_template == "/orders/me");
  const auto wrong = table.match(method::put, "/orders/me");
  BOOST_TEST(wrong.found == nullptr);
  BOOST_TEST(wrong.allow == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(head_is_answered_like_get_and_unknown_paths_have_no_template) {
  const auto table = make_router();
  BOOST_TEST(table.match(method::head, "/orders").found == table.match(method::get, "/orders").found);
  for (const auto* path : {"/", "", "/order", "/orders//", "/orders//7", "/apiorders", "/api", "/orders/7/8",
                           "/stock/a/reservations/", "/stock//reservations/7"})
    BOOST_TEST(table.match(method::get, path).path_template.empty(), path);
  BOOST_TEST(table.match(method::get, std::string(100'000, '/')).path_template.empty());
  const auto two = table.match(method::delete_, "/stock/a%2Fb/reservations/7");
  BOOST_REQUIRE(two.parameters.count == 2);
  BOOST_TEST(two.parameters.values[0] == "a%2Fb");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cursor_)

BOOST_AUTO_TEST_CASE(cursors_come_back_as_they_were) {
  const order_position last{timestamp(std::chrono::milliseconds(1'700'000'000'123)), make_uuid_v7({}, 7, 8)};
  const auto text = encode_cursor(last);
  BOOST_TEST((decode_order_cursor(text) == last));
  BOOST_TEST(*decode_stock_cursor(encode_stock_cursor("A/b c")) == "A/b c");
  BOOST_TEST(*decode_timeline_cursor(encode_timeline_cursor(UINT64_MAX)) == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(what_is_no_cursor_of_the_list_is_refused) {
  const auto good = encode_cursor({});
  for (const auto& bad : {std::string(), std::string("x"), good + "A", good.substr(1), good + "=",
                          std::string("%%%"), encode_stock_cursor("A"), encode_timeline_cursor(1)})
    BOOST_TEST(!decode_order_cursor(bad), bad);
  BOOST_TEST(!decode_stock_cursor(good));
  BOOST_TEST(!decode_timeline_cursor(good));
}

BOOST_AUTO_TEST_CASE(paging_is_bounded) {
  for (const auto* bad :
       {"limit=0", "limit=101", "limit=x", "limit=1.0", "limit=-1", "limit=%2B1", "page=0", "page=-1",
        "page=99999999999999999999", "page=1&cursor=abc", "limit=1&limit=2", "a=%zz", "a=%C3"}) {
    const auto query = query_parameters::parse(bad);
    if (!query) {
      BOOST_TEST(query.error().code == "bad_parameter");
      continue;
    }
    const auto read = read_paging(*query);
    BOOST_REQUIRE_MESSAGE(!read, bad);
    BOOST_TEST(read.error().status == 400);
    BOOST_TEST(read.error().code == "bad_parameter");
  }
  const auto plain = read_paging(*query_parameters::parse(""));
  BOOST_TEST(plain->limit == 20U);
  BOOST_TEST(!plain->page);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(conditions_)

BOOST_AUTO_TEST_CASE(a_change_is_made_under_one_version) {
  BOOST_TEST(!*read_if_match({}));
  BOOST_TEST(!*read_if_match(with_header("If-Match", "*")));
  const std::vector<std::pair<const char*, std::uint64_t>> one = {
      {"\"7\"", 7U},   {"\"3\", \"3\"", 3U}, {"\"x\",\"12\", W/\"9\"", 12U},
      {"W/\"3\"", 0U}, {"\"x\", \"y\"", 0U}, {"\"07\"", 0U},
      {"\"\"", 0U}};
  for (const auto& [header, version] : one)
    BOOST_TEST(**read_if_match(with_header("If-Match", header)) == version, header);
  for (const auto* bad : {"", "7", "\"7", "\"7\" \"8\"", "\"7\",", "'7'", "\"2\", \"9\"", "\"9\",\"2\""})
    BOOST_TEST(read_if_match(with_header("If-Match", bad)).error().code == "bad_parameter", bad);
}

BOOST_AUTO_TEST_CASE(a_known_version_is_recognised) {
  BOOST_TEST(names_etag("\"1\", W/\"7\"", "\"7\""));
  BOOST_TEST(names_etag("*", "\"7\""));
  BOOST_TEST(!names_etag("\"1\"", "\"7\""));
  BOOST_TEST(!names_etag("7", "\"7\""));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(metadata_)

BOOST_AUTO_TEST_CASE(a_merge_replaces_adds_and_removes) {
  BOOST_TEST(*merge_metadata(R"({"a":1,"b":{"c":2,"d":3},"e":4})",
                             R"({"a":null,"b":{"c":null,"x":[1]},"f":{"g":null}})") ==
             R"({"b":{"d":3,"x":[1]},"e":4,"f":{}})");
  BOOST_TEST(*merge_metadata("{}", R"({"a":1,"a":2})") == R"({"a":2})");
  BOOST_TEST(*merge_metadata(R"({"a":1})", "{}") == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(a_merge_never_outgrows_the_bound) {
  const auto half = std::string(9000, 'x');
  const auto refused = merge_metadata(R"({"a":")" + half + R"("})", R"({"b":")" + half + R"("})");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == rejection_code::invalid_field));
  BOOST_TEST(merge_with(R"({"a":"y"})")(R"({"a":")" + half + R"("})").value() == R"({"a":"y"})");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ids_and_problems)

BOOST_AUTO_TEST_CASE(ids_ascend_when_the_clock_does_not) {
  tests::manual_clock clock;
  auto previous = fresh_id(clock);
  for (int i = 0; i < 20'000; ++i) {
    if (i == 10'000)
      clock.advance(std::chrono::milliseconds(-5000));
    const auto next = fresh_id(clock);
    BOOST_REQUIRE(previous < next);
    previous = next;
  }
  BOOST_TEST(to_string(previous)[14] == '7');
}

BOOST_AUTO_TEST_CASE(every_refusal_has_its_status) {
  using enum rejection_code;
  const std::vector<std::pair<rejection_code, int>> expected = {
      {shutting_down, 503},       {overloaded, 503},    {backlog_full, 503},      {store_unavailable, 503},
      {missing_user, 401},        {not_found, 404},     {forbidden, 403},         {version_mismatch, 412},
      {illegal_transition, 409},  {invalid_field, 422}, {product_id_taken, 409},  {unknown_product, 400},
      {reservation_expired, 409}, {price_changed, 409}, {insufficient_stock, 400}};
  for (const auto& [code, status] : expected)
    BOOST_TEST(status_of(code) == status, code_text(code));
}

BOOST_AUTO_TEST_CASE(shortages_and_allowed_statuses_are_listed) {
  rejection refused{rejection_code::insufficient_stock, "not enough", "items", {{"A", 3, 1}}, {}};
  BOOST_TEST(
      to_response(to_problem(refused), "r").body ==
      R"({"type":"/problems/insufficient_stock","title":"Bad Request","status":400,"detail":"not enough",)"
      R"("code":"insufficient_stock","errors":[{"sku":"A","requested":3,"available":1}],"request_id":"r"})");
  refused = {rejection_code::illegal_transition, "no", {}, {}, {"accepted", "cancelled"}};
  BOOST_TEST(to_response(to_problem(refused), "").body.find(R"("allowed":["accepted","cancelled"])") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

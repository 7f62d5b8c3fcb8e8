#include "tests/e2e/running_orderd.hpp"

#include <string>
#include <string_view>

using namespace orderd::test;

namespace {

struct change {
  std::string_view method;
  std::string_view path; ///< behind that of the order, or of the item's reservation in the place of `{}`
  std::string_view body;
  int done = 200;
};

/// Of a processed order, each made before the next.
constexpr change order_changes[] = {
    {"PATCH", "", R"({"metadata":{"a":1}})"},
    {"POST", "/accept", R"({"runner_id":"runner-7"})"},
    {"POST", "/complete", ""},
};
/// Of a draft, each of another one.
constexpr change draft_changes[] = {
    {"PUT", "", R"({"status":"cancelled"})"},
    {"PATCH", "/status", R"({"status":"cancelled"})"},
    {"POST", "/place", ""},
    {"POST", "/cancel", ""},
};
constexpr change stock_changes[] = {
    {"PUT", "/stock/WIDGET", R"({"name":"Widget"})"},
    {"POST", "/stock/WIDGET/adjustments", R"({"delta":1})"},
    {"POST", "/stock/WIDGET/reservations", R"({"qty":1})", 201},
    {"PATCH", "/stock/WIDGET/reservations/{}", R"({"ttl_seconds":86400})"},
    {"DELETE", "/stock/WIDGET/reservations/{}", ""},
    {"POST", "/stock/WIDGET/reservations/{}/commit", ""},
};

struct with_stock : running_orderd {
  with_stock() { api.define("WIDGET", 100); }

  [[nodiscard]] std::string tag_of(const std::string& entity) { return api.get(entity).header("ETag"); }

  std::string draft() {
    return "/orders/" + api.post("/orders", R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000",)"
                                            R"("status":"draft","items":[{"sku":"WIDGET","qty":1}]})")["id"]
                            .text();
  }

  /// The change of `entity` is made under its own tag alone, and what is refused changes nothing.
  void check(const change& one, const std::string& entity, const std::string& path) {
    const auto before = tag_of(entity);
    BOOST_TEST_CONTEXT(one.method << ' ' << path << " at " << before) {
      for (const auto& other : {std::string("\"99\""), "W/" + before, std::string("\"x\"")})
        check_problem(api.ask(one.method, path, one.body, {"If-Match: " + other}), 412, "version_mismatch");
      check_problem(api.ask(one.method, path, one.body, {"If-Match: " + before.substr(1)}), 400,
                    "bad_parameter");
      BOOST_TEST(tag_of(entity) == before);
      const auto done = api.ask(one.method, path, one.body, {"If-Match: " + before});
      BOOST_TEST(done.status == one.done, done.raw.body);
      BOOST_TEST(tag_of(entity) != before);
    }
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_FIXTURE_TEST_CASE(every_change_of_an_order_is_made_under_its_version, with_stock) {
  for (const auto& each : draft_changes) {
    const auto order = draft();
    check(each, order, order + std::string(each.path));
  }
  const auto order = draft();
  BOOST_REQUIRE_EQUAL(api.post(order + "/place").status, 200);
  for (const auto& each : order_changes)
    check(each, order, order + std::string(each.path));
}

BOOST_FIXTURE_TEST_CASE(every_change_of_stock_and_its_reservations_is_made_under_the_items_version,
                        with_stock) {
  for (const auto& each : stock_changes) {
    std::string path(each.path);
    if (const auto mark = path.find("{}"); mark != std::string::npos)
      path.replace(mark, 2, api.post("/stock/WIDGET/reservations", R"({"qty":1})")["id"].text());
    check(each, "/stock/WIDGET", path);
  }
}

BOOST_FIXTURE_TEST_CASE(a_look_has_no_precondition, with_stock) {
  const auto order = draft();
  const auto reservation =
      "/stock/WIDGET/reservations/" + api.post("/stock/WIDGET/reservations", R"({"qty":1})")["id"].text();
  for (const auto& path : {order, std::string("/stock/WIDGET"), reservation})
    BOOST_TEST(api.get(path, {"If-Match: \"99\""}).status == 200, path);
}

BOOST_AUTO_TEST_SUITE_END()

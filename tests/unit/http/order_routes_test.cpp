#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

const std::string customer = "550e8400-e29b-41d4-a716-446655440000";
const std::string order_path = "/orders/01890a5d-ac96-774b-bcce-b302099a8057";
const header_list alice = {{"X-User", "alice"}};

order_ptr sample_order() {
  order shown;
  shown.id = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  shown.customer_id = customer;
  shown.status = order_status::processed;
  shown.payment = payment_status::authorized;
  shown.version = 7;
  shown.currency = "USD";
  order_line line;
  line.id = shown.id;
  line.sku = "WIDGET";
  line.product_id = 2;
  line.qty = 2;
  line.price = 1999;
  shown.lines = {line};
  shown.total = 3998;
  shown.metadata = R"({"source":"web"})";
  return std::make_shared<const order>(std::move(shown));
}

const create_order& created(const recording_engine& core) {
  BOOST_REQUIRE(core.orders.size() == 1U);
  return std::get<create_order>(core.orders.front().what);
}

const change_order& changed(const recording_engine& core) {
  BOOST_REQUIRE(core.orders.size() == 1U);
  return std::get<change_order>(core.orders.front().what);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(order_routes, api_fixture)

BOOST_AUTO_TEST_CASE(creating_answers_201_with_location_and_etag) {
  core.script.emplace_back(sample_order());
  const auto answer = post("/orders", R"({"customer_id":")" + customer +
                                          R"(","items":[{"sku":"WIDGET","qty":2,"price":19.99},)"
                                          R"({"product_id":2,"qty":1}],"metadata":{ "a" : [1, 2] }})");
  BOOST_TEST(answer.status == 201);
  BOOST_TEST(header_of(answer, "Location") == order_path);
  BOOST_TEST(header_of(answer, "ETag") == "\"7\"");
  const auto& command = created(core);
  BOOST_TEST((command.wanted == order_status::processed));
  BOOST_TEST(command.customer_id == customer);
  BOOST_TEST(command.metadata == R"({"a":[1,2]})");
  BOOST_REQUIRE(command.lines.size() == 1U);
  BOOST_TEST(command.lines[0].sku == "WIDGET");
  BOOST_TEST(command.lines[0].qty == 3);
  BOOST_TEST(*command.lines[0].price == 1999);
  BOOST_TEST(command.lines[0].price_given);
  BOOST_TEST(!command.lines[0].id.is_nil());
}

BOOST_AUTO_TEST_CASE(an_order_is_shown_with_every_field_of_the_contract) {
  core.script.emplace_back(sample_order());
  const auto answer = get(order_path);
  BOOST_TEST(
      answer.body ==
      R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057","customer_id":"550e8400-e29b-41d4-a716-446655440000",)"
      R"("status":"processed","version":7,"payment_status":"authorized","currency":"USD","total_cents":3998,)"
      R"("total_amount":39.98,"items":[{"id":"01890a5d-ac96-774b-bcce-b302099a8057","sku":"WIDGET",)"
      R"("product_id":2,"qty":2,"price_cents":1999,"price":19.99,"reservation_id":null,)"
      R"("created_at":"1970-01-01T00:00:00.000Z"}],"metadata":{"source":"web"},"runner_id":null,)"
      R"("failure":null,"saga":null,"accept_by":null,)"
      R"("created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.000Z"})");
  core.script.emplace_back(sample_order());
  BOOST_TEST(get(order_path, {{"If-None-Match", "\"7\""}}).status == 304);
}

BOOST_AUTO_TEST_CASE(what_a_draft_does_not_know_yet_is_null) {
  order draft = *sample_order();
  draft.status = order_status::draft;
  draft.lines[0].qty = 0;
  draft.lines[0].price.reset();
  draft.lines[0].reservation = draft.id;
  core.script.emplace_back(std::make_shared<const order>(std::move(draft)));
  const auto answer = get(order_path);
  BOOST_TEST(answer.body.find(R"("qty":null,"price_cents":null,"price":null,"reservation_id":")") !=
                 std::string::npos,
             answer.body);
}

BOOST_AUTO_TEST_CASE(refusals_of_creation_come_in_their_order) {
  check_problem(post("/orders", "x", {{"Content-Type", "text/plain"}}), 415, "unsupported_media_type");
  check_problem(post("/orders", ""), 400, "malformed_json");
  check_problem(post("/orders", R"({"items":[}")"), 400, "malformed_json");
  check_problem(post("/orders", R"({"items":7})"), 401, "missing_user");
  check_problem(post("/orders", "[]"), 401, "missing_user");
  check_problem(post("/orders", "[]", alice), 422, "invalid_field");
  check_problem(post("/orders", R"({"items":[],"metadata":7})", alice), 422, "invalid_field");
  check_problem(post("/orders", R"({"items":[{"sku":"A","qty":1}],"status":"lost"})", alice), 400,
                "unknown_status");
  check_problem(post("/orders", R"({"items":[]})", alice), 400, "empty_items");
  check_problem(
      post("/orders", R"({"customer_id":")" + customer + R"(","items":[{"sku":"A","qty":1}]})", alice), 403,
      "forbidden");
  check_problem(post("/orders", R"({"items":[{"product_id":99,"qty":1}]})", alice), 400, "unknown_product");
  BOOST_TEST(core.orders.empty());
  BOOST_TEST(answers == 11);
}

BOOST_AUTO_TEST_CASE(who_orders_is_asked_before_what) {
  for (const auto* body :
       {R"({"items":[]})", R"({"items":"x"})", "{}", "7", R"({"items":[],"customer_id":null})"})
    check_problem(post("/orders", body), 401, "missing_user");
  // Whom a body names that cannot be read is not known.
  check_problem(post("/orders", R"({"items":)"), 400, "malformed_json");
  check_problem(post("/orders", "items", {{"Content-Type", "text/plain"}}), 415, "unsupported_media_type");
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(every_wrong_shape_of_an_item_is_named) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {R"({"qty":1})", "items[0].sku"},
      {R"({"sku":"A"})", "items[0].qty"},
      {R"({"sku":"","qty":1})", "items[0].sku"},
      {R"({"sku":")" + std::string(65, 'a') + R"(","qty":1})", "items[0].sku"},
      {R"({"sku":"a\u0000b","qty":1})", "items[0].sku"},
      {R"({"sku":7,"qty":1})", "items[0].sku"},
      {R"({"sku":"A","qty":0})", "items[0].qty"},
      {R"({"sku":"A","qty":-1})", "items[0].qty"},
      {R"({"sku":"A","qty":2147483648})", "items[0].qty"},
      {R"({"sku":"A","qty":99999999999999999999})", "items[0].qty"},
      {R"({"sku":"A","qty":2.0})", "items[0].qty"},
      {R"({"sku":"A","qty":1e0})", "items[0].qty"},
      {R"({"sku":"A","qty":true})", "items[0].qty"},
      {R"({"sku":"A","qty":"1"})", "items[0].qty"},
      {R"({"sku":"A","qty":1,"price":19.999})", "items[0].price"},
      {R"({"sku":"A","qty":1,"price":"19.99"})", "items[0].price"},
      {R"({"sku":"A","qty":1,"price":-1})", "items[0].price"},
      {R"({"sku":"A","qty":1,"price":1e400})", "items[0].price"},
      {R"({"sku":"A","qty":1,"price_cents":1.5})", "items[0].price_cents"},
      {R"({"sku":"A","qty":1,"price":1,"price_cents":101})", "items[0].price"},
      {R"({"product_id":"2","qty":1})", "items[0].product_id"},
      {"7", "items[0]"}};
  for (const auto& [item, field] : wrong) {
    const auto answer = post("/orders", R"({"items":[)" + item + "]}", alice);
    check_problem(answer, 422, "invalid_field");
    BOOST_TEST(answer.body.find("\"field\":\"" + field + '"') != std::string::npos,
               item << " -> " << answer.body);
  }
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(every_wrong_shape_of_an_order_is_refused) {
  const std::string item = R"("items":[{"sku":"A","qty":1}])";
  const std::string many = [] {
    std::string lines = R"("items":[{"sku":"A","qty":1})";
    for (int i = 0; i < 100; ++i)
      lines += R"(,{"sku":"A","qty":1})";
    return lines + ']';
  }();
  for (const auto& body :
       {std::string("{}"), std::string(R"({"items":{}})"), std::string(R"({"items":null})"), "{" + many + "}",
        "{" + item + R"(,"customer_id":7})", "{" + item + R"(,"customer_id":"bob"})",
        "{" + item + R"(,"metadata":[]})",
        "{" + item + R"(,"metadata":{"a":")" + std::string(16 * 1024, 'x') + R"("}})",
        "{" + item + R"(,"status":7})", "{" + item + R"(,"status":"processed"})",
        std::string(R"({"reservations":[{"sku":"A","id":"7"}]})"),
        std::string(R"({"reservations":[{"sku":"A"}]})"),
        std::string(R"({"items":[{"sku":"A","qty":1,"product_id":2}]})"),
        std::string(R"({"items":[{"sku":"A","qty":2147483647},{"sku":"A","qty":1}]})")})
    check_problem(post("/orders", body, alice), 422, "invalid_field");
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(a_draft_keeps_an_unknown_product_and_quotes_a_known_one) {
  post("/orders", R"({"status":"draft","items":[{"product_id":99,"qty":1},{"sku":"WIDGET","qty":2}]})",
       alice);
  const auto& command = created(core);
  BOOST_TEST((command.wanted == order_status::draft));
  BOOST_TEST(command.customer_id == "alice");
  BOOST_REQUIRE(command.lines.size() == 2U);
  BOOST_TEST(command.lines[0].sku.empty());
  BOOST_TEST(*command.lines[1].price == 1999);
  BOOST_TEST(!command.lines[1].price_given);
  BOOST_TEST(*command.lines[1].product_id == 2);
}

BOOST_AUTO_TEST_CASE(the_setting_decides_where_the_body_does_not) {
  const std::string items = R"("items":[{"sku":"A","qty":1}])";
  const auto wanted = [&](placement_mode mode, const std::string& more) {
    api = make(mode);
    core.orders.clear();
    post("/orders", "{" + items + more + "}", alice);
    return created(core).wanted;
  };
  const std::string registered = R"(,"status":"placed")";
  BOOST_TEST((wanted(placement_mode::immediate, "") == order_status::processed));
  BOOST_TEST((wanted(placement_mode::immediate, registered) == order_status::processed));
  BOOST_TEST((wanted(placement_mode::deferred, "") == order_status::registered));
  BOOST_TEST((wanted(placement_mode::deferred, registered) == order_status::registered));
  BOOST_TEST((wanted(placement_mode::draft, "") == order_status::draft));
}

BOOST_AUTO_TEST_CASE(reservations_become_lines) {
  post("/orders", R"({"reservations":[{"sku":"A","id":"01890a5d-ac96-774b-bcce-b302099a8057"}]})", alice);
  const auto& command = created(core);
  BOOST_REQUIRE(command.lines.size() == 1U);
  BOOST_TEST(command.lines[0].reservation.has_value());
}

BOOST_AUTO_TEST_CASE(transitions_name_their_target) {
  const std::vector<std::pair<std::string, order_status>> paths = {{"/place", order_status::registered},
                                                                   {"/accept", order_status::accepted},
                                                                   {"/complete", order_status::completed},
                                                                   {"/cancel", order_status::cancelled}};
  for (const auto& [path, target] : paths) {
    core.orders.clear();
    post(order_path + path, "", {{"If-Match", "\"3\""}});
    BOOST_TEST((changed(core).status->target == target));
    BOOST_TEST(*core.orders.front().if_match == 3U);
  }
  core.orders.clear();
  post(order_path + "/accept", R"({"runner_id":"bob"})");
  BOOST_TEST(changed(core).status->runner_id == "bob");
  core.orders.clear();
  post(order_path + "/cancel", R"({"reason":"late"})");
  BOOST_TEST(changed(core).status->reason == "late");
}

BOOST_AUTO_TEST_CASE(a_step_is_tried_again_under_a_version_and_without_more_to_say) {
  for (const auto* body : {"", "{}"}) {
    core.orders.clear();
    post(order_path + "/retry", body, {{"If-Match", "\"3\""}});
    BOOST_REQUIRE(core.orders.size() == 1U);
    BOOST_TEST(std::holds_alternative<retry_order>(core.orders.front().what));
    BOOST_TEST(*core.orders.front().if_match == 3U);
  }
  core.orders.clear();
  check_problem(post("/orders/7/retry", ""), 422, "invalid_field");
  check_problem(post(order_path + "/retry", "", {{"If-Match", "3"}}), 400, "bad_parameter");
  check_problem(post(order_path + "/retry", "{bad"), 400, "malformed_json");
  check_problem(post(order_path + "/retry", "[]"), 422, "invalid_field");
  check_problem(post(order_path + "/retry", "{}", {{"Content-Type", "text/plain"}}), 415,
                "unsupported_media_type");
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(orders_that_are_stuck_can_be_listed_alone) {
  const auto asked = [&](const std::string& query) {
    core.lists.clear();
    get("/orders" + query);
    BOOST_REQUIRE(core.lists.size() == 1U);
    return std::get<order_query>(core.lists.front().what).stuck;
  };
  BOOST_TEST(asked("?stuck=true"));
  BOOST_TEST(!asked("?stuck=false"));
  BOOST_TEST(!asked(""));
  core.lists.clear();
  for (const auto* word : {"", "1", "TRUE", "yes"})
    check_problem(get("/orders?stuck=" + std::string(word)), 400, "bad_parameter");
  BOOST_TEST(core.lists.empty());
}

BOOST_AUTO_TEST_CASE(put_and_patch_change_the_status_and_patch_merges_metadata) {
  call(method::put, order_path, R"({"status":"cancelled","metadata":{"a":1}})");
  BOOST_TEST((changed(core).status->target == order_status::cancelled));
  BOOST_TEST(!changed(core).merge);
  core.orders.clear();
  call(method::patch, order_path, R"({"metadata":{"a":null,"b":2}})");
  BOOST_TEST(!changed(core).status);
  BOOST_TEST(*changed(core).merge(R"({"a":1})") == R"({"b":2})");
  core.orders.clear();
  call(method::patch, order_path + "/status", R"({"status":"placed"})");
  BOOST_TEST((changed(core).status->target == order_status::registered));
  core.orders.clear();
  check_problem(call(method::patch, order_path, "{}"), 422, "invalid_field");
  check_problem(call(method::put, order_path, R"({"metadata":{}})"), 422, "invalid_field");
  check_problem(call(method::put, order_path, R"({"status":"lost"})"), 400, "unknown_status");
  check_problem(call(method::put, order_path, R"({"status":1})"), 422, "invalid_field");
  check_problem(call(method::put, order_path, "{"), 400, "malformed_json");
  check_problem(call(method::put, order_path, R"({"status":"draft"})", {{"If-Match", "3"}}), 400,
                "bad_parameter");
  check_problem(call(method::put, "/orders/7", R"({"status":"draft"})"), 422, "invalid_field");
  check_problem(post(order_path + "/accept", R"({"runner_id":""})"), 422, "invalid_field");
  check_problem(get("/orders/7"), 422, "invalid_field");
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(every_string_that_is_no_status_is_an_unknown_status) {
  for (const auto& word :
       {std::string(), std::string(" draft"), std::string("a\\u0000b"), std::string(1000, 'x')}) {
    const auto status = R"("status":")" + word + '"';
    check_problem(post("/orders", R"({"items":[{"sku":"A","qty":1}],)" + status + '}', alice), 400,
                  "unknown_status");
    for (const auto* path : {"", "/status"})
      check_problem(call(method::patch, order_path + path, '{' + status + '}'), 400, "unknown_status");
    check_problem(call(method::put, order_path, '{' + status + '}'), 400, "unknown_status");
  }
  for (const auto* value : {"7", "[]", "{}", "true"})
    check_problem(call(method::patch, order_path, R"({"status":)" + std::string(value) + '}'), 422,
                  "invalid_field");
  BOOST_TEST(core.orders.empty());
}

BOOST_AUTO_TEST_CASE(refusals_of_the_engine_become_problems) {
  core.script.emplace_back(refusal(rejection_code::version_mismatch));
  check_problem(get(order_path), 412, "version_mismatch");
  core.script.emplace_back(refusal(rejection_code::overloaded));
  const auto busy = get(order_path);
  check_problem(busy, 503, "overloaded");
  BOOST_TEST(header_of(busy, "Retry-After") == "1");
}

BOOST_AUTO_TEST_CASE(lists_filter_and_page) {
  order_page page;
  page.items = {sample_order()};
  page.more = true;
  core.script.emplace_back(page);
  const auto answer = get("/orders?status=placed&limit=1&customer_id=" + customer +
                          "&created_after=2026-01-01T00:00:00+01:00&created_before=2026-02-01T00:00:00Z");
  BOOST_TEST(answer.status == 200);
  const auto cursor = member_of(answer, "next_cursor");
  BOOST_TEST(!cursor.empty());
  BOOST_TEST(header_of(answer, "Link").find("cursor=" + cursor + ">; rel=\"next\"") != std::string::npos);
  const auto query = std::get<order_query>(core.lists.front().what);
  BOOST_TEST((query.status == order_status::registered));
  BOOST_TEST(*query.customer_id == customer);
  BOOST_TEST(query.limit == 1U);
  BOOST_TEST(to_rfc3339(*query.created_after) == "2025-12-31T23:00:00.000Z");
  core.lists.clear();
  get("/orders?cursor=" + cursor);
  BOOST_TEST((std::get<order_query>(core.lists.front().what).after == sample_order()->id));
  page.total = 41;
  core.script.emplace_back(page);
  const auto numbered = get("/orders?page=2&limit=20");
  BOOST_TEST(member_of(numbered, "total") == "41");
  BOOST_TEST(member_of(numbered, "pages") == "3");
  BOOST_TEST(member_of(numbered, "page") == "2");
  BOOST_TEST(header_of(numbered, "Link").find("page=3>; rel=\"next\"") != std::string::npos);
  BOOST_TEST(numbered.body.find("total_capped") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(page_numbers_end_where_rows_are_no_longer_counted) {
  order_page page;
  page.items = {sample_order()};
  page.more = true;
  page.total = rows_counted_max;
  core.script.emplace_back(page);
  const auto last = get("/orders?limit=100&page=" + std::to_string(rows_counted_max / 100));
  BOOST_TEST(member_of(last, "total") == std::to_string(rows_counted_max));
  BOOST_TEST(member_of(last, "total_capped") == "true");
  BOOST_TEST(member_of(last, "pages") == std::to_string(rows_counted_max / 100));
  BOOST_TEST(header_of(last, "Link").find("rel=\"next\"") == std::string::npos);
  BOOST_TEST(core.lists.size() == 1U);
  for (const auto* path : {"/orders", "/orders/me", "/orders/status/draft", "/stock"}) {
    const auto refused = get(std::string(path) + "?page=1001&limit=100", alice);
    check_problem(refused, 400, "bad_parameter");
    BOOST_TEST(refused.body.find("page 1001") != std::string::npos);
    BOOST_TEST(refused.body.find("cursor") != std::string::npos);
  }
  BOOST_TEST(core.lists.size() == 1U);
}

BOOST_AUTO_TEST_CASE(bad_lists_are_refused) {
  check_problem(get("/orders?status=lost"), 400, "unknown_status");
  check_problem(get("/orders/status/lost"), 400, "unknown_status");
  for (const auto* bad :
       {"limit=0", "limit=101", "page=0", "cursor=xx", "page=1&cursor=b", "created_after=today",
        "created_before=2026-13-01T00:00:00Z", "status=%zz", "customer_id=%00"})
    check_problem(get(std::string("/orders?") + bad), 400, "bad_parameter");
  check_problem(get("/orders/me"), 401, "missing_user");
  check_problem(get("/orders?customer_id=" + customer, alice), 403, "forbidden");
  BOOST_TEST(core.lists.empty());
}

BOOST_AUTO_TEST_CASE(customers_list_their_own_orders_only) {
  for (const auto* path : {"/orders", "/orders/me", "/orders/status/registered"}) {
    core.lists.clear();
    get(path, alice);
    BOOST_REQUIRE(core.lists.size() == 1U);
    BOOST_TEST(*std::get<order_query>(core.lists.front().what).customer_id == "alice");
  }
}

BOOST_AUTO_TEST_CASE(a_timeline_shows_what_happened) {
  timeline_page page;
  order_event cancelled;
  cancelled.version = 2;
  cancelled.actor = "alice";
  cancelled.what = order_cancelled{"late", {}};
  page.events = {cancelled};
  page.more = true;
  core.script.emplace_back(page);
  const auto answer = get(order_path + "/events?limit=1", alice);
  BOOST_TEST(answer.body.find(R"("event_type":"order_cancelled","version":2)") != std::string::npos);
  BOOST_TEST(answer.body.find(R"("status":"cancelled","reason":"late")") != std::string::npos);
  core.lists.clear();
  get(order_path + "/events?cursor=" + member_of(answer, "next_cursor"));
  BOOST_TEST(std::get<timeline_query>(core.lists.front().what).after_version == 2U);
  check_problem(get(order_path + "/events?cursor=!"), 400, "bad_parameter");
  check_problem(get(order_path + "/events?page=1"), 400, "bad_parameter");
  check_problem(get("/orders/x/events"), 422, "invalid_field");
}

BOOST_AUTO_TEST_SUITE_END()

#include "config/limits.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

const std::string reservation_path = "/stock/A/reservations/01890a5d-ac96-774b-bcce-b302099a8057";
const header_list alice = {{"X-User", "alice"}};

stock_view sample_stock() {
  stock_view shown;
  shown.product = {"A b", 2, "Widget", 1999};
  shown.levels = {10, 3};
  shown.version = 4;
  return shown;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stock_routes, api_fixture)

BOOST_AUTO_TEST_CASE(defining_answers_201_when_new_and_200_when_known) {
  core.script.emplace_back(defined_stock{sample_stock(), true});
  auto answer = call(method::put, "/stock/A%20b",
                     R"({"name":"Widget","price":19.99,"price_cents":1999,"on_hand":10,"product_id":2})");
  BOOST_TEST(answer.status == 201);
  BOOST_TEST(header_of(answer, "Location") == "/stock/A%20b");
  BOOST_TEST(header_of(answer, "ETag") == "\"4\"");
  BOOST_TEST(answer.body ==
             R"({"sku":"A b","product_id":2,"name":"Widget","price_cents":1999,"price":19.99,"on_hand":10,)"
             R"("reserved":3,"available":7,"low_stock_threshold":null,"version":4,)"
             R"("updated_at":"1970-01-01T00:00:00.000Z"})");
  BOOST_TEST(core.stock.front().sku == "A b");
  const auto& command = std::get<define_stock>(core.stock.front().what);
  BOOST_TEST(*command.price == 1999);
  core.script.emplace_back(defined_stock{sample_stock(), false});
  BOOST_TEST(call(method::put, "/api/stock/A%20b/", "{}").status == 200);
}

BOOST_AUTO_TEST_CASE(a_threshold_is_set_kept_or_taken_away) {
  const auto command_of = [&](const std::string& body) {
    core.stock.clear();
    core.script.emplace_back(defined_stock{sample_stock(), false});
    BOOST_TEST(call(method::put, "/stock/A", body).status == 200);
    return std::get<define_stock>(core.stock.front().what);
  };
  BOOST_TEST((command_of(R"({"low_stock_threshold":5})").low_threshold == 5));
  BOOST_TEST((command_of(R"({"low_stock_threshold":0})").low_threshold == 0));
  const auto kept = command_of("{}");
  BOOST_TEST((!kept.low_threshold && !kept.drops_low_threshold));
  const auto dropped = command_of(R"({"low_stock_threshold":null})");
  BOOST_TEST((!dropped.low_threshold && dropped.drops_low_threshold));
  core.stock.clear();
  for (const auto* body : {R"({"low_stock_threshold":-1})", R"({"low_stock_threshold":1000000000001})",
                           R"({"low_stock_threshold":1.5})", R"({"low_stock_threshold":"5"})"}) {
    const auto answer = call(method::put, "/stock/A", body);
    check_problem(answer, 422, "invalid_field");
    BOOST_TEST(answer.body.find("low_stock_threshold is ") != std::string::npos);
  }
  BOOST_TEST(core.stock.empty());
  auto shown = sample_stock();
  shown.product.low_threshold = 5;
  core.script.emplace_back(shown);
  BOOST_TEST(get("/stock/A").body.find(R"("low_stock_threshold":5,)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_import_sets_thresholds) {
  for (int i = 0; i < 2; ++i)
    core.script.emplace_back(defined_stock{sample_stock(), true});
  auto answer = post("/stock/import", "sku,low_stock_threshold\nA,5\nB,\nC,-1\nD,1000000000001\n",
                     {{"Content-Type", "text/csv"}});
  BOOST_TEST(member_of(answer, "failed") == "2");
  BOOST_TEST(answer.body.find(R"(low_stock_threshold is \"-1\")") != std::string::npos, answer.body);
  BOOST_REQUIRE(core.stock.size() == 2U);
  BOOST_TEST((std::get<define_stock>(core.stock[0].what).low_threshold == 5));
  const auto& absent = std::get<define_stock>(core.stock[1].what);
  BOOST_TEST((!absent.low_threshold && !absent.drops_low_threshold));
  core.stock.clear();
  for (int i = 0; i < 2; ++i)
    core.script.emplace_back(defined_stock{sample_stock(), true});
  answer = post("/stock/import", "{\"sku\":\"A\",\"low_stock_threshold\":5}\n"
                                 "{\"sku\":\"B\",\"low_stock_threshold\":null}\n"
                                 "{\"sku\":\"C\",\"low_stock_threshold\":-1}\n");
  BOOST_TEST(member_of(answer, "failed") == "1");
  BOOST_REQUIRE(core.stock.size() == 2U);
  BOOST_TEST((std::get<define_stock>(core.stock[0].what).low_threshold == 5));
  BOOST_TEST(std::get<define_stock>(core.stock[1].what).drops_low_threshold);
}

BOOST_AUTO_TEST_CASE(a_precondition_creates_no_item) {
  for (const auto* header : {"*", "\"1\"", "\"0\"", "\"x\""})
    check_problem(call(method::put, "/stock/NEW", "{}", {{"If-Match", header}}), 412, "version_mismatch");
  check_problem(call(method::put, "/stock/NEW", "{}", {{"If-Match", "x"}}), 400, "bad_parameter");
  BOOST_TEST(core.stock.empty());
  core.script.emplace_back(defined_stock{sample_stock(), false});
  BOOST_TEST(call(method::put, "/stock/WIDGET", "{}", {{"If-Match", "*"}}).status == 200);
  BOOST_TEST(!core.stock.back().if_match);
  core.script.emplace_back(defined_stock{sample_stock(), false});
  BOOST_TEST(call(method::put, "/stock/WIDGET", "{}", {{"If-Match", "\"4\""}}).status == 200);
  BOOST_TEST(*core.stock.back().if_match == 4U);
}

BOOST_AUTO_TEST_CASE(a_precondition_goes_with_a_change_and_not_with_a_read) {
  const std::string reservation = "/stock/A/reservations/01890a5d-ac96-774b-bcce-b302099a8057";
  for (const auto* any : {"\"4\"", "*", "abc", "\"1\", \"2\""})
    for (const auto& path : {std::string("/stock/A"), reservation}) {
      core.stock.clear();
      get(path, {{"If-Match", any}});
      BOOST_REQUIRE_MESSAGE(core.stock.size() == 1U, path << ' ' << any);
      BOOST_TEST(!core.stock.front().if_match);
    }
  core.stock.clear();
  check_problem(call(method::delete_, reservation, {}, {{"If-Match", "abc"}}), 400, "bad_parameter");
  check_problem(post(reservation + "/commit", {}, {{"If-Match", "abc"}}), 400, "bad_parameter");
  BOOST_TEST(core.stock.empty());
  call(method::delete_, reservation, {}, {{"If-Match", "\"4\""}});
  BOOST_TEST(*core.stock.front().if_match == 4U);
}

BOOST_AUTO_TEST_CASE(only_operators_change_stock) {
  check_problem(call(method::put, "/stock/A", "{}", alice), 403, "forbidden");
  check_problem(post("/stock/A/adjustments", R"({"delta":1})", alice), 403, "forbidden");
  check_problem(post("/stock/import", "sku\nA\n", alice), 403, "forbidden");
  BOOST_TEST(core.stock.empty());
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_refused) {
  for (const auto* body : {R"([])", R"({"price":1.001})", R"({"price":"1"})",
                           R"({"price":1,"price_cents":2})", R"({"price_cents":-1})", R"({"on_hand":-1})",
                           R"({"on_hand":1.0})", R"({"name":7})", R"({"name":""})", R"({"product_id":"x"})"})
    check_problem(call(method::put, "/stock/A", body), 422, "invalid_field");
  for (const auto* body : {"{}", R"({"delta":0})", R"({"delta":1.5})", R"({"delta":"1"})"})
    check_problem(post("/stock/A/adjustments", body), 422, "invalid_field");
  for (const auto* body : {"{}", R"({"qty":0})", R"({"qty":1,"ttl_seconds":0})",
                           R"({"qty":1,"ttl_seconds":86401})", R"({"qty":1,"holder":7})"})
    check_problem(post("/stock/A/reservations", body), 422, "invalid_field");
  check_problem(call(method::patch, reservation_path, "{}"), 422, "invalid_field");
  check_problem(call(method::put, "/stock/A", "{", {}), 400, "malformed_json");
  check_problem(call(method::put, "/stock/A", "{}", {{"Content-Type", "text/csv"}}), 415,
                "unsupported_media_type");
  check_problem(get("/stock/" + std::string(65, 'a')), 422, "invalid_field");
  check_problem(get("/stock/a%0Ab"), 422, "invalid_field");
  check_problem(get("/stock/a%zz"), 400, "bad_parameter");
  check_problem(get("/stock/A/reservations/7"), 422, "invalid_field");
  check_problem(get("/stock?cursor=%2B"), 400, "bad_parameter");
  BOOST_TEST(core.stock.empty());
}

BOOST_AUTO_TEST_CASE(a_customer_reserves_in_the_own_name) {
  post("/stock/A/reservations", R"({"qty":2,"holder":"bob"})", alice);
  const auto& mine = std::get<make_reservation>(core.stock.front().what);
  BOOST_TEST(mine.holder == "alice");
  BOOST_TEST(mine.ttl.count() == 600);
  core.stock.clear();
  post("/stock/A/reservations", R"({"qty":2,"holder":"bob","ttl_seconds":5})");
  BOOST_TEST(std::get<make_reservation>(core.stock.front().what).holder == "bob");
}

BOOST_AUTO_TEST_CASE(a_reservation_is_made_extended_released_and_committed) {
  reservation_view shown;
  shown.sku = "A";
  shown.reservation.id = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  shown.reservation.qty = 2;
  shown.reservation.holder = "alice";
  shown.reservation.expires_at = timestamp();
  core.script.emplace_back(shown);
  const auto made = post("/stock/A/reservations", R"({"qty":2})", alice);
  BOOST_TEST(made.status == 201);
  BOOST_TEST(header_of(made, "Location") == reservation_path);
  BOOST_TEST(made.body ==
             R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057","sku":"A","qty":2,"state":"active",)"
             R"("holder":"alice","expires_at":"1970-01-01T00:00:00.000Z","order_id":null,)"
             R"("created_at":"1970-01-01T00:00:00.000Z"})");
  core.stock.clear();
  call(method::patch, reservation_path, R"({"ttl_seconds":9})");
  BOOST_TEST(std::get<renew_reservation>(core.stock.front().what).ttl.count() == 9);
  core.stock.clear();
  core.script.emplace_back(shown);
  BOOST_TEST(call(method::delete_, reservation_path).status == 200);
  BOOST_TEST(std::holds_alternative<release_reservation>(core.stock.front().what));
  core.stock.clear();
  post(reservation_path + "/commit", "");
  BOOST_TEST(std::holds_alternative<commit_reservation>(core.stock.front().what));
}

BOOST_AUTO_TEST_CASE(the_item_is_told_who_asks) {
  const auto asker_of = [&](method m, const std::string& path, const std::string& body,
                            const header_list& headers) {
    core.stock.clear();
    call(m, path, body, headers);
    BOOST_REQUIRE_MESSAGE(core.stock.size() == 1U, path);
    return core.stock.front().who;
  };
  for (const auto& [m, path, body] :
       {std::tuple{method::get, std::string("/stock/A"), ""},
        std::tuple{method::post, std::string("/stock/A/reservations"), R"({"qty":1})"},
        std::tuple{method::get, reservation_path, ""},
        std::tuple{method::patch, reservation_path, R"({"ttl_seconds":9})"},
        std::tuple{method::delete_, reservation_path, ""},
        std::tuple{method::post, reservation_path + "/commit", ""}}) {
    const auto customer = asker_of(m, path, body, alice);
    BOOST_TEST(customer.user == "alice", path);
    BOOST_TEST(!customer.is_operator, path);
    BOOST_TEST(asker_of(m, path, body, {}).is_operator, path);
  }
  for (const auto& [m, path, body] : {std::tuple{method::put, "/stock/A", "{}"},
                                      std::tuple{method::post, "/stock/A/adjustments", R"({"delta":1})"},
                                      std::tuple{method::post, "/stock/import", "sku\nA"}}) {
    const auto chief = asker_of(m, path, body, {{"X-User", "operator"}});
    BOOST_TEST(chief.is_operator, path);
    BOOST_TEST(chief.user == "operator", path);
  }
}

BOOST_AUTO_TEST_CASE(stock_is_listed_by_cursor) {
  stock_page page;
  page.items = {sample_stock()};
  page.more = true;
  core.script.emplace_back(page);
  const auto answer = get("/stock?limit=1");
  core.lists.clear();
  get("/stock?limit=1&cursor=" + member_of(answer, "next_cursor"));
  BOOST_TEST(*std::get<stock_query>(core.lists.front().what).after == "A b");
}

BOOST_AUTO_TEST_CASE(an_import_counts_and_names_lines) {
  core.script.emplace_back(defined_stock{sample_stock(), true});
  core.script.emplace_back(defined_stock{sample_stock(), false});
  core.script.emplace_back(refusal(rejection_code::product_id_taken));
  const auto answer =
      post("/stock/import",
           "sku,name,price,on_hand,colour\r\n"
           "A,\"Big, \"\"red\"\"\nthing\",19.99,5,red\r\n" // a line break is no part of a name
           "B,Plain,1,,\r\n"
           "\r\n"
           "C,\"Quoted, \"\"x\"\"\",2.5,1,\n"
           "D,Bad,1.001,1,\n"
           "E,Short\n"
           "F,Last,3,1,",
           {{"Content-Type", "text/csv; charset=utf-8"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(member_of(answer, "created") == "1");
  BOOST_TEST(member_of(answer, "updated") == "1");
  BOOST_TEST(member_of(answer, "failed") == "4");
  for (const auto* line : {"\"line\":2,", "\"line\":7,", "\"line\":8,", "\"line\":9,"})
    BOOST_TEST(answer.body.find(line) != std::string::npos, answer.body);
  BOOST_REQUIRE(core.stock.size() == 3U);
  BOOST_TEST(*std::get<define_stock>(core.stock[1].what).name == "Quoted, \"x\"");
  BOOST_TEST(*std::get<define_stock>(core.stock[1].what).price == 250);
  BOOST_TEST(!std::get<define_stock>(core.stock[0].what).on_hand);
}

BOOST_AUTO_TEST_CASE(json_rows_are_lines_or_elements) {
  const std::string rows[] = {"{\"sku\":\"A\",\"price\":1}\n\n{\"sku\":7}\n{oops\n",
                              R"([{"sku":"A","price":1},{"sku":7},3])"};
  for (const auto& body : rows) {
    core.stock.clear();
    core.script.emplace_back(defined_stock{sample_stock(), true});
    const auto answer = post("/stock/import", body);
    BOOST_TEST(member_of(answer, "created") == "1");
    BOOST_TEST(member_of(answer, "failed") == "2");
  }
  check_problem(post("/stock/import", "[1,"), 400, "malformed_json");
  check_problem(post("/stock/import", "name\nA\n"), 422, "invalid_field");
  check_problem(post("/stock/import", "x", {{"Content-Type", "text/html"}}), 415, "unsupported_media_type");
}

BOOST_AUTO_TEST_CASE(lines_that_say_so_are_no_array_whatever_the_first_begins_with) {
  core.script.emplace_back(defined_stock{sample_stock(), true});
  const auto answer = post("/stock/import", "[\"A\"]\n{\"sku\":\"A\",\"price\":1}\n",
                           {{"Content-Type", "application/x-ndjson"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(member_of(answer, "created") == "1");
  BOOST_TEST(member_of(answer, "failed") == "1");
  BOOST_TEST(answer.body.find("\"line\":1,") != std::string::npos, answer.body);
}

BOOST_AUTO_TEST_CASE(imports_at_once_are_bounded_also_those_whose_clients_have_gone) {
  for (std::size_t i = 0; i < limits::imports_at_once_max; ++i)
    BOOST_TEST(post("/stock/import", "sku\nS\n").status == 0);
  check_problem(post("/stock/import", "sku\nS\n"), 503, "overloaded");
  core.stock.front().reply.answer(defined_stock{sample_stock(), true});
  core.stock.pop_front();
  core.script.emplace_back(defined_stock{sample_stock(), true});
  BOOST_TEST(post("/stock/import", "sku\nS\n").status == 200);
}

BOOST_AUTO_TEST_CASE(rows_refused_for_want_of_room_are_told_from_others) {
  core.script.emplace_back(refusal(rejection_code::product_id_taken));
  core.script.emplace_back(refusal(rejection_code::backlog_full));
  const auto answer = post("/stock/import", "sku\nA\nB\nbad,row\n");
  BOOST_TEST(member_of(answer, "failed") == "3");
  BOOST_TEST(member_of(answer, "unavailable") == "1");
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_row_costs_little_however_many_rows_are_left) {
  core.answers_lists = true;
  // Every refusal is given on the spot, so that it is the import's own loop that asks for the next one.
  std::string csv = "sku\n";
  for (int i = 0; i < 10'000; ++i)
    csv += "S\n";
  BOOST_TEST(post("/stock/import", csv).status == 0);
  const auto first_turn = core.stock.size();
  for (int i = 0; i < 20'000; ++i)
    core.script.emplace_back(refusal(rejection_code::overloaded));
  auto sent_before = core.stock.size();
  for (std::size_t i = 0; i < first_turn; ++i) {
    BOOST_REQUIRE(!last);
    auto reply = std::move(core.stock[i].reply);
    reply.answer(defined_stock{sample_stock(), true});
    BOOST_REQUIRE(core.stock.size() - sent_before <= 64U);
    sent_before = core.stock.size();
  }
  BOOST_TEST_REQUIRE(last.has_value());
  BOOST_TEST(member_of(*last, "created") == std::to_string(first_turn));
  BOOST_TEST(member_of(*last, "failed") == std::to_string(10'000 - first_turn));
  BOOST_TEST(last->body.find(R"({"line":258,"code":"overloaded","detail":)") != std::string::npos,
             last->body);
  BOOST_TEST(answers == 1);
}

BOOST_AUTO_TEST_CASE(an_import_that_nothing_is_taken_of_ends) {
  std::string csv = "sku\n";
  for (int i = 0; i < 10'000; ++i)
    csv += "S\nbad,row\n";
  for (int i = 0; i < 10'000; ++i)
    core.script.emplace_back(refusal(rejection_code::backlog_full));
  const auto answer = post("/stock/import", csv);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(core.stock.size() == 256U);
  BOOST_TEST(member_of(answer, "failed") == "20000");
  BOOST_TEST(answer.body.find(R"({"line":2,"code":"backlog_full","detail":"because"},)"
                              R"({"line":3,"code":"invalid_field","detail":)") != std::string::npos,
             answer.body);
}

BOOST_AUTO_TEST_CASE(rows_that_are_refused_for_what_they_are_do_not_end_an_import) {
  core.answers_lists = true;
  std::string csv = "sku\n";
  for (int i = 0; i < 1000; ++i) {
    csv += "S\n";
    core.script.emplace_back(refusal(rejection_code::product_id_taken));
  }
  const auto answer = post("/stock/import", csv);
  BOOST_TEST(core.stock.size() == 1000U);
  BOOST_TEST(member_of(answer, "failed") == "1000");
}

BOOST_AUTO_TEST_CASE(an_import_waits_for_the_store_between_its_rows) {
  std::string csv = "sku\n";
  for (int i = 0; i < 300; ++i)
    csv += "S" + std::to_string(i) + "\n";
  BOOST_TEST(post("/stock/import", csv).status == 0);
  for (std::size_t i = 0; i < 256; ++i) {
    BOOST_TEST(core.lists.empty());
    auto reply = std::move(core.stock[i].reply);
    reply.answer(defined_stock{sample_stock(), true});
  }
  BOOST_TEST(core.stock.size() == 256U);
  BOOST_TEST_REQUIRE(core.lists.size() == 1U);
  auto caught_up = std::move(core.lists[0].reply);
  caught_up.answer(stock_page{});
  BOOST_TEST(core.stock.size() == 300U);
}

BOOST_AUTO_TEST_CASE(an_import_keeps_a_bounded_number_of_rows_in_flight) {
  core.answers_lists = true;
  std::string csv = "sku\n";
  for (int i = 0; i < 1000; ++i)
    csv += "S" + std::to_string(i) + "\n";
  BOOST_TEST(post("/stock/import", csv).status == 0);
  BOOST_TEST(core.stock.size() == 256U);
  std::size_t answered = 0;
  while (!last && answered < core.stock.size()) {
    auto reply = std::move(core.stock[answered++].reply);
    reply.answer(defined_stock{sample_stock(), true});
    BOOST_REQUIRE(core.stock.size() - answered <= 256U);
  }
  BOOST_REQUIRE(last);
  BOOST_TEST(member_of(*last, "created") == "1000");
  BOOST_TEST(answers == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(edge, api_fixture)

BOOST_AUTO_TEST_CASE(health_tells_whether_orders_are_taken) {
  BOOST_TEST(get("/health/live").status == 200);
  BOOST_TEST(get("/health", {{"X-User", "\x01"}}).status == 200);
  BOOST_TEST(member_of(get("/health"), "status") == "healthy");
  BOOST_TEST(get("/health/ready").status == 200);
  core.state.accepts_writes = false;
  // Changes are refused one by one while the journal is short of room; reads go on.
  BOOST_TEST(get("/health/ready").status == 200);
  core.state.accepts_writes = true;
  draining = true;
  check_problem(get("/health/ready"), 503, "draining");
  BOOST_TEST(header_of(*last, "Retry-After") == "1");
}

BOOST_AUTO_TEST_CASE(a_field_that_means_one_value_comes_once) {
  check_problem(get("/stock/A", {{"X-User", "operator"}, {"x-user", "joe"}}), 400, "bad_request");
  check_problem(get("/stock/A", {{"If-Match", "\"1\""}, {"If-Match", "\"2\""}}), 400, "bad_request");
}

BOOST_AUTO_TEST_CASE(an_empty_parameter_is_not_an_absent_one) {
  check_problem(get("/orders?limit="), 400, "bad_parameter");
  check_problem(get("/orders?cursor="), 400, "bad_parameter");
  check_problem(get("/orders?customer_id="), 400, "bad_parameter");
  check_problem(get("/orders?status="), 400, "unknown_status");
  check_problem(get("/orders?limit=&limit=5"), 400, "bad_parameter");
}

BOOST_AUTO_TEST_CASE(unknown_paths_and_methods_are_refused) {
  check_problem(get("/nothing"), 404, "not_found");
  check_problem(call(method::delete_, "/orders"), 405, "method_not_allowed");
  BOOST_TEST(header_of(*last, "Allow") == "POST, GET, HEAD, OPTIONS");
  check_problem(call(method::get, "/stock/import"), 405, "method_not_allowed");
  const auto options = call(method::options, "/orders");
  BOOST_TEST(options.status == 204);
  BOOST_TEST(header_of(options, "Allow") == "POST, GET, HEAD, OPTIONS");
  check_problem(get("/orders", {{"X-User", ""}}), 400, "bad_parameter");
}

BOOST_AUTO_TEST_CASE(every_answer_carries_a_request_id) {
  BOOST_TEST(header_of(get("/health/live", {{"X-Request-Id", "abc-1"}}), "X-Request-Id") == "abc-1");
  for (const auto& bad :
       {std::string(129, 'a'), std::string("a\tb"), std::string("\xC3\xA9"), std::string()}) {
    const auto made = header_of(get("/nothing", {{"X-Request-Id", bad}}), "X-Request-Id");
    BOOST_TEST(parse_uuid(made).has_value());
  }
  core.script.emplace_back(refusal(rejection_code::not_found));
  BOOST_TEST(header_of(get("/stock/A", {{"X-Request-Id", "abc-2"}}), "X-Request-Id") == "abc-2");
}

BOOST_AUTO_TEST_CASE(a_request_that_the_engine_drops_is_answered) {
  get("/stock/A");
  core.stock.clear();
  BOOST_REQUIRE(last);
  check_problem(*last, 503, "overloaded");
}

BOOST_AUTO_TEST_SUITE_END()

#include "http/engine_reply.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::tests;

namespace {

const std::string one_widget =
    R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"WIDGET","qty":1}]})";
const std::string other_body =
    R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"WIDGET","qty":2}]})";

struct keyed_fixture : api_fixture {
  /// The ticket of what the engine was asked.
  std::shared_ptr<const request_ticket> ticket_of(std::string target, std::string body, header_list headers) {
    BOOST_TEST_REQUIRE(post(std::move(target), std::move(body), std::move(headers)).status == 0);
    BOOST_REQUIRE(!core.orders.empty());
    return core.orders.back().reply.ticket();
  }
  std::shared_ptr<const request_ticket> ticket_of(std::string key, std::string user) {
    return ticket_of("/orders", R"({"items":[{"sku":"WIDGET","qty":1}]})",
                     {{"Idempotency-Key", std::move(key)}, {"X-User", std::move(user)}});
  }
};

order_ptr sample_order() {
  order shown;
  shown.id = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  shown.customer_id = "c";
  shown.status = order_status::draft;
  shown.version = 7;
  shown.currency = "USD";
  shown.metadata = "{}";
  return std::make_shared<const order>(std::move(shown));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(idempotency_key, keyed_fixture)

BOOST_AUTO_TEST_CASE(a_post_without_the_header_and_other_methods_have_no_ticket) {
  BOOST_TEST(!ticket_of("/orders", one_widget, {}));
  const std::string path = "/orders/01890a5d-ac96-774b-bcce-b302099a8057";
  (void)call(http::method::put, path, R"({"status":"cancelled"})", {{"Idempotency-Key", ""}});
  BOOST_TEST(!core.orders.back().reply.ticket());
}

BOOST_AUTO_TEST_CASE(a_key_that_is_empty_long_strange_or_double_is_refused) {
  for (const auto& key :
       {std::string(), std::string(256, 'k'), std::string("a\tb"), std::string("\xC3\xA4")}) {
    const auto answer = post("/orders", one_widget, {{"Idempotency-Key", key}});
    check_problem(answer, 400, "bad_parameter");
    BOOST_TEST(answer.body.find(R"("field":"Idempotency-Key")") != std::string::npos);
  }
  check_problem(post("/orders", one_widget, {{"Idempotency-Key", "a"}, {"idempotency-key", "a"}}), 400,
                "bad_parameter");
  BOOST_TEST(core.orders.empty());
  BOOST_TEST(ticket_of("/orders", one_widget, {{"Idempotency-Key", std::string(255, '~')}}));
  BOOST_TEST(ticket_of("/orders", one_widget, {{"Idempotency-Key", " x "}}));
}

BOOST_AUTO_TEST_CASE(a_key_is_its_callers_own) {
  const auto operators = ticket_of("/orders", one_widget, {{"Idempotency-Key", "k"}});
  const header_list as_operator{{"Idempotency-Key", "k"}, {"X-User", "operator"}};
  const auto named = ticket_of("/orders", one_widget, as_operator);
  const auto other_key = ticket_of("/orders", one_widget, {{"Idempotency-Key", "l"}});
  BOOST_TEST((operators->key == ticket_of("/orders", one_widget, {{"Idempotency-Key", "k"}})->key));
  BOOST_TEST((operators->key != named->key));
  BOOST_TEST((operators->key != other_key->key));
  BOOST_TEST((operators->fingerprint == named->fingerprint));
  BOOST_TEST((ticket_of("k", "ann")->key != ticket_of("k", "bob")->key));
  BOOST_TEST((ticket_of("k", "ann")->key == ticket_of("k", "ann")->key));
}

BOOST_AUTO_TEST_CASE(the_fingerprint_is_that_of_path_query_and_body) {
  const header_list key{{"Idempotency-Key", "k"}};
  const auto first = ticket_of("/orders", one_widget, key);
  for (const auto* same : {"/orders", "/orders/", "/api/orders", "/api/orders/"})
    BOOST_TEST((ticket_of(same, one_widget, key)->fingerprint == first->fingerprint), same);
  BOOST_TEST((ticket_of("/orders", other_body, key)->fingerprint != first->fingerprint));
  BOOST_TEST((ticket_of("/orders?x=1", one_widget, key)->fingerprint != first->fingerprint));
  const std::string path = "/orders/01890a5d-ac96-774b-bcce-b302099a8057";
  BOOST_TEST((ticket_of(path + "/complete", {}, key)->fingerprint !=
              ticket_of(path + "/cancel", {}, key)->fingerprint));
}

BOOST_AUTO_TEST_CASE(a_replay_is_the_first_answer_and_says_that_it_is_one) {
  const header_list key{{"Idempotency-Key", "k"}, {"X-Request-Id", "second"}};
  for (const auto& result : {outcome(sample_order()), outcome(refusal(rejection_code::not_found))}) {
    core.script.emplace_back(outcome(result));
    const auto first = post("/orders", one_widget, {{"Idempotency-Key", "k"}, {"X-Request-Id", "first"}});
    BOOST_TEST(header_of(first, "Idempotency-Replayed").empty());
    auto record = std::make_shared<request_record>();
    core.orders.back().reply.ticket()->render(result, *record);
    core.script.emplace_back(request_record_ptr(record));
    const auto second = post("/orders", one_widget, key);
    BOOST_TEST(second.status == first.status);
    BOOST_TEST(second.body == first.body);
    BOOST_TEST(second.content_type == first.content_type);
    for (const auto* same : {"ETag", "Location"})
      BOOST_TEST(header_of(second, same) == header_of(first, same));
    BOOST_TEST(header_of(second, "X-Request-Id") == "second");
    BOOST_TEST(header_of(second, "Idempotency-Replayed") == "true");
  }
}

BOOST_AUTO_TEST_CASE(what_the_edge_refuses_never_reaches_the_memory) {
  const header_list key{{"Idempotency-Key", "k"}};
  check_problem(post("/orders", "{", key), 400, "malformed_json");
  check_problem(post("/orders",
                     R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"","qty":1}]})",
                     key),
                422, "invalid_field");
  check_problem(post("/stock/import", "name\nA\n", key), 422, "invalid_field");
  BOOST_TEST(core.orders.empty());
  BOOST_TEST(core.tasks == 0);
}

BOOST_AUTO_TEST_CASE(an_import_with_a_key_is_one_piece_of_work) {
  core.script.emplace_back(defined_stock{{}, true});
  const auto answer =
      post("/stock/import", "sku,name,price,on_hand\nA,a,1.00,1\n", {{"Idempotency-Key", "k"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(member_of(answer, "created") == "1");
  BOOST_TEST(core.tasks == 1);
}

BOOST_AUTO_TEST_SUITE_END()

#include "http/engine_reply.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::tests;

namespace {

const std::string order_path = "/orders/01890a5d-ac96-774b-bcce-b302099a8057";
const std::string trouble = "Could not resolve host: payments.internal";
const header_list alice = {{"X-User", "alice"}};

/// An order that waits for its payment to be captured.
order delayed_order() {
  order shown;
  shown.id = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  shown.customer_id = "alice";
  shown.status = order_status::accepted;
  shown.payment = payment_status::authorized;
  shown.version = 7;
  shown.step = saga_step::capturing;
  shown.delay = {3, timestamp{std::chrono::milliseconds{1500}}, trouble, true};
  return shown;
}

outcome shown(order what) { return std::make_shared<const order>(std::move(what)); }

/// An order that came to nothing since its payment was not decided.
order failed_order() {
  order shown;
  shown.id = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  shown.customer_id = "alice";
  shown.status = order_status::failed;
  shown.payment = payment_status::failed;
  shown.failure = order_failure{"payment_unavailable", trouble};
  return shown;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(saga_views, api_fixture)

BOOST_AUTO_TEST_CASE(a_saga_shows_its_step_its_rounds_and_when_it_goes_on) {
  core.script.emplace_back(shown(delayed_order()));
  BOOST_TEST(contains(get(order_path).body,
                      R"("saga":{"step":"capturing","failed_rounds":3,"stuck":true,"detail":")" + trouble +
                          R"(","retry_at":"1970-01-01T00:00:01.500Z"},"accept_by":null)"),
             last->body);
  auto fresh = delayed_order();
  fresh.delay = {};
  core.script.emplace_back(shown(fresh));
  BOOST_TEST(
      contains(
          get(order_path).body,
          R"("saga":{"step":"capturing","failed_rounds":0,"stuck":false,"detail":null,"retry_at":null})"),
      last->body);
}

BOOST_AUTO_TEST_CASE(only_an_order_on_offer_is_to_be_accepted_by_a_time) {
  auto offered = delayed_order();
  offered.step = saga_step::none;
  offered.accept_by = timestamp{std::chrono::milliseconds{2000}};
  offered.status = order_status::processed;
  core.script.emplace_back(shown(offered));
  BOOST_TEST(contains(get(order_path).body, R"("saga":null,"accept_by":"1970-01-01T00:00:02.000Z")"));
  offered.status = order_status::accepted;
  core.script.emplace_back(shown(offered));
  BOOST_TEST(contains(get(order_path).body, R"("saga":null,"accept_by":null)"));
}

BOOST_AUTO_TEST_CASE(what_went_wrong_behind_the_engine_is_for_operators_alone) {
  core.script.emplace_back(shown(delayed_order()));
  const auto answer = get(order_path, alice);
  BOOST_TEST(!contains(answer.body, "payments.internal"), answer.body);
  BOOST_TEST(contains(answer.body, R"("detail":"the payment is not decided yet; it is asked for again")"));
  auto left = delayed_order();
  left.delay.due_at.reset();
  core.script.emplace_back(shown(left));
  BOOST_TEST(contains(get(order_path, alice).body,
                      R"("detail":"the payment is not decided yet; an operator has to look")"),
             last->body);
  order_page page;
  page.items = {std::make_shared<const order>(delayed_order())};
  core.script.emplace_back(page);
  BOOST_TEST(!contains(get("/orders", alice).body, "payments.internal"), last->body);
  core.script.emplace_back(page);
  BOOST_TEST(contains(get("/orders").body, trouble), last->body);
}

BOOST_AUTO_TEST_CASE(a_timeline_tells_customers_no_more) {
  timeline_page page;
  order_event delayed;
  delayed.what = saga_delayed{delayed_order().delay};
  order_event failed;
  failed.what = order_failed{{"payment_unavailable", trouble}, {}, true};
  order_event abandoned;
  abandoned.what = payment_abandoned{{"payment_unavailable", trouble}, {}};
  page.events = {delayed, failed, abandoned};
  core.script.emplace_back(page);
  const auto answer = get(order_path + "/events", alice);
  BOOST_TEST(!contains(answer.body, "payments.internal"), answer.body);
  BOOST_TEST(contains(
      answer.body,
      R"("rounds":3,"detail":"the payment is not decided yet; it is asked for again","stuck":true,"retry_at":)"));
  BOOST_TEST(contains(answer.body,
                      R"("code":"payment_unavailable","detail":"the payment could not be decided in time")"));
  core.script.emplace_back(page);
  BOOST_TEST(contains(get(order_path + "/events").body, R"("rounds":3,"detail":")" + trouble));
  BOOST_TEST(contains(last->body, R"("code":"payment_unavailable","detail":")" + trouble));
}

BOOST_AUTO_TEST_CASE(a_refusal_for_want_of_a_payment_tells_customers_no_more) {
  const rejection refused{rejection_code::payment_unavailable, trouble, {}, {}, {}};
  core.script.emplace_back(refused);
  check_problem(post(order_path + "/complete", "", alice), 503, "payment_unavailable");
  BOOST_TEST(member_of(*last, "detail") == "the payment could not be decided in time");
  core.script.emplace_back(refused);
  check_problem(post(order_path + "/complete", ""), 503, "payment_unavailable");
  BOOST_TEST(member_of(*last, "detail") == trouble);
  core.script.emplace_back(shown(failed_order()));
  BOOST_TEST(!contains(get(order_path, alice).body, "payments.internal"), last->body);
  core.script.emplace_back(shown(failed_order()));
  BOOST_TEST(contains(get(order_path).body, trouble), last->body);
}

BOOST_AUTO_TEST_CASE(why_a_payment_was_declined_is_for_its_customer) {
  auto declined = failed_order();
  declined.failure = order_failure{"payment_declined", "the card has expired"};
  core.script.emplace_back(shown(declined));
  BOOST_TEST(contains(get(order_path, alice).body, "the card has expired"), last->body);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_remembered_tells_customers_no_more) {
  const auto remembered = [&](header_list headers) {
    headers.emplace_back("Idempotency-Key", "k");
    core.script.emplace_back(shown(delayed_order()));
    (void)post(order_path + "/cancel", "", std::move(headers));
    request_record record;
    core.orders.back().reply.ticket()->render(shown(delayed_order()), record);
    return record.body;
  };
  const auto customers = remembered(alice);
  BOOST_TEST(contains(customers, R"("step":"capturing")"));
  BOOST_TEST(!contains(customers, "payments.internal"), customers);
  BOOST_TEST(contains(remembered({}), trouble));
}

BOOST_AUTO_TEST_SUITE_END()

#include "persistence/payment_client.hpp"
#include "persistence/payment_contract.hpp"
#include "tests/support/payment_stand_in.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <future>
#include <ostream>

namespace orderd {

// Boost prints what differs.
static std::ostream& operator<<(std::ostream& out, payment_fate fate) {
  return out << static_cast<int>(fate);
}

namespace {

using namespace std::chrono_literals;
using test::payment_stand_in;
using test::payment_verb;
using test::service_fault;

constexpr std::chrono::milliseconds guard = 60s;
/// Of a try that is meant to run into it.
constexpr std::chrono::milliseconds soon = 500ms;

[[nodiscard]] payment_facts payment(std::uint64_t attempt = 1) {
  return {*parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057"), attempt, 1999, "USD", "ann", "bob"};
}

[[nodiscard]] payment_request authorization(std::uint64_t attempt = 1) {
  return make_payment_request(payment_question::authorize, payment(attempt));
}

[[nodiscard]] std::future<payment_reply> submit(payment_client& client, payment_request request,
                                                std::chrono::milliseconds timeout = guard) {
  auto promise = std::make_shared<std::promise<payment_reply>>();
  auto future = promise->get_future();
  // A second call of one callback would throw.
  BOOST_REQUIRE(client.submit(std::move(request), timeout,
                              [promise](payment_reply reply) { promise->set_value(std::move(reply)); }));
  return future;
}

[[nodiscard]] payment_reply wait(std::future<payment_reply>&& future) {
  BOOST_REQUIRE(future.wait_for(guard) == std::future_status::ready);
  return future.get();
}

[[nodiscard]] payment_reply ask(payment_client& client, payment_request request,
                                std::chrono::milliseconds timeout = guard) {
  return wait(submit(client, std::move(request), timeout));
}

struct served_client {
  payment_stand_in service;
  payment_client client{{service.url() + "/"}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(payment_client_over_http)

BOOST_FIXTURE_TEST_CASE(an_answer_arrives_with_status_and_body, served_client) {
  const auto reply = ask(client, authorization());
  BOOST_TEST(reply.fate == payment_fate::answered);
  BOOST_TEST(reply.status == 201);
  BOOST_TEST(reply.body == R"({"id":"01890a5d-ac96-774b-bcce-b302099a8057-1","state":"authorized"})");
  const auto requests = service.requests();
  BOOST_REQUIRE(requests.size() == 1U);
  BOOST_TEST(requests.front().key == "01890a5d-ac96-774b-bcce-b302099a8057-1-authorize");
  BOOST_TEST(requests.front().body == authorization().body);
  const auto state = ask(client, make_payment_request(payment_question::state, payment()));
  BOOST_TEST(state.status == 200);
  BOOST_TEST(service.requests().back().key.empty());
}

BOOST_AUTO_TEST_CASE(the_token_opens_the_service) {
  payment_stand_in service("s3cret");
  payment_client without({service.url()});
  BOOST_TEST(ask(without, authorization()).status == 401);
  payment_client with({service.url(), "s3cret"});
  BOOST_TEST(ask(with, authorization()).status == 201);
}

BOOST_FIXTURE_TEST_CASE(connections_are_kept, served_client) {
  for (std::uint64_t attempt = 1; attempt <= 5; ++attempt)
    BOOST_TEST(ask(client, authorization(attempt)).status == 201);
  BOOST_TEST(service.connections() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_post_that_libcurl_sends_again_is_done_once, served_client) {
  BOOST_TEST(ask(client, authorization(1)).status == 201);
  service.add({service_fault::die_after});
  const auto reply = ask(client, authorization(2));
  BOOST_TEST(reply.status == 201);
  const auto requests = service.requests();
  BOOST_REQUIRE(requests.size() == 3U);
  BOOST_TEST(requests[1].key == requests[2].key);
  BOOST_TEST(service.effects(payment_id(payment(2))).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_was_sent_on_a_kept_connection_is_never_called_unsent, served_client) {
  BOOST_TEST(ask(client, authorization(1)).status == 201);
  service.add({service_fault::hold});
  auto under_way = submit(client, authorization(2));
  service.await_requests(2);
  // libcurl sends again on a new connection, which is refused.
  service.go_away();
  BOOST_TEST(wait(std::move(under_way)).fate == payment_fate::no_answer);
  service.release();
  BOOST_TEST(service.effects(payment_id(payment(2))).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_service_that_is_away_was_surely_sent_nothing, served_client) {
  service.go_away();
  const auto reply = ask(client, authorization());
  BOOST_TEST(reply.fate == payment_fate::not_sent);
  BOOST_TEST(!reply.trouble.empty());
  service.come_back();
  BOOST_TEST(ask(client, authorization()).status == 201);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_does_not_end_was_surely_sent_nothing) {
  payment_stand_in service;
  // It takes the handshake for the beginning of a request.
  payment_client client({"https://127.0.0.1:" + std::to_string(service.port())});
  BOOST_TEST(ask(client, authorization(), soon).fate == payment_fate::not_sent);
}

BOOST_FIXTURE_TEST_CASE(a_cut_connection_leaves_the_outcome_open, served_client) {
  service.add({service_fault::drop});
  service.add({service_fault::die_after});
  BOOST_TEST(ask(client, authorization(1)).fate == payment_fate::no_answer);
  BOOST_TEST(ask(client, authorization(2)).fate == payment_fate::no_answer);
  BOOST_TEST(service.effects(payment_id(payment(1))).empty());
  BOOST_TEST(service.effects(payment_id(payment(2))).size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_does_not_come_is_not_waited_for_any_longer, served_client) {
  BOOST_TEST(ask(client, authorization(1)).status == 201);
  service.add({service_fault::hold_answer});
  BOOST_TEST(ask(client, authorization(2), soon).fate == payment_fate::no_answer);
  service.release();
}

BOOST_FIXTURE_TEST_CASE(a_flood_is_not_read, served_client) {
  service.add({service_fault::flood});
  const auto reply = ask(client, authorization());
  BOOST_TEST(reply.fate == payment_fate::no_answer);
  BOOST_TEST(reply.trouble == "the answer has more than 16384 bytes");
  BOOST_TEST(reply.body.empty());
}

BOOST_FIXTURE_TEST_CASE(a_second_answer_is_not_taken_for_that_of_the_next_request, served_client) {
  service.add({service_fault::answer_twice, {}, test::for_ever});
  for (std::uint64_t attempt = 1; attempt <= 20; ++attempt) {
    const auto reply = ask(client, authorization(attempt));
    BOOST_TEST(reply.body.find(payment_id(payment(attempt)) + "\"") != std::string::npos, reply.body);
  }
}

BOOST_FIXTURE_TEST_CASE(a_redirect_is_an_answer_and_a_pause_is_passed_on, served_client) {
  service.add({service_fault::fail, {}, 1, 302});
  service.add({service_fault::fail, {}, 1, 429, "7"});
  BOOST_TEST(ask(client, authorization()).status == 302);
  const auto busy = ask(client, authorization());
  BOOST_TEST(busy.status == 429);
  BOOST_REQUIRE(busy.retry_after);
  BOOST_TEST(busy.retry_after->count() == 7);
  BOOST_TEST(service.requests().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_proxy_of_the_environment_is_not_used) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  served_client served;
  BOOST_TEST(ask(served.client, authorization()).status == 201);
  ::unsetenv("http_proxy");
}

BOOST_AUTO_TEST_CASE(exchanges_beyond_the_bounds_wait_and_then_are_turned_away) {
  payment_stand_in service;
  payment_client client({service.url(), {}, 3s, 2, 1});
  service.add({service_fault::hold, {}, 2});
  auto first = submit(client, authorization(1));
  service.await_requests(1);
  auto second = submit(client, authorization(2));
  service.await_requests(2);
  auto third = submit(client, authorization(3));
  BOOST_TEST(!client.submit(authorization(4), guard, [](const payment_reply&) { std::abort(); }));
  BOOST_TEST(service.requests().size() == 2U);
  service.release();
  BOOST_TEST(wait(std::move(first)).status == 201);
  BOOST_TEST(wait(std::move(second)).status == 201);
  BOOST_TEST(wait(std::move(third)).status == 201);
}

BOOST_AUTO_TEST_CASE(what_waits_too_long_for_its_turn_is_never_sent) {
  payment_stand_in service;
  payment_client client({service.url(), {}, 3s, 1, 1});
  service.add({service_fault::hold});
  auto first = submit(client, authorization(1), 2 * soon);
  service.await_requests(1);
  auto second = submit(client, authorization(2), 1ms);
  BOOST_TEST(wait(std::move(first)).fate == payment_fate::no_answer);
  BOOST_TEST(wait(std::move(second)).fate == payment_fate::not_sent);
  BOOST_TEST(service.requests().size() == 1U);
  service.release();
}

BOOST_AUTO_TEST_CASE(the_end_of_the_client_ends_every_exchange) {
  payment_stand_in service;
  auto client = std::make_unique<payment_client>(payment_client_options{service.url(), {}, 3s, 1, 1});
  service.add({service_fault::hold});
  auto sent = submit(*client, authorization(1));
  service.await_requests(1);
  auto queued = submit(*client, authorization(2));
  client.reset();
  BOOST_TEST(wait(std::move(sent)).fate == payment_fate::no_answer);
  BOOST_TEST(wait(std::move(queued)).fate == payment_fate::not_sent);
}

BOOST_AUTO_TEST_CASE(many_at_once_each_get_their_own_answer) {
  constexpr std::uint64_t many = 300;
  payment_stand_in service;
  payment_client client({service.url(), {}, 30s, 16, many});
  std::vector<std::future<payment_reply>> all;
  for (std::uint64_t attempt = 1; attempt <= many; ++attempt)
    all.push_back(submit(client, authorization(attempt)));
  for (std::uint64_t attempt = 1; attempt <= many; ++attempt) {
    const auto reply = wait(std::move(all[attempt - 1]));
    BOOST_TEST(reply.body.find(payment_id(payment(attempt)) + "\"") != std::string::npos, reply.body);
  }
  BOOST_TEST(service.connections() <= 16U);
  BOOST_TEST(service.payments().size() == many);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

#include "tests/support/raw_client.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::test {
namespace {

const std::string request =
    "POST /hook?a=1 HTTP/1.1\r\nHost: x\r\nwebhook-id: msg_1\r\nContent-Length: 2\r\n\r\n{}";

[[nodiscard]] int status_of(raw_client& client) {
  const auto answer = client.ask(request);
  return answer ? answer->status : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_receiver_)

BOOST_AUTO_TEST_CASE(what_comes_is_kept_in_order) {
  webhook_receiver receiver;
  BOOST_TEST(receiver.url() == "http://127.0.0.1:" + std::to_string(receiver.port()) + "/hook");
  raw_client client(receiver.port());
  BOOST_TEST(status_of(client) == 200);
  BOOST_TEST(client.ask("POST /other HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")->status == 200);
  receiver.await(2);
  receiver.await_accepted(2);
  const auto all = receiver.received();
  BOOST_TEST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].path == "/hook?a=1");
  BOOST_TEST(all[0].header("Webhook-Id") == "msg_1");
  BOOST_TEST(all[0].body == "{}");
  BOOST_TEST(all[0].status == 200);
  BOOST_TEST(all[1].path == "/other");
  BOOST_TEST(all[1].body == "abc");
  BOOST_TEST(receiver.connections() == 1U);
  BOOST_CHECK_THROW(receiver.await(3, 0), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(it_fails_as_often_as_it_is_told_to) {
  webhook_receiver receiver;
  receiver.add({.status = 429, .headers = {{"Retry-After", "7"}}});
  receiver.add({.status = 500, .times = 2});
  receiver.add({.status = 410, .times = for_ever, .path = "/gone"});
  raw_client client(receiver.port());
  const auto first = client.ask(request);
  BOOST_TEST_REQUIRE(first.has_value());
  BOOST_TEST(first->status == 429);
  BOOST_TEST(first->header("Retry-After") == "7");
  BOOST_TEST(status_of(client) == 500);
  BOOST_TEST(status_of(client) == 500);
  BOOST_TEST(status_of(client) == 200);
  for (int each = 0; each < 3; ++each)
    BOOST_TEST(client.ask("POST /gone HTTP/1.1\r\nContent-Length: 0\r\n\r\n")->status == 410);
  receiver.clear_rules();
  BOOST_TEST(client.ask("POST /gone HTTP/1.1\r\nContent-Length: 0\r\n\r\n")->status == 200);
  BOOST_TEST(receiver.received().size() == 8U);
  BOOST_TEST(receiver.accepted().size() == 2U);
}

BOOST_AUTO_TEST_CASE(it_reads_and_closes_without_an_answer) {
  webhook_receiver receiver;
  receiver.add({.fault = webhook_fault::drop});
  raw_client client(receiver.port());
  BOOST_TEST(status_of(client) == 0);
  receiver.await(1);
  BOOST_TEST(receiver.received().front().status == 0);
  raw_client another(receiver.port());
  BOOST_TEST(status_of(another) == 200);
}

BOOST_AUTO_TEST_CASE(it_stalls_until_it_is_let_go_on) {
  webhook_receiver receiver;
  receiver.add({.fault = webhook_fault::stall, .status = 204, .times = 2});
  raw_client client(receiver.port());
  client.send(request);
  receiver.await(1);
  BOOST_TEST(receiver.received().front().status == 0);
  raw_client another(receiver.port());
  another.send(request);
  receiver.await(2);
  raw_client third(receiver.port());
  BOOST_TEST(status_of(third) == 200);
  receiver.release();
  BOOST_TEST(client.read_response()->status == 204);
  BOOST_TEST(another.read_response()->status == 204);
  receiver.add({.fault = webhook_fault::stall});
  third.send(request);
  receiver.await(4); // and ends all the same
}

BOOST_AUTO_TEST_CASE(it_goes_away_and_comes_back_on_its_port) {
  webhook_receiver receiver;
  const auto port = receiver.port();
  raw_client client(port);
  BOOST_TEST(status_of(client) == 200);
  receiver.go_away();
  BOOST_CHECK_THROW(raw_client{port}, std::runtime_error);
  receiver.come_back();
  raw_client another(port);
  BOOST_TEST(status_of(another) == 200);
  BOOST_TEST(receiver.received().size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

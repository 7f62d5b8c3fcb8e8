#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

namespace orderd::test {
namespace {

struct stream_of_orders {
  nats_server server;
  nats_client client{server.url()};
  stream_of_orders() { client.create_stream("orders", {"orders.>"}); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(real_nats, stream_of_orders)

BOOST_AUTO_TEST_CASE(a_message_is_read_as_it_was_published) {
  BOOST_TEST(client.read("orders").empty());
  const auto ack = client.publish("orders.order_created", "{}", {{"Nats-Msg-Id", "7-1"}, {"ce-type", "x"}});
  BOOST_TEST(ack.sequence == 1U);
  BOOST_TEST(!ack.duplicate);
  BOOST_TEST(client.publish("orders.order_created", "{}", {{"Nats-Msg-Id", "7-1"}}).duplicate);
  client.publish("orders.order_updated", std::string("a\0b", 3));
  const auto all = client.read("orders");
  BOOST_TEST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].subject == "orders.order_created");
  BOOST_TEST(all[0].header("Nats-Msg-Id") == "7-1");
  BOOST_TEST(all[0].header("ce-type") == "x");
  BOOST_TEST(all[0].header("CE-Type").empty());
  BOOST_TEST(all[0].data == "{}");
  BOOST_TEST(all[0].sequence == 1U);
  BOOST_TEST(all[1].headers.empty());
  BOOST_TEST(all[1].data == std::string("a\0b", 3));
  const auto some = client.read("orders", "orders.order_updated", 1);
  BOOST_TEST_REQUIRE(some.size() == 1U);
  BOOST_TEST(some[0].sequence == 2U);
  BOOST_TEST(client.consumers("orders").empty());
}

BOOST_AUTO_TEST_CASE(what_is_acknowledged_outlives_a_kill) {
  const auto url = server.url();
  client.publish("orders.order_created", "1", {{"Nats-Msg-Id", "1"}});
  server.kill();
  BOOST_CHECK_THROW(nats_client{url}, std::runtime_error);
  server.restart();
  BOOST_TEST(server.url() == url);
  BOOST_TEST(client.count("orders") == 1U);
  BOOST_TEST(client.publish("orders.order_created", "1", {{"Nats-Msg-Id", "1"}}).duplicate);
  client.publish("orders.order_created", "2");
  server.stop();
  server.restart();
  const auto all = client.read("orders");
  BOOST_TEST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].data == "1");
  BOOST_TEST(all[1].data == "2");
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_behind_what_it_has_after_a_kill) {
  client.publish("orders.order_created", "1");
  auto reading = std::async(std::launch::async, [url = server.url()] {
    nats_client reader(url);
    return reader.read("orders", "orders.*", 3);
  });
  eventually("a consumer", [&] { return client.consumers("orders").size() == 1U; });
  client.publish("orders.order_created", "2");
  server.kill();
  server.restart();
  client.publish("orders.order_created", "3");
  const auto all = reading.get();
  BOOST_TEST_REQUIRE(all.size() == 3U);
  for (std::size_t each = 0; each < 3; ++each)
    BOOST_TEST(all[each].data == std::to_string(each + 1));
}

BOOST_AUTO_TEST_CASE(a_frozen_server_goes_on_where_it_was) {
  client.publish("orders.order_created", "1");
  server.freeze();
  raw_client other(server.port());
  BOOST_TEST(!other.readable(100)); // a server that runs greets first
  server.thaw();
  BOOST_TEST(other.readable(raw_client::guard_ms));
  client.publish("orders.order_created", "2");
  BOOST_TEST(client.read("orders").size() == 2U);
  server.freeze(); // and ends all the same
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named) {
  BOOST_TEST(!client.has_stream("payments"));
  BOOST_CHECK_THROW(static_cast<void>(client.count("payments")), std::runtime_error);
  BOOST_CHECK_THROW(static_cast<void>(client.read("payments", ">", 0, 1)), std::runtime_error);
  BOOST_CHECK_THROW(client.publish("payments.failed", "{}"), std::runtime_error);
  BOOST_CHECK_THROW(client.delete_consumer("orders", "nobody"), std::runtime_error);
  BOOST_CHECK_THROW(nats_server({"no_such_setting: 1"}), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "tests/e2e/event_checks.hpp"
#include "tests/e2e/payment_audit.hpp"
#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <csignal>
#include <stdexcept>
#include <string>

using namespace orderd::test;
using namespace std::chrono_literals;

namespace {

const std::string inbound = "orders_inbound";
const std::string letters = "orders_inbound_dead_letters";
const std::string stock_consumer = "orderd-stock-received";
const std::string customer = "550e8400-e29b-41d4-a716-446655440000";
constexpr std::int64_t units = 100; ///< on hand at the beginning

std::string stock_received(const std::string& event_id, std::int64_t qty) {
  return R"({"event_id":")" + event_id + R"(","sku":"A","qty":)" + std::to_string(qty) + '}';
}

std::string order_submitted(const std::string& event_id, const std::string& more = {}) {
  return R"({"event_id":")" + event_id + R"(","customer_id":")" + customer +
         R"(","items":[{"sku":"A","qty":2}])" + more + '}';
}

/// Waits until the program has made all that it reads from.
void await_reading(nats_client& client) {
  eventually("the streams that are read", [&] { return client.has_stream(letters); });
}

/// Waits until every message has been acknowledged. What was delivered to somebody who is gone comes again
/// soon, not after the minute that the program asks for.
void await_settled(nats_client& client) {
  eventually("the acknowledgement of every message", [&] {
    client.set_ack_wait(inbound, stock_consumer, 1s);
    const auto progress = client.progress(inbound, stock_consumer);
    return progress.undelivered + progress.unacknowledged == 0;
  });
}

struct fed_shop {
  explicit fed_shop(arguments flags = {}) : engine(std::move(flags), {"NATS_URL=" + server.url()}) {
    engine.api.define("A", units);
    await_reading(client);
  }

  void await_done(std::int64_t count) {
    eventually("the effect of what came", [&] { return source_figure(engine.api, "done_total") >= count; });
  }
  void await_letters(std::int64_t count) {
    eventually("dead letters", [&] { return source_figure(engine.api, "dead_letters_total") >= count; });
  }
  [[nodiscard]] json_view shown(const std::string& order_id) {
    return engine.api.get("/orders/" + order_id).json();
  }
  void publish_of_payment(const std::string& subject, const std::string& order_id) {
    client.publish(subject, R"({"order_id":")" + order_id + R"(","reason":"as told"})",
                   {{"Nats-Msg-Id", subject + '-' + order_id}});
  }

  nats_server server;
  nats_client client{server.url()};
  running_orderd engine;
};

} // namespace

BOOST_AUTO_TEST_SUITE(consumed_events)

BOOST_FIXTURE_TEST_CASE(units_that_are_told_of_five_times_come_in_once, fed_shop) {
  for (int time = 1; time <= 5; ++time) {
    const auto ack = client.publish("stock.received", stock_received("dock-1", 7),
                                    {{"Nats-Msg-Id", "try-" + std::to_string(time)}});
    BOOST_TEST(!ack.duplicate);
  }
  await_done(5);
  check_stock(engine.api, "A", units + 7, 0);
  client.publish("stock.received", stock_received("dock-2", 7));
  await_done(6);
  check_stock(engine.api, "A", units + 14, 0);

  engine.program.kill();
  engine.program.start();
  client.publish("stock.received", stock_received("dock-1", 7), {{"Nats-Msg-Id", "try-6"}});
  api_client api(engine.program.port());
  eventually("the effect of what came", [&] { return source_figure(api, "done_total") >= 1; });
  check_stock(api, "A", units + 14, 0);
}

BOOST_FIXTURE_TEST_CASE(a_malformed_message_becomes_a_dead_letter_and_the_next_is_handled, fed_shop) {
  const std::string wrong = R"({"event_id":"dock-1","sku":"A","qty":"five"})";
  client.publish("stock.received", wrong, {{"X-From", "dock"}});
  client.publish("stock.received", "{no JSON");
  client.publish("stock.received", stock_received("dock-1", 5));
  await_done(1);
  await_letters(2);
  check_stock(engine.api, "A", units + 5, 0);

  const auto dead = client.read(letters, "dead_letter.stock.received", 2);
  BOOST_REQUIRE_EQUAL(dead.size(), 2U);
  BOOST_TEST(dead[0].data == wrong);
  BOOST_TEST(dead[0].header("X-From") == "dock");
  BOOST_TEST(dead[0].header("Dead-Letter-Reason") == "qty is \"five\" and must be an integer");
  BOOST_TEST(dead[0].header("Dead-Letter-Subject") == "stock.received");
  BOOST_TEST(dead[1].data == "{no JSON");
  BOOST_TEST(!dead[1].header("Dead-Letter-Reason").empty());

  BOOST_TEST(source_figure(engine.api, "up") == 1);
  const auto source = engine.api.get("/health/ready")["sources"].at(0);
  BOOST_TEST(source["name"].text() == "nats");
  BOOST_TEST(source["status"].text() == "up");
  BOOST_TEST(source["dead_letters"].integer() == 2);
  BOOST_TEST(!is_degraded(engine.api, "source_nats"));
  server.kill();
  eventually("the broker is seen to be away", [&] { return is_degraded(engine.api, "source_nats"); });
  BOOST_TEST(source_figure(engine.api, "up") == 0);
  server.restart();
  eventually("the broker is seen to be back", [&] { return !is_degraded(engine.api, "source_nats"); });
}

BOOST_FIXTURE_TEST_CASE(an_order_that_is_submitted_is_made_once_under_its_key, fed_shop) {
  client.publish("orders.submitted", order_submitted("cart-1"));
  client.publish("orders.submitted", order_submitted("cart-1"));
  await_done(2);
  BOOST_TEST(engine.api.list("/orders").size() == 1U);
  for (const auto* const event : {"cart-2", "cart-3"})
    client.publish("orders.submitted", order_submitted(event, R"(,"idempotency_key":"checkout-17")"));
  await_done(4);
  const auto orders = engine.api.list("/orders");
  BOOST_REQUIRE_EQUAL(orders.size(), 2U);
  for (const auto& each : orders) {
    BOOST_TEST(each["customer_id"].text() == customer);
    BOOST_TEST(each["status"].text() == "processed");
  }
  check_stock(engine.api, "A", units, 4);

  // A key stands for one order, and a refusal needs no second try.
  client.publish("orders.submitted",
                 order_submitted("cart-4", R"(,"idempotency_key":"checkout-17","metadata":{"gift":true})"));
  client.publish("orders.submitted", R"({"event_id":"cart-5","customer_id":")" + customer +
                                         R"(","items":[{"sku":"A","qty":1000}]})");
  await_letters(2);
  BOOST_TEST(engine.api.list("/orders").size() == 2U);
  std::string reasons;
  for (const auto& each : client.read(letters, "dead_letter.orders.submitted", 2))
    reasons += each.header("Dead-Letter-Reason") + '\n';
  BOOST_TEST(reasons.find("checkout-17") != std::string::npos, reasons);
  BOOST_TEST(reasons.find("insufficient_stock: ") != std::string::npos, reasons);
}

BOOST_DATA_TEST_CASE(killed_between_effect_and_acknowledgement_it_adds_everything_once,
                     boost::unit_test::data::make({1, 2, 7, 20}), passage) {
  constexpr int messages = 40;
  const nats_server server;
  nats_client client(server.url());
  const temporary_folder folder;
  const environment connected{"NATS_URL=" + server.url()};
  {
    auto doomed = connected;
    doomed.push_back("ORDERD_TEST_FAULT_POINT=event.settled:" + std::to_string(passage));
    orderd_process program(folder.path() + "/data", {}, doomed);
    api_client(program.port()).define("A", units);
    await_reading(client);
    for (int each = 1; each <= messages; ++each)
      client.publish("stock.received", stock_received("dock-" + std::to_string(each), each));
    BOOST_TEST(program.wait_for_end() == 128 + SIGKILL);
  }
  // At least the one that had just taken effect.
  BOOST_TEST(client.progress(inbound, stock_consumer).unacknowledged > 0U);
  const orderd_process program(folder.path() + "/data", {}, connected);
  await_settled(client);
  api_client api(program.port());
  check_stock(api, "A", units + messages * (messages + 1) / 2, 0);
  BOOST_TEST(source_figure(api, "dead_letters_total") == 0);
}

BOOST_AUTO_TEST_CASE(a_broker_that_dies_amid_deliveries_costs_and_doubles_nothing) {
  constexpr int messages = 500;
  constexpr int between_deaths = 50;
  nats_server server;
  // One at a time, so that some are left when the broker dies.
  running_orderd engine({}, {"NATS_URL=" + server.url(), "ORDERD_CONSUME_IN_FLIGHT_MAX=1"});
  engine.api.define("A", units);
  nats_client client(server.url());
  await_reading(client);
  BOOST_TEST(engine.program.stop() == 0);
  for (int each = 1; each <= messages; ++each)
    client.publish("stock.received", stock_received("dock-" + std::to_string(each), each));
  engine.program.start();
  api_client api(engine.program.port());
  for (int round = 1; round <= 3; ++round) {
    eventually("deliveries", [&] { return source_figure(api, "done_total") >= round * between_deaths; });
    server.kill();
    eventually("the broker is seen to be away", [&] { return source_figure(api, "up") == 0; });
    BOOST_TEST_MESSAGE(source_figure(api, "done_total") << " were done at death " << round);
    server.restart();
  }
  nats_client later(server.url());
  await_settled(later);
  check_stock(api, "A", units + messages * (messages + 1) / 2, 0);
  BOOST_TEST(source_figure(api, "dead_letters_total") == 0);
}

BOOST_AUTO_TEST_CASE(payment_events_decide_what_the_service_leaves_open) {
  payment_stand_in service;
  fed_shop shop({"--payments", "http", "--payment-service-url", service.url(), "--interval-seconds", "0",
                 "--payment-timeout-ms", "60000", "--payment-retry-max-ms", "50", "--order-placement",
                 "deferred"});
  auto bob = shop.engine.as("bob");
  // The service holds the money and does not say so.
  service.add({.fault = service_fault::hold_answer, .verb = payment_verb::authorize});
  const auto paid = place(bob, "A", 2);
  eventually("an authorization", [&] { return service.charged(paid) > 0; });
  BOOST_TEST(shop.shown(paid)["status"].text() == "registered");
  shop.publish_of_payment("payments.authorized", paid);
  eventually("the placement", [&] { return shop.shown(paid)["status"].text() == "processed"; });
  BOOST_TEST(shop.shown(paid)["payment_status"].text() == "authorized");
  service.release();

  shop.publish_of_payment("payments.refunded", paid);
  eventually("the cancellation", [&] { return shop.shown(paid)["status"].text() == "cancelled"; });
  eventually("the money back", [&] { return service.charged(paid) == 0; });

  // The service cannot be asked, and nothing is held.
  service.add({.fault = service_fault::drop, .times = for_ever});
  const auto unpaid = place(bob, "A", 3);
  eventually("a question to the service", [&] {
    const auto asked = service.requests();
    return !asked.empty() && asked.back().verb == payment_verb::authorize &&
           asked.back().id.starts_with(unpaid);
  });
  BOOST_TEST(shop.shown(unpaid)["status"].text() == "registered");
  shop.publish_of_payment("payments.failed", unpaid);
  eventually("the failure", [&] { return shop.shown(unpaid)["status"].text() == "failed"; });
  BOOST_TEST(shop.shown(unpaid)["failure"]["code"].text() == "payment_declined");
  service.clear_rules();

  const auto orders = ended_sagas(shop.engine.api);
  BOOST_TEST(orders.at(paid)["payment_status"].text() == "refunded");
  check_stock_of(shop.engine.api, orders, {"A"}, units);
  check_service(service, orders);
  BOOST_TEST(source_figure(shop.engine.api, "dead_letters_total") == 0);
}

BOOST_AUTO_TEST_CASE(one_event_through_two_brokers_takes_effect_once) {
  constexpr int messages = 20;
  const nats_server server;
  const kafka_cluster cluster;
  running_orderd engine({}, {"NATS_URL=" + server.url(), "KAFKA_BROKERS=" + cluster.brokers()});
  engine.api.define("A", units);
  nats_client nats(server.url());
  await_reading(nats);
  kafka_producer kafka(cluster.brokers());
  for (int each = 1; each <= messages; ++each) {
    const auto event = stock_received("dock-" + std::to_string(each), each);
    nats.publish("stock.received", event);
    kafka.produce("stock.received", "A", event);
  }
  for (const auto* const source : {"nats", "kafka"})
    eventually("the effect of what came",
               [&] { return source_figure(engine.api, "done_total", source) == messages; });
  check_stock(engine.api, "A", units + messages * (messages + 1) / 2, 0);
}

BOOST_AUTO_TEST_SUITE_END()

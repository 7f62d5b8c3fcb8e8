#include "tests/e2e/event_checks.hpp"
#include "tests/e2e/order_load.hpp"
#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/seed.hpp"

#include <csignal>
#include <random>
#include <string>

using namespace orderd::test;

namespace {

constexpr std::int64_t units = 100; ///< on hand at the beginning

std::string stock_received(const std::string& event_id, std::int64_t qty) {
  return R"({"event_id":")" + event_id + R"(","sku":"A","qty":)" + std::to_string(qty) + '}';
}

std::vector<seen_event> events_of(const std::vector<kafka_message>& messages) {
  std::vector<seen_event> all;
  for (const auto& each : messages) {
    BOOST_TEST(each.key == each.header("ce_partitionkey"));
    all.push_back(
        {each.header("ce_id"), each.key, std::stoull(each.header("ce_sequence")), each.header("ce_type")});
  }
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kafka_events)

BOOST_AUTO_TEST_CASE(every_order_is_in_the_topic_once_and_in_order_whoever_was_away) {
  for (const auto seed : seeds(1)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      std::mt19937_64 random(seed);
      kafka_cluster cluster;
      order_load load(seed); // ends after the program, without which it has nothing to do
      running_orderd engine({}, {"KAFKA_BROKERS=" + cluster.brokers(), "ORDERD_CONSUME=false"});
      order_load::define_stock(engine.api);
      kafka_reader reader(cluster.brokers(), "order-events");
      for (const bool dies_without_brokers : {false, true}) {
        load.start(engine.program.port());
        load.wait_for_more_answers(200 + random() % 300);
        cluster.down();
        load.wait_for_more_answers(200 + random() % 300);
        if (!dies_without_brokers) {
          cluster.up();
          load.wait_for_more_answers(200 + random() % 300);
        }
        engine.program.kill();
        load.join();
        engine.program.start();
        api_client api(engine.program.port());
        if (dies_without_brokers) {
          eventually("the brokers are seen to be away", [&] { return is_degraded(api, "sink_kafka"); });
          BOOST_TEST(api.get("/sinks/kafka")["lag_events"].integer() > 0);
          cluster.up();
        }
        load.check_and_adopt(engine.program.port());
        await_drained(api, "kafka");
        const auto events = distinct_events(events_of(reader.read()));
        const auto orders = ids_of_orders(api);
        BOOST_TEST(orders.size() > 50U);
        BOOST_TEST((keys_of(events, "order_created") == orders));
      }
      BOOST_TEST(engine.program.stop() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(units_that_are_told_of_five_times_come_in_once_and_nonsense_is_put_aside) {
  kafka_cluster cluster;
  running_orderd engine({}, {"KAFKA_BROKERS=" + cluster.brokers()});
  engine.api.define("A", units);
  kafka_producer producer(cluster.brokers());
  for (int time = 0; time < 5; ++time)
    producer.produce("stock.received", "A", stock_received("dock-1", 7));
  const std::string wrong = R"({"event_id":"dock-2","sku":"A","qty":"five"})";
  producer.produce("stock.received", "A", wrong, {{"from", "dock"}});
  producer.produce("stock.received", "A", stock_received("dock-2", 5));
  eventually("the effect of what came",
             [&] { return source_figure(engine.api, "done_total", "kafka") == 6; });
  eventually("the dead letter",
             [&] { return source_figure(engine.api, "dead_letters_total", "kafka") == 1; });
  check_stock(engine.api, "A", units + 12, 0);
  BOOST_TEST(engine.api.get("/health/ready")["sources"].at(0)["dead_letters"].integer() == 1);

  kafka_reader reader(cluster.brokers(), "order-events.dead-letters");
  const auto letters = reader.read(1);
  BOOST_REQUIRE_EQUAL(letters.size(), 1U);
  BOOST_TEST(letters[0].value == wrong);
  BOOST_TEST(letters[0].header("from") == "dock");
  BOOST_TEST(letters[0].header("dead-letter-reason") == "qty is \"five\" and must be an integer");
  BOOST_TEST(letters[0].header("dead-letter-topic") == "stock.received");
}

BOOST_AUTO_TEST_CASE(killed_between_effect_and_commit_it_adds_everything_once) {
  constexpr int messages = 20;
  kafka_cluster cluster;
  kafka_producer producer(cluster.brokers());
  const temporary_folder folder;
  const environment connected{"KAFKA_BROKERS=" + cluster.brokers()};
  {
    auto doomed = connected;
    doomed.emplace_back("ORDERD_TEST_FAULT_POINT=event.settled:7");
    orderd_process program(folder.path() + "/data", {}, doomed);
    api_client(program.port()).define("A", units);
    for (int each = 1; each <= messages; ++each)
      producer.produce("stock.received", "A", stock_received("dock-" + std::to_string(each), each));
    BOOST_TEST(program.wait_for_end() == 128 + SIGKILL);
  }
  const orderd_process program(folder.path() + "/data", {}, connected);
  api_client api(program.port());
  // One key is one partition: when this one has been handed over, all before it have been.
  producer.produce("stock.received", "A", stock_received("the last", 1'000));
  constexpr std::int64_t all = units + messages * (messages + 1) / 2 + 1'000;
  eventually("the last message", [&] { return api.get("/stock/A")["on_hand"].integer() >= all; });
  eventually("nothing in flight", [&] { return source_figure(api, "in_flight", "kafka") == 0; });
  check_stock(api, "A", all, 0);
}

BOOST_AUTO_TEST_SUITE_END()

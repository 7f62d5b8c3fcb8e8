#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_events)

BOOST_AUTO_TEST_CASE(nothing_is_told_to_anybody_unless_told) {
  const settings values = good(read({}));
  BOOST_TEST(values.nats_url == "");
  BOOST_TEST(values.kafka_brokers == "");
  BOOST_TEST(values.webhook_url == "");
}

BOOST_AUTO_TEST_CASE(nats_servers_are_urls_with_a_host_each) {
  for (const char* urls :
       {"", "nats://127.0.0.1:4222", "tls://nats.example.org", "nats://a:4222,tls://b:4223,nats://[::1]:4224",
        "nats://ann:s3cret@nats:4222", "nats://t0ken@nats", "nats://ann:p@ss@nats:4222"})
    BOOST_TEST(good(read({}, {{"NATS_URL", urls}})).nats_url == urls);
  for (const char* urls :
       {"nats.example.org:4222", "http://nats", "nats://", "nats:///x", "nats://ann:s3cret@", "nats://nats:0",
        "nats://nats:65536", "nats://nats:", "nats://a,", ",nats://a", "nats://a,,nats://b",
        "nats://a, nats://b", "nats://a,b:4222", "nats://[::1", "nats://a b", "nats://a\r\nb"})
    BOOST_TEST(contains(complaint(read({}, {{"NATS_URL", urls}})), "NATS_URL: "), urls);
  std::string many = "nats://a";
  while (many.size() <= 2000)
    many += ",nats://a";
  BOOST_TEST(contains(complaint(read({}, {{"NATS_URL", many}})), "NATS_URL: "));
}

BOOST_AUTO_TEST_CASE(the_password_for_nats_is_never_printed) {
  for (const char* urls : {"nats://ann:s3cret@nats", "nats://ann:s3cret@nats:0"}) {
    const auto outcome = read({"--print-config"}, {{"NATS_URL", urls}});
    BOOST_TEST(!contains(outcome ? printed(outcome).text : complaint(outcome), "s3cret"));
  }
}

BOOST_AUTO_TEST_CASE(kafka_brokers_are_hosts_with_a_port_each) {
  for (const char* brokers : {"", "127.0.0.1:9092", "a:9092,b.example.org:9093,[::1]:9094"})
    BOOST_TEST(good(read({"--kafka-brokers", brokers})).kafka_brokers == brokers);
  for (const char* brokers :
       {"kafka", "kafka:", "kafka:0", "kafka:65536", ":9092", "a:1,", ",a:1", "a:1,,b:1", "a:1, b:1", "a:1,b",
        "kafka://a:1", "ann@a:1", "::1:9092", "[a]:9092"})
    BOOST_TEST(contains(complaint(read({"--kafka-brokers", brokers})), "KAFKA_BROKERS: "), brokers);
}

BOOST_AUTO_TEST_CASE(a_name_is_one_that_the_broker_takes) {
  for (const char* name : {"ORDERD_CONSUMER_GROUP", "NATS_STREAM", "ORDERD_NATS_INBOUND_STREAM",
                           "ORDERD_KAFKA_TOPIC", "ORDERD_KAFKA_DEAD_LETTER_TOPIC"}) {
    BOOST_TEST_INFO(name);
    good(read({}, {{name, "a"}}));
    good(read({}, {{name, "Orders_2-b" + std::string(190, 'x')}}));
    for (const std::string& bad :
         {std::string("a b"), std::string("a*"), std::string("a>"), std::string("a/b"),
          std::string("\xc3\xa4"), std::string("a,b"), std::string(201, 'x')})
      BOOST_TEST(contains(complaint(read({}, {{name, bad}})), std::string(name) + ": "), bad);
  }
  for (const char* bad : {".", ".."})
    BOOST_TEST(contains(complaint(read({"--kafka-topic", bad})), "ORDERD_KAFKA_TOPIC: "));
  // What stands between the words of a subject in NATS is a character like others in Kafka.
  good(read({}, {{"ORDERD_KAFKA_TOPIC", "order.events"}}));
  good(read({}, {{"ORDERD_KAFKA_DEAD_LETTER_TOPIC", "order.events.dead"}}));
  for (const char* name : {"ORDERD_CONSUMER_GROUP", "NATS_STREAM", "ORDERD_NATS_INBOUND_STREAM"})
    BOOST_TEST(contains(complaint(read({}, {{name, "a.b"}})), std::string(name) + ": "));
}

BOOST_AUTO_TEST_CASE(the_source_of_events_is_a_word) {
  BOOST_TEST(good(read({}, {{"ORDERD_EVENT_SOURCE", "https://shop.example.org/orders"}})).event_source ==
             "https://shop.example.org/orders");
  for (const std::string& bad : {std::string("a b"), std::string("a\nb"), std::string(257, 'x')})
    BOOST_TEST(contains(complaint(read({}, {{"ORDERD_EVENT_SOURCE", bad}})), "ORDERD_EVENT_SOURCE: "));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_cluster.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace orderd::test {

BOOST_AUTO_TEST_SUITE(mock_kafka)

BOOST_AUTO_TEST_CASE(a_message_is_read_as_it_was_produced) {
  kafka_cluster cluster(2);
  cluster.create_topic("order-events", 3);
  kafka_producer producer(cluster.brokers());
  kafka_reader reader(cluster.brokers(), "order-events");
  BOOST_TEST(reader.read().empty());
  const auto place = producer.produce("order-events", "ann", "{}", {{"ce_id", "7-1"}, {"ce_type", ""}});
  BOOST_TEST(place.offset == 0);
  const auto all = reader.read();
  BOOST_TEST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].topic == "order-events");
  BOOST_TEST(all[0].place.partition == place.partition);
  BOOST_TEST(all[0].place.offset == 0);
  BOOST_TEST(all[0].key == "ann");
  BOOST_TEST(all[0].header("ce_id") == "7-1");
  BOOST_TEST(all[0].headers.size() == 2U);
  BOOST_TEST(all[0].value == "{}");
  for (int each = 0; each < 30; ++each)
    producer.produce("order-events", std::to_string(each % 10), std::to_string(each));
  std::map<std::string, int> partition_of;
  for (const auto& each : reader.read(31))
    BOOST_TEST(partition_of.emplace(each.key, each.place.partition).first->second == each.place.partition);
  BOOST_TEST(reader.read().size() == 31U);
}

BOOST_AUTO_TEST_CASE(brokers_that_were_down_still_have_what_they_had) {
  kafka_cluster cluster;
  const auto brokers = cluster.brokers();
  cluster.create_topic("order-events", 1);
  kafka_producer producer(brokers);
  kafka_reader reader(brokers, "order-events");
  producer.produce("order-events", "ann", "1");
  BOOST_TEST(reader.read().size() == 1U);
  cluster.down();
  BOOST_CHECK_THROW(producer.produce("order-events", "ann", "lost", {}, 1), std::runtime_error);
  cluster.up();
  kafka_producer another(brokers);
  another.produce("order-events", "ann", "2");
  const auto all = reader.read(2);
  BOOST_TEST(all[0].value == "1");
  BOOST_TEST(all.back().value == "2");
}

BOOST_AUTO_TEST_CASE(a_produce_request_fails_as_it_is_told_to) {
  constexpr int not_enough_replicas = 19;
  constexpr int invalid_record = 87;
  constexpr int cut = -195;
  kafka_cluster cluster;
  kafka_producer producer(cluster.brokers());
  cluster.fail_produce(2, not_enough_replicas);
  cluster.fail_produce(1, cut);
  producer.produce("order-events", "ann", "1");
  cluster.fail_produce(1, invalid_record);
  BOOST_CHECK_THROW(producer.produce("order-events", "ann", "refused"), std::runtime_error);
  kafka_reader reader(cluster.brokers(), "order-events");
  const auto all = reader.read();
  BOOST_TEST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].value == "1");
}

BOOST_AUTO_TEST_CASE(a_frozen_cluster_goes_on_where_it_was) {
  kafka_cluster cluster;
  kafka_producer producer(cluster.brokers());
  producer.produce("order-events", "ann", "1");
  cluster.freeze();
  BOOST_CHECK_THROW(producer.produce("order-events", "ann", "late", {}, 1), std::runtime_error);
  cluster.thaw();
  kafka_reader reader(cluster.brokers(), "order-events");
  BOOST_TEST(reader.read(1).front().value == "1");
}

BOOST_AUTO_TEST_CASE(messages_that_the_brokers_threw_away_are_missed) {
  kafka_cluster cluster;
  cluster.create_topic("order-events", 1);
  kafka_producer producer(cluster.brokers());
  kafka_reader along(cluster.brokers(), "order-events");
  const std::string large(900'000, 'x');
  for (std::size_t each = 1; each <= 8; ++each) {
    producer.produce("order-events", "ann", large);
    BOOST_TEST(along.read().size() == each);
  }
  kafka_reader late(cluster.brokers(), "order-events");
  BOOST_CHECK_THROW(late.read(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_command_that_is_none_is_refused) {
  kafka_cluster cluster;
  BOOST_CHECK_THROW(cluster.create_topic("order-events", 0), std::runtime_error);
  cluster.create_topic("order-events", 1);
  BOOST_CHECK_THROW(cluster.create_topic("order-events", 1), std::runtime_error);
  BOOST_CHECK_THROW(kafka_cluster(0), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_topic_is_missing_as_long_as_it_is_told_to_be) {
  constexpr int unknown_topic = 3;
  kafka_cluster cluster;
  cluster.set_topic_error("order-events", unknown_topic);
  kafka_reader reader(cluster.brokers(), "order-events");
  BOOST_CHECK_THROW(reader.read(0, 1), std::runtime_error);
  cluster.set_topic_error("order-events", 0);
  BOOST_TEST(reader.read().empty());
  BOOST_CHECK_THROW(cluster.set_topic_error("order-events", 121), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(what_does_not_come_is_not_waited_for_without_end) {
  kafka_cluster cluster;
  kafka_reader reader(cluster.brokers(), "a-topic-that-nobody-made");
  BOOST_TEST(reader.read().empty());
  BOOST_CHECK_THROW(reader.read(1, 1), std::runtime_error);
  cluster.down();
  BOOST_CHECK_THROW(reader.read(0, 1), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

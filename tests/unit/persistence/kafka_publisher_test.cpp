#include "persistence/kafka_publisher.hpp"
#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/unit/persistence/publisher_contract.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace orderd {
namespace {

using namespace std::chrono_literals;
using namespace test::publisher_contract;
using test::eventually;
using test::kafka_cluster;
using test::kafka_message;
using test::kafka_reader;

const std::string topic = "order-events";
constexpr int not_enough_replicas = 19;
constexpr int topic_authorization_failed = 29;
constexpr int out_of_order_sequence_number = 45;

[[nodiscard]] std::string attribute(const kafka_message& message, const std::string& name) {
  return message.header("ce_" + name);
}

/// A cluster of one broker.
class kafka_stage : public test::receiver_stage {
 public:
  [[nodiscard]] std::unique_ptr<publisher> make(std::size_t in_flight_max,
                                                std::chrono::milliseconds answer_timeout) override {
    kafka_publisher_options options;
    options.brokers = cluster.brokers();
    options.topic = topic;
    options.in_flight_max = in_flight_max;
    options.delivery_timeout = answer_timeout;
    return std::make_unique<kafka_publisher>(options);
  }

  [[nodiscard]] std::vector<test::received_event> received(std::size_t at_least) override {
    std::vector<test::received_event> all;
    kafka_reader reader(cluster.brokers(), topic);
    for (const auto& each : reader.read(at_least)) {
      BOOST_TEST(each.header("content-type") == "application/json");
      BOOST_TEST(attribute(each, "specversion") == "1.0");
      all.push_back({attribute(each, "id"), attribute(each, "type"), attribute(each, "subject"),
                     attribute(each, "sequence"), attribute(each, "source"), each.value});
    }
    return all;
  }

  void go_away() override { cluster.down(); }
  void come_back() override { cluster.up(); }
  void answer_nothing() override { cluster.freeze(); }
  void answer_again() override { cluster.thaw(); }

  kafka_cluster cluster;
};

/// Events of several orders: of each, one in every call.
[[nodiscard]] std::vector<cloud_event> round_of_orders(std::size_t orders, std::size_t round) {
  auto events = sample_events(orders, round * orders);
  for (std::size_t each = 0; each < orders; ++each)
    events[each].key = events[each].subject = "order-" + std::to_string(each);
  return events;
}

/// The last number of each order never falls, and each order stays in one partition.
void check_order(const std::vector<kafka_message>& messages) {
  std::map<std::string, std::pair<std::int32_t, unsigned long>> orders;
  for (const auto& each : messages) {
    const auto sequence = std::stoul(attribute(each, "sequence"));
    const auto [found, is_first] = orders.try_emplace(each.key, std::pair{each.place.partition, sequence});
    BOOST_TEST(found->second.first == each.place.partition);
    BOOST_TEST(sequence >= found->second.second);
    found->second.second = sequence;
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(kafka_publishing)

#define ORDERD_KAFKA_CASE(rule)                                                                              \
  BOOST_AUTO_TEST_CASE(rule) {                                                                               \
    kafka_stage stage;                                                                                       \
    test::publisher_contract::rule(stage);                                                                   \
  }
ORDERD_PUBLISHER_CONTRACT(ORDERD_KAFKA_CASE)
#undef ORDERD_KAFKA_CASE

BOOST_FIXTURE_TEST_CASE(an_orders_events_are_in_one_partition_and_in_order, kafka_stage) {
  constexpr std::size_t orders = 8;
  constexpr std::size_t rounds = 10;
  const auto to = make(64, 30s);
  for (std::size_t round = 0; round < rounds; ++round)
    publish_all(*to, round_of_orders(orders, round));
  kafka_reader reader(cluster.brokers(), topic);
  const auto& messages = reader.read(orders * rounds);
  BOOST_TEST(messages.size() == orders * rounds);
  check_order(messages);
}

BOOST_FIXTURE_TEST_CASE(getting_ready_says_whether_brokers_are_there, kafka_stage) {
  const auto to = make(64, 30s);
  BOOST_TEST(to->prepare() == "");
  go_away();
  eventually("brokers are seen to be away", [&] { return !to->prepare().empty(); });
  come_back();
  eventually("brokers are there again", [&] { return to->prepare().empty(); });
}

/// Publishes rounds in a thread of its own until it ends.
class stubborn_relay {
 public:
  stubborn_relay(publisher& to, std::size_t orders, std::size_t first_round)
      : to_(to), orders_(orders), rounds_(first_round), thread_([this] { run(); }) {}
  stubborn_relay(const stubborn_relay&) = delete;
  stubborn_relay& operator=(const stubborn_relay&) = delete;
  ~stubborn_relay() {
    if (thread_.joinable())
      end();
  }

  /// Events, so far.
  [[nodiscard]] std::size_t taken() const { return taken_; }
  /// Tries of events that were not taken, so far.
  [[nodiscard]] std::size_t given_up() const { return given_up_; }
  /// The events that were not taken at the end.
  std::vector<cloud_event> end() {
    ended_ = true;
    thread_.join();
    return left_;
  }
  /// After the end.
  [[nodiscard]] std::size_t rounds() const { return rounds_; }

 private:
  void run() {
    while (!ended_) {
      if (left_.empty())
        left_ = round_of_orders(orders_, rounds_++);
      const auto report = to_.publish(left_);
      std::vector<cloud_event> again;
      for (std::size_t each = 0; each < left_.size(); ++each)
        if (!report.taken[each])
          again.push_back(left_[each]);
      taken_ += left_.size() - again.size();
      left_ = std::move(again);
      given_up_ += left_.size();
    }
  }

  publisher& to_;
  const std::size_t orders_;
  std::size_t rounds_;
  std::vector<cloud_event> left_;
  std::atomic<std::size_t> taken_{0};
  std::atomic<std::size_t> given_up_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

BOOST_FIXTURE_TEST_CASE(brokers_that_go_down_in_mid_batch_get_all_in_order, kafka_stage) {
  constexpr std::size_t orders = 200;
  const auto to = make(4, 10s);
  publish_all(*to, round_of_orders(orders, 0));
  stubborn_relay relay(*to, orders, 1);
  const auto await_half_a_batch = [&] {
    const auto wanted = relay.taken() + orders / 2;
    eventually("events taken", [&] { return relay.taken() >= wanted; });
  };
  for (int time = 0; time < 2; ++time) {
    await_half_a_batch();
    const auto given_up = relay.given_up();
    cluster.down();
    eventually("events given up", [&] { return relay.given_up() > given_up; });
    cluster.up();
  }
  await_half_a_batch();
  const auto left = relay.end();
  publish_all(*to, left);
  kafka_reader reader(cluster.brokers(), topic);
  const auto& messages = reader.read(relay.rounds() * orders);
  check_order(messages);
  std::set<std::string> ids;
  for (const auto& each : messages)
    ids.insert(attribute(each, "id"));
  BOOST_TEST(ids.size() == relay.rounds() * orders);
}

BOOST_FIXTURE_TEST_CASE(an_error_of_the_moment_is_outlived, kafka_stage) {
  const auto to = make(64, 30s);
  publish_all(*to, sample_events(1));
  cluster.fail_produce(3, not_enough_replicas);
  const auto report = to->publish(sample_events(10, 1));
  BOOST_TEST(std::count(report.taken.begin(), report.taken.end(), true) == 10);
  BOOST_TEST(report.trouble.empty());
  check_received(*this, sample_events(11));
}

BOOST_FIXTURE_TEST_CASE(a_refusal_names_the_topic_and_the_error, kafka_stage) {
  const auto to = make(64, 30s);
  publish_all(*to, sample_events(1));
  cluster.fail_produce(1, topic_authorization_failed);
  const auto report = to->publish(sample_events(1, 1));
  check_none_taken(report, 1);
  BOOST_TEST(report.trouble.find(topic) != std::string::npos);
  BOOST_TEST(report.trouble.find("TOPIC_AUTHORIZATION_FAILED") != std::string::npos);
  publish_all(*to, sample_events(1, 1));
  check_received(*this, sample_events(2));
}

BOOST_FIXTURE_TEST_CASE(an_error_that_ends_a_producer_for_good_ends_no_sending, kafka_stage) {
  const auto to = make(64, 30s);
  publish_all(*to, sample_events(1));
  for (std::size_t time = 1; time <= 2; ++time) {
    cluster.fail_produce(1, out_of_order_sequence_number);
    const auto report = to->publish(sample_events(1, time));
    check_none_taken(report, 1);
    BOOST_TEST(report.trouble.find("producer " + std::to_string(time)) != std::string::npos, report.trouble);
    publish_all(*to, sample_events(1, time));
  }
  check_received(*this, sample_events(3), true);
}

BOOST_FIXTURE_TEST_CASE(what_was_given_up_does_not_come_after_what_follows_it, kafka_stage) {
  const auto to = make(64, short_patience);
  publish_all(*to, round_of_orders(8, 0));
  cluster.freeze();
  check_none_taken(to->publish(round_of_orders(8, 1)), 8);
  check_none_taken(to->publish(round_of_orders(8, 1)), 8);
  cluster.thaw();
  publish_all(*to, round_of_orders(8, 1));
  publish_all(*to, round_of_orders(8, 2));
  kafka_reader reader(cluster.brokers(), topic);
  check_order(reader.read(24));
}

BOOST_FIXTURE_TEST_CASE(an_event_too_large_for_a_message_holds_up_no_other, kafka_stage) {
  const auto to = make(64, 30s);
  auto events = sample_events(3);
  events[1].data = '"' + std::string(2'000'000, 'x') + '"';
  const auto report = to->publish(events);
  BOOST_TEST(report.taken == (std::vector<bool>{true, false, true}));
  BOOST_TEST(report.trouble.find(events[1].id) != std::string::npos);
  BOOST_TEST(report.trouble.find("MSG_SIZE_TOO_LARGE") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

#include "persistence/kafka_source.hpp"
#include "tests/support/kafka_client.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/orderd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <deque>
#include <mutex>

namespace orderd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::kafka_cluster;
using test::kafka_producer;
using test::kafka_reader;

constexpr auto guard = 60s;
const std::string dead_letter_topic = "dead";
const std::string stock = "stock.received";
const std::string orders = "orders.submitted";

struct delivery {
  incoming_message message;
  std::function<void(message_outcome)> settle;

  void done() const { settle({settlement::done, {}}); }
};

/// What a source has handed over. A source may end before or after it.
class deliveries {
 public:
  [[nodiscard]] message_handler handler() const {
    return [to = state_](incoming_message message, std::function<void(message_outcome)> settle) {
      const std::lock_guard lock(to->mutex);
      to->all.push_back({std::move(message), std::move(settle)});
      to->came.notify_one();
    };
  }

  /// Waits for the next.
  [[nodiscard]] delivery next() const {
    std::unique_lock lock(state_->mutex);
    BOOST_REQUIRE(state_->came.wait_for(lock, guard, [&] { return !state_->all.empty(); }));
    auto first = std::move(state_->all.front());
    state_->all.pop_front();
    return first;
  }
  [[nodiscard]] delivery next(const std::string& body) const {
    auto found = next();
    BOOST_TEST(found.message.body == body);
    return found;
  }
  [[nodiscard]] bool none() const {
    const std::lock_guard lock(state_->mutex);
    return state_->all.empty();
  }

 private:
  struct state {
    std::mutex mutex;
    std::condition_variable came;
    std::deque<delivery> all;
  };
  const std::shared_ptr<state> state_ = std::make_shared<state>();
};

/// A cluster with the topics, of one partition each, and a producer.
struct kafka_scene {
  kafka_scene() {
    for (const auto& topic : {stock, orders})
      cluster.create_topic(topic, 1);
  }

  [[nodiscard]] kafka_source_options options() const {
    kafka_source_options options;
    options.brokers = cluster.brokers();
    options.group = "orderd";
    options.dead_letter_topic = dead_letter_topic;
    options.bounds.pause_min = 50ms;
    options.bounds.pause_max = 200ms;
    options.topics = {stock, orders};
    // The mock brokers let a group wait nearly as long for a member that has left.
    options.session_timeout = 4s;
    options.refresh_period = 1s;
    return options;
  }
  [[nodiscard]] std::unique_ptr<kafka_source> make() const { return make(options()); }
  [[nodiscard]] std::unique_ptr<kafka_source> make(kafka_source_options with) const {
    return std::make_unique<kafka_source>(std::move(with), arrived.handler());
  }
  void send(const std::string& body, const test::header_list& headers = {}) {
    producer.produce(stock, "key of " + body, body, headers);
  }
  void await_done(const event_source& source, std::uint64_t count) const {
    eventually("messages done", [&] { return source.figures().done == count; });
  }

  kafka_cluster cluster;
  kafka_producer producer{cluster.brokers()};
  deliveries arrived;
};

} // namespace

BOOST_AUTO_TEST_SUITE(kafka_reading)

BOOST_FIXTURE_TEST_CASE(a_message_is_read_with_its_headers_and_place, kafka_scene) {
  const auto source = make();
  send("m0", {{"Ce_Id", "0815"}, {"Content-Type", "application/json"}});
  const auto first = arrived.next("m0");
  BOOST_TEST(first.message.subject == stock);
  BOOST_TEST(first.message.place == "kafka:stock.received:0:0");
  BOOST_TEST(first.message.tries == 1U);
  const std::vector<std::pair<std::string, std::string>> headers{{"ce_id", "0815"},
                                                                 {"content-type", "application/json"}};
  BOOST_TEST((first.message.headers == headers));
  BOOST_TEST(source->figures().in_flight == 1U);
  BOOST_TEST(source->figures().trouble == "");
  first.done();
  await_done(*source, 1);
  BOOST_TEST(source->figures().in_flight == 0U);
  // A second call is none.
  first.settle({settlement::poison, "too late"});
  producer.produce(orders, "", "m1");
  const auto second = arrived.next("m1");
  BOOST_TEST(second.message.subject == orders);
  second.done();
  await_done(*source, 2);
  BOOST_TEST(source->figures().dead_letters == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_next_member_reads_what_is_not_settled_and_nothing_that_is, kafka_scene) {
  auto source = make();
  for (const auto* const body : {"m0", "m1", "m2", "m3"})
    send(body);
  std::vector<delivery> first;
  for (const auto* const body : {"m0", "m1", "m2", "m3"})
    first.push_back(arrived.next(body));
  // m1 holds back what was settled after it.
  for (const std::size_t each : {3U, 0U, 2U})
    first[each].done();
  await_done(*source, 3);
  source.reset();
  // Nobody hears that any more.
  first[1].done();

  source = make();
  for (const auto* const body : {"m1", "m2", "m3"})
    arrived.next(body).done();
  await_done(*source, 3);
  source.reset();

  source = make();
  send("m4");
  arrived.next("m4").done();
  await_done(*source, 1);
  BOOST_TEST(arrived.none());
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_handled_becomes_a_dead_letter_after_its_tries, kafka_scene) {
  auto with = options();
  with.bounds.tries_max = 3;
  auto source = make(with);
  send("tried", {{"Ce_Id", "0815"}});
  for (std::uint32_t number = 1; number <= 3; ++number) {
    const auto each = arrived.next("tried");
    BOOST_TEST(each.message.tries == number);
    BOOST_TEST(each.message.place == "kafka:stock.received:0:0");
    each.settle({settlement::again, "the store is full"});
  }
  send("poison");
  send("good");
  arrived.next("poison").settle({settlement::poison, "no JSON"});
  arrived.next("good").done();
  await_done(*source, 1);

  kafka_reader reader(cluster.brokers(), dead_letter_topic);
  const auto& letters = reader.read(2);
  BOOST_REQUIRE(letters.size() == 2U);
  const auto& tried = letters[letters[0].value == "tried" ? 0 : 1];
  const auto& poison = letters[letters[0].value == "tried" ? 1 : 0];
  BOOST_TEST(tried.value == "tried");
  BOOST_TEST(tried.key == "key of tried");
  BOOST_TEST(tried.header("Ce_Id") == "0815");
  BOOST_TEST(tried.header("dead-letter-reason") == "the store is full");
  BOOST_TEST(tried.header("dead-letter-topic") == stock);
  BOOST_TEST(tried.header("dead-letter-place") == "kafka:stock.received:0:0");
  BOOST_TEST(tried.header("dead-letter-tries") == "3");
  BOOST_TEST(poison.value == "poison");
  BOOST_TEST(poison.header("dead-letter-reason") == "no JSON");
  BOOST_TEST(poison.header("dead-letter-tries") == "1");
  eventually("dead letters counted", [&] { return source->figures().dead_letters == 2; });
  BOOST_TEST(source->figures().retried == 3U);
  source.reset();

  // They are settled, too.
  source = make();
  send("after");
  arrived.next("after").done();
  BOOST_TEST(arrived.none());
}

BOOST_FIXTURE_TEST_CASE(a_message_that_is_to_come_later_or_was_dropped_loses_no_try, kafka_scene) {
  auto with = options();
  with.bounds.tries_max = 1;
  const auto source = make(with);
  send("m0");
  for (int time = 0; time < 3; ++time) {
    const auto each = arrived.next("m0");
    BOOST_TEST(each.message.tries == 1U);
    each.settle({settlement::later, "the engine starts"});
  }
  static_cast<void>(arrived.next("m0"));
  const auto last = arrived.next("m0");
  BOOST_TEST(last.message.tries == 1U);
  last.done();
  await_done(*source, 1);
  BOOST_TEST(source->figures().retried == 4U);
  BOOST_TEST(source->figures().dead_letters == 0U);
}

BOOST_FIXTURE_TEST_CASE(no_more_are_in_flight_than_allowed, kafka_scene) {
  constexpr std::uint64_t count = 30;
  auto with = options();
  with.bounds.in_flight_max = 4;
  const auto source = make(with);
  for (std::uint64_t each = 0; each < count; ++each)
    send("m" + std::to_string(each));
  std::deque<delivery> open;
  std::uint64_t read = 0;
  const auto read_next = [&] { open.push_back(arrived.next("m" + std::to_string(read++))); };
  while (open.size() < 4)
    read_next();
  // It stays in its group all the same, and what comes again is among those allowed.
  open.back().settle({settlement::later, "not now"});
  open.pop_back();
  --read;
  read_next();
  BOOST_TEST(source->figures().in_flight == 4U);
  BOOST_TEST(arrived.none());
  while (read < count) {
    open.front().done();
    open.pop_front();
    read_next();
    BOOST_TEST(source->figures().in_flight <= 4U);
  }
  for (const auto& each : open)
    each.done();
  await_done(*source, count);
}

BOOST_FIXTURE_TEST_CASE(brokers_that_go_and_come_back_lose_nothing, kafka_scene) {
  auto source = make();
  send("m0");
  const auto first = arrived.next("m0");
  cluster.down();
  eventually("trouble is told", [&] { return !source->figures().trouble.empty(); });
  first.settle({settlement::poison, "no JSON"});
  BOOST_TEST(source->figures().dead_letters == 0U);
  cluster.up();
  kafka_reader reader(cluster.brokers(), dead_letter_topic);
  BOOST_TEST(reader.read(1).front().value == "m0");
  send("m1");
  arrived.next("m1").done();
  await_done(*source, 1);
  eventually("no trouble is told", [&] { return source->figures().trouble.empty(); });
  source.reset();

  source = make();
  send("m2");
  arrived.next("m2").done();
  await_done(*source, 1);
  BOOST_TEST(arrived.none());
}

BOOST_FIXTURE_TEST_CASE(a_source_without_brokers_begins_and_ends_all_the_same, kafka_scene) {
  cluster.down();
  auto source = make();
  BOOST_TEST(!source->figures().trouble.empty());
  source.reset();
  source = make();
  cluster.up();
  send("m0");
  arrived.next("m0").done();
  await_done(*source, 1);
  BOOST_TEST(source->figures().trouble == "");
  // As a broker that has lost its network.
  send("m1");
  const auto left = arrived.next("m1");
  cluster.freeze();
  left.done();
  source.reset();
  cluster.thaw();
}

BOOST_FIXTURE_TEST_CASE(topics_that_do_not_exist_yet_are_read_from_once_they_do, kafka_scene) {
  constexpr int unknown_topic = 3;
  for (const auto& topic : {stock, orders})
    cluster.set_topic_error(topic, unknown_topic);
  const auto source = make();
  eventually("a broker has answered", [&] { return source->figures().trouble.empty(); });
  cluster.set_topic_error(stock, 0);
  send("m0");
  arrived.next("m0").done();
  await_done(*source, 1);
  cluster.set_topic_error(orders, 0);
  producer.produce(orders, "", "m1");
  arrived.next("m1").done();
  await_done(*source, 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

#include "persistence/webhook_signature.hpp"
#include "tests/unit/persistence/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>

using namespace orderd;
using namespace orderd::test;
using namespace std::chrono_literals;

namespace {

/// Of a try that is meant to run into it.
constexpr std::chrono::milliseconds soon = 500ms;

[[nodiscard]] std::size_t count_taken(const publish_report& report) {
  return static_cast<std::size_t>(std::count(report.taken.begin(), report.taken.end(), true));
}

[[nodiscard]] publish_report publish_one(publisher& to) { return to.publish(some_events(1)); }

/// Nothing was taken, and the trouble says why.
void require_trouble(const publish_report& report, std::string_view words) {
  BOOST_TEST(count_taken(report) == 0U);
  BOOST_TEST(report.trouble.find(words) != std::string::npos, report.trouble);
}

/// What the receiver answers to everything, given as bytes.
struct with_answer {
  explicit with_answer(std::string answer)
      : server([answer = std::move(answer)](const tiny_request&) { return std::optional(answer); }),
        publisher(options_to("http://127.0.0.1:" + std::to_string(server.port()), clock)) {}

  orderd::tests::manual_clock clock;
  tiny_http_server server;
  webhook_publisher publisher;
};

/// Lets each request in and answers it when `count` are there, and all later ones at once.
class crowd_counter {
 public:
  explicit crowd_counter(std::size_t count) : wanted_(count) {}

  std::optional<std::string> serve() {
    std::unique_lock lock(mutex_);
    most_ = std::max(most_, ++inside_);
    changed_.notify_all();
    changed_.wait_for(lock, webhook_guard, [&] { return most_ >= wanted_; });
    --inside_;
    return tiny_answer(200, {}, {});
  }
  [[nodiscard]] std::size_t most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  const std::size_t wanted_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t inside_ = 0;
  std::size_t most_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_publishing)

BOOST_FIXTURE_TEST_CASE(an_event_arrives_whole_and_signed_at_the_time_of_the_try, with_receiver) {
  webhook_publisher publisher(options());
  const auto events = some_events(1);
  const auto report = publisher.publish(events);
  BOOST_TEST(count_taken(report) == 1U);
  BOOST_TEST(report.trouble == "");
  const auto received = receiver.received();
  BOOST_REQUIRE(received.size() == 1U);
  const auto& came = received.front();
  BOOST_TEST(came.path == "/hook");
  BOOST_TEST(came.body == structured(events.front(), default_event_source));
  BOOST_TEST(came.header("Content-Type") == "application/cloudevents+json");
  BOOST_TEST(came.header("webhook-id") == events.front().id);
  BOOST_TEST(came.header("webhook-timestamp") == "1700000000");
  const auto signer = webhook_signer::make(webhook_secret);
  BOOST_TEST(came.header("webhook-signature") ==
             signer->sign(events.front().id, std::chrono::sys_seconds{1'700'000'000s}, came.body));
  BOOST_TEST(came.header("Expect") == "");
}

BOOST_FIXTURE_TEST_CASE(an_event_that_is_sent_again_keeps_its_id_and_gets_a_new_time, with_receiver) {
  receiver.add({webhook_fault::answer, 500});
  webhook_publisher publisher(options());
  require_trouble(publish_one(publisher), "status 500");
  clock.advance(90s);
  BOOST_TEST(count_taken(publish_one(publisher)) == 1U);
  const auto received = receiver.received();
  BOOST_REQUIRE(received.size() == 2U);
  BOOST_TEST(received[0].header("webhook-id") == received[1].header("webhook-id"));
  BOOST_TEST(received[0].body == received[1].body);
  BOOST_TEST(received[1].header("webhook-timestamp") == "1700000090");
  BOOST_TEST(received[0].header("webhook-signature") != received[1].header("webhook-signature"));
}

BOOST_FIXTURE_TEST_CASE(any_status_of_2xx_is_the_receivers_word, with_receiver) {
  webhook_publisher publisher(options());
  for (const int status : {200, 201, 202, 204, 299}) {
    receiver.add({webhook_fault::answer, status});
    BOOST_TEST(count_taken(publish_one(publisher)) == 1U, status);
  }
}

BOOST_FIXTURE_TEST_CASE(an_event_that_is_refused_holds_up_no_other, with_receiver) {
  auto one_at_a_time = options();
  one_at_a_time.in_flight_max = 1;
  webhook_publisher publisher(one_at_a_time);
  for (const int status : {400, 401, 404, 409, 422, 500}) {
    receiver.add({webhook_fault::answer, status});
    const auto report = publisher.publish(some_events(3));
    BOOST_TEST((report.taken == std::vector<bool>{false, true, true}), status);
    BOOST_TEST(report.trouble == "status " + std::to_string(status));
    BOOST_TEST(!report.gone);
  }
}

BOOST_FIXTURE_TEST_CASE(a_receiver_in_trouble_is_sent_nothing_more_in_this_call, with_receiver) {
  auto one_at_a_time = options();
  one_at_a_time.in_flight_max = 1;
  webhook_publisher publisher(one_at_a_time);
  std::size_t tries = 0;
  for (const int status : {410, 429, 502, 503, 504}) {
    receiver.add({webhook_fault::answer, status});
    const auto report = publisher.publish(some_events(5));
    require_trouble(report, "status " + std::to_string(status));
    BOOST_TEST(report.gone == (status == 410));
    BOOST_TEST(report.taken.size() == 5U);
    BOOST_TEST(receiver.received().size() == ++tries);
  }
  BOOST_TEST(count_taken(publisher.publish(some_events(5))) == 5U);
}

BOOST_FIXTURE_TEST_CASE(a_redirect_is_not_followed, with_receiver) {
  webhook_publisher publisher(options());
  for (const int status : {301, 302, 303, 307, 308}) {
    receiver.add({webhook_fault::answer, status, {{"Location", receiver.url("/elsewhere")}}});
    require_trouble(publish_one(publisher), "status " + std::to_string(status) + ", a redirect");
  }
  for (const auto& each : receiver.received())
    BOOST_TEST(each.path == "/hook");
}

BOOST_FIXTURE_TEST_CASE(how_long_the_receiver_wants_to_be_left_alone_is_told_and_not_waited_for,
                        with_receiver) {
  webhook_publisher publisher(options());
  const std::vector<std::pair<std::string, std::chrono::milliseconds>> cases{
      {"7", 7s}, {"3600", 1h}, {"3601", 1h}, {"99999999999", 1h}, {"soon", 0s}, {"-5", 0s}};
  for (const auto& [said, understood] : cases)
    for (const int status : {429, 503}) {
      receiver.add({webhook_fault::answer, status, {{"Retry-After", said}}});
      const auto report = publish_one(publisher);
      require_trouble(report, "status " + std::to_string(status));
      BOOST_TEST(report.retry_after.count() == understood.count(), said);
    }
  receiver.add({webhook_fault::answer, 429});
  BOOST_TEST(publish_one(publisher).retry_after.count() == 0);
  receiver.add({webhook_fault::answer, 200, {{"Retry-After", "7"}}});
  BOOST_TEST(publish_one(publisher).retry_after.count() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_stalled_receiver_costs_one_timeout_however_much_waits, with_receiver) {
  receiver.add({webhook_fault::stall, 200, {}, for_ever});
  auto impatient = options();
  impatient.timeout = soon;
  impatient.in_flight_max = 2;
  webhook_publisher publisher(impatient);
  require_trouble(publisher.publish(some_events(50)), "timed out");
  BOOST_TEST(receiver.received().size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_that_cuts_the_connection_has_taken_nothing, with_receiver) {
  receiver.add({webhook_fault::drop});
  auto one_at_a_time = options();
  one_at_a_time.in_flight_max = 1;
  webhook_publisher publisher(one_at_a_time);
  require_trouble(publisher.publish(some_events(5)), "Empty reply");
  BOOST_TEST(receiver.received().size() == 1U);
  BOOST_TEST(count_taken(publisher.publish(some_events(5))) == 5U);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_that_is_away_and_returns_is_found_again, with_receiver) {
  webhook_publisher publisher(options());
  BOOST_TEST(count_taken(publish_one(publisher)) == 1U);
  receiver.go_away();
  require_trouble(publisher.publish(some_events(5)), "connect");
  receiver.come_back();
  BOOST_TEST(count_taken(publisher.publish(some_events(5))) == 5U);
}

BOOST_FIXTURE_TEST_CASE(connections_are_kept_from_call_to_call, with_receiver) {
  auto few = options();
  few.in_flight_max = 2;
  webhook_publisher publisher(few);
  for (int each = 0; each < 20; ++each)
    BOOST_TEST(count_taken(publisher.publish(some_events(10))) == 10U);
  BOOST_TEST(receiver.received().size() == 200U);
  BOOST_TEST(receiver.connections() <= 2U);
}

BOOST_AUTO_TEST_CASE(as_many_are_sent_at_once_as_may_be_and_no_more) {
  constexpr std::size_t at_once = 3;
  crowd_counter crowd(at_once);
  tiny_http_server server([&](const tiny_request&) { return crowd.serve(); });
  const orderd::tests::manual_clock clock;
  auto options = options_to("http://127.0.0.1:" + std::to_string(server.port()), clock);
  options.in_flight_max = at_once;
  webhook_publisher publisher(options);
  BOOST_TEST(count_taken(publisher.publish(some_events(100))) == 100U);
  BOOST_TEST(crowd.most() == at_once);
}

BOOST_AUTO_TEST_CASE(an_endless_answer_is_cut_and_its_status_counts) {
  // Promises more than it sends: without the cut, the timeout would end it.
  const std::string body(64 * 1024, 'x');
  with_answer good("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" + body);
  BOOST_TEST(count_taken(publish_one(good.publisher)) == 1U);
  with_answer bad("HTTP/1.1 500 No\r\nContent-Length: 1000000000\r\n\r\n" + body);
  require_trouble(publish_one(bad.publisher), "status 500");
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_no_answer) {
  with_answer stranger("220 mail.example.com ESMTP\r\n\r\n");
  const auto report = publish_one(stranger.publisher);
  BOOST_TEST(count_taken(report) == 0U);
  BOOST_TEST(!report.trouble.empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_under_way_ends_when_it_is_interrupted_and_all_later_at_once, with_receiver) {
  receiver.add({webhook_fault::stall, 200, {}, for_ever});
  webhook_publisher publisher(options());
  auto report = std::async(std::launch::async, [&] { return publisher.publish(some_events(20)); });
  receiver.await(8);
  publisher.interrupt();
  BOOST_REQUIRE(report.wait_for(webhook_guard / 2) == std::future_status::ready);
  require_trouble(report.get(), "interrupted");
  require_trouble(publish_one(publisher), "interrupted");
  BOOST_TEST(receiver.received().size() == 8U);
}

BOOST_FIXTURE_TEST_CASE(no_event_makes_no_request, with_receiver) {
  webhook_publisher publisher(options());
  const auto report = publisher.publish({});
  BOOST_TEST(report.taken.empty());
  BOOST_TEST(report.trouble == "");
  BOOST_TEST(receiver.connections() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_proxy_of_the_environment_is_not_used, with_receiver) {
  webhook_receiver proxy;
  BOOST_REQUIRE(setenv("http_proxy", proxy.url("").c_str(), 1) == 0);
  webhook_publisher publisher(options());
  const auto report = publish_one(publisher);
  unsetenv("http_proxy");
  BOOST_TEST(count_taken(report) == 1U);
  BOOST_TEST(proxy.connections() == 0U);
}

BOOST_FIXTURE_TEST_CASE(addresses_of_the_own_network_are_refused_by_whatever_name, with_receiver) {
  const std::string port = ":" + std::to_string(receiver.port()) + "/hook";
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                                 "2130706433", "0x7f.1", "127.1", "0.0.0.0", "[::]"}) {
    auto guarded = options();
    guarded.url = "http://" + host + port;
    guarded.allow_private = false;
    webhook_publisher publisher(guarded);
    BOOST_TEST_CONTEXT(host)
    require_trouble(publisher.publish(some_events(3)), "is not one of the public internet");
  }
  auto guarded = options();
  guarded.allow_private = false;
  webhook_publisher publisher(guarded);
  require_trouble(publish_one(publisher), "address 127.0.0.1 is not");
  BOOST_TEST(receiver.connections() == 0U);
}

BOOST_FIXTURE_TEST_CASE(the_own_network_is_reached_by_name_where_that_is_allowed, with_receiver) {
  auto named = options();
  named.url = "http://localhost:" + std::to_string(receiver.port()) + "/hook";
  webhook_publisher publisher(named);
  BOOST_TEST(count_taken(publish_one(publisher)) == 1U);
}

BOOST_FIXTURE_TEST_CASE(only_http_is_spoken, with_receiver) {
  for (const std::string url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
    auto other = options();
    other.url = url;
    webhook_publisher publisher(other);
    const auto report = publish_one(publisher);
    BOOST_TEST(count_taken(report) == 0U);
    BOOST_TEST(!report.trouble.empty(), url);
  }
}

BOOST_AUTO_TEST_SUITE_END()

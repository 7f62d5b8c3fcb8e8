#include "tests/unit/persistence/publisher_contract.hpp"

#include "tests/support/orderd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>

namespace orderd::test::publisher_contract {

cloud_event sample_event(std::size_t number) {
  cloud_event event;
  event.position = {number, 0};
  const auto digits = std::to_string(1'000'000'000'000 + number).substr(1);
  event.id = "01890a5d-ac96-774b-bcce-" + digits;
  event.type = number % 2 == 0 ? "order_created" : "order_updated";
  event.subject = "01890a5d-ac96-774b-aaaa-" + digits;
  event.key = event.subject;
  event.sequence = std::to_string(number + 1);
  event.customer_id = "ann";
  event.time = timestamp(std::chrono::milliseconds(1'769'000'000'123));
  event.data = R"({"event_type":")" + event.type + R"(","number":)" + std::to_string(number) + "}";
  return event;
}

std::vector<cloud_event> sample_events(std::size_t count, std::size_t first) {
  std::vector<cloud_event> events;
  for (std::size_t each = first; each < first + count; ++each)
    events.push_back(sample_event(each));
  return events;
}

void publish_all(publisher& to, std::vector<cloud_event> events) {
  std::string trouble;
  const auto all_taken = [&] {
    const auto report = to.publish(events);
    BOOST_REQUIRE(report.taken.size() == events.size());
    std::vector<cloud_event> left;
    for (std::size_t each = 0; each < events.size(); ++each)
      if (!report.taken[each])
        left.push_back(events[each]);
    // A verbose log formats the message of a check that holds, too.
    BOOST_REQUIRE_MESSAGE(left.empty() == report.trouble.empty(), "taken, and yet: " + report.trouble);
    BOOST_REQUIRE(!report.gone);
    events = std::move(left);
    return events.empty();
  };
  eventually("every event taken", all_taken);
}

void check_received(receiver_stage& stage, const std::vector<cloud_event>& events, bool doubles) {
  const auto all = stage.received(events.size());
  if (!doubles)
    BOOST_TEST(all.size() == events.size());
  for (const auto& event : events) {
    const auto same = [&](const received_event& one) { return one.id == event.id; };
    const auto found = std::find_if(all.begin(), all.end(), same);
    BOOST_REQUIRE_MESSAGE(found != all.end(), "event " + event.id + " never came");
    BOOST_TEST((doubles || std::count_if(all.begin(), all.end(), same) == 1));
    BOOST_TEST(found->type == event.type);
    BOOST_TEST(found->subject == event.subject);
    BOOST_TEST(found->sequence == event.sequence);
    BOOST_TEST(found->source == default_event_source);
    BOOST_TEST(found->data == event.data);
  }
}

void check_none_taken(const publish_report& report, std::size_t count) {
  BOOST_TEST(report.taken.size() == count);
  BOOST_TEST(std::count(report.taken.begin(), report.taken.end(), true) == 0);
  BOOST_TEST(!report.trouble.empty());
  BOOST_TEST(!report.gone);
}

void nothing_to_send_is_no_trouble(receiver_stage& stage) {
  const auto report = stage.make(4, patience)->publish({});
  BOOST_TEST(report.taken.empty());
  BOOST_TEST(report.trouble.empty());
  BOOST_TEST(!report.gone);
}

void each_event_arrives_once_with_what_it_says(receiver_stage& stage) {
  const auto to = stage.make(64, patience);
  publish_all(*to, sample_events(10));
  publish_all(*to, sample_events(10, 10));
  check_received(stage, sample_events(20));
}

void odd_characters_arrive_as_they_are(receiver_stage& stage) {
  auto event = sample_event(1);
  event.subject = "Käse \"100 %\" / 25%20g ☃";
  event.key = event.subject;
  event.data = R"({"sku":"Käse \"100 %\" / 25%20g ☃","text":"a\nb\u0000"})";
  publish_all(*stage.make(1, patience), {event});
  check_received(stage, {event});
}

void a_batch_larger_than_the_window_is_taken_whole(receiver_stage& stage) {
  publish_all(*stage.make(3, patience), sample_events(50));
  check_received(stage, sample_events(50));
}

void an_event_sent_again_keeps_its_id(receiver_stage& stage) {
  publish_all(*stage.make(8, patience), sample_events(5));
  // As after a crash before the relay had noted that they were taken.
  publish_all(*stage.make(8, patience), sample_events(5));
  check_received(stage, sample_events(5), true);
}

void nothing_is_taken_while_the_receiver_is_away(receiver_stage& stage) {
  const auto to = stage.make(8, short_patience);
  publish_all(*to, sample_events(3));
  stage.go_away();
  const auto events = sample_events(20, 3);
  for (int attempt = 0; attempt < 3; ++attempt)
    check_none_taken(to->publish(events), events.size());
}

void a_receiver_that_was_away_at_the_start_gets_all(receiver_stage& stage) {
  stage.go_away();
  const auto to = stage.make(8, short_patience);
  check_none_taken(to->publish(sample_events(3)), 3);
  stage.come_back();
  publish_all(*to, sample_events(3));
  check_received(stage, sample_events(3), true);
}

void a_receiver_that_comes_back_gets_all(receiver_stage& stage) {
  const auto to = stage.make(8, std::chrono::seconds(5));
  publish_all(*to, sample_events(20));
  stage.go_away();
  check_none_taken(to->publish(sample_events(20, 20)), 20);
  stage.come_back();
  publish_all(*to, sample_events(20, 20));
  check_received(stage, sample_events(40), true);
}

void a_receiver_that_answers_nothing_takes_nothing(receiver_stage& stage) {
  const auto to = stage.make(4, short_patience);
  publish_all(*to, sample_events(1));
  stage.answer_nothing();
  check_none_taken(to->publish(sample_events(10, 1)), 10);
  stage.answer_again();
  publish_all(*to, sample_events(10, 1));
  check_received(stage, sample_events(11), true);
}

void an_interrupt_ends_what_is_under_way(receiver_stage& stage) {
  const auto to = stage.make(4, endless);
  publish_all(*to, sample_events(1));
  stage.answer_nothing();
  auto under_way = std::async(std::launch::async, [&] { return to->publish(sample_events(10, 1)); });
  to->interrupt();
  BOOST_REQUIRE(under_way.wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  check_none_taken(under_way.get(), 10);
  check_none_taken(to->publish(sample_events(10, 1)), 10);
  stage.answer_again();
}

} // namespace orderd::test::publisher_contract

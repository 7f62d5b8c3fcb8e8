/// What every publisher must do, whatever receives its events. Each kind's test plays its receiver as a
/// `receiver_stage` and runs every rule of ORDERD_PUBLISHER_CONTRACT with a fresh one.
#pragma once

#include "persistence/publisher.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

/// RULE(name) for each rule below: `publisher_contract::name(stage)`.
// clang-format off
#define ORDERD_PUBLISHER_CONTRACT(RULE) \
  RULE(nothing_to_send_is_no_trouble) \
  RULE(each_event_arrives_once_with_what_it_says) \
  RULE(odd_characters_arrive_as_they_are) \
  RULE(a_batch_larger_than_the_window_is_taken_whole) \
  RULE(an_event_sent_again_keeps_its_id) \
  RULE(nothing_is_taken_while_the_receiver_is_away) \
  RULE(a_receiver_that_was_away_at_the_start_gets_all) \
  RULE(a_receiver_that_comes_back_gets_all) \
  RULE(a_receiver_that_answers_nothing_takes_nothing) \
  RULE(an_interrupt_ends_what_is_under_way)
// clang-format on

namespace orderd::test {

/// An event as the receiver got it, with the transport's own encodings undone.
struct received_event {
  std::string id;
  std::string type;
  std::string subject;
  std::string sequence;
  std::string source;
  std::string data; ///< the JSON object
};

/// A receiver at the start: it is there and has got nothing.
class receiver_stage {
 public:
  virtual ~receiver_stage() = default;

  /// A publisher to it, with `default_event_source`, that waits as long as given for what it has sent. Its
  /// pauses between connecting are the shortest it can have.
  [[nodiscard]] virtual std::unique_ptr<publisher> make(std::size_t in_flight_max,
                                                        std::chrono::milliseconds answer_timeout) = 0;
  /// All that it has taken, in the order of arrival. Waits until it is `at_least` so many. Only while it is
  /// there.
  [[nodiscard]] virtual std::vector<received_event> received(std::size_t at_least) = 0;

  /// It is down: connections are cut and refused. It keeps what it has taken.
  virtual void go_away() = 0;
  virtual void come_back() = 0;
  /// It keeps its connections and answers nothing, until `answer_again`.
  virtual void answer_nothing() = 0;
  virtual void answer_again() = 0;
};

namespace publisher_contract {

inline constexpr std::chrono::milliseconds patience = std::chrono::seconds(30);
/// Of what is meant to be waited for in vain.
inline constexpr std::chrono::milliseconds short_patience{500};
/// Longer than a hang of the test may last.
inline constexpr std::chrono::milliseconds endless = std::chrono::hours(1);

[[nodiscard]] cloud_event sample_event(std::size_t number);
/// With keys of their own.
[[nodiscard]] std::vector<cloud_event> sample_events(std::size_t count, std::size_t first = 0);
/// Publishes until all were taken, again those that were not.
void publish_all(publisher& to, std::vector<cloud_event> events);
/// Each of these events has come, exactly once unless `doubles` are allowed, as it was sent.
void check_received(receiver_stage& stage, const std::vector<cloud_event>& events, bool doubles = false);
/// Of so many events.
void check_none_taken(const publish_report& report, std::size_t count);

#define ORDERD_DECLARE_RULE(name) void name(receiver_stage& stage);
ORDERD_PUBLISHER_CONTRACT(ORDERD_DECLARE_RULE)
#undef ORDERD_DECLARE_RULE

} // namespace publisher_contract
} // namespace orderd::test

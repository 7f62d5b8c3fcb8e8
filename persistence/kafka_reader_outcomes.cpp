#include "config/log.hpp"
#include "persistence/kafka_reader.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

using namespace std::chrono_literals;

constexpr auto commit_period = 1'000ms;
/// Of a commit that is waited for.
constexpr auto commit_max = 3'000ms;
/// Of asking whether brokers are back, and between two times.
constexpr auto look_max = 500ms;
constexpr auto look_period = 1'000ms;

[[nodiscard]] char lower(char each) {
  return each >= 'A' && each <= 'Z' ? static_cast<char>(each + 32) : each;
}

[[nodiscard]] std::string text_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

[[nodiscard]] std::vector<std::pair<std::string, std::string>> headers_of(const rd_kafka_message_t& message) {
  std::vector<std::pair<std::string, std::string>> all;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return all;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  while (rd_kafka_header_get_all(headers, all.size(), &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::string small(name);
    std::transform(small.begin(), small.end(), small.begin(), lower);
    all.emplace_back(std::move(small), text_of(value, size));
  }
  return all;
}

} // namespace

void kafka_source::reader::hand_over(std::uint64_t number, held_message& held) {
  held.is = stage::handed_over;
  ++handed_over_;
  {
    const std::lock_guard lock(figures_mutex_);
    figures_.in_flight = handed_over_;
  }
  const auto& message = *held.message;
  handler_({held.from.first, headers_of(message), text_of(message.payload, message.len), held.facts.place,
            held.facts.tries},
           kafka_settlements::receiver_of(settlements_, number));
}

void kafka_source::reader::take_settlements() {
  for (const auto& [number, outcome] : settlements_->take())
    settle(number, outcome);
}

void kafka_source::reader::settle(std::uint64_t number, const message_outcome& outcome) {
  const auto found = held_.find(number);
  // One that was forgotten comes again, here or to another member.
  if (found == held_.end())
    return;
  auto& held = found->second;
  --handed_over_;
  {
    const std::lock_guard lock(figures_mutex_);
    figures_.in_flight = handed_over_;
    if (outcome.what == settlement::later || outcome.what == settlement::again)
      ++figures_.retried;
  }
  if (outcome.what == settlement::done)
    return finish(number, &source_figures::done);
  held.is = stage::waits;
  if (outcome.what == settlement::later)
    return wait_for(number, held.pause.next());
  if (outcome.what == settlement::again && held.facts.tries < options_.bounds.tries_max) {
    ++held.facts.tries;
    return wait_for(number, held.pause.next());
  }
  held.is = stage::dead;
  held.pause.reset();
  held.facts.reason = outcome.reason;
  send_dead_letter(number, held);
}

void kafka_source::reader::finish(std::uint64_t number, std::uint64_t source_figures::*counted) {
  const auto found = held_.find(number);
  window_slots_ -= windows_[found->second.from].settle(found->second.message->offset);
  held_.erase(found);
  const std::lock_guard lock(figures_mutex_);
  ++(figures_.*counted);
}

void kafka_source::reader::wait_for(std::uint64_t number, std::chrono::milliseconds pause) {
  due_.emplace(steady_clock::now() + pause, number);
}

void kafka_source::reader::act_on_due() {
  const auto now = steady_clock::now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto number = due_.begin()->second;
    const auto found = held_.find(number);
    const bool waits = found != held_.end() && found->second.is == stage::waits;
    if (waits && handed_over_ >= options_.bounds.in_flight_max)
      return;
    due_.erase(due_.begin());
    if (waits)
      hand_over(number, found->second);
    else if (found != held_.end() && found->second.is == stage::dead)
      send_dead_letter(number, found->second);
  }
}

void kafka_source::reader::send_dead_letter(std::uint64_t number, held_message& held) {
  held.is = stage::dead_letter_sent;
  std::string trouble;
  if (dead_letters_.send(number, *held.message, held.facts, trouble))
    return;
  note_obstacle(obstacle::dead_letters, "topic " + options_.dead_letter_topic + ": " + trouble);
  held.is = stage::dead;
  wait_for(number, options_.bounds.pause_max);
}

void kafka_source::reader::take_letter_report(std::uint64_t number, rd_kafka_resp_err_t error) {
  const auto found = held_.find(number);
  if (found == held_.end())
    return;
  auto& held = found->second;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    log::warn("a message became a dead letter",
              {{"place", held.facts.place}, {"reason", held.facts.reason}, {"tries", held.facts.tries}});
    note_obstacle(obstacle::dead_letters, {});
    return finish(number, &source_figures::dead_letters);
  }
  note_obstacle(obstacle::dead_letters,
                "topic " + options_.dead_letter_topic + ": " + kafka_error_text(error));
  held.is = stage::dead;
  if (error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    held.facts.whole = false;
  wait_for(number, held.pause.next());
}

kafka_partitions kafka_source::reader::to_commit() {
  kafka_partitions offsets(rd_kafka_topic_partition_list_new(static_cast<int>(windows_.size())));
  for (auto& [where, window] : windows_)
    if (const auto offset = window.to_commit()) {
      rd_kafka_topic_partition_list_add(offsets.get(), where.first.c_str(), where.second)->offset = *offset;
      window.note_asked();
    }
  return offsets;
}

void kafka_source::reader::commit_soon() {
  const auto now = steady_clock::now();
  if (committing_ || now < next_commit_)
    return;
  next_commit_ = now + commit_period;
  const auto offsets = to_commit();
  if (offsets->cnt == 0)
    return;
  const auto error = rd_kafka_commit(consumer_.get(), offsets.get(), 1);
  committing_ = error == RD_KAFKA_RESP_ERR_NO_ERROR;
  if (!committing_)
    note_committed(error);
}

void kafka_source::reader::commit_and_wait() {
  // One that is under way may have failed, or be going to.
  if (committing_ || has_obstacle(obstacle::commits))
    for (auto& [where, window] : windows_)
      window.ask_again();
  const auto offsets = to_commit();
  if (offsets->cnt == 0)
    return;
  // `rd_kafka_commit` waits for an answer without a bound.
  const kafka_queue answers(rd_kafka_queue_new(consumer_.get()));
  auto error = rd_kafka_commit_queue(consumer_.get(), offsets.get(), answers.get(), nullptr, nullptr);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const kafka_event answer(
        rd_kafka_queue_poll(answers.get(), static_cast<int>(std::chrono::milliseconds(commit_max).count())));
    error = answer == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(answer.get());
  }
  note_committed(error);
}

void kafka_source::reader::note_committed(rd_kafka_resp_err_t error) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET)
    return note_obstacle(obstacle::commits, {});
  note_obstacle(obstacle::commits, "group " + options_.group + ": " + kafka_error_text(error));
  for (auto& [where, window] : windows_)
    window.ask_again();
}

void kafka_source::reader::take_commit(rd_kafka_t*, rd_kafka_resp_err_t error,
                                       rd_kafka_topic_partition_list_t* offsets, void* self) {
  auto& owner = *static_cast<reader*>(self);
  owner.committing_ = false;
  for (int each = 0; offsets != nullptr && error == RD_KAFKA_RESP_ERR_NO_ERROR && each < offsets->cnt; ++each)
    error = offsets->elems[each].err;
  owner.note_committed(error);
}

void kafka_source::reader::look_for_brokers() {
  const auto now = steady_clock::now();
  if (now < next_look_ || !has_obstacle(obstacle::brokers))
    return;
  // It blocks, but without brokers there is not much else to do.
  std::string trouble;
  if (kafka_answers(consumer_.get(), nullptr, look_max, trouble))
    note_obstacle(obstacle::brokers, {});
  next_look_ = steady_clock::now() + look_period;
}

} // namespace orderd

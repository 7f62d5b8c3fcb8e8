#include "persistence/kafka_reader.hpp"

#include "config/log.hpp"
#include "config/thread_name.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

using namespace std::chrono_literals;

/// Of one wait: how late the thread sees what nothing wakes it for.
constexpr auto wait_max = 200ms;
constexpr auto wait_for_letters = 20ms;
/// A consumer without room stops fetching only after that: starting again costs fetches.
constexpr auto full_max = 1'000ms;
/// Settled messages behind one that is not. Their number is bounded, and not only that of the others, because
/// each comes again after a crash.
constexpr std::size_t window_slots_max = 10'000;
/// Of taking leave of the group.
constexpr auto close_max = 5'000ms;
constexpr auto heartbeat_max = 3'000ms;
constexpr int heartbeats_in_session = 4;
/// Of messages that were fetched and not read yet.
constexpr std::size_t queued_kib = 4'096;
constexpr std::size_t queued_messages = 1'000;
constexpr std::size_t fetch_bytes = queued_kib * 1'024;

} // namespace

kafka_source::reader::reader(kafka_source_options options, message_handler handler)
    : options_(std::move(options)), handler_(std::move(handler)),
      dead_letters_(
          {options_.brokers, options_.dead_letter_topic, options_.client_id, options_.delivery_timeout,
           options_.bounds.in_flight_max, options_.more},
          [this](std::uint64_t number, rd_kafka_resp_err_t error) { take_letter_report(number, error); }) {
  note_obstacle(obstacle::brokers, "no broker was reached yet");
  thread_ = std::thread([this] { run(); });
}

kafka_source::reader::~reader() {
  settlements_->stop();
  thread_.join();
}

source_figures kafka_source::reader::figures() const {
  const std::lock_guard lock(figures_mutex_);
  auto all = figures_;
  const auto found = std::find_if(obstacles_.begin(), obstacles_.end(),
                                  [](const std::string& each) { return !each.empty(); });
  if (found != obstacles_.end())
    all.trouble = "Kafka at " + options_.brokers + ": " + *found;
  return all;
}

void kafka_source::reader::note_obstacle(obstacle which, std::string what) {
  const std::lock_guard lock(figures_mutex_);
  obstacles_[static_cast<std::size_t>(which)] = std::move(what);
}

bool kafka_source::reader::has_obstacle(obstacle which) const {
  const std::lock_guard lock(figures_mutex_);
  return !obstacles_[static_cast<std::size_t>(which)].empty();
}

void kafka_source::reader::run() {
  name_this_thread("kafka-source");
  while (!settlements_->stopped()) {
    if (open())
      while (!settlements_->stopped() && !broken_)
        turn();
    close();
    if (!settlements_->stopped())
      settlements_->wait(options_.bounds.pause_min);
  }
  settlements_->close();
}

bool kafka_source::reader::open() {
  kafka_settings settings(options_.brokers, options_.client_id, this);
  settings.add(options_.more);
  settings.set("group.id", options_.group);
  settings.set("enable.auto.commit", "false");
  settings.set("enable.auto.offset.store", "false");
  settings.set("auto.offset.reset", "earliest");
  settings.set("allow.auto.create.topics", "true");
  settings.set("topic.metadata.refresh.interval.ms", options_.refresh_period);
  settings.set("session.timeout.ms", options_.session_timeout);
  settings.set("heartbeat.interval.ms", std::min<std::chrono::milliseconds>(
                                            heartbeat_max, options_.session_timeout / heartbeats_in_session));
  settings.set("queued.min.messages", std::to_string(queued_messages));
  settings.set("queued.max.messages.kbytes", std::to_string(queued_kib));
  settings.set("fetch.max.bytes", std::to_string(fetch_bytes));
  rd_kafka_conf_set_rebalance_cb(settings.get(), &rebalance);
  rd_kafka_conf_set_offset_commit_cb(settings.get(), &take_commit);
  rd_kafka_conf_set_error_cb(settings.get(), &take_error);
  std::string trouble;
  consumer_ = settings.open(RD_KAFKA_CONSUMER, trouble);
  if (consumer_ == nullptr) {
    note_obstacle(obstacle::brokers, trouble);
    return false;
  }
  broken_ = false;
  closing_ = false;
  committing_ = false;
  paused_ = false;
  rd_kafka_poll_set_consumer(consumer_.get());
  queue_.reset(rd_kafka_queue_get_consumer(consumer_.get()));
  settlements_->set_poll(queue_.get());
  const kafka_partitions topics(rd_kafka_topic_partition_list_new(static_cast<int>(options_.topics.size())));
  for (const auto& topic : options_.topics)
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  const auto error = rd_kafka_subscribe(consumer_.get(), topics.get());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    note_obstacle(obstacle::messages, "no subscription: " + kafka_error_text(error));
  return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void kafka_source::reader::close() {
  if (consumer_ == nullptr)
    return;
  take_settlements();
  if (!has_obstacle(obstacle::brokers) && !broken_)
    commit_and_wait();
  closing_ = true;
  // There is nobody to take leave of where brokers are away: the group misses the member in time.
  if (!has_obstacle(obstacle::brokers) && !has_obstacle(obstacle::commits) && !broken_)
    leave_group();
  forget();
  settlements_->set_poll(nullptr);
  queue_.reset();
  consumer_.reset();
}

void kafka_source::reader::leave_group() {
  // Not `rd_kafka_consumer_close`, which waits for its brokers without a bound.
  const kafka_queue last(rd_kafka_queue_new(consumer_.get()));
  const std::unique_ptr<rd_kafka_error_t, kafka_end> refused(
      rd_kafka_consumer_close_queue(consumer_.get(), last.get()));
  const auto deadline = steady_clock::now() + close_max;
  while (refused == nullptr && rd_kafka_consumer_closed(consumer_.get()) == 0 &&
         steady_clock::now() < deadline)
    // The consumer's own queue leads to the other one. What is read now stays for the next owner.
    kafka_message(rd_kafka_consumer_poll(consumer_.get(), static_cast<int>(wait_for_letters.count())));
}

void kafka_source::reader::turn() {
  take_settlements();
  dead_letters_.poll();
  act_on_due();
  commit_soon();
  look_for_brokers();
  const auto wait = wait_time();
  if (has_room()) {
    full_since_.reset();
    pause(false);
    return poll(wait);
  }
  const auto now = steady_clock::now();
  if (!full_since_)
    full_since_ = now;
  if (now - *full_since_ < full_max)
    return settlements_->wait(wait);
  // To poll is to stay in the group.
  pause(true);
  poll(wait);
}

bool kafka_source::reader::has_room() const {
  return held_.size() < options_.bounds.in_flight_max && window_slots_ < window_slots_max;
}

std::chrono::milliseconds kafka_source::reader::wait_time() const {
  auto wait = dead_letters_.is_under_way() ? std::chrono::milliseconds(wait_for_letters)
                                           : std::chrono::milliseconds(wait_max);
  if (!due_.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - steady_clock::now());
    // Never none: what is due may have to wait for room.
    wait = std::clamp(left, std::chrono::milliseconds(1), wait);
  }
  return wait;
}

void kafka_source::reader::poll(std::chrono::milliseconds timeout) {
  kafka_message message(rd_kafka_consumer_poll(consumer_.get(), static_cast<int>(timeout.count())));
  if (message == nullptr)
    return;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
    take(std::move(message));
  else
    note_missing(*message);
}

void kafka_source::reader::note_missing(const rd_kafka_message_t& error) {
  if (error.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC) {
    // A broker has said so; the topic is read from once it exists.
    note_obstacle(obstacle::brokers, {});
    return;
  }
  note_obstacle(obstacle::messages,
                std::string(rd_kafka_err2name(error.err)) + ": " + rd_kafka_message_errstr(&error));
}

void kafka_source::reader::take(kafka_message message) {
  note_obstacle(obstacle::brokers, {});
  note_obstacle(obstacle::messages, {});
  const partition from{rd_kafka_topic_name(message->rkt), message->partition};
  // A topic that was made anew counts from nothing again.
  if (const auto known = windows_.find(from);
      known != windows_.end() && !known->second.is_next(message->offset))
    forget(from);
  windows_[from].add(message->offset);
  ++window_slots_;
  const auto number = ++last_number_;
  held_message held{{}, {}, {}, pauses_of(options_.bounds, number)};
  held.facts.place =
      "kafka:" + from.first + ":" + std::to_string(from.second) + ":" + std::to_string(message->offset);
  held.message = std::move(message);
  held.from = from;
  auto& kept = held_.emplace(number, std::move(held)).first->second;
  if (handed_over_ < options_.bounds.in_flight_max)
    hand_over(number, kept);
  else
    due_.emplace(steady_clock::now(), number);
}

void kafka_source::reader::forget() {
  windows_.clear();
  window_slots_ = 0;
  held_.clear();
  due_.clear();
  handed_over_ = 0;
  full_since_.reset();
  const std::lock_guard lock(figures_mutex_);
  figures_.in_flight = 0;
}

void kafka_source::reader::forget(const partition& which) {
  window_slots_ -= windows_[which].size();
  windows_.erase(which);
  for (auto each = held_.begin(); each != held_.end();) {
    if (each->second.from != which) {
      ++each;
      continue;
    }
    handed_over_ -= each->second.is == stage::handed_over ? 1 : 0;
    each = held_.erase(each);
  }
  const std::lock_guard lock(figures_mutex_);
  figures_.in_flight = handed_over_;
}

void kafka_source::reader::pause(bool on) {
  if (paused_ == on)
    return;
  rd_kafka_topic_partition_list_t* found = nullptr;
  if (rd_kafka_assignment(consumer_.get(), &found) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return;
  const kafka_partitions assigned(found);
  const auto error = on ? rd_kafka_pause_partitions(consumer_.get(), assigned.get())
                        : rd_kafka_resume_partitions(consumer_.get(), assigned.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
    paused_ = on;
}

void kafka_source::reader::rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                                     rd_kafka_topic_partition_list_t* partitions, void* self) {
  auto& owner = *static_cast<reader*>(self);
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    owner.forget();
    rd_kafka_assign(client, partitions);
    rd_kafka_resume_partitions(client, partitions);
    owner.paused_ = false;
    owner.note_obstacle(obstacle::brokers, {});
    owner.note_obstacle(obstacle::messages, {});
    owner.note_obstacle(obstacle::commits, {});
    return;
  }
  owner.take_settlements();
  // What was lost may belong to another already.
  if (!owner.closing_ && rd_kafka_assignment_lost(client) == 0)
    owner.commit_and_wait();
  owner.forget();
  rd_kafka_assign(client, nullptr);
}

void kafka_source::reader::take_error(rd_kafka_t* client, int error, const char*, void* self) {
  auto& owner = *static_cast<reader*>(self);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    const auto why = kafka_fatal_error(client);
    log::warn("a consumer of Kafka has failed for good and is replaced",
              {{"group", owner.options_.group}, {"reason", why}});
    owner.note_obstacle(obstacle::messages, why);
    owner.broken_ = true;
  } else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    owner.note_obstacle(obstacle::brokers, "no broker can be reached");
  }
}

} // namespace orderd

/// The thread behind the source that reads from Kafka.
#pragma once

#include "config/backoff.hpp"
#include "persistence/kafka_dead_letters.hpp"
#include "persistence/kafka_settlements.hpp"
#include "persistence/kafka_source.hpp"
#include "persistence/kafka_window.hpp"

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

namespace orderd {

/// One consumer, its group's partitions and the messages that it keeps. Everything but `figures` and the
/// destructor happens in its thread; callbacks of librdkafka come from the thread's own polls.
class kafka_source::reader {
 public:
  reader(kafka_source_options options, message_handler handler);
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;
  ~reader();

  [[nodiscard]] source_figures figures() const;

 private:
  using steady_clock = std::chrono::steady_clock;
  using partition = std::pair<std::string, std::int32_t>; ///< of a topic

  enum class stage : std::uint8_t { waits, handed_over, dead, dead_letter_sent };
  /// What can keep messages from being read or done with, the worst first.
  enum class obstacle : std::uint8_t { brokers, messages, commits, dead_letters };
  static constexpr std::size_t obstacles = 4;

  /// A message that is not settled.
  struct held_message {
    kafka_message message;
    partition from;
    kafka_dead_letter facts; ///< its place and tries, and the reason if it is dead
    backoff pause;           ///< before it is handed over again, or its dead letter is sent again
    stage is = stage::waits;
  };

  void run();
  void turn();
  [[nodiscard]] bool open();
  void close();
  void leave_group();

  // What comes from the brokers.
  void poll(std::chrono::milliseconds timeout);
  void take(kafka_message message);
  void note_missing(const rd_kafka_message_t& error);
  void forget();
  void forget(const partition& which);
  void pause(bool on);
  [[nodiscard]] bool has_room() const;
  [[nodiscard]] std::chrono::milliseconds wait_time() const;

  // What becomes of messages.
  void hand_over(std::uint64_t number, held_message& held);
  void take_settlements();
  void settle(std::uint64_t number, const message_outcome& outcome);
  void finish(std::uint64_t number, std::uint64_t source_figures::*counted);
  void act_on_due();
  void wait_for(std::uint64_t number, std::chrono::milliseconds pause);
  void send_dead_letter(std::uint64_t number, held_message& held);
  void take_letter_report(std::uint64_t number, rd_kafka_resp_err_t error);

  // Offsets and brokers.
  [[nodiscard]] kafka_partitions to_commit();
  void commit_soon();
  void commit_and_wait();
  void note_committed(rd_kafka_resp_err_t error);
  void look_for_brokers();
  void note_obstacle(obstacle which, std::string what);
  [[nodiscard]] bool has_obstacle(obstacle which) const;

  static void rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t* partitions, void* self);
  static void take_commit(rd_kafka_t* client, rd_kafka_resp_err_t error,
                          rd_kafka_topic_partition_list_t* offsets, void* self);
  static void take_error(rd_kafka_t* client, int error, const char* reason, void* self);

  const kafka_source_options options_;
  const message_handler handler_;
  const std::shared_ptr<kafka_settlements> settlements_ = std::make_shared<kafka_settlements>();
  mutable std::mutex figures_mutex_;
  source_figures figures_;
  std::array<std::string, obstacles> obstacles_; ///< guarded by `figures_mutex_`; empty: none

  // The thread's own.
  kafka_dead_letters dead_letters_;
  kafka_handle consumer_;
  kafka_queue queue_;
  std::map<partition, kafka_window> windows_;
  std::size_t window_slots_ = 0; ///< of all windows
  std::unordered_map<std::uint64_t, held_message> held_;
  std::multimap<steady_clock::time_point, std::uint64_t> due_; ///< numbers, some of them forgotten
  std::uint64_t last_number_ = 0;
  std::size_t handed_over_ = 0;
  std::optional<steady_clock::time_point> full_since_;
  bool paused_ = false;
  bool broken_ = false;  ///< the consumer is, for good
  bool closing_ = false; ///< what is settled was committed
  bool committing_ = false;
  steady_clock::time_point next_commit_;
  steady_clock::time_point next_look_;
  std::thread thread_;
};

} // namespace orderd

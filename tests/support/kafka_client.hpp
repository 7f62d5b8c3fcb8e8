/// Clients of Kafka for tests: one that produces, and one that reads all of a topic.
#pragma once

#include "tests/support/header_list.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace orderd::test {

/// Where a message stands in its topic.
struct kafka_place {
  std::int32_t partition = -1;
  std::int64_t offset = -1; ///< from 0
};

struct kafka_message {
  std::string topic;
  kafka_place place;
  std::string key; ///< empty if it has none
  header_list headers;
  std::string value;

  /// Of exactly that name; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const { return header_of(headers, name); }
};

/// For one thread. Connects again when its brokers were down. Idempotent: what it sends again is there once.
class kafka_producer {
 public:
  explicit kafka_producer(const std::string& brokers);
  kafka_producer(const kafka_producer&) = delete;
  kafka_producer& operator=(const kafka_producer&) = delete;
  ~kafka_producer();

  /// Returns when the topic has it. The partition follows from the key. Throws std::runtime_error if that
  /// fails, or does not come within `guard_seconds`; then the topic may have it all the same.
  kafka_place produce(const std::string& topic, const std::string& key, const std::string& value,
                      const header_list& headers = {}, int guard_seconds = 60);

 private:
  struct link;
  std::unique_ptr<link> link_;
};

/// Reads all partitions of a topic from their beginning on, outside of consumer groups. For one thread.
/// Connects again when its brokers were down.
class kafka_reader {
 public:
  kafka_reader(const std::string& brokers, std::string topic);
  kafka_reader(const kafka_reader&) = delete;
  kafka_reader& operator=(const kafka_reader&) = delete;
  ~kafka_reader();

  /// Reads on until it has what the topic holds at the time of the call, and `at_least` so many in all.
  /// Returns what it has read since it was made: in order for each partition. Throws std::runtime_error if
  /// that does not come in time, and if the brokers have thrown messages away before it could read them.
  const std::vector<kafka_message>& read(std::size_t at_least = 0, int guard_seconds = 60);

 private:
  struct link;
  [[nodiscard]] bool find_partitions();
  void assign();
  void take_one();
  [[nodiscard]] bool all_ended() const;

  const std::string topic_;
  std::unique_ptr<link> link_;
  struct partition_state {
    std::int64_t next = 0; ///< offset
    bool ended = false;    ///< all of it has been read since the call began
  };
  std::vector<partition_state> partitions_; ///< empty as long as they are unknown
  std::vector<kafka_message> messages_;
  std::string trouble_; ///< the last one, for errors
};

} // namespace orderd::test

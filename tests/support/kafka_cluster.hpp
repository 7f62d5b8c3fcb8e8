/// A Kafka cluster for tests: the mock brokers of librdkafka, in a process of their own, on 127.0.0.1.
#pragma once

#include "tests/support/child_process.hpp"

#include <memory>
#include <string>

namespace orderd::test {

/// Owned by one thread, which must outlive it: the cluster ends when that thread does, however it ends. What
/// was produced lives in its memory and goes with it. A partition keeps its newest 5 MiB, or 100,000 messages
/// if they are smaller: a reader of more than that reads along. A topic that a client asks for is made with 4
/// partitions. Everything throws std::runtime_error if it fails or takes too long.
class kafka_cluster {
 public:
  explicit kafka_cluster(int brokers = 1);
  kafka_cluster(const kafka_cluster&) = delete;
  kafka_cluster& operator=(const kafka_cluster&) = delete;
  ~kafka_cluster();

  /// `host:port` of each broker, divided by commas; the same while the cluster lives.
  [[nodiscard]] const std::string& brokers() const { return brokers_; }

  /// All brokers cut their connections and refuse new ones. What they have stays.
  void down() { command("down"); }
  void up() { command("up"); }
  /// So many of the next Produce requests fail with this error of Kafka's protocol (7: timed out, 19: not
  /// enough replicas); with -195 the connection is cut. They are tried again by librdkafka if the error says
  /// so. None: takes back what has not failed yet.
  void fail_produce(int requests, int error);
  void create_topic(const std::string& name, int partitions);
  /// Whoever asks for the topic is told this error of Kafka's protocol (3: there is no such topic; then it is
  /// not made either), until it is 0.
  void set_topic_error(const std::string& name, int error);

  /// The brokers do nothing from the return of this call on; their connections stay, and new ones wait. The
  /// commands above wait as well, and so must not be given.
  void freeze() { process_->freeze(); }
  void thaw() { process_->thaw(); }

 private:
  void command(const std::string& line);
  [[nodiscard]] std::string read_line();

  temporary_folder folder_;
  std::string brokers_;
  std::string received_; ///< from the program, and not yet read as a line
  int channel_ = -1;
  std::unique_ptr<child_process> process_;
};

} // namespace orderd::test

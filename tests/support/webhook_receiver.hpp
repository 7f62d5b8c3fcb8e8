/// A receiver of webhooks for tests, which fails where it is told to.
#pragma once

#include "tests/support/tiny_http_server.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace orderd::test {

enum class webhook_fault : std::uint8_t {
  answer, ///< answers the rule's status
  stall,  ///< waits until `release` and then answers the rule's status
  drop,   ///< reads the request and cuts the connection
};

/// For so many of the next requests.
struct webhook_rule {
  webhook_fault fault = webhook_fault::answer;
  int status = 503;
  header_list headers = {}; ///< of the answer, such as {"Retry-After", "1"}
  std::size_t times = 1;    ///< or `for_ever`
  std::string path = {};    ///< of these only, unless it is empty
};

/// A request as it came. It stands in the list where it arrived.
struct received_webhook {
  std::string path;
  header_list headers;
  std::string body;
  int status = 0; ///< what it was answered; 0 as long as it was not

  /// The first field of that name, in any case of letters; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool accepted() const { return status >= 200 && status < 300; }
};

/// Listens on 127.0.0.1 with threads of its own, in the process of the test: it outlives a program that is
/// killed. Answers 200 unless a rule says otherwise. Any thread.
class webhook_receiver {
 public:
  webhook_receiver();
  webhook_receiver(const webhook_receiver&) = delete;
  webhook_receiver& operator=(const webhook_receiver&) = delete;
  ~webhook_receiver();

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }

  /// The first rule that fits a request and is not used up counts.
  void add(webhook_rule rule);
  void clear_rules();
  /// Lets go on what is stalled, and waits until it is answered.
  void release();
  /// Refuses connections and cuts those there are.
  void go_away() { server_.go_away(); }
  /// Listens on the same port again.
  void come_back() { server_.come_back(); }

  /// All that have come, in the order of their arrival, also those that were not answered.
  [[nodiscard]] std::vector<received_webhook> received() const;
  /// Those of them that were answered with 2xx.
  [[nodiscard]] std::vector<received_webhook> accepted() const;
  /// Waits until so many requests have come in all; throws std::runtime_error if they do not. What came last
  /// may still be without its answer.
  void await(std::size_t count, int guard_seconds = 60) const;
  /// The same for those that were answered with 2xx.
  void await_accepted(std::size_t count, int guard_seconds = 60) const;
  /// That clients have made so far.
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }

 private:
  [[nodiscard]] std::optional<std::string> serve(const tiny_request& came);
  [[nodiscard]] webhook_rule take_rule(const std::string& path);
  [[nodiscard]] std::size_t count_accepted() const;

  mutable std::mutex mutex_; ///< of all below but the server
  mutable std::condition_variable changed_;
  bool ending_ = false;
  std::uint64_t released_ = 0;
  std::size_t stalled_ = 0;
  std::list<webhook_rule> rules_;
  std::vector<received_webhook> received_;
  tiny_http_server server_; ///< last: ends before what its threads use
};

} // namespace orderd::test

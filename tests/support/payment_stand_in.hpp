/// A payment service for tests, which keeps its contract except where it is told to fail.
#pragma once

#include "tests/support/payment_books.hpp"
#include "tests/support/tiny_http_server.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace orderd::test {

enum class service_fault : std::uint8_t {
  decline,      ///< 402, for good
  fail,         ///< answers the rule's status; nothing is done
  fail_after,   ///< does the work and answers the rule's status
  drop,         ///< cuts the connection; nothing is done
  die_after,    ///< does the work and cuts the connection
  hold,         ///< waits until `release`, or for the rule's delay if it has one, and then does the work
  hold_answer,  ///< does the work, and answers as late
  answer_twice, ///< sends its answer twice
  work_twice,   ///< handles the request as if it had come twice
  babble,       ///< answers the rule's status with a page of something else; nothing is done
  flood,        ///< does the work and answers with more than any client should read
};

/// For so many of the next requests.
struct service_rule {
  service_fault fault;
  std::optional<payment_verb> verb = {}; ///< of these only
  std::size_t times = 1;
  int status = 503;
  std::string retry_after = {}; ///< sent as it is, unless it is empty
  std::chrono::milliseconds delay{0};
  std::string customer = {}; ///< of these only, unless it is empty: authorizations then
};

/// Listens on 127.0.0.1 with threads of its own, in the process of the test: it outlives a program that is
/// killed. Any thread.
class payment_stand_in {
 public:
  /// With a token, a request without it is answered 401.
  explicit payment_stand_in(std::string token = {});
  payment_stand_in(const payment_stand_in&) = delete;
  payment_stand_in& operator=(const payment_stand_in&) = delete;
  ~payment_stand_in();

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

  /// The first rule that fits a request and is not used up counts; none: the contract is kept.
  void add(service_rule rule);
  void clear_rules();
  /// Lets go on what is held, and waits until the work of it is done.
  void release();
  /// Refuses connections and cuts those there are. What was done stays done.
  void go_away() { server_.go_away(); }
  /// Listens on the same port again.
  void come_back() { server_.come_back(); }

  /// Waits until so many requests have come in all; throws if they do not.
  void await_requests(std::size_t count);
  /// All that have come, also those that were dropped.
  [[nodiscard]] std::vector<service_request> requests() const;
  [[nodiscard]] std::size_t connections() const { return server_.connections(); }
  [[nodiscard]] std::vector<booked_payment> payments() const;
  /// Nothing if it was never seen.
  [[nodiscard]] std::optional<booked_payment> payment(const std::string& id) const;
  /// What the service really did for that payment, in order.
  [[nodiscard]] std::vector<payment_effect> effects(const std::string& id) const;
  /// What the customer lacks for all payments of that order: held, or paid.
  [[nodiscard]] cents charged(const std::string& order_id) const;

 private:
  struct reading;

  /// The answer's bytes; nothing if the connection is to be cut.
  [[nodiscard]] std::optional<std::string> serve(const tiny_request& came);
  [[nodiscard]] std::optional<std::string> answer(const reading& what);
  [[nodiscard]] std::optional<service_rule> take_rule(const service_request& request);
  void hold(std::unique_lock<std::mutex>& lock, const service_rule& rule);
  [[nodiscard]] service_answer work(const service_request& request, const service_rule& rule);

  const std::string token_;
  mutable std::mutex mutex_; ///< of all below but the server
  std::condition_variable changed_;
  bool ending_ = false;
  std::uint64_t released_ = 0;
  std::size_t held_ = 0;
  std::list<service_rule> rules_;
  std::vector<service_request> requests_;
  payment_books books_;
  tiny_http_server server_; ///< last: ends before what its threads use
};

} // namespace orderd::test

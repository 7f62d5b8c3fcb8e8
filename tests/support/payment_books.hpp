/// What a payment service that keeps its contract does with each request, without the network.
#pragma once

#include "domain/money.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::test {

enum class payment_verb : std::uint8_t { authorize, capture, cancel, refund, state };

struct payment_effect {
  payment_verb verb;
  std::string key; ///< of the request that had it
};

/// A payment, and how much of it was moved in all.
struct booked_payment {
  std::string id;
  std::string order_id; ///< empty: voided before it was seen
  std::string customer;
  std::string payee;
  std::string state;
  cents authorized = 0;
  cents captured = 0;
  cents voided = 0;
  cents refunded = 0;
  std::vector<payment_effect> effects; ///< what was really done, in order

  /// What the customer lacks for it: held, or paid.
  [[nodiscard]] cents charged() const { return authorized - voided - refunded; }
};

struct service_request {
  payment_verb verb = payment_verb::state;
  std::string id;
  std::string key;
  std::string body;
  std::string traceparent = {};
};

struct service_answer {
  int status = 200;
  std::string body;
};

/// One thread.
class payment_books {
 public:
  /// Does the work, once for each key, and says what is to be answered.
  service_answer handle(const service_request& request);
  /// The same for an authorization that is declined.
  service_answer decline(const service_request& request);

  [[nodiscard]] const std::map<std::string, booked_payment>& payments() const { return payments_; }

 private:
  struct kept_answer {
    std::string fingerprint;
    service_answer answer;
  };

  service_answer work(const service_request& request, bool declined);
  service_answer once(const service_request& request, bool declined);
  service_answer authorize(const service_request& request, bool declined);
  service_answer capture(booked_payment& payment, const service_request& request);
  service_answer cancel(const service_request& request);
  service_answer refund(booked_payment& payment, const service_request& request);

  std::map<std::string, booked_payment> payments_;
  std::map<std::string, kept_answer> answers_; ///< by key
};

} // namespace orderd::test

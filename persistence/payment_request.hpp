/// One exchange with the payment service: what is sent, and what came of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace orderd {

struct payment_request {
  bool post = false;            ///< else GET
  std::string path;             ///< behind the service's URL, with its slash
  std::string key;              ///< Idempotency-Key; empty: none
  std::string body;             ///< JSON
  std::string traceparent = {}; ///< W3C Trace Context; empty: none
};

/// How far an exchange came.
enum class payment_fate : std::uint8_t {
  answered,
  not_sent,  ///< surely not one byte of the request left
  no_answer, ///< the service may have done it
};

struct payment_reply {
  payment_fate fate = payment_fate::not_sent;
  int status = 0;   ///< if answered
  std::string body; ///< if answered; whatever the service sent
  std::optional<std::chrono::seconds> retry_after;
  std::string trouble; ///< unless answered
};

} // namespace orderd

/// What is remembered of a request that came with an idempotency key.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace orderd {

/// It goes to the journal in one frame with the event that the request caused, so that neither is ever there
/// without the other. A request whose effect takes several events is claimed with the first and answered with
/// the last: the record with the answer replaces the one without.
struct request_record {
  uuid key;         ///< 16 bytes of a digest of the caller and the key
  uuid fingerprint; ///< 16 bytes of a digest of the method, path and body
  uuid subject;     ///< of a claim: the order that the request is about
  timestamp at;
  std::uint16_t status = 0; ///< of the HTTP answer; 0: claimed, and not answered yet
  std::string headers;      ///< of the answer, `name: value` in a line each, ended by `\n`
  std::string body;

  [[nodiscard]] bool is_answered() const noexcept { return status != 0; }
  bool operator==(const request_record&) const = default;
};

/// Shared between whoever answers, the journal and the store; never changed.
using request_record_ptr = std::shared_ptr<const request_record>;

} // namespace orderd

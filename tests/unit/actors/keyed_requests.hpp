/// Requests with an idempotency key, as the edge makes them.
#pragma once

#include "tests/unit/actors/engine_fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

[[nodiscard]] uuid key_of(unsigned number);

/// What stands for the answer in the records of these tests.
[[nodiscard]] std::string shown(const outcome& result);

[[nodiscard]] std::shared_ptr<const request_ticket> ticket_of(unsigned key, unsigned fingerprint);

/// The request with the key of that number. Another fingerprint stands for another request.
template <class Request>
[[nodiscard]] Request keyed(Request request, unsigned key, unsigned fingerprint = 1) {
  request.reply.set_ticket(ticket_of(key, fingerprint));
  return request;
}

/// Every answered record in the journal.
[[nodiscard]] std::vector<request_record> records_in(engine_fixture& engine);

} // namespace orderd::test

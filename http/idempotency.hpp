/// Requests that are to be executed once however often they are sent.
#pragma once

#include "actors/reply.hpp"
#include "domain/order_rules.hpp"
#include "http/query_string.hpp"
#include "http/server.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace orderd::http {

/// The Idempotency-Key of a POST: 1-255 printable ASCII characters, else `bad_parameter`, as if it is given
/// twice. Empty without one, and with other methods, which are idempotent or have If-Match. A view into the
/// request.
[[nodiscard]] checked<std::string_view> read_idempotency_key(const request& in);

/// What the engine remembers the request by. A key is its caller's own: those of two users never meet.
[[nodiscard]] std::shared_ptr<const request_ticket>
make_ticket(const request& in, std::string_view key, const caller& who,
            std::function<void(const outcome&, request_record&)> render);

} // namespace orderd::http

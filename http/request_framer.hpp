/// Finds one request in the bytes of a connection: the head by a strict parser, the body by its length or
/// its chunks.
#pragma once

#include "http/body_budget.hpp"
#include "http/server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace orderd::http {

enum class framing : std::uint8_t {
  need_more,        ///< not all of the request is there
  expects_continue, ///< the head is there and its client waits for "100 Continue"; told once
  complete,         ///< `fill` may be called; `consumed` bytes belong to the request
  failed,           ///< `error` says why; nothing behind these bytes can be trusted
};

/// Why the bytes are no request, and the answer they get.
struct framing_error {
  int status = 400;
  std::string_view code = "bad_request";
  std::string detail;
};

/// One per connection, used for one request after the other. Not thread-safe.
class request_framer {
 public:
  /// Both must outlive it.
  request_framer(const server_limits& limits, body_budget& budget);
  ~request_framer();
  request_framer(const request_framer&) = delete;
  request_framer& operator=(const request_framer&) = delete;

  /// Forgets the request.
  void restart();

  /// Looks at all bytes received from the request's first one on; they may have moved since the last call
  /// but not changed. Bytes looked at before are not parsed again.
  framing advance(const char* data, std::size_t size);

  [[nodiscard]] bool head_complete() const noexcept;
  /// How many bytes the whole request will have, once known; 0 before, and always for a chunked body.
  [[nodiscard]] std::size_t bytes_expected() const noexcept;
  /// How many bytes belong to the request, after `complete`.
  [[nodiscard]] std::size_t consumed() const noexcept;
  [[nodiscard]] bool keep_alive() const noexcept;
  [[nodiscard]] bool is_head() const noexcept;
  [[nodiscard]] bool is_http_1_0() const noexcept;
  [[nodiscard]] const framing_error& error() const noexcept;

  /// Points `into` at the request's parts. `data` is where its first byte is now, with at least `padding`
  /// readable bytes behind its last one. Valid until `restart` or until the bytes move.
  void fill(request& into, const char* data, std::size_t padding);

 private:
  struct implementation;
  std::unique_ptr<implementation> self_;
};

} // namespace orderd::http

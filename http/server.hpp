/// The HTTP/1.1 server: framing, connections and deadlines. It knows nothing of orders.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

enum class method : std::uint8_t { get, head, post, put, patch, delete_, options };

/// One field of a request's head. Views into the connection's buffer.
struct header_view {
  std::string_view name;
  std::string_view value;
};

/// Whether two names of header fields mean the same (RFC 9110, section 5.1).
[[nodiscard]] bool same_field(std::string_view a, std::string_view b) noexcept;

/// A framed request. Every view in it is valid only until the handler returns: copy what outlives it.
struct request {
  http::method method = method::get;
  std::string_view path;  ///< as sent (still percent-encoded), without query; starts with '/'
  std::string_view query; ///< as sent, without '?'
  std::vector<header_view> headers;
  std::string_view body;
  /// How many bytes behind `body` may be read (their content is unspecified), so that a parser may run past
  /// its end in place. At least 64.
  std::size_t body_padding_bytes = 0;
  std::string_view peer; ///< the client's address, without port

  /// The value of the first field named `name` (case-insensitive); empty view with null data if absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// What the server writes. It adds Content-Length, Date and Connection itself; HEAD drops the body.
struct response {
  int status = 200;
  std::string_view content_type = "application/json"; ///< a string literal: it is kept by view
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // What follows is not sent: it is for those who are told of answers.
  std::string_view code = {}; ///< of a problem, a literal; else empty
  bool is_replay = false;     ///< what was answered first, to a request that came again
};

/// Makes a response late, on the worker thread that owns the connection, and only if the client still waits:
/// the thread that decides an answer does not pay for formatting it.
class deferred_response {
 public:
  virtual ~deferred_response() = default;
  virtual response render() noexcept = 0;
};

struct reply_route;
class response_stream;
struct stream_options;

/// The right to answer one request, exactly once, from any thread. Dropping it unanswered answers 503.
/// An answer whose client is gone is discarded; it can never reach another client. It may outlive the server.
class responder {
 public:
  responder() noexcept = default;
  responder(responder&&) noexcept = default;
  responder& operator=(responder&&) noexcept;
  responder(const responder&) = delete;
  responder& operator=(const responder&) = delete;
  ~responder();

  /// Answers. Called inside the handler the answer is formatted at once; from elsewhere it is handed to the
  /// worker that owns the connection. Must not be called on an empty responder.
  void send(response answer) noexcept;
  void send(std::unique_ptr<deferred_response> answer) noexcept;

  /// Answers with a body that has no end yet (http/response_stream.hpp): `head` goes out now, its body as the
  /// first bytes, and the connection closes after the last. Its status must allow a body. To HEAD the head
  /// alone is sent. Must not be called on an empty responder.
  [[nodiscard]] response_stream stream(response head, stream_options options) noexcept;

  /// Whether it still can answer.
  [[nodiscard]] explicit operator bool() const noexcept { return route_ != nullptr; }

 private:
  friend class connection;
  responder(std::shared_ptr<reply_route> route, std::uint64_t sequence) noexcept;
  std::shared_ptr<reply_route> route_;
  std::uint64_t sequence_ = 0;
};

/// Bounds and deadlines of a server; the defaults are those of the settings table.
struct server_limits {
  std::size_t workers = 1;
  std::size_t connections_max = 4096;
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t head_fields_max = 100;
  std::size_t target_bytes_max = 2048;
  std::size_t body_bytes_max = 1024 * 1024;
  /// For requests whose path, as sent, `takes_large_body` (null: none does).
  std::size_t large_body_bytes_max = 64 * 1024 * 1024;
  bool (*takes_large_body)(std::string_view path) = nullptr;
  /// Of all bodies over 64 KiB together, while they arrive; one more is answered 503.
  std::size_t body_bytes_total_max = 256 * 1024 * 1024;
  std::size_t unread_output_bytes_max = 4 * 1024 * 1024;
  /// Given to one stream and not yet taken by its client's socket; one byte more and the client is cut.
  std::size_t stream_output_bytes_max = 1024 * 1024;
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_stall_timeout{30'000};
  std::chrono::milliseconds lingering_close{1'000};
};

/// Called on a worker thread for each framed request. It must not block and must not throw.
using request_handler = std::function<void(const request&, responder)>;

/// The details of two of the server's own answers that share their code with others.
inline constexpr std::string_view detail_of_dropped_request = "the request could not be worked on";
inline constexpr std::string_view detail_of_refused_connection = "too many connections";

/// Makes the whole of an answer that the server itself gives (bad framing, timeout, overload, dropped
/// responder), headers included, so that all errors look alike; the server only insists on the status. `code`
/// is a stable snake_case word. Worker threads.
using error_renderer = std::function<response(int status, std::string_view code, std::string_view detail)>;

/// Listens, frames, answers in order. Construct, `start`, `drain`, destroy; all from one thread. Signals must
/// be blocked before `start`.
class server {
 public:
  server(server_limits limits, request_handler handler, error_renderer errors);
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds and listens on `host` (an IPv4 or IPv6 literal, or "localhost") and `port` (0: any free one).
  /// Returns an empty string, or a sentence that names what failed.
  [[nodiscard]] std::string start(const std::string& host, std::uint16_t port);
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Stops accepting, closes idle connections, answers `Connection: close` on the rest, and waits until every
  /// request under way is answered and written, or `deadline` has passed. The actors must still run. Streams
  /// end at once, after what their clients' sockets take without waiting; they are owed nothing more.
  /// Returns how many connections were cut that were still owed an answer.
  std::size_t drain(std::chrono::milliseconds deadline);

  /// Connections of all workers, for tests and metrics. Any thread.
  [[nodiscard]] std::size_t open_connections() const noexcept;

 private:
  struct implementation;
  std::unique_ptr<implementation> self_;
};

} // namespace orderd::http

/// Puts an answer on the wire.
#pragma once

#include "http/server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace orderd::http {

/// What the answer says of the connection's future. Persistence goes without saying in HTTP/1.1 only.
enum class connection_field : std::uint8_t { none, close, keep_alive };

/// Appends head and body of `answer` to `out`. `date` is the value of the Date field. With `head_only` the
/// body is left out but counted. Control characters in header values become spaces. Pure.
void append_response(std::string& out, const response& answer, std::string_view date, connection_field says,
                     bool head_only);

/// Appends the head of an answer whose body follows in chunks, or, not `chunked`, goes on until the
/// connection closes; in either case the connection closes after it. The body of `answer` is ignored. Pure.
void append_stream_head(std::string& out, const response& answer, std::string_view date, bool chunked);

/// The value of a Date field, remembered for the second it is valid in. Not thread-safe.
class date_clock {
 public:
  [[nodiscard]] std::string_view now();

 private:
  std::int64_t second_ = -1;
  char text_[32] = {};
  std::size_t size_ = 0;
};

} // namespace orderd::http

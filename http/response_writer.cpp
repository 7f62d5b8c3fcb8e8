#include "http/response_writer.hpp"

#include <charconv>
#include <ctime>

namespace orderd::http {
namespace {

std::string_view status_line(int status) {
  switch (status) {
  case 200:
    return "HTTP/1.1 200 OK\r\n";
  case 201:
    return "HTTP/1.1 201 Created\r\n";
  case 202:
    return "HTTP/1.1 202 Accepted\r\n";
  case 204:
    return "HTTP/1.1 204 No Content\r\n";
  case 301:
    return "HTTP/1.1 301 Moved Permanently\r\n";
  case 302:
    return "HTTP/1.1 302 Found\r\n";
  case 303:
    return "HTTP/1.1 303 See Other\r\n";
  case 304:
    return "HTTP/1.1 304 Not Modified\r\n";
  case 307:
    return "HTTP/1.1 307 Temporary Redirect\r\n";
  case 308:
    return "HTTP/1.1 308 Permanent Redirect\r\n";
  case 400:
    return "HTTP/1.1 400 Bad Request\r\n";
  case 401:
    return "HTTP/1.1 401 Unauthorized\r\n";
  case 402:
    return "HTTP/1.1 402 Payment Required\r\n";
  case 403:
    return "HTTP/1.1 403 Forbidden\r\n";
  case 404:
    return "HTTP/1.1 404 Not Found\r\n";
  case 405:
    return "HTTP/1.1 405 Method Not Allowed\r\n";
  case 406:
    return "HTTP/1.1 406 Not Acceptable\r\n";
  case 408:
    return "HTTP/1.1 408 Request Timeout\r\n";
  case 409:
    return "HTTP/1.1 409 Conflict\r\n";
  case 410:
    return "HTTP/1.1 410 Gone\r\n";
  case 412:
    return "HTTP/1.1 412 Precondition Failed\r\n";
  case 413:
    return "HTTP/1.1 413 Content Too Large\r\n";
  case 414:
    return "HTTP/1.1 414 URI Too Long\r\n";
  case 415:
    return "HTTP/1.1 415 Unsupported Media Type\r\n";
  case 417:
    return "HTTP/1.1 417 Expectation Failed\r\n";
  case 422:
    return "HTTP/1.1 422 Unprocessable Content\r\n";
  case 429:
    return "HTTP/1.1 429 Too Many Requests\r\n";
  case 431:
    return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
  case 500:
    return "HTTP/1.1 500 Internal Server Error\r\n";
  case 501:
    return "HTTP/1.1 501 Not Implemented\r\n";
  case 502:
    return "HTTP/1.1 502 Bad Gateway\r\n";
  case 503:
    return "HTTP/1.1 503 Service Unavailable\r\n";
  case 504:
    return "HTTP/1.1 504 Gateway Timeout\r\n";
  case 505:
    return "HTTP/1.1 505 HTTP Version Not Supported\r\n";
  default:
    return {};
  }
}

void append_number(std::string& out, std::size_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_status_line(std::string& out, int status) {
  if (const auto line = status_line(status); !line.empty()) {
    out.append(line);
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status));
  out.append(" Unnamed\r\n");
}

/// A value that carries a line break would end the head early and let its author write the rest of it.
void append_clean(std::string& out, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back((byte < 0x20 && c != '\t') || byte == 0x7F ? ' ' : c);
  }
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out.append(": ");
  append_clean(out, value);
  out.append("\r\n");
}

} // namespace

void append_response(std::string& out, const response& answer, std::string_view date, connection_field says,
                     bool head_only) {
  const bool bodiless = answer.status == 204 || answer.status == 304;
  append_status_line(out, answer.status);
  if (!bodiless) {
    if (!answer.content_type.empty()) {
      out.append("Content-Type: ").append(answer.content_type).append("\r\n");
    }
    out.append("Content-Length: ");
    append_number(out, answer.body.size());
    out.append("\r\n");
  }
  out.append("Date: ").append(date).append("\r\n");
  if (says == connection_field::close)
    out.append("Connection: close\r\n");
  else if (says == connection_field::keep_alive)
    out.append("Connection: keep-alive\r\n");
  for (const auto& [name, value] : answer.headers)
    append_field(out, name, value);
  out.append("\r\n");
  if (!bodiless && !head_only)
    out.append(answer.body);
}

std::string_view date_clock::now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
  if (time.tv_sec != second_) {
    second_ = time.tv_sec;
    std::tm parts{};
    ::gmtime_r(&time.tv_sec, &parts);
    // Names of days and months are those of the C locale, which a process has unless it asks for another.
    size_ = std::strftime(text_, sizeof text_, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {text_, size_};
}

} // namespace orderd::http

#include "http/response_writer.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>

namespace orderd::http {
namespace {

struct status_phrase {
  int status;
  std::string_view phrase;
};

constexpr status_phrase phrases[] = {{200, "OK"},
                                     {201, "Created"},
                                     {202, "Accepted"},
                                     {204, "No Content"},
                                     {301, "Moved Permanently"},
                                     {302, "Found"},
                                     {303, "See Other"},
                                     {304, "Not Modified"},
                                     {307, "Temporary Redirect"},
                                     {308, "Permanent Redirect"},
                                     {400, "Bad Request"},
                                     {401, "Unauthorized"},
                                     {402, "Payment Required"},
                                     {403, "Forbidden"},
                                     {404, "Not Found"},
                                     {405, "Method Not Allowed"},
                                     {406, "Not Acceptable"},
                                     {408, "Request Timeout"},
                                     {409, "Conflict"},
                                     {410, "Gone"},
                                     {412, "Precondition Failed"},
                                     {413, "Content Too Large"},
                                     {414, "URI Too Long"},
                                     {415, "Unsupported Media Type"},
                                     {417, "Expectation Failed"},
                                     {422, "Unprocessable Content"},
                                     {429, "Too Many Requests"},
                                     {431, "Request Header Fields Too Large"},
                                     {500, "Internal Server Error"},
                                     {501, "Not Implemented"},
                                     {502, "Bad Gateway"},
                                     {503, "Service Unavailable"},
                                     {504, "Gateway Timeout"},
                                     {505, "HTTP Version Not Supported"}};

/// The phrase is for people; clients go by the number. A status that has no name here gets none.
std::string_view phrase_of(int status) {
  const auto* const found = std::find_if(std::begin(phrases), std::end(phrases),
                                         [status](const status_phrase& one) { return one.status == status; });
  return found == std::end(phrases) ? std::string_view() : found->phrase;
}

void append_number(std::string& out, std::size_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\n");
    return;
  }
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status));
  out.push_back(' ');
  out.append(phrase_of(status)).append("\r\n");
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

void append_content_type(std::string& out, const response& answer) {
  if (!answer.content_type.empty())
    out.append("Content-Type: ").append(answer.content_type).append("\r\n");
}

/// Everything from the Date on.
void append_rest_of_head(std::string& out, const response& answer, std::string_view date,
                         connection_field says) {
  out.append("Date: ").append(date).append("\r\n");
  if (says == connection_field::close)
    out.append("Connection: close\r\n");
  else if (says == connection_field::keep_alive)
    out.append("Connection: keep-alive\r\n");
  for (const auto& [name, value] : answer.headers)
    append_field(out, name, value);
  out.append("\r\n");
}

} // namespace

void append_response(std::string& out, const response& answer, std::string_view date, connection_field says,
                     bool head_only) {
  const bool bodiless = answer.status == 204 || answer.status == 304;
  append_status_line(out, answer.status);
  if (!bodiless) {
    append_content_type(out, answer);
    out.append("Content-Length: ");
    append_number(out, answer.body.size());
    out.append("\r\n");
  }
  append_rest_of_head(out, answer, date, says);
  if (!bodiless && !head_only)
    out.append(answer.body);
}

void append_stream_head(std::string& out, const response& answer, std::string_view date, bool chunked) {
  append_status_line(out, answer.status);
  append_content_type(out, answer);
  if (chunked)
    out.append("Transfer-Encoding: chunked\r\n");
  append_rest_of_head(out, answer, date, connection_field::close);
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

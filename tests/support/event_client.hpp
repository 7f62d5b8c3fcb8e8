/// A client of server-sent events, as the HTML standard reads them.
#pragma once

#include "tests/support/raw_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::test {

struct sent_event {
  std::string id;
  std::string type;
  std::string data;
};

/// One stream. Blocking, for one thread; throws as `raw_client` does.
class event_client {
 public:
  /// Asks for `target` with these lines of header fields, like "X-User: ada".
  event_client(std::uint16_t port, std::string_view target, const std::vector<std::string>& fields = {},
               int receive_buffer_bytes = 0)
      : client_(port, receive_buffer_bytes) {
    std::string text = "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n";
    for (const auto& line : fields)
      text += line + "\r\n";
    client_.send(text + "\r\n");
    if (auto head = client_.read_response())
      head_ = *std::move(head);
  }

  /// What the server answered; of a stream, without its body.
  [[nodiscard]] const raw_response& head() const { return head_; }

  /// The next event; nothing once the stream has ended.
  std::optional<sent_event> next() {
    sent_event told;
    while (const auto line = next_line()) {
      if (line->empty() && !told.data.empty()) {
        last_id_ = told.id;
        return told;
      }
      if (line->starts_with(':'))
        last_comment_ = *line;
      take(*line, "id: ", told.id);
      take(*line, "event: ", told.type);
      take(*line, "data: ", told.data);
    }
    return std::nullopt;
  }

  /// The next so many; fewer if the stream ends before.
  std::vector<sent_event> next(std::size_t count) {
    std::vector<sent_event> all;
    while (all.size() < count) {
      auto one = next();
      if (!one)
        break;
      all.push_back(*std::move(one));
    }
    return all;
  }

  /// Of the last event that came whole; empty before the first.
  [[nodiscard]] const std::string& last_id() const { return last_id_; }
  [[nodiscard]] const std::string& last_comment() const { return last_comment_; }
  /// Whether the server ended the body, and did not just close the connection.
  [[nodiscard]] bool ended_in_order() const { return ended_in_order_; }

 private:
  static void take(std::string_view line, std::string_view name, std::string& into) {
    if (line.starts_with(name))
      into = line.substr(name.size());
  }

  std::optional<std::string> next_line() {
    std::size_t end = 0;
    while ((end = text_.find('\n', at_)) == std::string::npos) {
      text_.erase(0, at_);
      at_ = 0;
      const auto chunk = client_.read_chunk();
      ended_in_order_ = chunk && chunk->empty();
      if (!chunk || chunk->empty())
        return std::nullopt;
      text_ += *chunk;
    }
    auto line = text_.substr(at_, end - at_);
    at_ = end + 1;
    return line;
  }

  raw_client client_;
  raw_response head_;
  std::string text_;
  std::size_t at_ = 0;
  std::string last_id_;
  std::string last_comment_;
  bool ended_in_order_ = false;
};

} // namespace orderd::test

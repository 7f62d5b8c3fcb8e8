#include "tests/support/api_client.hpp"

#include <stdexcept>
#include <utility>

namespace orderd::test {

std::string api_answer::code() const {
  if (header("Content-Type") != "application/problem+json")
    return {};
  return json()["code"].text();
}

api_client::api_client(std::uint16_t port, std::string user) : port_(port), user_(std::move(user)) {}

api_answer api_client::ask(std::string_view method, std::string_view path, std::string_view body,
                           const header_lines& more) {
  std::string text = std::string(method) + ' ' + std::string(path) + " HTTP/1.1\r\nHost: test\r\n";
  if (!user_.empty())
    text += "X-User: " + user_ + "\r\n";
  for (const auto& line : more)
    text += line + "\r\n";
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH")
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n" + std::string(body);
  if (!connection_)
    connection_.emplace(port_);
  connection_->send(text);
  auto answer = connection_->read_response(method == "HEAD");
  if (!answer || answer->header("Connection") == "close")
    connection_.reset();
  if (!answer)
    return {};
  return {answer->status, *std::move(answer)};
}

api_answer api_client::get(std::string_view path, const header_lines& more) {
  return ask("GET", path, {}, more);
}
api_answer api_client::post(std::string_view path, std::string_view body, const header_lines& more) {
  return ask("POST", path, body, more);
}
api_answer api_client::put(std::string_view path, std::string_view body, const header_lines& more) {
  return ask("PUT", path, body, more);
}
api_answer api_client::patch(std::string_view path, std::string_view body, const header_lines& more) {
  return ask("PATCH", path, body, more);
}
api_answer api_client::remove(std::string_view path, const header_lines& more) {
  return ask("DELETE", path, {}, more);
}

void api_client::define(std::string_view sku, std::int64_t on_hand, std::int64_t price_cents) {
  const auto answer =
      put("/stock/" + std::string(sku), "{\"name\":\"" + std::string(sku) +
                                            "\",\"price_cents\":" + std::to_string(price_cents) +
                                            ",\"on_hand\":" + std::to_string(on_hand) + '}');
  if (answer.status != 201 && answer.status != 200)
    throw std::runtime_error("stock was refused: " + answer.raw.body);
}

std::vector<json_view> api_client::list(const std::string& path) {
  std::vector<json_view> all;
  const std::string first = path + (path.find('?') == std::string::npos ? "?" : "&") + "limit=100";
  for (std::string next = first; !next.empty();) {
    const auto page = get(next);
    if (page.status != 200)
      throw std::runtime_error("a list was refused: " + page.raw.body);
    for (auto& item : page["items"].elements())
      all.push_back(item);
    const auto cursor = page["next_cursor"];
    next = cursor.is_null() ? std::string() : first + "&cursor=" + cursor.text();
  }
  return all;
}

std::string order_of(std::string_view sku, std::int64_t qty) {
  return "{\"items\":[{\"sku\":\"" + std::string(sku) + "\",\"qty\":" + std::to_string(qty) + "}]}";
}

} // namespace orderd::test

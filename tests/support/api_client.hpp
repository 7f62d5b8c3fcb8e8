/// A client of the HTTP contract: asks, and looks into the JSON of the answer.
#pragma once

#include "tests/support/json_view.hpp"
#include "tests/support/raw_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::test {

struct api_answer {
  int status = 0; ///< 0: the server closed without a whole answer
  raw_response raw;

  /// The whole body; throws if it is not JSON.
  [[nodiscard]] json_view json() const { return json_view::parse(raw.body); }
  [[nodiscard]] json_view operator[](std::string_view member) const { return json()[member]; }
  [[nodiscard]] std::string header(std::string_view name) const { return raw.header(name); }
  /// The code of a problem; empty if this is none.
  [[nodiscard]] std::string code() const;
};

/// Lines like "If-Match: \"1\"".
using header_lines = std::vector<std::string>;

/// For one thread. Keeps its connection and makes a new one when the server has closed it. Throws
/// std::runtime_error if there is no server.
class api_client {
 public:
  /// Every request carries `user` as its X-User, if that is not empty.
  explicit api_client(std::uint16_t port, std::string user = {});

  api_answer ask(std::string_view method, std::string_view path, std::string_view body = {},
                 const header_lines& more = {});
  api_answer get(std::string_view path, const header_lines& more = {});
  api_answer post(std::string_view path, std::string_view body = {}, const header_lines& more = {});
  api_answer put(std::string_view path, std::string_view body, const header_lines& more = {});
  api_answer patch(std::string_view path, std::string_view body, const header_lines& more = {});
  api_answer remove(std::string_view path, const header_lines& more = {});

  /// Makes a stock item; throws if that is refused.
  void define(std::string_view sku, std::int64_t on_hand, std::int64_t price_cents = 1000);
  /// Every item of the list, following its cursors. Throws if a page is refused.
  std::vector<json_view> list(const std::string& path);

 private:
  std::uint16_t port_;
  std::string user_;
  std::optional<raw_client> connection_;
};

/// `{"items":[{"sku":…,"qty":…}]}`
std::string order_of(std::string_view sku, std::int64_t qty);

} // namespace orderd::test

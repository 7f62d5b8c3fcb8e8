/// The routes over a recording engine, called without a server.
#pragma once

#include "http/api.hpp"
#include "http/json_reader.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/http/recording_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orderd::tests {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct api_fixture {
  // The requests that are left in the engine are answered as it is destroyed, so this must outlive it.
  std::optional<http::response> last; ///< the answer of the last call, once there is one
  int answers = 0;
  recording_engine core;
  manual_clock clock;
  std::atomic<bool> draining{false};
  http::open_identity identity{{"operator"}};
  std::unique_ptr<http::api> api = make(placement_mode::immediate);

  api_fixture() {
    core.state.accepts_writes = true;
    BOOST_REQUIRE(core.products.put({"WIDGET", 2, "Widget", 1999}));
  }

  std::unique_ptr<http::api> make(placement_mode mode,
                                  durability_mode durability = durability_mode::journal) {
    return std::make_unique<http::api>(
        http::api_context{core, clock, identity, mode, "USD", durability, draining});
  }

  /// `target` may carry a query. Returns the answer, or an empty one with status 0 while the engine thinks.
  http::response call(http::method m, std::string target, std::string body = {}, header_list headers = {}) {
    http::request in;
    in.method = m;
    const auto question = target.find('?');
    in.path = std::string_view(target).substr(0, question);
    if (question != std::string::npos)
      in.query = std::string_view(target).substr(question + 1);
    for (const auto& [name, value] : headers)
      in.headers.push_back({name, value});
    in.body = body;
    last.reset();
    api->handle(in, http::answer_port([this](http::response answer) {
                  last = std::move(answer);
                  ++answers;
                }));
    return last.value_or(http::response{0, {}, {}, {}});
  }

  http::response get(std::string target, header_list headers = {}) {
    return call(http::method::get, std::move(target), {}, std::move(headers));
  }
  http::response post(std::string target, std::string body, header_list headers = {}) {
    return call(http::method::post, std::move(target), std::move(body), std::move(headers));
  }
};

inline std::string header_of(const http::response& answer, std::string_view name) {
  for (const auto& [each, value] : answer.headers) {
    if (each == name)
      return value;
  }
  return {};
}

/// The text of a member of the answer's body; empty if there is none. Fails if the body is no JSON.
inline std::string member_of(const http::response& answer, std::string_view name) {
  http::json_document document;
  const auto root = document.parse(answer.body);
  BOOST_REQUIRE_MESSAGE(root, "the answer is no JSON: " << answer.body);
  const auto found = root->find(name);
  return found ? std::string(found->text()) : std::string();
}

inline void check_problem(const http::response& answer, int status, std::string_view code) {
  BOOST_TEST(answer.status == status);
  BOOST_TEST(answer.content_type == "application/problem+json");
  BOOST_TEST(member_of(answer, "code") == code);
  BOOST_TEST(member_of(answer, "status") == std::to_string(status));
  BOOST_TEST(!member_of(answer, "detail").empty());
  BOOST_TEST(member_of(answer, "request_id") == header_of(answer, "X-Request-Id"));
}

inline rejection refusal(rejection_code code) { return {code, "because", {}, {}, {}}; }

} // namespace orderd::tests

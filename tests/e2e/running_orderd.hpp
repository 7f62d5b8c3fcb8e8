/// A program of its own for each case, and the checks that many cases share.
#pragma once

#include "tests/support/api_client.hpp"
#include "tests/support/orderd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace orderd::test {

struct running_orderd {
  explicit running_orderd(arguments flags = {}, environment variables = {})
      : program(folder.path() + "/data", std::move(flags), std::move(variables)) {}

  [[nodiscard]] api_client as(std::string user) const { return api_client(program.port(), std::move(user)); }

  temporary_folder folder;
  orderd_process program;
  /// Without an identity, which is an operator.
  api_client api{program.port()};
};

/// The answer is a whole problem of RFC 9457 with this status and code.
inline void check_problem(const api_answer& answer, int status, std::string_view code) {
  BOOST_TEST_CONTEXT(answer.raw.body) {
    BOOST_TEST(answer.status == status);
    BOOST_TEST(answer.header("Content-Type") == "application/problem+json");
    const auto body = answer.json();
    BOOST_TEST(body["code"].text() == code);
    BOOST_TEST(body["status"].integer() == status);
    BOOST_TEST(!body["type"].text().empty());
    BOOST_TEST(!body["title"].text().empty());
    BOOST_TEST(!body["detail"].text().empty());
    BOOST_TEST(body["request_id"].text() == answer.header("X-Request-Id"));
  }
}

/// What the item shows now.
inline void check_stock(api_client& api, std::string_view sku, std::int64_t on_hand, std::int64_t reserved) {
  const auto shown = api.get("/stock/" + std::string(sku));
  BOOST_TEST_CONTEXT(shown.raw.body) {
    BOOST_REQUIRE_EQUAL(shown.status, 200);
    BOOST_TEST(shown["on_hand"].integer() == on_hand);
    BOOST_TEST(shown["reserved"].integer() == reserved);
    BOOST_TEST(shown["available"].integer() == on_hand - reserved);
  }
}

/// What the history says, what is stored and what is live agree. Of an operator; at any time.
inline void check_audited(api_client& api) {
  const auto found = api.get("/audit");
  BOOST_TEST_CONTEXT(found.raw.body) {
    BOOST_REQUIRE_EQUAL(found.status, 200);
    BOOST_TEST(found["ok"].boolean());
    BOOST_TEST(found["differences"].size() == 0U);
    BOOST_TEST(found["not_compared"].size() == 0U);
  }
}

/// Places an order and returns its id.
inline std::string place(api_client& customer, std::string_view sku, std::int64_t qty) {
  const auto answer = customer.post("/orders", order_of(sku, qty));
  BOOST_TEST_CONTEXT(answer.raw.body)
  BOOST_REQUIRE_EQUAL(answer.status, 201);
  return answer["id"].text();
}

} // namespace orderd::test

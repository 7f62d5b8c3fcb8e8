#include "tests/e2e/running_orderd.hpp"
#include "tests/support/seed.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

using namespace orderd::test;

namespace {

constexpr int requests = 2'000;

/// Makes requests that are nearly right.
class mutator {
 public:
  explicit mutator(std::uint64_t seed) : random_(seed) {}

  std::string method() {
    return pick({"GET", "GET", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"});
  }

  std::string path() {
    auto text = pick({"/orders",
                      "/orders/me",
                      "/orders/status/processed",
                      "/orders?status=draft&limit=5",
                      "/orders?page=1&limit=2",
                      "/orders?created_after=2026-01-01T00:00:00Z",
                      "/orders?cursor=bwAAAZ-h_tsTAZofrrrrrrrrrrrrrrrrrg",
                      "/orders/" + id_,
                      "/orders/" + id_ + "/events",
                      "/orders/" + id_ + "/place",
                      "/orders/" + id_ + "/accept",
                      "/orders/" + id_ + "/cancel",
                      "/orders/" + id_ + "/status",
                      "/stock",
                      "/stock/WIDGET",
                      "/stock/WIDGET/adjustments",
                      "/stock/WIDGET/reservations",
                      "/stock/WIDGET/reservations/" + id_,
                      "/stock/WIDGET/reservations/" + id_ + "/commit",
                      "/stock/import",
                      "/health",
                      "/api/orders/"});
    if (below(3) == 0)
      text = mutated(std::move(text));
    // A blank or a line end would change where the request ends.
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F; }, '~');
    return text.empty() || text.front() != '/' ? '/' + text : text;
  }

  std::string body() {
    auto text = pick(
        {R"({"items":[{"sku":"WIDGET","qty":2,"price":19.99},{"product_id":2,"qty":1}],"metadata":{"a":[1,{"b":null}]}})",
         R"({"items":[{"sku":"WIDGET","qty":1}],"status":"draft","customer_id":"550e8400-e29b-41d4-a716-446655440000"})",
         R"({"reservations":[{"sku":"WIDGET","id":"01a1faeb-13dd-73b1-8ce5-ed9fba607f7e"}]})",
         R"({"status":"accepted","runner_id":"r","reason":"\u00e9\ud83d\ude00"})",
         R"({"metadata":{"a":{"b":1},"c":null}})",
         R"({"name":"Widget","price_cents":1999,"on_hand":1000,"product_id":1})",
         R"({"delta":-1,"reason":"lost"})", R"({"qty":1,"ttl_seconds":600,"holder":"cart"})",
         "sku,name,price,on_hand\nWIDGET,\"a\",1.00,1000\n", std::string(3'000, '['),
         std::string(3'000, '{')});
    for (int times = below(4); times > 0; --times)
      text = mutated(std::move(text));
    return text;
  }

  std::string header() {
    return pick({"Content-Type: application/json", "Content-Type: text/csv", "X-User: bob", "If-Match: \"1\"",
                 "If-Match: W/\"x\", \"2", "If-None-Match: *", "X-Request-Id: " + std::string(300, 'i'),
                 "X-User: " + std::string(100, 'u'), "X-User: operator", "Accept: */*"});
  }

 private:
  int below(std::size_t bound) { return static_cast<int>(random_() % bound); }
  std::string pick(const std::vector<std::string>& from) {
    return from[static_cast<std::size_t>(below(from.size()))];
  }

  std::string mutated(std::string text) {
    const auto at = static_cast<std::size_t>(below(text.size() + 1));
    const auto piece = pick({"0",
                             "-1",
                             "9223372036854775807",
                             "9223372036854775808",
                             "1e308",
                             "-0.0",
                             "1e-400",
                             "null",
                             "\"",
                             "\\u0000",
                             "\\ud800",
                             "{",
                             "}",
                             "[",
                             "]",
                             ",",
                             ":",
                             "true",
                             "%",
                             "%00",
                             "%ff",
                             "//",
                             "?",
                             "&",
                             "=",
                             "..",
                             std::string(1, '\0'),
                             "\xff\xfe",
                             "\xc3\xa9",
                             std::string(200, '9'),
                             "\"__proto__\":{},",
                             "\"qty\":1,\"qty\":2,"});
    switch (below(4)) {
    case 0:
      return text.insert(at, piece);
    case 1:
      return text.erase(at, static_cast<std::size_t>(below(8)) + 1);
    case 2:
      if (at < text.size())
        text[at] = static_cast<char>(random_());
      return text;
    default:
      return text.replace(at, std::min(piece.size(), text.size() - at), piece);
    }
  }

  std::mt19937_64 random_;
  const std::string id_ = "01a1faeb-13dd-73b1-8ce5-ed9fba607f7e";
};

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_input)

BOOST_AUTO_TEST_CASE(nothing_a_client_sends_gets_500) {
  for (const auto seed : seeds(2)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      running_orderd engine;
      engine.api.put("/stock/WIDGET", R"({"name":"Widget","price":19.99,"on_hand":1000,"product_id":1})");
      mutator any(seed);
      int taken = 0;
      for (int i = 0; i < requests; ++i) {
        const auto method = any.method();
        const auto path = any.path();
        const auto body = any.body();
        const auto header = any.header();
        const auto answer = engine.api.ask(method, path, method == "GET" ? "" : body, {header});
        taken += answer.status < 300 ? 1 : 0;
        BOOST_TEST_CONTEXT("request " << i << ": " << method << ' ' << path << '\n'
                                      << header << '\n'
                                      << body) {
          BOOST_TEST(answer.status >= 200);
          BOOST_TEST(answer.status < 500, answer.raw.body);
          if (answer.status >= 400) {
            BOOST_TEST(!answer.code().empty());
          }
        }
      }
      // Requests that are refused before they are looked at would prove nothing.
      BOOST_TEST(taken > requests / 20);
      const auto shown = engine.api.get("/stock/WIDGET");
      BOOST_TEST(shown["available"].integer() == shown["on_hand"].integer() - shown["reserved"].integer());
      BOOST_TEST(engine.api.get("/health")["status"].text() == "healthy");
      BOOST_TEST(engine.program.stop() == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

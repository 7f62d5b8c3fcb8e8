#include "tests/e2e/calling_as.hpp"
#include "tests/support/metrics_page.hpp"

#include <string>
#include <utility>

using namespace orderd::test;

namespace {

/// Slow enough that no test comes to a second request of the rate.
struct limited : running_orderd {
  explicit limited(arguments more = {}) : running_orderd(with_burst(std::move(more)), {"RATE_LIMIT_RPS=1"}) {}

 private:
  static arguments with_burst(arguments more) {
    more.insert(more.end(), {"--rate-limit-burst", "5"});
    return more;
  }
};

/// Whose names are believed.
struct limited_by_name : limited {
  limited_by_name() : limited({"--auth", "gateway"}) {}
};

/// How many of so many requests are answered 200; the others must be 429.
int passed(api_client& caller, int tries = 30) {
  int count = 0;
  for (int i = 0; i < tries; ++i) {
    const auto answer = caller.get("/stock");
    if (answer.status == 200)
      ++count;
    else
      check_problem(answer, 429, "rate_limited");
  }
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limits)

BOOST_FIXTURE_TEST_CASE(each_caller_has_its_burst_and_no_other_pays_for_it, limited_by_name) {
  auto bob = as("bob");
  auto carol = as("carol");
  // A machine that is slow may let the rate refill some.
  BOOST_TEST(passed(bob) >= 5);
  BOOST_TEST(passed(bob) < 20);
  BOOST_TEST(carol.get("/stock").status == 200);
  auto boss = as("operator");
  BOOST_TEST(passed(boss) == 30);
  for (const auto* path : {"/health", "/health/live", "/health/ready", "/metrics"})
    BOOST_TEST(api.get(path).status == 200, path);
  const metrics_page page(api.get("/metrics").raw.body);
  BOOST_TEST(page.value("orderd_requests_rate_limited_total") > 10);
}

BOOST_FIXTURE_TEST_CASE(where_anybody_can_take_any_name_the_address_is_what_is_limited, limited) {
  int served = 0;
  for (int i = 0; i < 40; ++i)
    served += as("customer-" + std::to_string(i)).get("/stock").status == 200 ? 1 : 0;
  // A machine that is slow may let the rate refill some.
  BOOST_TEST(served >= 5);
  BOOST_TEST(served < 30);
  auto boss = as("operator");
  BOOST_TEST(passed(boss) < 20);
  BOOST_TEST(passed(api) < 20);
}

BOOST_FIXTURE_TEST_CASE(a_refused_caller_is_told_when_to_come_again, limited) {
  auto bob = as("bob");
  const auto first = bob.get("/stock");
  BOOST_TEST(first.header("RateLimit-Limit") == "5");
  BOOST_TEST(first.header("RateLimit-Remaining") == "4");
  passed(bob);
  const auto refused = bob.post("/orders", order_of("A", 1));
  check_problem(refused, 429, "rate_limited");
  BOOST_TEST(refused.header("Retry-After") == "1");
  BOOST_TEST(refused.header("RateLimit-Remaining") == "0");
  BOOST_TEST(!refused.header("RateLimit-Reset").empty());
  BOOST_TEST(refused.header("RateLimit").starts_with("\"caller\";r=0;t="));
  BOOST_TEST(refused.header("RateLimit-Policy") == "\"caller\";q=5;w=5");
  eventually("the bucket's refilling", [&] { return bob.get("/stock").status == 200; });
}

BOOST_AUTO_TEST_CASE(guessing_tokens_is_limited_by_address) {
  token_file tokens(token_line("operator") + token_line("eve"));
  running_orderd engine({"--auth", "token", "--token-file", tokens.path()}, {"RATE_LIMIT_RPS=1"});
  bool is_limited = false;
  for (int i = 0; i < 30 && !is_limited; ++i) {
    const auto answer = engine.api.get("/stock", {"Authorization: Bearer guess-" + std::to_string(i)});
    is_limited = answer.status == 429;
    BOOST_TEST((is_limited || answer.status == 401));
  }
  BOOST_TEST(is_limited);
  BOOST_TEST(engine.api.get("/stock", credentials_of("eve", "token")).status == 200);
}

BOOST_AUTO_TEST_CASE(without_a_limit_nobody_is_told_of_one) {
  running_orderd engine;
  BOOST_TEST(passed(engine.api, 200) == 200);
  BOOST_TEST(engine.api.get("/stock").header("RateLimit-Limit").empty());
}

BOOST_AUTO_TEST_SUITE_END()

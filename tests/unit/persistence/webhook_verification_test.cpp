#include "config/clock.hpp"
#include "config/log_line.hpp"
#include "tests/unit/persistence/webhook_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>

#include <cstdio>
#include <limits>
#include <memory>

using namespace orderd;
using namespace orderd::test;

namespace {

// What tests/npm/verify_webhook.mjs exits with; 2 and all others: it could not judge.
constexpr int verified = 0;
constexpr int not_verified = 1;

[[nodiscard]] std::string quoted(std::string_view text) {
  std::string out = "\"";
  log::append_escaped(out, text, std::numeric_limits<std::size_t>::max());
  return out + '"';
}

/// What the public implementation of Standard Webhooks says of what a receiver got.
[[nodiscard]] int judge(const received_webhook& came, const std::string& body,
                        const std::string& secret = webhook_secret) {
  std::string input = "{\"headers\":{";
  for (const auto& [name, value] : came.headers)
    input += (input.back() == '{' ? "" : ",") + quoted(name) + ":" + quoted(value);
  input += "},\"body\":" + quoted(body) + ",\"secret\":" + quoted(secret) + "}";
  FILE* const child = popen("node tests/npm/verify_webhook.mjs", "w");
  BOOST_REQUIRE(child != nullptr);
  const auto written = std::fwrite(input.data(), 1, input.size(), child);
  const int status = pclose(child);
  BOOST_TEST(written == input.size());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_verification)

BOOST_AUTO_TEST_CASE(what_arrives_verifies_with_the_public_implementation_and_nothing_else_does) {
  webhook_receiver receiver;
  const system_clock_port clock;
  webhook_publisher publisher(options_to(receiver.url(), clock));
  const auto report = publisher.publish(some_events(2));
  BOOST_TEST(report.trouble == "");
  const auto received = receiver.accepted();
  BOOST_REQUIRE(received.size() == 2U);
  for (const auto& each : received)
    BOOST_TEST(judge(each, each.body) == verified);
  BOOST_TEST(judge(received[0], received[0].body + " ") == not_verified);
  BOOST_TEST(judge(received[0], received[1].body) == not_verified);
  BOOST_TEST(judge(received[0], received[0].body, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYY") == not_verified);
}

BOOST_AUTO_TEST_SUITE_END()

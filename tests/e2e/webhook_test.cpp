#include "tests/e2e/event_checks.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <optional>
#include <string>

using namespace orderd::test;

namespace {

const std::string secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
constexpr std::int64_t plenty = 1'000'000;

environment webhook_to(const webhook_receiver& receiver, environment more = {}) {
  more.push_back("WEBHOOK_URL=" + receiver.url());
  more.push_back("WEBHOOK_SECRET=" + secret);
  return more;
}

environment private_webhook_to(const webhook_receiver& receiver, environment more = {}) {
  more.emplace_back("ORDERD_WEBHOOK_ALLOW_PRIVATE=true");
  return webhook_to(receiver, std::move(more));
}

std::vector<seen_event> events_at(const webhook_receiver& receiver) {
  std::vector<seen_event> all;
  for (const auto& each : receiver.accepted()) {
    const auto body = json_view::parse(each.body);
    BOOST_TEST(body["id"].text() == each.header("webhook-id"));
    all.push_back({body["id"].text(), body["partitionkey"].text(), std::stoull(body["sequence"].text()),
                   body["type"].text()});
  }
  return all;
}

std::set<std::string> ids_of(const std::vector<seen_event>& events) {
  std::set<std::string> ids;
  for (const auto& each : events)
    ids.insert(each.id);
  return ids;
}

/// The ids of all that the stream of NATS has.
std::set<std::string> ids_in_nats(const nats_server& server) {
  std::set<std::string> ids;
  nats_client client(server.url());
  for (const auto& each : client.read("orders"))
    ids.insert(each.header("ce-id"));
  return ids;
}

/// Takes some orders through their lives.
void sell(running_orderd& engine, int count) {
  api_client bob(engine.program.port(), "bob");
  api_client runner(engine.program.port(), "runner-7");
  for (int each = 0; each < count; ++each) {
    const auto id = place(bob, "A", 1);
    BOOST_REQUIRE_EQUAL(runner.post("/orders/" + id + "/accept").status, 200);
    if (each % 2 == 0)
      BOOST_REQUIRE_EQUAL(runner.post("/orders/" + id + "/complete").status, 200);
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\')
      out += '\\';
    out += each;
  }
  return out + '"';
}

/// Whether the public implementation of Standard Webhooks takes it for genuine; nothing if it cannot say.
std::optional<bool> is_genuine(const received_webhook& came, const std::string& key) {
  std::string input = "{\"headers\":{";
  for (const auto& [name, value] : came.headers)
    input += (input.back() == '{' ? "" : ",") + quoted(name) + ':' + quoted(value);
  input += "},\"body\":" + quoted(came.body) + ",\"secret\":" + quoted(key) + '}';
  FILE* const child = popen("node tests/npm/verify_webhook.mjs", "w");
  BOOST_REQUIRE(child != nullptr);
  const auto written = std::fwrite(input.data(), 1, input.size(), child);
  const int status = pclose(child);
  BOOST_TEST(written == input.size());
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
    return std::nullopt;
  return WEXITSTATUS(status) == 0;
}

/// A way in which a receiver fails, and how it comes back.
struct trouble {
  std::string name;
  void (*begin)(webhook_receiver& receiver);
  void (*end)(webhook_receiver& receiver);
};

const std::vector<trouble> troubles = {
    {"answers 500", [](webhook_receiver& r) { r.add({.status = 500, .times = for_ever}); },
     [](webhook_receiver& r) { r.clear_rules(); }},
    {"stalls",
     [](webhook_receiver& r) { r.add({.fault = webhook_fault::stall, .status = 200, .times = for_ever}); },
     [](webhook_receiver& r) {
       r.clear_rules();
       r.release();
     }},
    {"is closed", [](webhook_receiver& r) { r.go_away(); }, [](webhook_receiver& r) { r.come_back(); }}};

} // namespace

BOOST_AUTO_TEST_SUITE(webhook)

BOOST_AUTO_TEST_CASE(a_failing_receiver_slows_nothing_else_and_gets_everything_later) {
  const nats_server server;
  webhook_receiver receiver;
  running_orderd engine(
      {}, private_webhook_to(receiver, {"NATS_URL=" + server.url(), "ORDERD_WEBHOOK_TIMEOUT_MS=500"}));
  engine.api.define("A", plenty);
  sell(engine, 5);
  await_drained(engine.api, "webhook");
  for (const auto& each : troubles) {
    BOOST_TEST_CONTEXT("a receiver that " << each.name) {
      const auto shown = [&] { return engine.api.get("/sinks/webhook").json(); };
      each.begin(receiver);
      const auto failed = shown()["failed"].integer();
      sell(engine, 20);
      await_drained(engine.api, "nats");
      eventually("a failure", [&] { return shown()["failed"].integer() > failed; });
      BOOST_TEST(shown()["status"].text() == "away");
      BOOST_TEST(shown()["lag_events"].integer() > 0);
      BOOST_TEST(is_degraded(engine.api, "sink_webhook"));
      BOOST_TEST(!is_degraded(engine.api, "sink_nats"));
      each.end(receiver);
      await_drained(engine.api, "webhook");
      BOOST_TEST(!is_degraded(engine.api, "sink_webhook"));
    }
  }
  const auto events = distinct_events(events_at(receiver));
  BOOST_TEST((ids_of(events) == ids_in_nats(server)));
  BOOST_TEST((keys_of(events, "order_created") == ids_of_orders(engine.api)));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_takes_nothing_is_left_alone_until_an_operator_says_so) {
  webhook_receiver receiver;
  running_orderd engine({}, private_webhook_to(receiver, {"ORDERD_WEBHOOK_DISABLE_AFTER_SECONDS=1"}));
  engine.api.define("A", plenty);
  receiver.add({.status = 500, .times = for_ever});
  sell(engine, 5);
  const auto is_disabled = [](api_client& api) {
    return api.get("/sinks")["sinks"].at(0)["status"].text() == "disabled";
  };
  eventually("its end", [&] { return is_disabled(engine.api); });
  BOOST_TEST(engine.api.get("/sinks/webhook")["error"].text().find("status 500") != std::string::npos);
  BOOST_TEST(metric(engine.api, "orderd_sink_disabled{sink=\"webhook\"}") == 1);
  BOOST_TEST(is_degraded(engine.api, "sink_webhook"));

  BOOST_TEST(engine.program.stop() == 0);
  engine.program.start();
  api_client api(engine.program.port());
  BOOST_TEST(is_disabled(api));
  receiver.clear_rules();
  const auto asked = receiver.received().size();
  sell(engine, 5);
  check_problem(engine.as("bob").post("/sinks/webhook/replay"), 403, "forbidden");
  check_problem(api.post("/sinks/pigeon/replay"), 404, "not_found");
  BOOST_TEST(is_disabled(api));
  BOOST_TEST(receiver.received().size() == asked);

  BOOST_TEST(api.post("/sinks/webhook/replay").status == 202);
  await_drained(api, "webhook");
  BOOST_TEST(!is_degraded(api, "sink_webhook"));
  const auto orders = ids_of_orders(api);
  BOOST_TEST(orders.size() == 10U);
  auto events = distinct_events(events_at(receiver));
  BOOST_TEST((keys_of(events, "order_created") == orders));

  const auto first_round = receiver.accepted().size();
  BOOST_TEST(api.post("/sinks/webhook/replay", R"({"from":1})").status == 202);
  receiver.await_accepted(2 * first_round);
  await_drained(api, "webhook");
  const auto again = distinct_events(events_at(receiver));
  BOOST_TEST((ids_of(again) == ids_of(events)));
}

BOOST_AUTO_TEST_CASE(a_receiver_on_the_own_machine_is_refused_unless_that_is_allowed) {
  const webhook_receiver receiver;
  running_orderd engine({}, webhook_to(receiver));
  engine.api.define("A", plenty);
  sell(engine, 1);
  eventually("the trouble", [&] { return engine.api.get("/sinks/webhook")["status"].text() == "away"; });
  const auto trouble = engine.api.get("/sinks/webhook")["error"].text();
  BOOST_TEST(trouble.find("127.0.0.1") != std::string::npos, trouble);
  BOOST_TEST(receiver.connections() == 0U);
}

BOOST_AUTO_TEST_CASE(what_arrives_is_signed_so_that_the_public_implementation_verifies_it) {
  webhook_receiver receiver;
  running_orderd engine({}, private_webhook_to(receiver));
  engine.api.define("A", plenty);
  sell(engine, 1);
  await_drained(engine.api, "webhook");
  const auto came = receiver.accepted();
  BOOST_REQUIRE(came.size() >= 2U);
  for (const auto& each : came)
    BOOST_TEST((is_genuine(each, secret) == true));
  auto changed = came.front();
  changed.body.insert(changed.body.size() - 1, " ");
  BOOST_TEST((is_genuine(changed, secret) == false));
  BOOST_TEST((is_genuine(came.front(), "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYX") == false));
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/e2e/order_load.hpp"
#include "tests/e2e/running_orderd.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/node_script.hpp"
#include "tests/support/seed.hpp"

#include <fstream>
#include <map>
#include <random>
#include <set>

using namespace orderd::test;

namespace {

/// The events of a stream, repetitions left out; of each key their numbers must grow.
[[nodiscard]] std::vector<nats_message> distinct_events(const std::vector<nats_message>& all) {
  std::set<std::string> ids;
  std::map<std::string, std::uint64_t> last_of;
  std::vector<nats_message> distinct;
  for (const auto& message : all) {
    if (!ids.insert(message.header("ce-id")).second)
      continue;
    const auto key = message.header("ce-partitionkey");
    const auto number = std::stoull(message.header("ce-sequence"));
    BOOST_TEST_CONTEXT(key << " " << message.subject)
    BOOST_TEST(number > last_of[key]);
    last_of[key] = number;
    distinct.push_back(message);
  }
  return distinct;
}

struct told_orderd {
  explicit told_orderd(environment more = {}, arguments flags = {})
      : engine(std::move(flags), with_nats(std::move(more))) {}

  [[nodiscard]] environment with_nats(environment more) const {
    more.push_back("NATS_URL=" + server.url());
    return more;
  }
  [[nodiscard]] json_view sink() {
    api_client api(engine.program.port());
    return api.get("/sinks/nats").json();
  }
  void await_drained() {
    eventually("all events are published", [&] {
      const auto shown = sink();
      return shown["lag_events"].integer() == 0 && shown["status"].text() == "up";
    });
  }
  [[nodiscard]] std::set<std::string> orders() {
    api_client api(engine.program.port());
    std::set<std::string> ids;
    for (const auto& each : api.list("/orders"))
      ids.insert(each["id"].text());
    return ids;
  }

  nats_server server;
  running_orderd engine;
};

/// What the stock client has kept.
struct kept_events {
  [[nodiscard]] static std::multiset<std::string> orders_in(const std::string& path) {
    std::multiset<std::string> ids;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line) && line.ends_with('}');)
      ids.insert(json_view::parse(line)["order_id"].text());
    return ids;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(nats_events)

BOOST_AUTO_TEST_CASE(a_stock_client_gets_every_order_once_through_six_kills) {
  for (const auto seed : seeds(1)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      std::mt19937_64 random(seed);
      order_load load(seed); // ends after the program
      told_orderd told;
      const auto out = told.engine.folder.path() + "/events.ndjson";
      const auto client =
          start_node("subscriber.mjs", {told.server.url(), "orders", "orders.order_created", out},
                     told.engine.folder.path() + "/subscriber.log");
      order_load::define_stock(told.engine.api);
      for (int round = 1; round <= 3; ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
          load.start(told.engine.program.port());
          load.wait_for_more_answers(200 + random() % 500);
          told.server.kill();
          load.wait_for_more_answers(200 + random() % 500);
          told.server.restart();
          load.wait_for_more_answers(200 + random() % 500);
          told.engine.program.kill();
          load.join();
          told.engine.program.start();
          load.check_and_adopt(told.engine.program.port());
        }
      }
      told.await_drained();
      const auto orders = told.orders();
      BOOST_TEST(orders.size() > 100U);
      eventually("the client has every order",
                 [&] { return kept_events::orders_in(out).size() >= orders.size(); });
      const auto kept = kept_events::orders_in(out);
      BOOST_TEST((std::set<std::string>(kept.begin(), kept.end()) == orders));
      BOOST_TEST(kept.size() == orders.size());
      nats_client reader(told.server.url());
      const auto events = distinct_events(reader.read("orders"));
      BOOST_TEST(events.size() > orders.size());
      BOOST_TEST(told.engine.program.stop() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(buyers_see_nothing_of_a_broker_that_is_away) {
  order_load load(1, {.never_refused = true}); // ends after the program
  told_orderd told;
  order_load::define_stock(told.engine.api);
  load.start(told.engine.program.port());
  load.wait_for_more_answers(500);
  told.server.freeze();
  load.wait_for_more_answers(1'500);
  told.server.thaw();
  told.server.kill();
  load.wait_for_more_answers(1'500);
  eventually("the broker is seen to be away", [&] { return told.sink()["status"].text() == "away"; });
  api_client api(told.engine.program.port());
  const auto ready = api.get("/health/ready");
  BOOST_TEST(ready.status == 200);
  BOOST_TEST(ready.raw.body.find("\"sink_nats\"") != std::string::npos);
  BOOST_TEST(told.sink()["lag_events"].integer() > 0);
  told.server.restart();
  load.wait_for_more_answers(500);
  BOOST_TEST(told.engine.program.stop() == 0);
  load.join();
  told.engine.program.start();
  load.check_and_adopt(told.engine.program.port());
  told.await_drained();
  nats_client reader(told.server.url());
  std::set<std::string> created;
  for (const auto& each : distinct_events(reader.read("orders", "orders.order_created")))
    created.insert(json_view::parse(each.data)["order_id"].text());
  BOOST_TEST((created == told.orders()));
}

BOOST_AUTO_TEST_CASE(killed_between_publishing_and_its_position_it_repeats_under_the_same_ids) {
  for (const int passage : {1, 2, 5, 9}) {
    BOOST_TEST_CONTEXT("passage " << passage) {
      nats_server server;
      temporary_folder folder;
      std::set<std::string> orders;
      {
        orderd_process program(folder.path() + "/data", {},
                               {"NATS_URL=" + server.url(), "ORDERD_CONSUME=false",
                                "ORDERD_TEST_FAULT_POINT=event.published:" + std::to_string(passage)});
        // Whoever asks for what the process does not live to answer asks in vain.
        try {
          api_client api(program.port());
          api.define("A", 1'000'000);
          api_client bob(program.port(), "bob");
          while (bob.post("/orders", order_of("A", 1)).status == 201) {
          }
        } catch (const std::runtime_error&) {
        }
        BOOST_TEST(program.wait_for_end() == 128 + SIGKILL);
      }
      orderd_process program(folder.path() + "/data", {},
                             {"NATS_URL=" + server.url(), "ORDERD_CONSUME=false"});
      api_client api(program.port());
      for (const auto& each : api.list("/orders"))
        orders.insert(each["id"].text());
      eventually("all events are published",
                 [&] { return api.get("/sinks/nats")["lag_events"].integer() == 0; });
      nats_client reader(server.url());
      const auto all = reader.read("orders");
      // The server knows the ids for longer than a restart takes.
      BOOST_TEST(distinct_events(all).size() == all.size());
      std::set<std::string> created;
      for (const auto& each : all)
        if (each.subject == "orders.order_created")
          created.insert(json_view::parse(each.data)["order_id"].text());
      BOOST_TEST((created == orders));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

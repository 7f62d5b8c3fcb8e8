#include "domain/public_events.hpp"
#include "persistence/event_headers.hpp"
#include "persistence/nats_connection.hpp"
#include "persistence/nats_publisher.hpp"
#include "persistence/nats_streams.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/unit/persistence/publisher_contract.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <set>

namespace orderd::test {
namespace {

using namespace publisher_contract;

[[nodiscard]] nats_publisher_options options_for(const std::string& url) {
  nats_publisher_options options;
  options.url = url;
  options.in_flight_max = 64;
  options.ack_timeout = patience;
  options.connect_pause_min = std::chrono::milliseconds(1);
  options.connect_pause_max = std::chrono::milliseconds(50);
  return options;
}

class nats_stage final : public receiver_stage {
 public:
  std::unique_ptr<publisher> make(std::size_t in_flight_max,
                                  std::chrono::milliseconds answer_timeout) override {
    auto options = options_for(server.url());
    options.in_flight_max = in_flight_max;
    options.ack_timeout = answer_timeout;
    return std::make_unique<nats_publisher>(options);
  }

  std::vector<received_event> received(std::size_t at_least) override {
    std::vector<received_event> events;
    for (const auto& each : nats_client(server.url()).read("orders", ">", at_least)) {
      const auto value = [&](const char* name) { return from_header_value(each.header(name)); };
      BOOST_TEST(each.subject == "orders." + value("ce-type"));
      BOOST_TEST(each.header("Nats-Msg-Id") == each.header("ce-id"));
      events.push_back({value("ce-id"), value("ce-type"), value("ce-subject"), value("ce-sequence"),
                        value("ce-source"), each.data});
    }
    return events;
  }

  void go_away() override { server.kill(); }
  void come_back() override { server.restart(); }
  void answer_nothing() override { server.freeze(); }
  void answer_again() override { server.thaw(); }

  nats_server server;
};

struct served_publisher {
  nats_server server;
  nats_client client{server.url()};
};

/// One try, with the connection made.
[[nodiscard]] publish_report try_to_publish(const std::string& url) {
  nats_publisher to(options_for(url));
  return to.publish(sample_events(2));
}

} // namespace

BOOST_AUTO_TEST_SUITE(nats_publisher_contract)

#define ORDERD_RUN_RULE(name)                                                                                \
  BOOST_AUTO_TEST_CASE(name) {                                                                               \
    nats_stage stage;                                                                                        \
    publisher_contract::name(stage);                                                                         \
  }
ORDERD_PUBLISHER_CONTRACT(ORDERD_RUN_RULE)
#undef ORDERD_RUN_RULE

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(nats_publisher_to_jetstream, served_publisher)

BOOST_AUTO_TEST_CASE(getting_ready_makes_the_stream_and_says_whether_the_server_is_there) {
  nats_publisher to(options_for(server.url()));
  BOOST_TEST(to.prepare() == "");
  BOOST_TEST(client.has_stream("orders"));
  server.kill();
  eventually("the server is seen to be away", [&] { return !to.prepare().empty(); });
  server.restart();
  eventually("the server is there again", [&] { return to.prepare().empty(); });
}

BOOST_AUTO_TEST_CASE(the_binary_mode_is_that_of_cloudevents) {
  nats_publisher to(options_for(server.url()));
  auto event = sample_event(4);
  event.subject = "Käse 1";
  publish_all(to, {event});
  const auto all = client.read("orders", "orders.order_created", 1);
  BOOST_TEST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].header("ce-specversion") == "1.0");
  BOOST_TEST(all[0].header("ce-id") == event.id);
  BOOST_TEST(all[0].header("ce-source") == "/orderd");
  BOOST_TEST(all[0].header("ce-type") == "order_created");
  BOOST_TEST(all[0].header("ce-subject") == "K%C3%A4se%201");
  BOOST_TEST(all[0].header("ce-time") == to_rfc3339(event.time));
  BOOST_TEST(all[0].header("ce-sequence") == "5");
  BOOST_TEST(all[0].header("ce-datacontenttype") == "application/json");
  BOOST_TEST(all[0].header("Content-Type") == "application/json");
  BOOST_TEST(all[0].header("Nats-Msg-Id") == event.id);
  BOOST_TEST(all[0].data == event.data);
}

BOOST_AUTO_TEST_CASE(the_stream_is_made_with_every_type_and_nothing_else) {
  nats_publisher to(options_for(server.url()));
  publish_all(to, sample_events(1));
  for (std::size_t type = 0; type < public_event_types; ++type)
    client.publish("orders." + std::string(to_text(static_cast<public_event_type>(type))), "{}");
  BOOST_TEST(client.count("orders") == 1 + public_event_types);
  // Another stream may have it.
  client.create_stream("inbound", {"orders.submitted"});
}

BOOST_AUTO_TEST_CASE(a_stream_that_lacks_subjects_gets_them_and_keeps_what_it_has) {
  client.create_stream("orders", {"orders.order_created", "old.subject"});
  client.publish("old.subject", "1");
  nats_publisher to(options_for(server.url()));
  publish_all(to, sample_events(4));
  BOOST_TEST(client.count("orders") == 5U);
  client.publish("old.subject", "2");
  BOOST_TEST(client.count("orders") == 6U);
}

BOOST_AUTO_TEST_CASE(a_stream_with_a_wildcard_is_left_as_it_is) {
  client.create_stream("orders", {"orders.>"});
  nats_publisher to(options_for(server.url()));
  publish_all(to, sample_events(2));
  client.publish("orders.of.others", "1");
  BOOST_TEST(client.count("orders") == 3U);
}

BOOST_AUTO_TEST_CASE(a_stream_of_another_that_has_the_subjects_is_named) {
  client.create_stream("theirs", {"orders.*"});
  const auto report = try_to_publish(server.url());
  check_none_taken(report, 2);
  BOOST_TEST_CONTEXT(report.trouble) {
    BOOST_TEST(report.trouble.find("stream orders") != std::string::npos);
    BOOST_TEST(report.trouble.find("overlap") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_cannot_be_extended_is_named) {
  client.create_stream("theirs", {"orders.order_updated"});
  client.create_stream("orders", {"orders.order_created"});
  const auto report = try_to_publish(server.url());
  check_none_taken(report, 2);
  BOOST_TEST_CONTEXT(report.trouble) {
    BOOST_TEST(report.trouble.find("stream orders cannot be extended by orders.order_updated") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(no_secret_of_the_url_is_told) {
  server.stop();
  const auto url =
      "nats://mallory:s3cret@127.0.0.1:" + std::to_string(server.port()) + ",nats://t0ken@127.0.0.1:1";
  const auto report = try_to_publish(url);
  check_none_taken(report, 2);
  BOOST_TEST_CONTEXT(report.trouble) {
    BOOST_TEST(report.trouble.find("127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
    for (const auto* secret : {"mallory", "s3cret", "t0ken"})
      BOOST_TEST(report.trouble.find(secret) == std::string::npos);
  }
  BOOST_TEST(without_secrets("nats://a:b@c@host:1, tls://d@[::1]:2,e:3") == "host:1,[::1]:2,e:3");
}

BOOST_AUTO_TEST_CASE(a_user_and_a_password_in_the_url_are_used) {
  const nats_server guarded(
      {"authorization { users: [{user: ann, password: s3cret}, {user: any, password: any}] }",
       "no_auth_user: any"});
  const auto at = "127.0.0.1:" + std::to_string(guarded.port());
  const auto refused = try_to_publish("nats://ann:wrong@" + at);
  check_none_taken(refused, 2);
  BOOST_TEST(refused.trouble.find("wrong") == std::string::npos);
  BOOST_TEST(try_to_publish("nats://ann:s3cret@" + at).trouble.empty());
}

BOOST_AUTO_TEST_CASE(all_are_stored_once_across_kills_in_mid_batch) {
  nats_publisher to(options_for(server.url()));
  constexpr std::size_t count = 8'000;
  for (int kill = 0; kill < 3; ++kill) {
    auto publishing = std::async(std::launch::async, [&, kill] {
      publish_all(to, sample_events(count, static_cast<std::size_t>(kill) * count));
    });
    eventually("some are stored", [&] {
      try {
        return client.count("orders") > static_cast<std::size_t>(kill) * count + 100;
      } catch (const std::runtime_error&) {
        return false; // there is no stream yet
      }
    });
    server.kill();
    server.restart();
    publishing.get();
  }
  std::set<std::string> ids;
  const auto all = client.read("orders", ">", 3 * count);
  for (const auto& each : all)
    ids.insert(each.header("ce-id"));
  BOOST_TEST(ids.size() == 3 * count);
  BOOST_TEST(all.size() == 3 * count);
}

BOOST_AUTO_TEST_CASE(acknowledgements_that_are_lost_leave_no_doubles) {
  tcp_gate gate(server.port());
  auto options = options_for("nats://127.0.0.1:" + std::to_string(gate.port()));
  options.ack_timeout = short_patience;
  nats_publisher to(options);
  publish_all(to, sample_events(1));
  gate.stall_answers();
  check_none_taken(to.publish(sample_events(20, 1)), 20);
  eventually("all are stored", [&] { return client.count("orders") == 21; });
  gate.cut();
  check_none_taken(to.publish(sample_events(20, 1)), 20);
  gate.open();
  publish_all(to, sample_events(20, 1));
  BOOST_TEST(client.count("orders") == 21U);
}

BOOST_AUTO_TEST_CASE(an_event_that_is_too_large_holds_back_no_other) {
  const nats_server small({"max_payload: 4096"});
  nats_publisher to(options_for(small.url()));
  auto events = sample_events(3);
  events[1].data = std::string(8'192, ' ') + "{}";
  const auto report = to.publish(events);
  BOOST_TEST((report.taken == std::vector<bool>{true, false, true}));
  BOOST_TEST(report.trouble.find(events[1].id) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_deleted_is_made_again) {
  nats_publisher to(options_for(server.url()));
  publish_all(to, sample_events(1));
  client.delete_stream("orders");
  check_none_taken(to.publish(sample_events(2, 1)), 2);
  publish_all(to, sample_events(2, 1));
  BOOST_TEST(client.count("orders") == 2U);
}

BOOST_AUTO_TEST_CASE(what_newer_servers_configure_is_kept) {
  const std::string answer = R"({"type":"x","config":{"name":"orders","description":"\"subjects\":[{",)"
                             R"("subjects":["a"],"compression":"s2","metadata":{"k":"}"}},"state":{}})";
  BOOST_TEST(extended_config(answer, {"b", "c"}).value() ==
             R"({"name":"orders","description":"\"subjects\":[{",)"
             R"("subjects":["b","c","a"],"compression":"s2","metadata":{"k":"}"}})");
  BOOST_TEST(extended_config(R"({"config":{"subjects":[]}})", {"b"}).value() == R"({"subjects":["b"]})");
  BOOST_TEST(!extended_config(R"({"config":{"mirror":{"name":"x"}}})", {"b"}).has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_says_why_it_refuses) {
  BOOST_TEST(refusal_in(R"({"error":{"code":503,"description":"no room"},"seq":0})").value() == "no room");
  BOOST_TEST(refusal_in(R"({"error":{"code":503}})").value() == "it does not say why");
  BOOST_TEST(!refusal_in(R"({"stream":"orders","seq":7})").has_value());
}

BOOST_AUTO_TEST_CASE(patterns_cover_what_nats_says_they_do) {
  BOOST_TEST(covers_subject("orders.a", "orders.a"));
  BOOST_TEST(!covers_subject("orders.a", "orders.b"));
  BOOST_TEST(!covers_subject("orders.a", "orders.a.b"));
  BOOST_TEST(!covers_subject("orders.a.b", "orders.a"));
  BOOST_TEST(covers_subject("orders.*", "orders.a"));
  BOOST_TEST(!covers_subject("orders.*", "orders.a.b"));
  BOOST_TEST(covers_subject("*.a", "orders.a"));
  BOOST_TEST(covers_subject("orders.>", "orders.a.b"));
  BOOST_TEST(!covers_subject("orders.>", "orders"));
  BOOST_TEST(covers_subject(">", "orders"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "persistence/nats_delivery.hpp"
#include "persistence/nats_source.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/unit/persistence/message_desk.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <set>

namespace orderd::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* inbound = "orders_inbound";
constexpr const char* letters = "orders_inbound_dead_letters";

struct served_source {
  nats_server server;
  nats_client client{server.url()};
  message_desk desk;
  nats_source_options options;

  served_source() {
    options.url = server.url();
    options.bounds.pause_min = 1ms;
    options.bounds.pause_max = 20ms;
    options.connect_pause_min = 1ms;
    options.connect_pause_max = 50ms;
    // What comes again does so for another reason.
    options.ack_wait = 1h;
  }

  /// A source that reads: its streams and consumers are there.
  [[nodiscard]] std::unique_ptr<nats_source> start() {
    auto source = std::make_unique<nats_source>(options, desk.handler());
    eventually("a source that reads",
               [&] { return client.has_stream(letters) && source->figures().trouble.empty(); });
    return source;
  }

  void send(const std::string& subject, const std::string& body, const header_list& headers = {}) {
    client.publish(subject, body, headers);
  }
};

void await_done(const nats_source& source, std::uint64_t count) {
  eventually("messages done", [&] { return source.figures().done >= count; });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(nats_source_from_jetstream, served_source)

BOOST_AUTO_TEST_CASE(a_message_is_handed_over_as_it_came) {
  const auto source = start();
  send("stock.received", std::string("{\0}", 3), {{"CE-Id", "K%C3%A4se"}, {"Other-Thing", "100%25"}});
  const auto got = desk.next();
  BOOST_TEST(got.message.subject == "stock.received");
  BOOST_TEST(got.message.body == std::string("{\0}", 3));
  BOOST_TEST(header_of(got.message, "ce-id") == "Käse");
  BOOST_TEST(header_of(got.message, "other-thing") == "100%25");
  BOOST_TEST(got.message.place == "nats:orders_inbound:1");
  BOOST_TEST(got.message.tries == 1U);
  BOOST_TEST(source->figures().in_flight == 1U);
  got.done();
  await_done(*source, 1);
  eventually("nothing in flight", [&] { return source->figures().in_flight == 0; });
}

BOOST_AUTO_TEST_CASE(every_subject_is_read) {
  const auto source = start();
  const std::set<std::string> subjects{"payments.authorized", "payments.failed", "payments.refunded",
                                       "stock.received", "orders.submitted"};
  std::set<std::string> read;
  for (const auto& each : subjects)
    send(each, "{}");
  for (std::size_t each = 0; each < subjects.size(); ++each) {
    const auto got = desk.next();
    BOOST_TEST(got.message.headers.empty());
    read.insert(got.message.subject);
    got.done();
  }
  BOOST_TEST(read == subjects, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_done_does_not_come_again) {
  auto source = start();
  send("stock.received", "1");
  send("stock.received", "2");
  desk.next().done();
  desk.next().done();
  await_done(*source, 2);
  source.reset();
  source = start();
  send("stock.received", "3");
  BOOST_TEST(desk.next().message.body == "3");
  BOOST_TEST(desk.handed_over() == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_not_settled_at_the_end_comes_again) {
  auto source = start();
  send("stock.received", "1");
  const auto first = desk.next();
  source.reset();
  first.done(); // too late, and harmless
  source = start();
  const auto second = desk.next();
  BOOST_TEST(second.message.body == "1");
  BOOST_TEST(second.message.place == first.message.place);
}

BOOST_AUTO_TEST_CASE(what_took_effect_and_was_not_acknowledged_comes_again) {
  tcp_gate gate(server.port());
  options.url = "nats://127.0.0.1:" + std::to_string(gate.port());
  options.ack_wait = 1s;
  auto source = start();
  send("stock.received", "1");
  const auto first = desk.next();
  // As if it were killed: nothing leaves it any more.
  gate.cut();
  first.done();
  source.reset();
  options.url = server.url();
  source = start();
  const auto second = desk.next();
  BOOST_TEST(second.message.place == first.message.place);
  second.done();
  await_done(*source, 1);
}

BOOST_AUTO_TEST_CASE(a_message_that_fails_again_and_again_becomes_a_dead_letter) {
  options.bounds.tries_max = 3;
  const auto source = start();
  send("stock.received", "bad", {{"ce-id", "17"}, {"Nats-Msg-Id", "17"}});
  for (std::uint32_t tries = 1; tries <= 3; ++tries) {
    const auto got = desk.next();
    BOOST_TEST(got.message.body == "bad");
    BOOST_TEST(got.message.tries == tries);
    got.settle({settlement::again, "no such item\nas 'x'"});
  }
  const auto dead = client.read(letters, "dead_letter.stock.received", 1);
  BOOST_TEST_REQUIRE(dead.size() == 1U);
  BOOST_TEST(dead[0].data == "bad");
  BOOST_TEST(dead[0].header("ce-id") == "17");
  BOOST_TEST(dead[0].header("Dead-Letter-Nats-Msg-Id") == "17");
  BOOST_TEST(dead[0].header("Dead-Letter-Reason") == "no such item as 'x'");
  BOOST_TEST(dead[0].header("Dead-Letter-Subject") == "stock.received");
  BOOST_TEST(dead[0].header("Dead-Letter-Place") == "nats:orders_inbound:1");
  BOOST_TEST(dead[0].header("Dead-Letter-Tries") == "3");
  send("stock.received", "good");
  const auto next = desk.next();
  BOOST_TEST(next.message.body == "good");
  next.done();
  await_done(*source, 1);
  BOOST_TEST(source->figures().dead_letters == 1U);
  BOOST_TEST(source->figures().retried == 3U);
}

BOOST_AUTO_TEST_CASE(poison_is_a_dead_letter_at_once) {
  auto source = start();
  send("orders.submitted", "]");
  send("orders.submitted", "{}");
  desk.next().settle({settlement::poison, "it is no JSON"});
  desk.next().done();
  const auto dead = client.read(letters, "dead_letter.orders.submitted", 1);
  BOOST_TEST_REQUIRE(dead.size() == 1U);
  BOOST_TEST(dead[0].header("Dead-Letter-Reason") == "it is no JSON");
  BOOST_TEST(dead[0].header("Dead-Letter-Tries") == "1");
  eventually("a dead letter", [&] { return source->figures().dead_letters == 1; });
  source.reset();
  source = start();
  send("orders.submitted", "3");
  BOOST_TEST(desk.next().message.body == "3");
}

BOOST_AUTO_TEST_CASE(a_dead_letter_too_large_for_the_server_goes_without_its_body) {
  const nats_server small({"max_payload: 4096"});
  nats_client owner(small.url());
  options.url = small.url();
  const nats_source source(options, desk.handler());
  eventually("a source that reads", [&] { return owner.has_stream(letters); });
  owner.publish("stock.received", std::string(4'000, 'x'));
  desk.next().settle({settlement::poison, std::string(300, 'r')});
  const auto dead = owner.read(letters, ">", 1);
  BOOST_TEST_REQUIRE(dead.size() == 1U);
  BOOST_TEST(dead[0].data.empty());
  BOOST_TEST(dead[0].header("Dead-Letter-Body") == "left out: 4000 bytes are too many to be sent again");
}

BOOST_AUTO_TEST_CASE(later_is_no_try) {
  options.bounds.tries_max = 2;
  const auto source = start();
  send("stock.received", "1");
  for (int each = 0; each < 5; ++each) {
    const auto got = desk.next();
    BOOST_TEST(got.message.tries == 1U);
    got.settle({settlement::later, "the engine is starting"});
  }
  desk.next().settle({settlement::again, "once"});
  const auto last = desk.next();
  BOOST_TEST(last.message.tries == 2U);
  last.done();
  await_done(*source, 1);
  BOOST_TEST(source->figures().retried == 6U);
  BOOST_TEST(source->figures().dead_letters == 0U);
}

BOOST_AUTO_TEST_CASE(a_dropped_settlement_is_later) {
  const auto source = start();
  send("stock.received", "1");
  static_cast<void>(desk.next());
  const auto got = desk.next();
  BOOST_TEST(got.message.tries == 1U);
  got.done();
  got.done(); // only the first call counts
  await_done(*source, 1);
  BOOST_TEST(source->figures().retried == 1U);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_bound_are_in_flight) {
  options.bounds.in_flight_max = 3;
  const auto source = start();
  for (int each = 0; each < 20; ++each) {
    send("stock.received", std::to_string(each));
    send("orders.submitted", std::to_string(each));
  }
  std::size_t settled = 0;
  for (int each = 0; each < 40; ++each) {
    const auto got = desk.next();
    BOOST_TEST(desk.handed_over() - settled <= 3U);
    ++settled;
    got.done();
  }
  await_done(*source, 40);
  BOOST_TEST(desk.handed_over() == 40U);
}

BOOST_AUTO_TEST_CASE(one_at_a_time_reads_all_subjects) {
  options.bounds.in_flight_max = 1;
  const auto source = start();
  for (const auto* subject : {"payments.failed", "stock.received", "orders.submitted"})
    for (int each = 0; each < 3; ++each)
      send(subject, "{}");
  for (int each = 0; each < 9; ++each) {
    BOOST_TEST(desk.waiting() <= 1U);
    desk.next().done();
  }
  await_done(*source, 9);
}

BOOST_AUTO_TEST_CASE(what_is_handled_for_long_is_not_delivered_twice) {
  options.ack_wait = 800ms;
  options.bounds.pause_min = 400ms;
  options.bounds.pause_max = 400ms;
  const auto source = start();
  send("stock.received", "long");
  const auto held = desk.next();
  // The server's clock: each of these comes again 200 to 400 ms later.
  send("stock.received", "clock");
  for (int tick = 0; tick < 6; ++tick) {
    const auto got = desk.next();
    BOOST_TEST(got.message.body == "clock");
    got.settle({settlement::later, "tick"});
  }
  held.done();
  desk.next().done();
  await_done(*source, 2);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_when_the_server_is_killed_under_reading) {
  options.ack_wait = 2s;
  options.bounds.in_flight_max = 8;
  const auto source = start();
  constexpr std::size_t count = 300;
  std::set<std::string> seen;
  std::size_t next_kill = 50;
  for (std::size_t each = 0; each < count; ++each)
    send("stock.received", std::to_string(each));
  while (seen.size() < count) {
    const auto got = desk.next();
    seen.insert(got.message.body);
    if (seen.size() == next_kill) {
      next_kill += 100;
      server.kill();
      got.done();
      server.restart();
    } else
      got.done();
  }
  eventually("a source that reads", [&] { return source->figures().trouble.empty(); });
  send("stock.received", "last");
  for (auto got = desk.next();; got = desk.next()) {
    got.done();
    if (got.message.body == "last")
      break;
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_at_the_start_is_waited_for) {
  server.kill();
  options.url = "nats://ann:s3cret@127.0.0.1:" + std::to_string(server.port());
  const nats_source source(options, desk.handler());
  eventually("trouble", [&] { return !source.figures().trouble.empty(); });
  BOOST_TEST(source.figures().trouble.find("s3cret") == std::string::npos);
  server.restart();
  eventually("a source that reads", [&] { return source.figures().trouble.empty(); });
  send("stock.received", "1");
  desk.next().done();
}

BOOST_AUTO_TEST_CASE(a_consumer_that_was_deleted_is_made_again) {
  const auto source = start();
  client.delete_consumer(inbound, "orderd-stock-received");
  eventually("a consumer", [&] {
    const auto all = client.consumers(inbound);
    return std::find(all.begin(), all.end(), "orderd-stock-received") != all.end();
  });
  send("stock.received", "1");
  desk.next().done();
  await_done(*source, 1);
}

BOOST_AUTO_TEST_CASE(what_took_effect_is_not_there_for_a_consumer_that_is_made_again) {
  const auto source = start();
  for (const auto* subject : {"stock.received", "stock.received", "payments.failed"}) {
    send(subject, "old");
    desk.next().done();
  }
  await_done(*source, 3);
  eventually("a stream without them", [&] { return client.count(inbound) == 0; });
  client.delete_consumer(inbound, "orderd-stock-received");
  send("stock.received", "new");
  const auto got = desk.next();
  BOOST_TEST(got.message.body == "new");
  got.done();
  await_done(*source, 4);
  BOOST_TEST(desk.handed_over() == 4U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_there_keeps_its_retention) {
  client.create_stream(inbound, {"stock.received"});
  const auto source = start();
  send("stock.received", "1");
  send("payments.failed", "2");
  for (int each = 0; each < 2; ++each)
    desk.next().done();
  await_done(*source, 2);
  BOOST_TEST(client.count(inbound) == 2U);
}

BOOST_AUTO_TEST_CASE(what_was_refused_stays_among_the_dead_letters) {
  const auto source = start();
  send("stock.received", "]");
  desk.next().settle({settlement::poison, "it is no JSON"});
  eventually("a dead letter", [&] { return source->figures().dead_letters == 1; });
  eventually("a stream without it", [&] { return client.count(inbound) == 0; });
  BOOST_TEST(client.count(letters) == 1U);
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_deleted_is_made_again) {
  const auto source = start();
  send("stock.received", "1");
  desk.next().done();
  await_done(*source, 1);
  client.delete_stream(inbound);
  eventually("a stream", [&] { return client.has_stream(inbound) && client.consumers(inbound).size() == 5; });
  // At the same place as the first, and yet another message.
  send("stock.received", "2");
  const auto got = desk.next();
  BOOST_TEST(got.message.body == "2");
  got.done();
  await_done(*source, 2);
}

BOOST_AUTO_TEST_CASE(subjects_of_other_streams_are_read_there) {
  client.create_stream("payments", {"payments.>"});
  client.create_stream("orders", {"orders.order_created"});
  const auto source = start();
  send("payments.captured", "not ours");
  send("payments.failed", "1");
  const auto got = desk.next();
  BOOST_TEST(got.message.place == "nats:payments:2");
  got.done();
  send("orders.submitted", "2");
  const auto next = desk.next();
  BOOST_TEST(next.message.place == "nats:orders_inbound:1");
  next.done();
  await_done(*source, 2);
  BOOST_TEST(desk.handed_over() == 2U);
}

BOOST_AUTO_TEST_CASE(a_stream_of_dead_letters_that_was_deleted_is_made_again) {
  const auto source = start();
  client.delete_stream(letters);
  send("stock.received", "]");
  desk.next().settle({settlement::poison, "it is no JSON"});
  BOOST_TEST(client.read(letters, ">", 1).size() == 1U);
}

BOOST_AUTO_TEST_CASE(dead_letters_go_to_the_stream_that_has_them) {
  client.create_stream("theirs", {"dead_letter.>"});
  const nats_source source(options, desk.handler());
  eventually("a consumer", [&] { return client.has_stream(inbound); });
  send("stock.received", "]");
  desk.next().settle({settlement::poison, "it is no JSON"});
  BOOST_TEST(client.read("theirs", ">", 1).size() == 1U);
  BOOST_TEST(!client.has_stream(letters));
}

BOOST_AUTO_TEST_CASE(a_stream_in_the_way_is_named) {
  client.create_stream("theirs", {"dead_letter.stock.received"});
  const nats_source source(options, desk.handler());
  const auto names = [&](const char* what) {
    return source.figures().trouble.find(what) != std::string::npos;
  };
  eventually("its name", [&] { return names("stream orders_inbound_dead_letters") && names("overlap"); });
}

BOOST_AUTO_TEST_CASE(positions_are_read_of_old_and_new_servers) {
  const auto old = position_of("$JS.ACK.inbound.orderd-stock.3.17.4.1700000000000000000.0");
  BOOST_TEST_REQUIRE(old.has_value());
  BOOST_TEST(old->place() == "nats:inbound:17");
  BOOST_TEST(old->consumer == "orderd-stock");
  BOOST_TEST(old->key() == "nats:inbound:17@1700000000000000000");
  const auto now = position_of("$JS.ACK._.acc.inbound.orderd-stock.3.17.4.1700000000000000000.0.token");
  BOOST_TEST_REQUIRE(now.has_value());
  BOOST_TEST(now->key() == old->key());
  BOOST_TEST(!position_of("$JS.ACK.too.short").has_value());
  BOOST_TEST(!position_of("_INBOX.x.1").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

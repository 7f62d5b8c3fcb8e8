#include "persistence/event_renderer.hpp"
#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace orderd {
namespace {

using test::must;

/// The life of one order, and what is told of it.
struct told_order {
  /// `tentative`: nobody knows of it before it is placed.
  void begin(order_status status, bool tentative) {
    order_line line{history.new_id(), "SKU-1", {}, 2, 250, false, {}, history.now()};
    order_created created{"alice", status, "EUR", {line}, 500, "{}"};
    created.tentative = tentative;
    id = history.new_id();
    add(std::move(created));
  }
  void add(decltype(order_event::what) what) {
    history.advance(std::chrono::seconds{1});
    history.add(id, std::move(what));
  }
  void reserve(refusal_outcome on_refusal) {
    add(order_reserved{history.placing_of(id, on_refusal), payment_keeper::service});
  }
  [[nodiscard]] const order& state() const { return history.orders().at(id); }
  void place() { add(order_placed{order_status::processed, state().placing.lines, state().placing.total}); }
  void have_bought(bool tentative) {
    begin(order_status::registered, tentative);
    reserve(tentative ? refusal_outcome::withdraw : refusal_outcome::fail);
    add(payment_authorized{});
    place();
    add(order_amended{R"({"n":1})"});
    add(order_accepted{"runner-1"});
    add(capture_started{"runner-1"});
    add(order_completed{held_lines(state()), true});
  }

  /// What a renderer that begins here tells of the events behind `from`.
  [[nodiscard]] static std::vector<cloud_event> told(store_reader& reader, std::uint64_t from) {
    std::vector<cloud_event> all;
    for (const auto& each : must(reader.events_after(from, 100)).events) {
      // Anew for each event: nothing is remembered of those in front of it.
      event_renderer renderer(reader);
      auto rendered = must(renderer.render(each));
      std::move(rendered.begin(), rendered.end(), std::back_inserter(all));
    }
    return all;
  }

  /// Drops one event after the other. Requires that of the others the same is told as before; `wholly`, or
  /// but for what events show of the order.
  void check_drops(bool wholly) {
    test::sqlite_database database;
    test::opened_store s(database);
    must(s.writer->apply(history.all()));
    const auto before = told(*s.reader, 0);
    BOOST_TEST_REQUIRE(!before.empty());
    for (std::uint64_t dropped = 1; dropped < history.last_seq(); ++dropped) {
      BOOST_TEST_REQUIRE(must(s.writer->drop_history(dropped, timestamp::max(), 1)) == 1U);
      const auto rest = std::find_if(before.begin(), before.end(),
                                     [&](const cloud_event& each) { return each.position.seq > dropped; });
      const auto now = told(*s.reader, dropped);
      BOOST_TEST_CONTEXT("dropped up to " << dropped) {
        BOOST_REQUIRE_EQUAL(now.size(), static_cast<std::size_t>(std::distance(rest, before.end())));
        for (std::size_t i = 0; i < now.size(); ++i) {
          const auto& wanted = *(rest + static_cast<std::ptrdiff_t>(i));
          BOOST_TEST(now[i].type == wanted.type);
          BOOST_TEST(now[i].id == wanted.id);
          BOOST_TEST(now[i].customer_id == wanted.customer_id);
          BOOST_TEST((!wholly || now[i].data == wanted.data));
        }
      }
    }
  }

  test::life_history history{7};
  uuid id;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rendered_events, told_order)

BOOST_AUTO_TEST_CASE(an_order_whose_first_events_were_dropped_is_told_of_as_before) {
  have_bought(false);
  check_drops(true);
}

BOOST_AUTO_TEST_CASE(a_tentative_order_is_announced_once_whatever_was_dropped) {
  have_bought(true);
  check_drops(true);
}

BOOST_AUTO_TEST_CASE(a_tentative_order_that_is_withdrawn_is_never_told_of) {
  begin(order_status::registered, true);
  reserve(refusal_outcome::withdraw);
  add(order_withdrawn{{"payment_declined", "why"}, held_lines(state())});
  // Something that is told of, so that there is anything to compare.
  have_bought(false);
  check_drops(true);
}

BOOST_AUTO_TEST_CASE(a_failed_payment_is_told_of_once_whatever_was_dropped) {
  begin(order_status::registered, false);
  reserve(refusal_outcome::fail);
  add(payment_declined{{"payment_declined", "why"}, held_lines(state())});
  add(order_failed{{"payment_declined", "why"}});
  check_drops(true);
}

BOOST_AUTO_TEST_CASE(only_a_payment_that_was_told_of_is_refunded_whatever_was_dropped) {
  begin(order_status::draft, false);
  reserve(refusal_outcome::keep);
  add(payment_abandoned{{"payment_unavailable", "why"}, held_lines(state())});
  add(payment_returned{});
  reserve(refusal_outcome::keep);
  add(payment_authorized{});
  add(order_cancelled{"why not", held_lines(state()), true});
  add(payment_returned{});
  check_drops(false);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

#include "tests/unit/actors/keyed_requests.hpp"

#include <variant>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

[[nodiscard]] engine_options noting(std::size_t per_second) {
  auto options = small_engine();
  options.refusal_events_per_second = per_second;
  return options;
}

/// An engine with one unit less than is asked for.
struct sold_out : engine_fixture {
  explicit sold_out(std::size_t per_second = 3) : engine_fixture(noting(per_second), printed_seed()) {
    ask<defined_stock>(definition("A", 1));
    ask<defined_stock>(definition("B", 10));
  }
  [[nodiscard]] order_request purchase() {
    id = fresh_uuid();
    return creation(id, {line_of("A", 2), line_of("B", 1)});
  }
  void refuse_one() {
    const auto slot = submit(purchase());
    run();
    CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  }
  /// What the history says of refused orders, once all of it is on disk.
  [[nodiscard]] std::vector<order_event> notices() {
    settle();
    std::vector<order_event> all;
    for (const auto& e : journal())
      if (const auto* of_order = std::get_if<order_event>(&e);
          of_order != nullptr && std::holds_alternative<order_refused>(of_order->what))
        all.push_back(*of_order);
    return all;
  }

  uuid id; ///< of the last order
};
struct without_notices : sold_out {
  without_notices() : sold_out(0) {}
};
struct busy_sale : sold_out {
  busy_sale() : sold_out(10) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_FIXTURE_TEST_CASE(the_history_says_what_was_refused, sold_out) {
  refuse_one();
  const auto all = notices();
  BOOST_REQUIRE_EQUAL(all.size(), 1U);
  BOOST_CHECK(all[0].order_id == id && all[0].version == 1 && all[0].actor == "ann");
  const auto& what = std::get<order_refused>(all[0].what);
  BOOST_CHECK_EQUAL(what.customer_id, "ann");
  BOOST_CHECK_EQUAL(what.failure.code, "insufficient_stock");
  BOOST_CHECK_EQUAL(what.failure.detail, "A: 2 requested, 1 available");
  BOOST_REQUIRE_EQUAL(what.lines.size(), 2U);
  BOOST_CHECK(what.lines[0].sku == "A" && what.lines[0].qty == 2);
  const auto seen = submit(look(id));
  run();
  CHECK_REFUSED(seen, rejection_code::not_found);
  audit();
}

BOOST_FIXTURE_TEST_CASE(the_refusal_does_not_wait_for_its_notice, sold_out) {
  settle();
  const auto syncs = counters().journal_syncs.load();
  const auto slot = submit(creation(fresh_uuid(), {line_of("A", 2)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  BOOST_CHECK_EQUAL(counters().journal_syncs.load(), syncs);
  BOOST_CHECK_EQUAL(notices().size(), 1U);
}

BOOST_FIXTURE_TEST_CASE(no_more_are_noted_a_second_than_may_be, sold_out) {
  for (int i = 0; i < 20; ++i)
    refuse_one();
  BOOST_CHECK_EQUAL(notices().size(), 3U);
  advance(2s);
  for (int i = 0; i < 20; ++i)
    refuse_one();
  BOOST_CHECK_EQUAL(notices().size(), 6U);
}

BOOST_FIXTURE_TEST_CASE(none_is_noted_where_none_is_wanted, without_notices) {
  for (int i = 0; i < 20; ++i)
    refuse_one();
  BOOST_CHECK(notices().empty());
}

BOOST_FIXTURE_TEST_CASE(a_sale_that_is_sold_out_does_not_fill_the_journal, busy_sale) {
  settle();
  const auto before = counters().durable_seq.load();
  constexpr int refusals_a_second = 2'000;
  constexpr int seconds = 5;
  for (int i = 0; i < seconds * refusals_a_second; ++i) {
    const auto slot = submit(creation(fresh_uuid(), {line_of("A", 2)}));
    if (i % 20 == 19)
      nudge(20 * 1'000ms / refusals_a_second);
    run();
    BOOST_REQUIRE(refusal(slot) == rejection_code::insufficient_stock);
  }
  settle();
  const auto noted = counters().durable_seq.load() - before;
  BOOST_CHECK_LE(noted, 10U * (seconds + 1));
  BOOST_CHECK_GE(noted, 10U * seconds);
}

BOOST_FIXTURE_TEST_CASE(a_journal_short_of_room_is_spared, sold_out) {
  settle();
  counters().accepts_writes = false;
  const auto slot = submit(creation(fresh_uuid(), {line_of("A", 2)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  counters().accepts_writes = true;
  BOOST_CHECK(notices().empty());
}

BOOST_FIXTURE_TEST_CASE(only_refused_creations_for_want_of_units_are_noted, sold_out) {
  const auto draft = ask(creation(fresh_uuid(), {line_of("A", 2)}, order_status::draft));
  auto slot = submit(transition(draft->id, order_status::registered));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  slot = submit(creation(fresh_uuid(), {line_of("NONE", 1)}));
  run();
  CHECK_REFUSED(slot, rejection_code::unknown_product);
  BOOST_CHECK(notices().empty());
}

BOOST_FIXTURE_TEST_CASE(a_keyed_refusal_is_noted_once_however_often_it_comes, sold_out) {
  const auto request = [this] { return keyed(creation(id, {line_of("A", 2)}), 1); };
  id = fresh_uuid();
  for (int i = 0; i < 3; ++i) {
    static_cast<void>(submit(request()));
    run();
  }
  BOOST_CHECK_EQUAL(notices().size(), 1U);
  crash();
  static_cast<void>(submit(request()));
  run();
  BOOST_CHECK_EQUAL(notices().size(), 1U);
}

BOOST_FIXTURE_TEST_CASE(a_crash_forgets_a_notice_or_keeps_it_and_loses_nothing_else, sold_out) {
  refuse_one();
  crash();
  BOOST_CHECK_LE(notices().size(), 1U);
  BOOST_CHECK_EQUAL(ask<stock_view>(to_stock("B", get_stock{})).levels.reserved, 0);
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "tests/unit/actors/paid_shop.hpp"

#include <boost/test/unit_test.hpp>

#include <string_view>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

using became = reservation_result;

/// What the actors of the moment stand on.
struct seen_ground {
  engine_ground* ground = nullptr;
};

/// The engine on one thread, with a look at what it measures.
struct measured : seen_ground, engine_fixture {
  measured()
      : engine_fixture(small_engine(), printed_seed(),
                       [this](caf::actor_system&, engine_ground& made) { ground = &made; }) {
    ask<defined_stock>(definition("A", 10));
    ask<defined_stock>(definition("B", 1'000));
  }

  [[nodiscard]] engine_measures& measures() { return counters().measures; }
  [[nodiscard]] std::uint64_t count(reservation_result what) {
    return measures().reservations[static_cast<std::size_t>(what)];
  }
  [[nodiscard]] engine_status shown() {
    engine_status now;
    show_measures(now, counters(), std::chrono::steady_clock::now());
    return now;
  }
  [[nodiscard]] std::vector<hot_sku> hot() {
    return hottest(ground->hot_skus, 10, std::chrono::steady_clock::now());
  }
  [[nodiscard]] std::uint64_t waits(entity_kind kind) {
    return shown().entities[static_cast<std::size_t>(kind)].mailbox_wait.total();
  }
  [[nodiscard]] std::uint64_t activations(entity_kind kind) {
    return shown().entities[static_cast<std::size_t>(kind)].activations;
  }
  uuid reserve(const std::string& sku, std::int64_t qty, std::chrono::seconds ttl = 60s) {
    const auto id = fresh_uuid();
    slot = submit(to_stock(sku, make_reservation{id, qty, ttl, "ann"}, ann));
    run();
    return id;
  }

  answer_slot slot; ///< of the last reservation
};

} // namespace

BOOST_AUTO_TEST_SUITE(figures)

BOOST_FIXTURE_TEST_CASE(a_reservation_counts_by_what_becomes_of_it, measured) {
  const auto released_one = reserve("A", 1);
  const auto committed_one = reserve("A", 1);
  reserve("A", 3, 1s);
  BOOST_TEST(count(became::granted) == 3U);
  reserve("A", 6);
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  BOOST_TEST(count(became::insufficient_stock) == 1U);
  reserve("none", 1);
  CHECK_REFUSED(slot, rejection_code::not_found);
  BOOST_TEST(count(became::unknown_product) == 1U);
  auto late = to_stock("A", make_reservation{fresh_uuid(), 1, 60s, "ann"}, ann);
  late.if_match = 1;
  slot = submit(std::move(late));
  run();
  CHECK_REFUSED(slot, rejection_code::version_mismatch);
  BOOST_TEST(count(became::refused) == 1U);
  ask<reservation_view>(to_stock("A", release_reservation{released_one}, ann));
  ask<reservation_view>(to_stock("A", commit_reservation{committed_one}, ann));
  advance(2s);
  BOOST_TEST(count(became::released) == 1U);
  BOOST_TEST(count(became::committed) == 1U);
  BOOST_TEST(count(became::expired) == 1U);
  BOOST_TEST(count(became::granted) == 3U);
  // Neither a look nor a change of the item is a reservation.
  ask<stock_view>(to_stock("A", get_stock{}));
  BOOST_TEST(count(became::refused) == 1U);
}

BOOST_FIXTURE_TEST_CASE(each_line_of_an_order_is_a_reservation, measured) {
  const auto held = reserve("A", 2);
  const auto id = fresh_uuid();
  ask<order_ptr>(creation(id, {claim_of("A", held), line_of("B", 5)}));
  BOOST_TEST(count(became::granted) == 2U);
  BOOST_TEST(count(became::claimed) == 1U);
  // One line is refused, so the other one is given back.
  slot = submit(creation(fresh_uuid(), {line_of("A", 100), line_of("B", 1)}));
  run();
  BOOST_TEST(count(became::insufficient_stock) == 1U);
  BOOST_TEST(count(became::granted) == 3U);
  BOOST_TEST(count(became::released) == 1U);
  ask<order_ptr>(transition(id, order_status::cancelled));
  run();
  BOOST_TEST(count(became::released) == 3U);
}

BOOST_FIXTURE_TEST_CASE(the_sale_of_one_item_makes_it_the_hottest, measured) {
  for (int i = 0; i < 30; ++i)
    reserve("A", 1);
  for (int i = 0; i < 5; ++i)
    reserve("B", 1);
  reserve("none", 1);
  ask<order_ptr>(creation(fresh_uuid(), {line_of("B", 1)}));
  const auto shown = hot();
  BOOST_REQUIRE_EQUAL(shown.size(), 2U);
  BOOST_TEST(shown[0].sku == "A");
  // Its definition is a request as well. All of them fade while the test takes its time.
  BOOST_TEST(shown[0].requests <= 31.001);
  BOOST_TEST(shown[0].refusals > 0);
  BOOST_TEST(shown[0].refusals <= shown[0].requests * 20 / 31 * 1.5);
  BOOST_TEST(shown[0].wait_seconds >= 0);
  BOOST_TEST(shown[1].sku == "B");
  BOOST_TEST(shown[1].requests <= 7.001);
  BOOST_TEST(shown[1].refusals == 0);
}

BOOST_FIXTURE_TEST_CASE(each_request_waits_once_for_its_entity, measured) {
  const auto of_stock = waits(entity_kind::stock);
  const auto of_orders = waits(entity_kind::order);
  reserve("A", 1);
  reserve("A", 100);
  BOOST_TEST(waits(entity_kind::stock) == of_stock + 2);
  const auto id = fresh_uuid();
  ask<order_ptr>(creation(id, {line_of("A", 1), line_of("B", 1)}));
  BOOST_TEST(waits(entity_kind::stock) == of_stock + 4);
  BOOST_TEST(waits(entity_kind::order) == of_orders + 1);
  ask<order_ptr>(look(id));
  BOOST_TEST(waits(entity_kind::order) == of_orders + 2);
  // One that comes with a key is led past those who remember, and has waited since it came to them.
  ask<reservation_view>(keyed(to_stock("B", make_reservation{fresh_uuid(), 1, 60s, "ann"}, ann), 1));
  BOOST_TEST(waits(entity_kind::stock) == of_stock + 5);
}

BOOST_FIXTURE_TEST_CASE(entities_are_counted_when_they_come, measured) {
  BOOST_TEST(activations(entity_kind::stock) == 2U);
  BOOST_TEST(activations(entity_kind::order) == 0U);
  const auto id = fresh_uuid();
  ask<order_ptr>(creation(id, {line_of("A", 1)}));
  ask<order_ptr>(look(id));
  BOOST_TEST(activations(entity_kind::order) == 1U);
  BOOST_TEST(shown().entities[static_cast<std::size_t>(entity_kind::order)].live == 1U);
  BOOST_TEST(shown().entities[static_cast<std::size_t>(entity_kind::stock)].live == 2U);
  settle();
  crash();
  BOOST_TEST(activations(entity_kind::order) == 0U);
  ask<order_ptr>(look(id));
  BOOST_TEST(activations(entity_kind::order) == 1U);
}

BOOST_FIXTURE_TEST_CASE(syncs_and_transactions_add_up_to_the_events, measured) {
  for (int i = 0; i < 20; ++i)
    reserve("B", 1);
  settle();
  const auto now = shown();
  const auto events = static_cast<double>(counters().durable_seq.load());
  BOOST_TEST(now.journal.events.sum == events);
  BOOST_TEST(now.journal.events.total() >= 1U);
  BOOST_TEST(now.journal.events.total() <= counters().journal_syncs.load());
  BOOST_TEST(now.journal.seconds.total() == now.journal.events.total());
  BOOST_TEST(now.store.events.sum == events);
  BOOST_TEST(now.store.seconds.total() == now.store.events.total());
  BOOST_TEST(now.store.seconds.total() >= 1U);
}

BOOST_FIXTURE_TEST_CASE(the_lag_grows_while_the_store_is_away_and_ends_with_it, measured) {
  settle();
  const auto lag = [this](std::chrono::seconds later) {
    return measures().lag.behind(counters().applied_seq, std::chrono::steady_clock::now() + later);
  };
  BOOST_TEST((lag(1h) == 0ns), "an idle engine is not behind");
  faults->away = true;
  reserve("B", 1);
  advance(1s);
  BOOST_TEST((lag(10s) >= 10s));
  BOOST_TEST((lag(20s) >= 20s));
  // Later events are younger than the oldest.
  reserve("B", 1);
  BOOST_TEST((lag(20s) >= 20s));
  const auto transactions = shown().store.seconds.total();
  faults->away = false;
  settle();
  BOOST_TEST((lag(1h) == 0ns));
  BOOST_TEST(shown().store.seconds.total() > transactions);
}

BOOST_FIXTURE_TEST_CASE(sagas_are_counted_by_step_also_after_a_crash, paid_shop) {
  const auto at = [this](saga_step step) {
    return engine.counters().measures.sagas[static_cast<std::size_t>(step)].load();
  };
  const auto under_way = [&] {
    std::int64_t all = 0;
    for (std::size_t step = 1; step < saga_steps; ++step)
      all += at(static_cast<saga_step>(step));
    return all;
  };
  BOOST_TEST(under_way() == 0);
  const auto bought = buy();
  BOOST_TEST(at(saga_step::authorizing) == 1);
  BOOST_TEST(under_way() == 1);
  // The store need not have it: the journal does.
  crash();
  BOOST_TEST(at(saga_step::authorizing) == 1);
  BOOST_TEST(under_way() == 1);
  pay();
  BOOST_TEST(under_way() == 0);
  engine.settle(); // nobody waits for the end of it, so a crash could take it back
  crash();
  BOOST_TEST(under_way() == 0);
  have_stuck_placement();
  BOOST_TEST(at(saga_step::authorizing) == 1);
  BOOST_TEST(stuck() == 1);
  engine.settle();
  crash();
  BOOST_TEST(at(saga_step::authorizing) == 1);
  BOOST_TEST(under_way() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

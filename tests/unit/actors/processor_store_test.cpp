#include "tests/unit/actors/engine_fixture.hpp"
#include "tests/unit/actors/processor_fixture.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace orderd::test {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(processor_and_store)

BOOST_FIXTURE_TEST_CASE(a_start_goes_on_with_what_the_store_has_in_pages, processor_fixture) {
  setup.page_rows = 2;
  store_unfinished(id(1), true);
  store_unfinished(id(2), false);
  store_unfinished(id(3), false, in(2s));
  store_unfinished(id(4), false, {}, true); // an operator's turn
  store_unfinished(id(5), false);
  around.acceptances = {{in(3s), id(8)}, {in(1s), id(9)}, {in(4s), id(7)}};
  start();
  begin();
  CHECK_ASKED(*this, {id(2), id(5)});
  advance(4'500ms);
  CHECK_ASKED(*this, {id(2), id(5), id(9), id(3), id(8), id(7)});
  advance(600ms);
  CHECK_ASKED(*this, {id(2), id(5), id(9), id(3), id(8), id(7), id(1)});
  BOOST_TEST(around.pages == 5U);
}

BOOST_FIXTURE_TEST_CASE(an_order_knows_better_than_the_store, processor_fixture) {
  store_unfinished(id(1), false);
  start();
  announce_at(id(1), in(2s));
  begin();
  CHECK_ASKED(*this, {});
  advance(2'100ms);
  CHECK_ASKED(*this, {id(1)});
}

BOOST_FIXTURE_TEST_CASE(a_store_that_cannot_be_read_is_read_later, processor_fixture) {
  store_unfinished(id(1), false);
  around.store_is_away = true;
  start();
  begin();
  advance(5s);
  CHECK_ASKED(*this, {});
  BOOST_TEST(around.pages < 10U);
  around.store_is_away = false;
  advance(1'100ms);
  CHECK_ASKED(*this, {id(1)});
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(a_start_with_more_than_the_queue_holds_comes_to_all, processor_fixture) {
  setup.queue_max = 10;
  setup.page_rows = 4;
  setup.in_flight_max = 2;
  for (const auto& each : ids(1, 95))
    store_unfinished(each, false);
  start();
  begin();
  std::set<uuid> done;
  for (int answers = 0; answers < 500 && !around.requests.empty(); ++answers) {
    BOOST_REQUIRE(counters.processor_ready <= 10U);
    const auto first = around.requests.front().id;
    done.insert(first);
    around.unfinished.erase(first);
    answer_done();
  }
  BOOST_TEST(done.size() == 95U);
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(what_was_dropped_is_looked_for_once_the_store_has_it, processor_fixture) {
  setup.queue_max = 4;
  setup.in_flight_max = 1;
  setup.interval = 0s;
  around.holds_barriers = true;
  start();
  begin();
  const auto pages = around.pages;
  for (const auto& each : ids(1, 7)) // one under way, four wait, two do not fit
    announce_registered(each);
  answer_done();
  BOOST_TEST(around.barriers.empty());
  answer_done();
  BOOST_REQUIRE(around.barriers.size() == 1U);
  BOOST_TEST(around.pages == pages);
  // The store is away for longer than an answer may wait.
  around.barriers.front().reply.answer(rejection{rejection_code::store_unavailable, "away", {}, {}, {}});
  around.barriers.clear();
  advance(1'100ms);
  BOOST_REQUIRE(around.barriers.size() == 1U);
  for (const auto& each : ids(3, 7))
    store_unfinished(each, true);
  around.barriers.front().reply.answer(order_ptr{});
  run();
  std::vector<uuid> rest;
  for (; !around.requests.empty(); answer_done())
    rest.push_back(around.requests.front().id);
  BOOST_CHECK(rest == ids(3, 7));
}

BOOST_FIXTURE_TEST_CASE(deadlines_do_not_take_the_room_of_orders_that_were_dropped, processor_fixture) {
  setup.queue_max = 4;
  setup.in_flight_max = 1;
  setup.interval = 0s;
  start();
  begin();
  for (const auto& each : ids(1, 7)) {
    store_unfinished(each, true);
    announce_registered(each);
  }
  std::vector<uuid> done;
  for (int answers = 0; answers < 20 && !around.requests.empty(); ++answers) {
    done.push_back(around.requests.front().id);
    around.unfinished.erase(done.back());
    around.acceptances.emplace(in(24h), done.back());
    answer_done();
    announce_at(done.back(), in(24h)); // There is room for it now.
  }
  BOOST_CHECK(done == ids(1, 7));
}

BOOST_FIXTURE_TEST_CASE(a_saga_under_way_comes_before_orders_that_wait_for_a_round, processor_fixture) {
  setup.queue_max = 2;
  setup.in_flight_max = 1;
  store_unfinished(id(1), true);
  store_unfinished(id(2), true);
  store_unfinished(id(3), false);
  start();
  begin();
  CHECK_ASKED(*this, {id(3)});
  around.unfinished.erase(id(3));
  answer_done();
  for (const auto& each : ids(1, 2)) { // The second gave its room, and is found again.
    advance(5s);
    CHECK_ASKED(*this, {each});
    around.unfinished.erase(each);
    answer_done();
  }
  BOOST_TEST(!has_timer());
}

BOOST_FIXTURE_TEST_CASE(deadlines_that_fill_the_queue_keep_no_order_from_being_processed, processor_fixture) {
  setup.queue_max = 10;
  setup.page_rows = 5;
  for (const auto& each : ids(1, 50))
    around.acceptances.emplace(in(24h + std::chrono::minutes{each.bytes.back()}), each);
  start();
  begin();
  BOOST_TEST(counters.processor_due == 10U);
  announce_registered(id(60));
  advance(5s);
  CHECK_ASKED(*this, {id(60)});
  answer_done();
  BOOST_TEST(counters.processor_due == 9U); // the last of them gave its room, and is in the store
  clock.advance(25h);
  std::set<uuid> done;
  for (int minutes = 0; minutes < 10 && done.size() < 50U; ++minutes) {
    advance(61s);
    while (!around.requests.empty()) {
      const auto first = around.requests.front().id;
      done.insert(first);
      std::erase_if(around.acceptances, [&](const auto& each) { return each.second == first; });
      answer_done();
    }
  }
  BOOST_TEST(done.size() == 50U);
}

namespace {

/// Orders that need to be attended to a few times each, in a world where everything comes in any order.
struct random_world : processor_fixture {
  struct order {
    std::uint32_t rounds = 0; ///< how often it is still to be attended to
    std::optional<timestamp> due_at;
  };

  explicit random_world(std::uint64_t seed) : random(seed) {
    setup.queue_max = 3 + random() % 8;
    setup.in_flight_max = 1 + random() % 4;
    setup.page_rows = 1 + random() % 5;
    setup.interval = std::chrono::seconds{random() % 3};
    around.holds_barriers = true;
  }

  /// What the order itself says when something has changed.
  void announce(const uuid& which) {
    auto& state = orders.at(which);
    state.due_at.reset();
    const bool timed = state.rounds > 0 && random() % 2 == 0;
    if (timed)
      state.due_at = in(std::chrono::milliseconds{random() % 5'000});
    caf::anon_send(target, attention_due{which, state.due_at, state.rounds > 0 && !timed});
  }
  void store_all() {
    around.unfinished.clear();
    for (const auto& [which, state] : orders)
      if (state.rounds > 0)
        store_unfinished(which, !state.due_at, state.due_at);
  }
  void answer_barriers() {
    for (; !around.barriers.empty(); around.barriers.pop_front()) {
      store_all();
      if (random() % 4 == 0)
        around.barriers.front().reply.answer(rejection{rejection_code::store_unavailable, "", {}, {}, {}});
      else
        around.barriers.front().reply.answer(order_ptr{});
    }
  }
  void handle_one() {
    std::swap(around.requests.front(), around.requests[random() % around.requests.size()]);
    auto request = std::move(around.requests.front());
    around.requests.pop_front();
    if (random() % 4 == 0)
      return; // dropped
    auto& state = orders.at(request.id);
    const bool says_it_first = random() % 2 == 0;
    const bool changes = state.rounds > 0;
    state.rounds -= changes ? 1 : 0;
    if (changes && says_it_first)
      announce(request.id);
    request.reply.answer(order_ptr{});
    if (changes && !says_it_first)
      announce(request.id);
  }
  [[nodiscard]] bool is_done() const {
    return std::all_of(orders.begin(), orders.end(),
                       [](const auto& each) { return each.second.rounds == 0; });
  }

  std::mt19937_64 random;
  std::map<uuid, order> orders;
};

} // namespace

BOOST_AUTO_TEST_CASE(no_order_is_forgotten_whatever_comes_when) {
  const auto first = printed_seed();
  for (std::uint64_t seed = first; seed < first + 2'000; ++seed) {
    random_world world{seed};
    const auto stored = world.random() % 20;
    for (std::uint8_t number = 1; number <= 40; ++number)
      world.orders[world.id(number)].rounds = number <= stored ? 1 + world.random() % 3 : 0;
    world.store_all();
    world.start();
    world.begin();
    std::uint8_t announced = static_cast<std::uint8_t>(stored);
    for (int steps = 0; steps < 20'000 && !(announced == 40 && world.is_done()); ++steps) {
      if (announced < 40 && world.random() % 3 == 0) {
        world.orders[world.id(++announced)].rounds = 1 + world.random() % 3;
        world.announce(world.id(announced));
      }
      if (!world.around.requests.empty() && world.random() % 2 == 0)
        world.handle_one();
      if (world.random() % 5 == 0)
        world.answer_barriers();
      if (world.random() % 3 == 0)
        world.advance(std::chrono::milliseconds{world.random() % 100});
      world.run();
      BOOST_REQUIRE(world.around.requests.size() <= world.setup.in_flight_max);
      BOOST_REQUIRE(world.counters.processor_ready + world.counters.processor_due <= world.setup.queue_max);
    }
    BOOST_REQUIRE_MESSAGE(world.is_done(), "forgotten with ORDERD_TEST_SEED=" << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

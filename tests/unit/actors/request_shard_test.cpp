#include "actors/request_shard.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/actors/keyed_requests.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include <deque>
#include <utility>

namespace orderd::test {

namespace {

/// One memory of requests alone: the orders are the test.
class request_scene {
 public:
  explicit request_scene(std::size_t keys_max = 100) {
    request_shard_setup setup;
    setup.index = request_index{keys_max};
    setup.counters = &counters;
    setup.clock = &clock;
    setup.make_id = [this] { return key_of(++last_id_); };
    setup.doors.order = [this](order_request&& request) { asked.push_back(std::move(request)); };
    setup.unstored_bytes_max = 1'000'000;
    target_ = system_.spawn(request_shard, std::move(setup));
    run();
  }
  request_scene(const request_scene&) = delete;
  request_scene& operator=(const request_scene&) = delete;
  ~request_scene() {
    asked.clear();
    run();
    caf::anon_send_exit(target_, caf::exit_reason::user_shutdown);
    run();
    scheduler().clock().cancel_all();
    run();
    target_ = {}; // It may not outlive the system.
  }

  /// A creation with this key, under a fresh id.
  answer_slot create(unsigned key) {
    auto slot = std::make_shared<recorded_answer>();
    auto request = creation(key_of(++last_id_), {line_of("A", 1)});
    request.reply = make_token(slot);
    caf::anon_send(target_, keyed_request{keyed(std::move(request), key)});
    run();
    return slot;
  }

  /// Answers what was asked first, which may have begun something before.
  enum class claims : std::uint8_t { none, made, withdrawn };
  void refuse(rejection_code code, claims what = claims::none) {
    BOOST_REQUIRE(!asked.empty());
    auto request = std::move(asked.front());
    asked.pop_front();
    if (what == claims::made)
      (void)request.reply.claim()->claimed(request.id);
    if (what == claims::withdrawn)
      request.reply.claim()->withdraw();
    request.reply.answer(rejection{code, "no", {}, {}, {}});
    run();
  }

  tests::manual_clock clock;
  engine_counters counters;
  std::deque<order_request> asked; ///< of orders, and not answered

 private:
  struct testing_config : caf::actor_system_config {
    testing_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  }
  void run() { scheduler().run(); }

  testing_config config_;
  caf::actor_system system_{config_};
  caf::actor target_;
  unsigned last_id_ = 10'000;
};

} // namespace

BOOST_AUTO_TEST_SUITE(request_shards)

BOOST_AUTO_TEST_CASE(a_creation_that_came_to_nothing_is_executed_anew_under_a_fresh_id) {
  request_scene scene;
  const auto first = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  const auto begun = scene.asked.front().id;
  BOOST_CHECK(!scene.asked.front().again);
  scene.refuse(rejection_code::payment_unavailable, request_scene::claims::made);
  CHECK_REFUSED(first, rejection_code::payment_unavailable);

  // What was begun is looked for; once all is given back, it is as if it had never been.
  const auto second = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  BOOST_CHECK(scene.asked.front().again && scene.asked.front().id == begun);
  scene.refuse(rejection_code::payment_unavailable);
  CHECK_REFUSED(second, rejection_code::payment_unavailable);

  const auto third = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  BOOST_CHECK(scene.asked.front().again && scene.asked.front().id == begun);
  scene.refuse(rejection_code::not_found);
  BOOST_CHECK_EQUAL(third->times, 0);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  const auto anew = scene.asked.front().id;
  BOOST_CHECK(!scene.asked.front().again && anew != begun);
  scene.refuse(rejection_code::payment_unavailable, request_scene::claims::made);
  CHECK_REFUSED(third, rejection_code::payment_unavailable);

  const auto fourth = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  BOOST_CHECK(scene.asked.front().again && scene.asked.front().id == anew);
  BOOST_CHECK_EQUAL(fourth->times, 0);
}

BOOST_AUTO_TEST_CASE(a_claim_that_came_to_nothing_is_not_looked_for_again) {
  request_scene scene;
  const auto first = scene.create(1);
  scene.refuse(rejection_code::payment_unavailable, request_scene::claims::made);
  const auto second = scene.create(1);
  scene.refuse(rejection_code::not_found);
  // What is done anew claims nothing this time, so nothing is known of the key any more.
  scene.refuse(rejection_code::overloaded);
  CHECK_REFUSED(second, rejection_code::overloaded);
  const auto third = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  BOOST_CHECK(!scene.asked.front().again);
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_withdrawn_is_forgotten_at_once) {
  request_scene scene;
  const auto first = scene.create(1);
  scene.refuse(rejection_code::payment_unavailable, request_scene::claims::made);
  const auto second = scene.create(1);
  BOOST_CHECK(scene.asked.front().again);
  // What was begun before is taken back now.
  scene.refuse(rejection_code::payment_unavailable, request_scene::claims::withdrawn);
  CHECK_REFUSED(second, rejection_code::payment_unavailable);
  const auto third = scene.create(1);
  BOOST_REQUIRE_EQUAL(scene.asked.size(), 1U);
  BOOST_CHECK(!scene.asked.front().again);
}

BOOST_AUTO_TEST_CASE(claims_beyond_the_bound_are_forgotten_and_counted) {
  request_scene scene{2};
  for (unsigned key = 1; key <= 5; ++key) {
    const auto slot = scene.create(key);
    scene.refuse(rejection_code::payment_unavailable, request_scene::claims::made);
  }
  const auto oldest = scene.create(1);
  BOOST_CHECK(!scene.asked.back().again);
  const auto latest = scene.create(5);
  BOOST_CHECK(scene.asked.back().again);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "actors/messages.hpp"
#include "actors/payment_service.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/support/payment_stand_in.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <ostream>

namespace orderd {

// Boost prints what differs.
static std::ostream& operator<<(std::ostream& out, payment_verdict verdict) {
  return out << static_cast<int>(verdict);
}

namespace {

using namespace std::chrono_literals;
using test::payment_stand_in;
using test::payment_verb;
using test::service_fault;

constexpr auto guard = std::chrono::seconds{60};
/// Longer than any step waits: the first try is the only one.
constexpr std::chrono::milliseconds never = 24h;
constexpr circuit_limits patient{1'000'000, 1ms, 1ms};

struct caf_of_tests : caf::actor_system_config {
  caf_of_tests() { set("scheduler.max-threads", 1); }
};

/// The service, the actor that asks it, and an order that waits for the answers.
class asked_service {
 public:
  explicit asked_service(payment_service_setup setup = {}) {
    setup.client = std::make_shared<payment_client>(payment_client_options{service.url()});
    client = setup.client;
    setup.counters = &counters;
    setup.step_wait = std::chrono::milliseconds{guard};
    actor_ = system_.spawn(payment_service, std::move(setup));
  }
  ~asked_service() { caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown); }

  void send(payment_op op, std::uint64_t attempt = 1) {
    caf::anon_send(actor_, payment_call{op, order, attempt, 1999, "USD", "ann", "bob",
                                        caf::actor_cast<caf::actor>(order_)});
  }
  payment_answer wait() {
    payment_answer got;
    bool came = true;
    order_->receive([&](payment_answer& answer) { got = std::move(answer); },
                    caf::after(guard) >> [&] { came = false; });
    BOOST_REQUIRE(came);
    return got;
  }
  payment_verdict ask(payment_op op, std::uint64_t attempt = 1) {
    send(op, attempt);
    const auto answer = wait();
    BOOST_TEST(answer.attempt == attempt);
    BOOST_CHECK(answer.op == op);
    detail = answer.detail;
    return answer.verdict;
  }
  [[nodiscard]] std::string state(std::uint64_t attempt = 1) const {
    const auto found = service.payment(to_string(order) + "-" + std::to_string(attempt));
    return found ? found->state : "unseen";
  }
  [[nodiscard]] cents charged() const { return service.charged(to_string(order)); }
  [[nodiscard]] std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const auto& each : service.requests())
      all.push_back(each.key);
    return all;
  }

  payment_stand_in service;
  payment_counters counters;
  const uuid order = *parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057");
  std::string detail;                   ///< of the last answer
  std::weak_ptr<payment_client> client; ///< the actor has it

 private:
  caf_of_tests config_;
  caf::actor_system system_{config_};
  caf::scoped_actor order_{system_};
  caf::actor actor_;
};

/// Asks again at once, and as often as it takes.
struct eager_service : asked_service {
  eager_service() : asked_service({.retry_least = 1ms, .retry_most = 5ms, .circuit = patient}) {}
};

/// Gives a step up after its first try.
struct lone_try : asked_service {
  lone_try() : asked_service({.retry_least = never, .retry_most = never, .circuit = patient}) {}
};

const std::string authorize_key = "01890a5d-ac96-774b-bcce-b302099a8057-1-authorize";

} // namespace

BOOST_AUTO_TEST_SUITE(payment_service_actor)

BOOST_FIXTURE_TEST_CASE(a_payment_is_authorized_and_captured_under_its_keys, eager_service) {
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::escrow) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::capture) == payment_verdict::done);
  BOOST_TEST(state() == "captured");
  BOOST_TEST(charged() == 1999);
  BOOST_TEST(service.payments().front().payee == "bob");
  const std::vector<std::string> expected{authorize_key, "01890a5d-ac96-774b-bcce-b302099a8057-1-capture"};
  BOOST_TEST(keys() == expected, boost::test_tools::per_element());
  BOOST_TEST(counters.done == 3U);
  BOOST_TEST(counters.in_flight == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_declined_payment_is_declined_for_good, eager_service) {
  service.add({service_fault::decline});
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::declined);
  BOOST_TEST(detail == "insufficient funds");
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::declined);
  BOOST_TEST(ask(payment_op::give_back) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::authorize, 2) == payment_verdict::done);
  BOOST_TEST(charged() == 1999);
}

BOOST_FIXTURE_TEST_CASE(every_passing_fault_is_survived_and_each_effect_happens_once, eager_service) {
  const auto break_down = [this](payment_verb verb) {
    for (const auto fault :
         {service_fault::die_after, service_fault::drop, service_fault::fail, service_fault::fail_after,
          service_fault::babble, service_fault::flood, service_fault::work_twice})
      service.add({fault, verb, 1, fault == service_fault::babble ? 200 : 503});
  };
  break_down(payment_verb::authorize);
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::done);
  break_down(payment_verb::capture);
  BOOST_TEST(ask(payment_op::capture) == payment_verdict::done);
  break_down(payment_verb::state);
  break_down(payment_verb::refund);
  BOOST_TEST(ask(payment_op::give_back) == payment_verdict::done);
  const auto effects = service.effects(to_string(order) + "-1");
  BOOST_REQUIRE(effects.size() == 3U);
  BOOST_CHECK(effects[0].verb == payment_verb::authorize);
  BOOST_CHECK(effects[1].verb == payment_verb::capture);
  BOOST_CHECK(effects[2].verb == payment_verb::refund);
  BOOST_TEST(charged() == 0);
  BOOST_TEST(counters.tries_failed >= 18U);
}

BOOST_FIXTURE_TEST_CASE(what_is_given_back_depends_on_what_was_done, eager_service) {
  BOOST_TEST(ask(payment_op::authorize, 1) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::give_back, 1) == payment_verdict::done);
  BOOST_TEST(state(1) == "voided");
  BOOST_TEST(ask(payment_op::authorize, 2) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::capture, 2) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::give_back, 2) == payment_verdict::done);
  BOOST_TEST(state(2) == "refunded");
  const auto before = service.requests().size();
  BOOST_TEST(ask(payment_op::give_back, 1) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::give_back, 2) == payment_verdict::done);
  BOOST_TEST(service.requests().size() == before + 2, "only the states were asked for");
  BOOST_TEST(charged() == 0);
}

BOOST_FIXTURE_TEST_CASE(an_authorization_that_comes_after_its_void_charges_nothing, lone_try) {
  service.add({service_fault::hold, payment_verb::authorize});
  send(payment_op::authorize);
  service.await_requests(1);
  service.go_away();
  BOOST_TEST(wait().verdict == payment_verdict::unknown);
  service.come_back();
  BOOST_TEST(ask(payment_op::give_back) == payment_verdict::done);
  BOOST_TEST(state() == "voided");
  service.release();
  BOOST_TEST(state() == "voided");
  BOOST_TEST(service.effects(to_string(order) + "-1").empty());
}

BOOST_FIXTURE_TEST_CASE(a_capture_that_overtakes_the_void_is_refunded, eager_service) {
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::done);
  service.add({service_fault::hold, payment_verb::capture});
  service.add({service_fault::hold, payment_verb::cancel});
  send(payment_op::capture);
  service.await_requests(2);
  send(payment_op::give_back);
  service.await_requests(4);
  // Whichever of the two the service does first, the other one finds it done.
  service.release();
  static_cast<void>(wait());
  static_cast<void>(wait());
  BOOST_TEST(charged() == 0);
}

BOOST_FIXTURE_TEST_CASE(an_outcome_that_stays_open_is_unknown_and_asked_again_under_its_key, lone_try) {
  service.add({service_fault::die_after});
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::unknown);
  BOOST_TEST(!detail.empty());
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::done);
  const std::vector<std::string> expected{authorize_key, authorize_key};
  BOOST_TEST(keys() == expected, boost::test_tools::per_element());
  BOOST_TEST(charged() == 1999);
}

BOOST_AUTO_TEST_CASE(a_try_that_is_not_answered_in_time_is_asked_again) {
  asked_service asked({.try_timeout = 500ms, .retry_least = 1ms, .retry_most = 5ms, .circuit = patient});
  asked.service.add({service_fault::hold_answer});
  BOOST_TEST(asked.ask(payment_op::authorize) == payment_verdict::done);
  BOOST_TEST(asked.keys().size() == 2U);
  BOOST_TEST(asked.charged() == 1999);
  asked.service.release();
}

BOOST_FIXTURE_TEST_CASE(a_service_that_is_away_leaves_nothing_open, lone_try) {
  service.go_away();
  for (const auto op : {payment_op::authorize, payment_op::capture, payment_op::give_back})
    BOOST_TEST(ask(op) == payment_verdict::unavailable);
  BOOST_TEST(counters.unavailable == 3U);
}

BOOST_FIXTURE_TEST_CASE(a_question_of_the_state_leaves_nothing_open, lone_try) {
  service.add({service_fault::die_after, payment_verb::state});
  BOOST_TEST(ask(payment_op::give_back) == payment_verdict::unavailable);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_needs_a_person, eager_service) {
  service.add({service_fault::fail, payment_verb::authorize, 1, 422});
  BOOST_TEST(ask(payment_op::authorize) == payment_verdict::refused);
  BOOST_TEST(detail == "status 422: told to fail");
  BOOST_TEST(ask(payment_op::capture, 7) == payment_verdict::refused);
  BOOST_TEST(detail == "status 404: no such payment");
  service.add({service_fault::fail, payment_verb::cancel, 2, 409});
  BOOST_TEST(ask(payment_op::authorize, 2) == payment_verdict::done);
  BOOST_TEST(ask(payment_op::give_back, 2) == payment_verdict::refused);
  BOOST_TEST(counters.refused == 3U);
}

BOOST_AUTO_TEST_CASE(a_longer_pause_that_the_service_asks_for_is_kept) {
  asked_service asked({.retry_least = 1ms, .retry_most = 5ms, .circuit = patient});
  asked.service.add({service_fault::fail, {}, 1, 503, "1"});
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(asked.ask(payment_op::authorize) == payment_verdict::done);
  BOOST_CHECK(std::chrono::steady_clock::now() - before >= 1s);
}

BOOST_AUTO_TEST_CASE(the_breaker_spares_a_failing_service) {
  asked_service asked(
      {.retry_least = never, .retry_most = never, .circuit = {3, std::chrono::milliseconds{never}, never}});
  asked.service.add({service_fault::fail, {}, test::for_ever});
  for (std::uint64_t attempt = 1; attempt <= 3; ++attempt)
    BOOST_TEST(asked.ask(payment_op::authorize, attempt) == payment_verdict::unknown);
  BOOST_TEST(asked.counters.breaker_openings == 1U);
  BOOST_TEST(asked.counters.breaker_open);
  BOOST_TEST(asked.ask(payment_op::authorize, 4) == payment_verdict::unavailable);
  BOOST_TEST(asked.service.requests().size() == 3U);
}

BOOST_AUTO_TEST_CASE(the_breaker_closes_when_the_service_is_back) {
  asked_service asked({.retry_least = never, .retry_most = never, .circuit = {3, 1ms, 5ms}});
  asked.service.go_away();
  for (std::uint64_t attempt = 1; attempt <= 10; ++attempt)
    BOOST_TEST(asked.ask(payment_op::authorize, attempt) == payment_verdict::unavailable);
  BOOST_TEST(asked.counters.breaker_openings == 1U);
  asked.service.come_back();
  test::eventually("an authorization",
                   [&] { return asked.ask(payment_op::authorize, 11) == payment_verdict::done; });
  BOOST_TEST(!asked.counters.breaker_open);
}

BOOST_AUTO_TEST_CASE(steps_beyond_the_bound_are_turned_away) {
  asked_service asked({.steps_max = 2, .circuit = patient});
  asked.service.add({service_fault::hold, {}, 2});
  asked.send(payment_op::authorize, 1);
  asked.send(payment_op::authorize, 2);
  asked.service.await_requests(2);
  BOOST_TEST(asked.ask(payment_op::authorize, 3) == payment_verdict::unavailable);
  BOOST_TEST(asked.detail == "too many payments are under way");
  asked.service.release();
  BOOST_TEST(asked.wait().verdict == payment_verdict::done);
  BOOST_TEST(asked.wait().verdict == payment_verdict::done);
}

BOOST_AUTO_TEST_CASE(its_end_does_not_wait_for_the_service) {
  std::weak_ptr<payment_client> client;
  {
    asked_service asked({.circuit = patient});
    client = asked.client;
    asked.service.add({service_fault::hold});
    asked.send(payment_op::authorize);
    asked.service.await_requests(1);
    BOOST_TEST(!client.expired());
  }
  // The service, which ends last, has held the request all the time.
  BOOST_TEST(client.expired());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

#include "actors/auditor.hpp"
#include "persistence/audit_snapshot.hpp"
#include "tests/support/manual_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <memory>
#include <string>

namespace orderd::test {
namespace {

/// A store that is away.
class absent_store final : public store {
 public:
  using store::open_reader;
  using store::open_writer;
  result<std::unique_ptr<store_writer>> open_writer(const takeover&) override { return away(); }
  result<std::unique_ptr<store_reader>> open_reader(std::chrono::milliseconds) override { return away(); }
  result<std::unique_ptr<audit_snapshot>> open_snapshot() override { return away(); }

 private:
  static tl::unexpected<error> away() { return fail(error_code::store_failed, "the store is away"); }
};

class promised_answer final : public reply_sink {
 public:
  explicit promised_answer(std::promise<outcome> to) : to_(std::move(to)) {}
  void answer(outcome&& result) noexcept override { to_.set_value(std::move(result)); }

 private:
  std::promise<outcome> to_;
};

struct audited_nothing {
  auditor_setup setup() {
    auditor_setup made;
    made.database = &database;
    made.clock = &clock;
    made.counters = &counters;
    made.gather = [this](std::shared_ptr<live_gathering> to) { gathering = std::move(to); };
    made.await_journal = [](reply_token reply) { reply.answer(order_ptr{}); };
    made.wait = std::chrono::milliseconds{100'000};
    return made;
  }
  std::future<outcome> ask(auditor& whom) {
    std::promise<outcome> promise;
    auto answer = promise.get_future();
    whom.begin(reply_token{std::make_unique<promised_answer>(std::move(promise))});
    return answer;
  }
  static rejection_code code_of(std::future<outcome>& answer) {
    const auto given = answer.get();
    BOOST_REQUIRE(std::holds_alternative<rejection>(given));
    return std::get<rejection>(given).code;
  }

  absent_store database;
  tests::manual_clock clock;
  engine_counters counters;
  std::shared_ptr<live_gathering> gathering; ///< held: somebody has not shown itself yet
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(auditors, audited_nothing)

BOOST_AUTO_TEST_CASE(one_audit_runs_at_a_time_and_the_next_one_may_come_after_it) {
  auditor one(setup());
  auto first = ask(one);
  auto second = ask(one);
  BOOST_TEST((code_of(second) == rejection_code::audit_running));
  one.interrupt();
  BOOST_TEST((code_of(first) == rejection_code::shutting_down));
  auto third = ask(one);
  BOOST_TEST((code_of(third) == rejection_code::shutting_down));
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_entities_that_do_not_show_themselves) {
  std::future<outcome> answer;
  {
    auditor one(setup());
    answer = ask(one);
  }
  BOOST_TEST((code_of(answer) == rejection_code::shutting_down));
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_is_told_at_once) {
  counters.store_away = true;
  auditor one(setup());
  auto answer = ask(one);
  BOOST_TEST((code_of(answer) == rejection_code::store_unavailable));
  BOOST_TEST(!one.last());
}

BOOST_AUTO_TEST_CASE(a_store_that_does_not_catch_up_is_told_and_does_not_count_as_away) {
  counters.durable_seq = 5;
  counters.applied_seq = 4;
  auto how = setup();
  how.gather = [](const std::shared_ptr<live_gathering>&) {};
  how.wait = std::chrono::milliseconds{0};
  auditor one(std::move(how));
  auto behind = ask(one);
  const auto told = behind.get();
  BOOST_REQUIRE(std::holds_alternative<rejection>(told));
  BOOST_TEST((std::get<rejection>(told).code == rejection_code::store_unavailable));
  BOOST_TEST(std::get<rejection>(told).detail.find("caught up") != std::string::npos);
  BOOST_TEST(!counters.store_away);
  counters.applied_seq = 5;
  auto there = ask(one);
  const auto away = there.get();
  BOOST_REQUIRE(std::holds_alternative<rejection>(away));
  BOOST_TEST(std::get<rejection>(away).detail.find("away") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_that_goes_away_meanwhile_is_no_difference) {
  auto how = setup();
  how.gather = [](const std::shared_ptr<live_gathering>&) {};
  auditor one(std::move(how));
  auto answer = ask(one);
  BOOST_TEST((code_of(answer) == rejection_code::store_unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

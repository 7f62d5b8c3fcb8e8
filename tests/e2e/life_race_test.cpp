#include "tests/e2e/crowd.hpp"
#include "tests/e2e/with_ledger.hpp"

#include <string>

using namespace orderd::test;

namespace {

constexpr int runners = 50;
constexpr int cancellers = 20;

/// Ann has money for ten orders of the one thing there is.
struct shop : with_ledger {
  shop() {
    api.define("HOT", 100);
    deposit(api, "ann", 10'000);
  }

  std::string order() {
    auto ann = as("ann");
    return place(ann, "HOT", 2);
  }

  /// The same request from so many at once, each with a connection of its own.
  void ask_at_once(int count, const std::string& who, const std::string& path, outcome_counts& seen) {
    in_threads(count, [&](int index) {
      seen.add(as(who.empty() ? "runner-" + std::to_string(index) : who).post(path));
    });
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(life_race)

BOOST_FIXTURE_TEST_CASE(one_of_fifty_runners_wins_an_order, shop) {
  const auto id = order();
  outcome_counts seen;
  ask_at_once(runners, "", "/orders/" + id + "/accept", seen);
  BOOST_TEST(seen["200"] == 1);
  BOOST_TEST(seen["409 illegal_transition"] == runners - 1);
  const auto shown = api.get("/orders/" + id);
  BOOST_TEST(shown["status"].text() == "accepted");
  BOOST_TEST(shown["runner_id"].text().substr(0, 7) == "runner-");
  check_account(api, "ann", 8'000, 2'000);
}

BOOST_FIXTURE_TEST_CASE(twenty_cancels_give_the_money_back_once, shop) {
  const auto id = order();
  check_account(api, "ann", 8'000, 2'000);
  outcome_counts seen;
  ask_at_once(cancellers, "ann", "/orders/" + id + "/cancel", seen);
  BOOST_TEST(seen["200"] == 1);
  BOOST_TEST(seen["409 illegal_transition"] == cancellers - 1);
  check_account(api, "ann", 10'000, 0);
  BOOST_TEST(entries_of(api, "ann", "funds_returned") == 1);
  check_stock(api, "HOT", 100, 0);
  BOOST_TEST(api.get("/orders/" + id)["payment_status"].text() == "refunded");
}

BOOST_FIXTURE_TEST_CASE(twenty_completions_pay_the_runner_once, shop) {
  const auto id = order();
  BOOST_REQUIRE_EQUAL(as("runner-7").post("/orders/" + id + "/accept").status, 200);
  outcome_counts seen;
  ask_at_once(cancellers, "runner-7", "/orders/" + id + "/complete", seen);
  BOOST_TEST(seen["200"] == 1);
  BOOST_TEST(seen["409 illegal_transition"] == cancellers - 1);
  check_account(api, "ann", 8'000, 0);
  eventually("the payout", [&] { return api.get("/accounts/runner-7").status == 200; });
  check_account(api, "runner-7", 2'000, 0);
  BOOST_TEST(entries_of(api, "runner-7", "payout_received") == 1);
  check_stock(api, "HOT", 98, 0);
}

BOOST_FIXTURE_TEST_CASE(of_a_cancel_and_a_completion_one_happens, shop) {
  for (int round = 0; round < 4; ++round) {
    const auto id = order();
    BOOST_REQUIRE_EQUAL(as("runner-7").post("/orders/" + id + "/accept").status, 200);
    outcome_counts seen;
    in_threads(8, [&](int index) {
      const bool cancels = index % 2 == 0;
      seen.add(as(cancels ? "ann" : "runner-7").post("/orders/" + id + (cancels ? "/cancel" : "/complete")));
    });
    BOOST_TEST(seen["200"] == 1);
    BOOST_TEST(seen["409 illegal_transition"] == 7);
  }
  const auto completed = static_cast<std::int64_t>(api.list("/orders?status=completed").size());
  BOOST_TEST(api.list("/orders?status=cancelled").size() == static_cast<std::size_t>(4 - completed));
  check_stock(api, "HOT", 100 - 2 * completed, 0);
  check_account(api, "ann", 10'000 - 2'000 * completed, 0);
  if (completed > 0) {
    eventually("the payouts", [&] { return entries_of(api, "runner-7", "payout_received") == completed; });
    check_account(api, "runner-7", 2'000 * completed, 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

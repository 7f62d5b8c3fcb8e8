#include "tests/e2e/with_ledger.hpp"

#include <string>

using namespace orderd::test;

namespace {

struct bank : with_ledger {
  void check_levels(std::int64_t balance, std::int64_t held) const {
    // A client of its own: after a restart the port may be another.
    const auto shown = as("ann").get("/accounts/ann");
    BOOST_TEST_CONTEXT(shown.raw.body) {
      BOOST_REQUIRE_EQUAL(shown.status, 200);
      BOOST_TEST(shown["balance_cents"].integer() == balance);
      BOOST_TEST(shown["held_cents"].integer() == held);
    }
  }
  api_client ann = as("ann");
};

} // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_FIXTURE_TEST_CASE(an_account_is_opened_and_filled_by_operators, bank) {
  check_problem(ann.get("/accounts/ann"), 404, "not_found");
  check_problem(ann.put("/accounts/ann", "{}"), 403, "forbidden");
  check_problem(api.post("/accounts/ann/deposits", R"({"amount_cents":5})"), 404, "not_found");
  const auto opened = api.put("/accounts/ann", "");
  BOOST_REQUIRE_EQUAL(opened.status, 201);
  BOOST_TEST(opened.header("Location") == "/accounts/ann");
  BOOST_TEST(opened.header("ETag") == "\"1\"");
  BOOST_TEST(api.put("/accounts/ann", "{}").status == 200);
  check_problem(ann.post("/accounts/ann/deposits", R"({"amount_cents":5})"), 403, "forbidden");
  const auto filled = api.post("/accounts/ann/deposits", R"({"amount":10.50,"reason":"cash"})");
  BOOST_REQUIRE_EQUAL(filled.status, 200);
  BOOST_TEST(filled["balance_cents"].integer() == 1'050);
  BOOST_TEST(filled.header("ETag") == "\"2\"");
  check_levels(1'050, 0);
}

BOOST_FIXTURE_TEST_CASE(a_change_under_an_old_version_is_refused, bank) {
  check_problem(api.put("/accounts/ann", "{}", {"If-Match: *"}), 412, "version_mismatch");
  BOOST_REQUIRE_EQUAL(api.put("/accounts/ann", "{}").status, 201);
  const std::string five = R"({"amount_cents":5})";
  BOOST_TEST(api.post("/accounts/ann/deposits", five, {"If-Match: \"1\""}).status == 200);
  check_problem(api.post("/accounts/ann/deposits", five, {"If-Match: \"1\""}), 412, "version_mismatch");
  check_levels(5, 0);
}

BOOST_FIXTURE_TEST_CASE(an_account_is_nobody_elses_business, bank) {
  BOOST_REQUIRE_EQUAL(api.put("/accounts/ann", "{}").status, 201);
  auto eve = as("eve");
  check_problem(eve.get("/accounts/ann"), 404, "not_found");
  check_problem(eve.get("/accounts/ann/entries"), 404, "not_found");
  BOOST_TEST(ann.get("/accounts/ann/entries").status == 200);
}

BOOST_FIXTURE_TEST_CASE(entries_are_paged_from_the_newest, bank) {
  BOOST_REQUIRE_EQUAL(api.put("/accounts/ann", "{}").status, 201);
  for (int i = 1; i <= 4; ++i)
    BOOST_REQUIRE_EQUAL(
        api.post("/accounts/ann/deposits", "{\"amount_cents\":" + std::to_string(i) + "}").status, 200);
  const auto newest = ann.get("/accounts/ann/entries?limit=2");
  BOOST_REQUIRE_EQUAL(newest.status, 200);
  const auto first = newest["items"].elements();
  BOOST_REQUIRE_EQUAL(first.size(), 2U);
  BOOST_TEST(first[0]["event_type"].text() == "funds_deposited");
  BOOST_TEST(first[0]["amount_cents"].integer() == 4);
  BOOST_TEST(first[0]["balance_cents"].integer() == 10);
  BOOST_TEST(first[0]["from"].text() == "world");
  const auto older = ann.get("/accounts/ann/entries?cursor=" + newest["next_cursor"].text());
  const auto rest = older["items"].elements();
  BOOST_REQUIRE_EQUAL(rest.size(), 3U);
  BOOST_TEST(rest[0]["amount_cents"].integer() == 2);
  BOOST_TEST(rest[2]["event_type"].text() == "account_opened");
  BOOST_TEST(older["next_cursor"].is_null());
}

BOOST_FIXTURE_TEST_CASE(what_was_answered_is_there_after_a_kill, bank) {
  BOOST_REQUIRE_EQUAL(api.put("/accounts/ann", "{}").status, 201);
  BOOST_REQUIRE_EQUAL(api.post("/accounts/ann/deposits", R"({"amount_cents":700})").status, 200);
  program.kill();
  program.start();
  check_levels(700, 0);
  BOOST_TEST(as("ann").list("/accounts/ann/entries").size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(without_a_ledger_there_are_no_accounts, running_orderd) {
  check_problem(api.put("/accounts/ann", "{}"), 404, "not_found");
  BOOST_TEST(api.get("/accounts/ann")["detail"].text().find("PAYMENTS") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

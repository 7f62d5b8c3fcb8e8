#include "tests/unit/http/api_fixture.hpp"

using namespace orderd;
using namespace orderd::tests;

namespace {

outcome found(std::vector<audit_difference> differences) {
  auto result = std::make_shared<audit_result>();
  result->report.as_of_seq = 42;
  result->report.dropped_to = 7;
  result->report.checked = {35, 4, 3, 2, 1, 9};
  result->report.differences_total = differences.size();
  result->report.differences = std::move(differences);
  result->duration = std::chrono::milliseconds{12};
  return audit_result_ptr{std::move(result)};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(audit_routes, api_fixture)

BOOST_AUTO_TEST_CASE(an_audit_that_finds_nothing_is_200_with_what_was_checked) {
  core.audited = found({});
  const auto answer = get("/audit");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.content_type == "application/json");
  BOOST_TEST(header_of(answer, "Cache-Control") == "no-store");
  BOOST_TEST(answer.body.starts_with(
      R"({"ok":true,"as_of_seq":42,"dropped_to":7,"checked":{"events":35,"orders":4,"stock_items":3,"accounts":2,)"
      R"("reservations":1,"live_entities":9},"differences":[],"differences_total":0,"not_compared":[],"duration_ms":12,"at":")"));
}

BOOST_AUTO_TEST_CASE(what_differs_is_500_and_no_problem_document) {
  core.audited = found({{"stock", "WIDGET", "levels_differ", "5 and 6"}});
  const auto answer = get("/audit");
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.content_type == "application/json");
  BOOST_TEST(
      answer.body.find(R"([{"kind":"stock","key":"WIDGET","code":"levels_differ","detail":"5 and 6"}])") !=
      std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_audit_is_told_to_come_back) {
  core.audited = refusal(rejection_code::audit_running);
  const auto answer = get("/audit");
  check_problem(answer, 503, "audit_running");
  BOOST_TEST(!header_of(answer, "Retry-After").empty());
}

BOOST_AUTO_TEST_CASE(only_operators_may_audit_or_ask_for_a_proof) {
  const header_list bob{{"X-User", "bob"}};
  check_problem(get("/audit", bob), 403, "forbidden");
  check_problem(get("/stock/WIDGET/proof", bob), 403, "forbidden");
  BOOST_TEST(core.audits.empty());
  BOOST_TEST(core.proofs.empty());
}

BOOST_AUTO_TEST_CASE(a_proof_is_of_an_item_of_the_catalogue) {
  check_problem(get("/stock/NO-SUCH/proof"), 404, "not_found");
  BOOST_TEST(get("/stock/WIDGET/proof").status == 0);
  BOOST_REQUIRE(core.proofs.size() == 1U);
  BOOST_TEST(core.proofs.front().sku == "WIDGET");
}

BOOST_AUTO_TEST_CASE(a_proof_begins_or_is_refused_when_the_engine_knows) {
  static_cast<void>(get("/stock/WIDGET/proof"));
  const auto listener = core.proofs.front().begin([](bool) {});
  BOOST_TEST(last->status == 200);
  BOOST_TEST(last->content_type == "application/x-ndjson");
  static_cast<void>(get("/stock/WIDGET/proof"));
  core.proofs.back().refuse(refusal(rejection_code::store_unavailable));
  check_problem(*last, 503, "store_unavailable");
}

BOOST_AUTO_TEST_CASE(more_proofs_than_may_be_are_refused) {
  core.refuses_streams = true;
  check_problem(get("/stock/WIDGET/proof"), 503, "overloaded");
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

const header_list alice = {{"X-User", "alice"}};

account_view sample_account() {
  account_view shown;
  shown.id = "ann b";
  shown.levels = {1'050, 7};
  shown.version = 4;
  return shown;
}

struct ledger_fixture : api_fixture {
  ledger_fixture() {
    api = std::make_unique<http::api>(http::api_context{core, clock, identity, placement_mode::immediate,
                                                        "USD", durability_mode::journal, draining,
                                                        payments_mode::ledger});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(account_routes, ledger_fixture)

BOOST_AUTO_TEST_CASE(opening_answers_201_when_new_and_200_when_known) {
  core.script.emplace_back(opened_account{sample_account(), true});
  const auto answer = call(method::put, "/accounts/ann%20b");
  BOOST_TEST(answer.status == 201);
  BOOST_TEST(header_of(answer, "Location") == "/accounts/ann%20b");
  BOOST_TEST(header_of(answer, "ETag") == "\"4\"");
  BOOST_TEST(answer.body ==
             R"({"id":"ann b","balance_cents":1050,"balance":10.50,"held_cents":7,"held":0.07,"version":4,)"
             R"("created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.000Z"})");
  BOOST_TEST(core.accounts.front().id == "ann b");
  BOOST_TEST(std::holds_alternative<open_account>(core.accounts.front().what));
  BOOST_TEST(!core.accounts.front().must_exist);
  core.script.emplace_back(opened_account{sample_account(), false});
  BOOST_TEST(call(method::put, "/api/accounts/ann%20b/", "{}").status == 200);
  BOOST_TEST(header_of(*last, "Location").empty());
}

BOOST_AUTO_TEST_CASE(an_id_that_is_a_uuid_has_one_spelling) {
  get("/accounts/01890A5D-AC96-774B-BCCE-B302099A8057");
  BOOST_TEST(core.accounts.front().id == "01890a5d-ac96-774b-bcce-b302099a8057");
}

BOOST_AUTO_TEST_CASE(a_deposit_takes_minor_units_or_an_exact_decimal) {
  for (const auto* body : {R"({"amount_cents":1050,"reason":"cash"})", R"({"amount":10.5,"reason":"cash"})",
                           R"({"amount":10.50,"amount_cents":1050,"reason":"cash"})"}) {
    core.script.emplace_back(sample_account());
    const auto answer = post("/accounts/ann/deposits", body);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(header_of(answer, "ETag") == "\"4\"");
    const auto& made = std::get<deposit_funds>(core.accounts.back().what);
    BOOST_TEST(made.amount == 1'050);
    BOOST_TEST(made.reason == "cash");
  }
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_refused) {
  for (const auto* body :
       {"{}", "[]", R"({"amount_cents":0})", R"({"amount_cents":-1})", R"({"amount_cents":1.5})",
        R"({"amount_cents":"5"})", R"({"amount":0})", R"({"amount":1.001})", R"({"amount":"1"})",
        R"({"amount":1,"amount_cents":101})", R"({"amount_cents":100000000000001})",
        R"({"amount_cents":5,"reason":""})", R"({"amount_cents":5,"reason":7})"})
    check_problem(post("/accounts/ann/deposits", body), 422, "invalid_field");
  check_problem(post("/accounts/ann/deposits", ""), 400, "malformed_json");
  check_problem(call(method::put, "/accounts/ann", "[]"), 422, "invalid_field");
  check_problem(call(method::put, "/accounts/ann", "{"), 400, "malformed_json");
  check_problem(get("/accounts/" + std::string(65, 'a')), 422, "invalid_field");
  check_problem(get("/accounts/a%0Ab"), 422, "invalid_field");
  check_problem(get("/accounts/a%zz"), 400, "bad_parameter");
  check_problem(get("/accounts/ann/entries?page=1"), 400, "bad_parameter");
  check_problem(get("/accounts/ann/entries?cursor=%2B"), 400, "bad_parameter");
  BOOST_TEST(core.accounts.empty());
  BOOST_TEST(core.lists.empty());
}

BOOST_AUTO_TEST_CASE(only_operators_change_accounts_and_customers_ask_in_their_name) {
  check_problem(call(method::put, "/accounts/alice", {}, alice), 403, "forbidden");
  check_problem(post("/accounts/alice/deposits", R"({"amount_cents":5})", alice), 403, "forbidden");
  BOOST_TEST(core.accounts.empty());
  get("/accounts/bob", alice);
  BOOST_TEST(core.accounts.front().who.user == "alice");
  BOOST_TEST(!core.accounts.front().who.is_operator);
  get("/accounts/bob/entries", alice);
  BOOST_TEST(std::get<account_history>(core.lists.front().what).who.user == "alice");
}

BOOST_AUTO_TEST_CASE(a_precondition_goes_with_a_change_and_not_with_a_read) {
  call(method::put, "/accounts/ann", {}, {{"If-Match", "*"}});
  BOOST_TEST(core.accounts.back().must_exist);
  BOOST_TEST(!core.accounts.back().if_match);
  post("/accounts/ann/deposits", R"({"amount_cents":5})", {{"If-Match", "\"4\""}});
  BOOST_TEST(*core.accounts.back().if_match == 4U);
  for (const auto* any : {"\"4\"", "*", "abc", "\"1\", \"2\""}) {
    core.accounts.clear();
    get("/accounts/ann", {{"If-Match", any}});
    BOOST_REQUIRE_MESSAGE(core.accounts.size() == 1U, any);
    BOOST_TEST(!core.accounts.back().if_match);
    BOOST_TEST(!core.accounts.back().must_exist);
  }
  check_problem(call(method::put, "/accounts/ann", {}, {{"If-Match", "x"}}), 400, "bad_parameter");
}

BOOST_AUTO_TEST_CASE(a_client_that_has_the_version_is_told_so) {
  core.script.emplace_back(sample_account());
  BOOST_TEST(get("/accounts/ann", {{"If-None-Match", "\"4\""}}).status == 304);
}

BOOST_AUTO_TEST_CASE(entries_show_both_sides_and_go_on_behind_the_oldest) {
  account_entries_page page;
  page.more = true;
  account_event captured;
  captured.account_id = "ann";
  captured.version = 7;
  captured.actor = "orderd";
  captured.after = {600, 0};
  captured.what = escrow_captured{*parse_uuid("01890a5d-ac96-774b-bcce-b302099a8057"), 400, "bob"};
  account_event deposited;
  deposited.account_id = "ann";
  deposited.version = 2;
  deposited.actor = "operator";
  deposited.after = {1'000, 0};
  deposited.what = funds_deposited{1'000, "cash"};
  page.items = {captured, deposited};
  core.script.emplace_back(page);
  const auto answer = get("/accounts/ann/entries?limit=2");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body.starts_with(
      R"({"items":[{"event_type":"escrow_captured","version":7,"at":"1970-01-01T00:00:00.000Z",)"
      R"("actor":"orderd","order_id":"01890a5d-ac96-774b-bcce-b302099a8057","from":"escrow","to":"payout",)"
      R"("amount_cents":400,"amount":4.00,"payee":"bob","balance_cents":600,"balance":6.00,"held_cents":0,)"
      R"("held":0.00},{"event_type":"funds_deposited","version":2,"at":"1970-01-01T00:00:00.000Z",)"
      R"("actor":"operator","order_id":null,"from":"world","to":"balance","amount_cents":1000,)"
      R"("amount":10.00,"reason":"cash",)"));
  const auto next = member_of(answer, "next_cursor");
  BOOST_TEST(header_of(answer, "Link") ==
             "</accounts/ann/entries?limit=2&cursor=" + next + ">; rel=\"next\"");
  get("/accounts/ann/entries?cursor=" + next);
  const auto& asked = std::get<account_history>(core.lists.back().what).query;
  BOOST_TEST(asked.account_id == "ann");
  BOOST_TEST(*asked.before_version == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_ledger_there_are_no_accounts) {
  api = make(placement_mode::immediate);
  check_problem(get("/accounts/ann"), 404, "not_found");
  BOOST_TEST(member_of(*last, "detail").find("PAYMENTS") != std::string::npos);
  check_problem(get("/accounts/ann/entries"), 404, "not_found");
  check_problem(call(method::put, "/accounts/ann"), 404, "not_found");
  check_problem(post("/accounts/ann/deposits", R"({"amount_cents":5})", alice), 404, "not_found");
  BOOST_TEST(core.accounts.empty());
}

BOOST_AUTO_TEST_SUITE_END()

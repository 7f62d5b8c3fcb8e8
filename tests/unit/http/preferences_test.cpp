#include "http/preferences.hpp"
#include "tests/support/seed.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace orderd;
using namespace orderd::tests;
using http::method;

namespace {

using mode = durability_mode;

/// What these Prefer fields ask for, in words.
std::string asked_by(const std::vector<std::string>& fields) {
  http::request in;
  for (const auto& each : fields)
    in.headers.push_back({"Prefer", each});
  const auto asked = http::preferred_durability(in);
  return asked ? std::string(http::applied_preference(*asked)) : "none";
}

stock_view sample_stock() {
  stock_view shown;
  shown.product = {"A", 2, "Widget", 1999};
  return shown;
}

std::string applied(const http::response& answer) { return header_of(answer, "Preference-Applied"); }

} // namespace

BOOST_AUTO_TEST_SUITE(preferences)

BOOST_AUTO_TEST_CASE(a_durability_is_found_wherever_the_grammar_puts_it) {
  for (const auto* field :
       {"durability=store", "Durability=store", "DURABILITY = store", " \tdurability\t=\tstore ",
        "durability=\"store\"", "durability=\"st\\ore\"", "durability=store;strict",
        "durability=store ; a=\"b,c\"", "respond-async, durability=store",
        "wait=5;x=\"a, durability=memory\", durability=store", ",, ,durability=store,",
        "handling=lenient,durability=\"store\";q"})
    BOOST_TEST(asked_by({field}) == "durability=store", field);
  BOOST_TEST(asked_by({"durability=journal"}) == "durability=journal");
  BOOST_TEST(asked_by({"durability=memory"}) == "durability=memory");
  BOOST_TEST(asked_by({"wait=5", "durability=journal"}) == "durability=journal");
  http::request other_case;
  other_case.headers.push_back({"pREFER", "durability=store"});
  BOOST_TEST(http::preferred_durability(other_case).has_value());
}

BOOST_AUTO_TEST_CASE(of_several_the_first_counts) {
  BOOST_TEST(asked_by({"durability=memory, durability=store"}) == "durability=memory");
  BOOST_TEST(asked_by({"durability=journal", "durability=store"}) == "durability=journal");
  BOOST_TEST(asked_by({"durability=paper, durability=store"}) == "none");
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_passed_over) {
  for (const auto* field : {"",
                            ",",
                            "=",
                            "\"",
                            "durability",
                            "durability=",
                            "durability=\"\"",
                            "durability=Store",
                            "durability=stores",
                            "durability=store journal",
                            "durability=store=journal",
                            "durability=\"store",
                            "durability==store",
                            "durabilit=store",
                            "xdurability=store",
                            "x;durability=store",
                            "durability;store",
                            "\"durability\"=store",
                            "x=\"durability=store\"",
                            "x=\"a\\\", durability=store"})
    BOOST_TEST(asked_by({field}) == "none", field);
  http::request other_field;
  other_field.headers.push_back({"Preference", "durability=store"});
  BOOST_TEST(!http::preferred_durability(other_field));
}

BOOST_AUTO_TEST_CASE(no_bytes_in_front_of_or_behind_it_change_what_is_asked) {
  constexpr std::string_view letters = "ab=;,\\ \t\"durability=store";
  for (const auto seed : test::seeds(3)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      std::mt19937_64 random{seed};
      for (int round = 0; round < 20'000; ++round) {
        std::string noise;
        for (auto left = random() % 24; left > 0; --left)
          noise += random() % 16 == 0 ? static_cast<char>(random()) : letters[random() % letters.size()];
        BOOST_REQUIRE_EQUAL(asked_by({"durability=journal, " + noise}), "durability=journal");
        BOOST_REQUIRE_EQUAL(asked_by({"durability=journal;" + noise}), "durability=journal");
        // In quotes it is one value, whatever it says.
        std::string quoted;
        for (const char each : noise)
          (quoted += each == '"' || each == '\\' ? "\\" : "") += each;
        BOOST_REQUIRE_EQUAL(asked_by({"x=\"" + quoted + "\", durability=store"}), "durability=store");
        asked_by({noise}); // ends, and reads nothing beyond the field
      }
    }
  }
}

BOOST_FIXTURE_TEST_CASE(an_answer_is_as_durable_as_process_and_client_ask_for, api_fixture) {
  struct row {
    durability_mode process;
    std::string asked;
    durability_mode token;
    std::string applied;
  };
  const std::vector<row> rows = {{mode::journal, "", mode::journal, ""},
                                 {mode::journal, "durability=store", mode::store, "durability=store"},
                                 {mode::journal, "durability=journal", mode::journal, "durability=journal"},
                                 {mode::journal, "durability=memory", mode::journal, "durability=journal"},
                                 {mode::journal, "durability=paper", mode::journal, ""},
                                 {mode::memory, "", mode::memory, ""},
                                 {mode::memory, "durability=memory", mode::memory, "durability=memory"},
                                 {mode::memory, "durability=journal", mode::journal, "durability=journal"},
                                 {mode::store, "", mode::store, ""},
                                 {mode::store, "durability=memory", mode::store, "durability=store"}};
  for (const auto& each : rows) {
    BOOST_TEST_CONTEXT("process " << static_cast<int>(each.process) << " asked " << each.asked) {
      api = make(placement_mode::immediate, each.process);
      core.script.emplace_back(defined_stock{sample_stock(), true});
      const auto answer = call(method::put, "/stock/A", "{}", {{"Prefer", each.asked}});
      BOOST_TEST(answer.status == 201);
      BOOST_TEST((core.stock.back().reply.durability() == each.token));
      BOOST_TEST(applied(answer) == each.applied);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(orders_lists_and_reads_carry_what_is_asked_too, api_fixture) {
  const header_list prefer = {{"Prefer", "durability=store"}};
  core.answers_lists = true;
  BOOST_TEST(applied(get("/stock", prefer)) == "durability=store");
  core.script.emplace_back(sample_stock());
  BOOST_TEST(applied(get("/stock/A", prefer)) == "durability=store");
  core.script.emplace_back(sample_stock());
  const auto unchanged = get("/stock/A", {{"Prefer", "durability=store"}, {"If-None-Match", "*"}});
  BOOST_TEST(unchanged.status == 304);
  BOOST_TEST(applied(unchanged) == "durability=store");
  post("/orders", R"({"items":[{"sku":"WIDGET","qty":1}]})",
       {{"X-User", "alice"}, {"Prefer", "durability=store"}});
  BOOST_REQUIRE(!core.orders.empty());
  BOOST_TEST((core.orders.back().reply.durability() == mode::store));
}

BOOST_FIXTURE_TEST_CASE(a_refusal_by_the_rules_is_as_durable_and_one_for_want_of_room_promises_nothing,
                        api_fixture) {
  const header_list prefer = {{"Prefer", "durability=store"}};
  core.script.emplace_back(refusal(rejection_code::not_found));
  check_problem(get("/stock/A", prefer), 404, "not_found");
  BOOST_TEST(applied(*last) == "durability=store");
  for (const auto code :
       {rejection_code::store_unavailable, rejection_code::backlog_full, rejection_code::overloaded}) {
    core.script.emplace_back(refusal(code));
    BOOST_TEST(get("/stock/A", prefer).status == 503);
    BOOST_TEST(applied(*last).empty());
  }
  check_problem(get("/nothing", prefer), 404, "not_found");
  BOOST_TEST(applied(*last).empty());
}

BOOST_FIXTURE_TEST_CASE(every_row_of_an_import_is_as_durable_as_its_answer_says, api_fixture) {
  core.script.emplace_back(defined_stock{sample_stock(), true});
  core.script.emplace_back(defined_stock{sample_stock(), true});
  const auto answer = post("/stock/import", "sku\nA\nB\n", {{"Prefer", "durability=store"}});
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(applied(answer) == "durability=store");
  BOOST_REQUIRE(core.stock.size() == 2U);
  for (const auto& row : core.stock)
    BOOST_TEST((row.reply.durability() == mode::store));
}

BOOST_AUTO_TEST_SUITE_END()

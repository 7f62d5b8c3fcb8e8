#include "tests/e2e/running_orderd.hpp"

#include <string>

using namespace orderd::test;

BOOST_AUTO_TEST_SUITE(catalogue_import)

BOOST_FIXTURE_TEST_CASE(good_rows_of_a_csv_are_taken_and_bad_ones_reported_by_line, running_orderd) {
  api.define("OLD", 1, 5);
  const std::string csv = "sku,name,price,on_hand,product_id\r\n"
                          "NEW-1,\"Lamp, \"\"blue\"\"\",9.90,100,3\r\n"
                          "OLD,Old,7.00,2,4\n"
                          ",Nameless,1.00,1,\n"
                          "BAD-PRICE,Bad,1.999,1,\n"
                          "BAD-COUNT,Bad,1.00,-4,\n"
                          "TOO,FEW\n"
                          "NEW-2,,0.05,7,\n";
  const auto answer = api.post("/stock/import", csv, {"Content-Type: text/csv"});
  BOOST_TEST_CONTEXT(answer.raw.body) {
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    BOOST_TEST(answer["created"].integer() == 2);
    BOOST_TEST(answer["updated"].integer() == 1);
    BOOST_TEST(answer["failed"].integer() == 4);
    BOOST_REQUIRE_EQUAL(answer["errors"].size(), 4U);
    std::int64_t line = 4;
    for (const auto& each : answer["errors"].elements()) {
      BOOST_TEST(each["line"].integer() == line++);
      BOOST_TEST(!each["detail"].text().empty());
    }
  }
  const auto lamp = api.get("/stock/NEW-1");
  BOOST_TEST(lamp["name"].text() == "Lamp, \"blue\"");
  BOOST_TEST(lamp["price_cents"].integer() == 990);
  BOOST_TEST(lamp["product_id"].integer() == 3);
  check_stock(api, "OLD", 2, 0);
  check_stock(api, "NEW-2", 7, 0);
}

BOOST_FIXTURE_TEST_CASE(ndjson_is_taken_line_by_line, running_orderd) {
  const std::string rows = R"({"sku":"A","name":"a","price":1.10,"on_hand":5})"
                           "\nno json\n"
                           R"({"sku":"B","price_cents":220,"on_hand":6})"
                           "\n"
                           R"({"sku":"C","price":-1,"on_hand":6})"
                           "\n";
  const auto answer = api.post("/stock/import", rows, {"Content-Type: application/x-ndjson"});
  BOOST_TEST_CONTEXT(answer.raw.body) {
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    BOOST_TEST(answer["created"].integer() == 2);
    BOOST_TEST(answer["failed"].integer() == 2);
    BOOST_REQUIRE_EQUAL(answer["errors"].size(), 2U);
    BOOST_TEST(answer["errors"].at(0)["line"].integer() == 2);
    BOOST_TEST(answer["errors"].at(1)["line"].integer() == 4);
  }
  check_stock(api, "A", 5, 0);
  check_stock(api, "B", 6, 0);
}

BOOST_FIXTURE_TEST_CASE(a_catalogue_longer_than_other_bodies_is_taken_whole, running_orderd) {
  constexpr int rows = 20'000;
  std::string csv = "sku,name,price,on_hand\n";
  for (int i = 0; i < rows; ++i)
    csv += "ROW-" + std::to_string(i) + ",a name that makes the catalogue long enough for this test,1.00,1\n";
  BOOST_REQUIRE_GT(csv.size(), std::size_t{1} << 20U);
  const auto answer = api.post("/stock/import", csv, {"Content-Type: text/csv"});
  BOOST_TEST_CONTEXT(answer.raw.body) {
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    BOOST_TEST(answer["created"].integer() == rows);
  }
  BOOST_TEST(api.get("/stock?page=1&limit=1")["total"].integer() == rows);
}

struct small_memory : running_orderd {
  small_memory() : running_orderd({"--live-entities-max", "4000"}) {}
};

BOOST_FIXTURE_TEST_CASE(a_catalogue_larger_than_memory_is_taken_whole_and_crowds_nobody_out, small_memory) {
  constexpr int rows = 8'000;
  std::string csv = "sku,name,price,on_hand\n";
  for (int i = 0; i < rows; ++i)
    csv += "ROW-" + std::to_string(i) + ",,1.00,1\n";
  const auto answer = api.post("/stock/import", csv, {"Content-Type: text/csv"});
  BOOST_TEST_CONTEXT(answer.raw.body) {
    BOOST_REQUIRE_EQUAL(answer.status, 200);
    BOOST_TEST(answer["created"].integer() == rows);
  }
  BOOST_TEST(api.get("/stock/ROW-0").status == 200);
  BOOST_TEST(api.put("/stock/ANOTHER", R"({"price":1})").status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

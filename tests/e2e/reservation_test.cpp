#include "tests/e2e/running_orderd.hpp"

#include <string>

using namespace orderd::test;

namespace {

struct with_stock : running_orderd {
  with_stock() { api.define("WIDGET", 10, 1999); }

  api_answer reserve(const std::string& body) { return bob.post("/stock/WIDGET/reservations", body); }
  api_client bob = as("bob");
};

} // namespace

BOOST_AUTO_TEST_SUITE(reservations)

BOOST_FIXTURE_TEST_CASE(a_reservation_holds_is_extended_and_released, with_stock) {
  const auto made = reserve(R"({"qty":3,"holder":"cart-1"})");
  BOOST_REQUIRE_EQUAL(made.status, 201);
  BOOST_TEST(made["sku"].text() == "WIDGET");
  BOOST_TEST(made["qty"].integer() == 3);
  BOOST_TEST(made["state"].text() == "active");
  BOOST_TEST(made["holder"].text() == "bob");
  const auto path = "/stock/WIDGET/reservations/" + made["id"].text();
  BOOST_TEST(made.header("Location") == path);
  check_stock(api, "WIDGET", 10, 3);
  BOOST_TEST(bob.get(path).raw.body == made.raw.body);

  const auto extended = bob.patch(path, R"({"ttl_seconds":86400})");
  BOOST_TEST(extended.status == 200);
  BOOST_TEST(extended["expires_at"].text() > made["expires_at"].text());

  const auto released = bob.remove(path);
  BOOST_TEST((released.status == 200 || released.status == 204));
  check_stock(api, "WIDGET", 10, 0);
  BOOST_TEST(api.post(path + "/commit").status == 409);
  check_stock(api, "WIDGET", 10, 0);
}

BOOST_FIXTURE_TEST_CASE(a_committed_reservation_takes_its_units_away_once, with_stock) {
  const auto path = "/stock/WIDGET/reservations/" + reserve(R"({"qty":4})")["id"].text();
  const auto committed = bob.post(path + "/commit");
  BOOST_TEST(committed.status == 200);
  check_stock(api, "WIDGET", 6, 0);
  BOOST_TEST(api.post(path + "/commit").status == 409);
  BOOST_TEST(api.remove(path).status >= 400);
  check_stock(api, "WIDGET", 6, 0);
}

BOOST_FIXTURE_TEST_CASE(a_reservation_is_its_holders_and_the_operators, with_stock) {
  const auto path = "/stock/WIDGET/reservations/" + reserve(R"({"qty":4})")["id"].text();
  auto eve = as("eve");
  check_problem(eve.get(path), 404, "not_found");
  check_problem(eve.patch(path, R"({"ttl_seconds":9})"), 404, "not_found");
  check_problem(eve.remove(path), 404, "not_found");
  check_problem(eve.post(path + "/commit"), 404, "not_found");
  check_stock(api, "WIDGET", 10, 4);
  BOOST_TEST(as("operator").get(path).status == 200);
}

BOOST_FIXTURE_TEST_CASE(no_more_is_reserved_than_is_there, with_stock) {
  BOOST_TEST(reserve(R"({"qty":10})").status == 201);
  const auto refused = reserve(R"({"qty":1})");
  check_problem(refused, 400, "insufficient_stock");
  BOOST_TEST(refused["errors"].at(0)["available"].integer() == 0);
  const auto adjusted = api.post("/stock/WIDGET/adjustments", R"({"delta":-1,"reason":"broken"})");
  check_problem(adjusted, 400, "insufficient_stock");
  BOOST_TEST(api.post("/stock/WIDGET/adjustments", R"({"delta":1,"reason":"found"})").status == 200);
  check_stock(api, "WIDGET", 11, 10);
}

BOOST_FIXTURE_TEST_CASE(an_expired_reservation_sells_again_and_cannot_be_committed, with_stock) {
  const auto id = reserve(R"({"qty":10,"ttl_seconds":1})")["id"].text();
  const auto path = "/stock/WIDGET/reservations/" + id;
  check_problem(bob.post("/orders", order_of("WIDGET", 10)), 400, "insufficient_stock");
  eventually("the expiry of the reservation",
             [&] { return api.get("/stock/WIDGET")["available"].integer() == 10; });
  check_problem(api.post(path + "/commit"), 409, "reservation_expired");
  check_problem(bob.patch(path, R"({"ttl_seconds":10})"), 409, "reservation_expired");
  check_problem(bob.post("/orders", R"({"reservations":[{"sku":"WIDGET","id":")" + id + "\"}]}"), 409,
                "reservation_expired");
  BOOST_TEST(bob.post("/orders", order_of("WIDGET", 10)).status == 201);
  check_stock(api, "WIDGET", 10, 10);
}

BOOST_FIXTURE_TEST_CASE(a_reservation_turns_into_an_order, with_stock) {
  const auto id = reserve(R"({"qty":10})")["id"].text();
  const std::string body = R"({"reservations":[{"sku":"WIDGET","id":")" + id + "\"}]}";
  const auto made = bob.post("/orders", body);
  BOOST_TEST_CONTEXT(made.raw.body)
  BOOST_REQUIRE_EQUAL(made.status, 201);
  BOOST_TEST(made["items"].at(0)["qty"].integer() == 10);
  BOOST_TEST(made["total_cents"].integer() == 19990);
  check_stock(api, "WIDGET", 10, 10);
  BOOST_TEST(bob.post("/orders", body).status >= 400);
  check_stock(api, "WIDGET", 10, 10);
  BOOST_TEST(bob.post("/orders/" + made["id"].text() + "/cancel").status == 200);
  check_stock(api, "WIDGET", 10, 0);
}

BOOST_FIXTURE_TEST_CASE(a_reservation_of_an_order_cannot_be_pulled_from_under_it, with_stock) {
  const auto order = bob.get("/orders/" + place(bob, "WIDGET", 2));
  const auto reservation = order["items"].at(0)["reservation_id"].text();
  const auto path = "/stock/WIDGET/reservations/" + reservation;
  for (auto* const client : {&bob, &api}) {
    BOOST_TEST(client->remove(path).status >= 400);
    BOOST_TEST(client->post(path + "/commit").status >= 400);
  }
  check_stock(api, "WIDGET", 10, 2);
}

BOOST_FIXTURE_TEST_CASE(reservations_survive_a_restart, with_stock) {
  const auto long_lived = reserve(R"({"qty":3})")["id"].text();
  reserve(R"({"qty":5,"ttl_seconds":1})");
  program.kill();
  program.start();
  api_client again(program.port());
  BOOST_TEST(again.get("/stock/WIDGET/reservations/" + long_lived)["state"].text() == "active");
  eventually("the expiry of the other reservation",
             [&] { return again.get("/stock/WIDGET")["reserved"].integer() == 3; });
  check_stock(again, "WIDGET", 10, 3);
}

BOOST_AUTO_TEST_SUITE_END()

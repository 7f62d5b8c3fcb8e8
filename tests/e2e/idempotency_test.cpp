#include "tests/e2e/running_orderd.hpp"

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

using namespace orderd::test;

namespace {

constexpr std::size_t duplicates = 32;
const header_lines with_key{"Idempotency-Key: order-17"};

/// The same order from as many clients at once. What the program did not live to answer has status 0.
std::vector<api_answer> order_at_once(std::uint16_t port) {
  std::vector<api_answer> answers(duplicates);
  std::vector<std::thread> clients;
  for (auto& answer : answers)
    clients.emplace_back([&answer, port] {
      try {
        answer = api_client(port, "ann").post("/orders", order_of("A", 2), with_key);
      } catch (const std::exception&) {
        answer = {};
      }
    });
  for (auto& each : clients)
    each.join();
  return answers;
}

void check_equal(const api_answer& first, const api_answer& other) {
  BOOST_TEST_CONTEXT(other.raw.body) {
    BOOST_TEST(other.status == first.status);
    BOOST_TEST(other.raw.body == first.raw.body);
    for (const auto* name : {"ETag", "Location", "Content-Type"})
      BOOST_TEST(other.header(name) == first.header(name));
  }
}

std::size_t replays_among(const std::vector<api_answer>& answers) {
  std::size_t count = 0;
  for (const auto& each : answers)
    count += each.header("Idempotency-Replayed") == "true" ? 1 : 0;
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(idempotency_key)

BOOST_FIXTURE_TEST_CASE(duplicates_at_once_make_one_order_and_equal_answers, running_orderd) {
  api.define("A", 100);
  const auto answers = order_at_once(program.port());
  BOOST_TEST(answers.front().status == 201);
  for (const auto& each : answers)
    check_equal(answers.front(), each);
  BOOST_TEST(replays_among(answers) == duplicates - 1);
  check_stock(api, "A", 100, 2);
  BOOST_TEST(api.list("/orders").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_killed_engine_replays_what_it_had_answered, running_orderd) {
  api.define("A", 100);
  auto ann = as("ann");
  const auto first = ann.post("/orders", order_of("A", 2), with_key);
  const auto refused = ann.post("/orders", order_of("A", 101), {"Idempotency-Key: too-much"});
  check_problem(refused, 400, "insufficient_stock");
  program.kill();
  program.start();
  const auto answers = order_at_once(program.port());
  for (const auto& each : answers)
    check_equal(first, each);
  BOOST_TEST(replays_among(answers) == duplicates);
  auto again = as("ann");
  api_client stock(program.port());
  (void)stock.post("/stock/A/adjustments", R"({"delta":100,"reason":"more"})");
  const auto refused_again = again.post("/orders", order_of("A", 101), {"Idempotency-Key: too-much"});
  check_equal(refused, refused_again);
  check_stock(stock, "A", 200, 2);
}

BOOST_AUTO_TEST_CASE(killed_among_duplicates_it_still_makes_one_order) {
  // The first passages are those of the stock item; the order's own are among the next.
  for (const std::string fault : {"journal.synced:2", "journal.synced:3", "journal.answered:2"}) {
    BOOST_TEST_CONTEXT(fault) {
      const temporary_folder folder;
      std::vector<api_answer> before;
      {
        orderd_process doomed(folder.path() + "/data", {}, {"ORDERD_TEST_FAULT_POINT=" + fault});
        api_client(doomed.port()).define("A", 100);
        before = order_at_once(doomed.port());
        doomed.kill(); // If the group that the passage falls into was never synced.
      }
      orderd_process program(folder.path() + "/data");
      auto after = order_at_once(program.port());
      BOOST_TEST(after.front().status == 201);
      for (auto* each : {&before, &after})
        for (const auto& answer : *each)
          if (answer.status != 0 && answer.status != 503)
            check_equal(after.front(), answer);
      api_client now(program.port());
      check_stock(now, "A", 100, 2);
      BOOST_TEST(now.list("/orders").size() == 1U);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_key_stands_for_one_request_of_one_caller, running_orderd) {
  api.define("A", 100);
  auto ann = as("ann");
  auto bob = as("bob");
  const auto first = ann.post("/orders", order_of("A", 1), with_key);
  check_problem(ann.post("/orders", order_of("A", 2), with_key), 422, "idempotency_mismatch");
  const auto others = bob.post("/orders", order_of("A", 1), with_key);
  BOOST_TEST(others.status == 201);
  BOOST_TEST(others["id"].text() != first["id"].text());
  // The client mends its body and keeps its key.
  const header_lines mended{"Idempotency-Key: mended"};
  check_problem(ann.post("/orders", "{", mended), 400, "malformed_json");
  BOOST_TEST(ann.post("/orders", order_of("A", 1), mended).status == 201);
  check_stock(api, "A", 100, 3);
}

BOOST_FIXTURE_TEST_CASE(a_transition_and_an_import_are_replayed_too, running_orderd) {
  const header_lines key{"Idempotency-Key: k", "Content-Type: text/csv"};
  const std::string csv = "sku,name,price,on_hand\nA,a,1.00,5\nB,b,1.00,x\n";
  const auto imported = api.post("/stock/import", csv, key);
  BOOST_TEST(imported["created"].integer() == 1);
  (void)api.post("/stock/A/adjustments", R"({"delta":-3,"reason":"gone"})", {"Idempotency-Key: a"});
  (void)api.post("/stock/A/adjustments", R"({"delta":-3,"reason":"gone"})", {"Idempotency-Key: a"});
  const auto again = api.post("/stock/import", csv, key);
  check_equal(imported, again);
  BOOST_TEST(again.header("Idempotency-Replayed") == "true");
  check_stock(api, "A", 2, 0);
  auto ann = as("ann");
  const auto id = place(ann, "A", 1);
  const auto cancelled = ann.post("/orders/" + id + "/cancel", {}, {"Idempotency-Key: c"});
  BOOST_TEST(cancelled.status == 200);
  check_equal(cancelled, ann.post("/orders/" + id + "/cancel", {}, {"Idempotency-Key: c"}));
  check_problem(ann.post("/orders/" + id + "/cancel"), 409, "illegal_transition");
}

BOOST_AUTO_TEST_SUITE_END()

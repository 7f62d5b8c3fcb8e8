#include "tests/e2e/running_orderd.hpp"
#include "tests/support/small_disk.hpp"

#include <map>
#include <optional>
#include <string>

using namespace orderd::test;

namespace {

/// More than a full disk can take, whatever was prepared on it.
constexpr int orders_max = 1'000;

struct full_disk {
  full_disk() { api.define("WIDGET", units); }

  /// Places orders until one is refused, and gives that answer.
  std::optional<api_answer> place_until_refused() {
    const std::string body = "{\"items\":[{\"sku\":\"WIDGET\",\"qty\":1}],\"metadata\":{\"p\":\"" +
                             std::string(15'000, 'p') + "\"}}";
    for (int i = 0; i < orders_max; ++i) {
      auto answer = bob.post("/orders", body);
      if (answer.status != 201)
        return answer;
      acknowledged[answer["id"].text()] = answer.raw.body;
    }
    return std::nullopt;
  }

  void check_acknowledged() {
    api_client again(program.port(), "bob");
    for (const auto& [id, body] : acknowledged)
      BOOST_TEST(again.get("/orders/" + id).raw.body == body);
    api_client operators(program.port());
    check_stock(operators, "WIDGET", units, static_cast<std::int64_t>(acknowledged.size()));
  }

  static constexpr std::int64_t units = 1'000'000;
  small_disk disk{std::size_t{24} << 20U};
  orderd_process program{disk.path() + "/data"};
  api_client api{program.port()};
  api_client bob{program.port(), "bob"};
  std::map<std::string, std::string> acknowledged;
};

} // namespace

BOOST_AUTO_TEST_SUITE(disk_full)

BOOST_FIXTURE_TEST_CASE(writes_are_refused_reads_go_on_and_it_heals_when_there_is_room, full_disk) {
  bob.post("/orders", order_of("WIDGET", 1));
  const auto first = api.list("/orders").at(0);
  acknowledged[first["id"].text()] = bob.get("/orders/" + first["id"].text()).raw.body;
  disk.fill();
  const auto refused = place_until_refused();
  BOOST_REQUIRE(refused.has_value());
  check_problem(*refused, 503, "backlog_full");
  BOOST_TEST(std::stoi(refused->header("Retry-After")) >= 1);
  check_acknowledged();
  BOOST_TEST(api.get("/health")["status"].text() == "degraded");
  check_problem(bob.post("/stock/WIDGET/reservations", R"({"qty":1})"), 503, "backlog_full");

  disk.empty();
  eventually("room for writes", [&] {
    const auto answer = bob.post("/orders", order_of("WIDGET", 1));
    if (answer.status == 201)
      acknowledged[answer["id"].text()] = answer.raw.body;
    return answer.status == 201;
  });
  eventually("health", [&] { return api.get("/health")["status"].text() == "healthy"; });
  program.kill();
  program.start();
  check_acknowledged();
}

BOOST_FIXTURE_TEST_CASE(killed_on_a_full_disk_it_keeps_what_it_acknowledged, full_disk) {
  disk.fill();
  BOOST_REQUIRE(place_until_refused().has_value());
  program.kill();
  disk.empty();
  program.start();
  check_acknowledged();
}

BOOST_AUTO_TEST_SUITE_END()

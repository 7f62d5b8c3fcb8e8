#include "tests/e2e/moved_store.hpp"

#include <filesystem>

namespace orderd::test {
namespace {

std::string accepted(const api_answer& answer) {
  BOOST_TEST_CONTEXT(answer.raw.body)
  BOOST_REQUIRE(answer.status == 200 || answer.status == 201);
  return answer["id"].text();
}

std::string reserve(api_client& buyer, const std::string& sku) {
  return "/stock/" + sku + "/reservations/" +
         accepted(buyer.post("/stock/" + sku + "/reservations", R"({"qty":2,"ttl_seconds":80000})"));
}

void settle_orders(api_client& buyer, api_client& runner, const std::string& sku) {
  const auto completed = "/orders/" + place(buyer, sku, 3);
  accepted(runner.post(completed + "/accept", R"({"runner_id":"runner-7"})"));
  accepted(runner.post(completed + "/complete"));
  accepted(buyer.post("/orders/" + place(buyer, sku, 1) + "/cancel", R"({"reason":"änderte sich"})"));
  accepted(runner.post("/orders/" + place(buyer, sku, 2) + "/accept", R"({"runner_id":"runner-8"})"));
  place(buyer, sku, 4);
  accepted(
      buyer.post("/orders", "{\"items\":[{\"sku\":\"" + sku +
                                "\",\"qty\":1}],\"status\":\"draft\",\"metadata\":{\"note\":\"später\"}}"));
}

} // namespace

std::vector<std::string> sell_everything(api_client& api, std::uint16_t port) {
  api_client bob(port, "bob");
  api_client runner(port, "operator");
  std::vector<std::string> paths;
  for (const std::string sku : {"ANVIL", "BOLT", "CROWBAR"}) {
    api.define(sku, 100);
    paths.push_back(reserve(bob, sku));
    const auto released = reserve(bob, sku);
    BOOST_TEST(bob.remove(released).status < 300);
    paths.push_back(released);
    const auto claimed = reserve(bob, sku);
    accepted(bob.post("/orders", "{\"reservations\":[{\"sku\":\"" + sku + "\",\"id\":\"" +
                                     claimed.substr(claimed.rfind('/') + 1) + "\"}]}"));
    paths.push_back(claimed);
    settle_orders(bob, runner, sku);
  }
  return paths;
}

shown_answers everything_shown(api_client& api, const std::vector<std::string>& more) {
  shown_answers shown;
  const auto keep = [&](const std::string& path) {
    const auto answer = api.get(path);
    BOOST_TEST_CONTEXT(path << ": " << answer.raw.body)
    BOOST_TEST(answer.status == 200);
    shown[path] = answer.raw.body;
  };
  keep("/orders?limit=100");
  keep("/stock?limit=100");
  for (const auto& each : api.list("/orders")) {
    keep("/orders/" + each["id"].text());
    keep("/orders/" + each["id"].text() + "/events");
  }
  for (const auto& each : api.list("/stock"))
    keep("/stock/" + each["sku"].text());
  for (const auto& path : more)
    keep(path);
  return shown;
}

void check_same(const shown_answers& before, const shown_answers& after) {
  BOOST_TEST(before.size() == after.size());
  for (const auto& [path, body] : before) {
    BOOST_TEST_CONTEXT(path) {
      BOOST_REQUIRE(after.contains(path));
      BOOST_TEST(after.at(path) == body);
    }
  }
}

void sell_until_released(std::uint16_t port, const std::string& data_dir) {
  const auto first = data_dir + "/journal/00000000000000000001.segment";
  const std::string body =
      "{\"items\":[{\"sku\":\"ANVIL\",\"qty\":1}],\"metadata\":{\"p\":\"" + std::string(15'000, 'p') + "\"}}";
  api_client(port).define("ANVIL", 100'000);
  api_client bob(port, "bob");
  eventually("the deletion of the first segment", [&] {
    const auto status = bob.post("/orders", body).status;
    BOOST_REQUIRE_MESSAGE(status == 201 || status == 503, status);
    return !std::filesystem::exists(first);
  });
}

} // namespace orderd::test

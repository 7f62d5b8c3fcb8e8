#include "tests/e2e/crowd.hpp"
#include "tests/e2e/event_checks.hpp"
#include "tests/support/nats_client.hpp"
#include "tests/support/nats_server.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

using namespace orderd::test;

namespace {

constexpr int clients = 8;
constexpr int orders_each = 6'250;
constexpr std::uint64_t orders = std::uint64_t{clients} * orders_each;
/// Each order is told of as made, and as holding its units.
constexpr std::uint64_t events = 2 * orders;
constexpr std::uint64_t growth_max = 200ULL << 20U; ///< bytes

std::string item_of(int client) { return "ITEM-" + std::to_string(client); }

/// Of physical memory, in bytes.
std::uint64_t resident(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t size = 0;
  std::uint64_t pages = 0;
  file >> size >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Makes a history without anybody being told of it.
void make_history(const std::string& data_dir) {
  orderd_process program(data_dir, {"--durability", "memory"});
  api_client api(program.port());
  for (int client = 0; client < clients; ++client)
    api.define(item_of(client), orders_each);
  outcome_counts counts;
  in_threads(clients, [&](int client) {
    api_client customer(program.port(), "customer-" + std::to_string(client));
    const auto body = order_of(item_of(client), 1);
    for (int made = 0; made < orders_each;) {
      const auto answer = customer.post("/orders", body);
      counts.add(answer);
      if (answer.status == 201)
        ++made;
      else if (answer.status != 503) // which is for a moment in which the store is far behind
        return;
    }
  });
  BOOST_REQUIRE_EQUAL(counts["201"], static_cast<int>(orders));
  BOOST_REQUIRE_EQUAL(program.stop(), 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(history_replay)

BOOST_AUTO_TEST_CASE(a_hundred_thousand_events_of_history_are_sent_again_in_bounded_memory) {
  const temporary_folder folder;
  make_history(folder.path() + "/data");
  const nats_server server;
  const orderd_process program(folder.path() + "/data", {"--events-rate-max", "10000000"},
                               {"NATS_URL=" + server.url(), "ORDERD_CONSUME=false"});
  api_client api(program.port());
  nats_client client(server.url());
  eventually("the stream", [&] { return client.has_stream("orders"); });
  await_drained(api, "nats");
  BOOST_TEST(client.count("orders") == 0U);

  const auto before = resident(program.pid());
  auto most = before;
  BOOST_REQUIRE_EQUAL(api.post("/sinks/nats/replay", R"({"from":1})").status, 202);
  eventually(
      "the whole history",
      [&] {
        most = std::max(most, resident(program.pid()));
        return client.count("orders") >= events;
      },
      180);
  await_drained(api, "nats");
  most = std::max(most, resident(program.pid()));
  // The server drops what it knows by its id, so these differ.
  BOOST_TEST(client.count("orders") == events);
  BOOST_TEST(most - before < growth_max);
  BOOST_TEST_MESSAGE("resident memory grew by " << ((most - before) >> 20U) << " MiB");
  BOOST_TEST(api.get("/sinks/nats")["skipped"].integer() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

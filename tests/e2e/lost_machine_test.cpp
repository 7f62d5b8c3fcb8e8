#include "tests/e2e/running_orderd.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/tcp_gate.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace orderd::test;

namespace {

/// A database and a machine whose disk may burn.
struct machine {
  temporary_database database{shared_postgres()};
  temporary_folder folder;
  std::string data_dir = folder.path() + "/data";
  arguments flags{"--database-url", database.url(), "--durability", "store"};

  [[nodiscard]] program_run begin_journal() const {
    auto all = flags;
    all.insert(all.end(), {"--begin-journal", "--data-dir", data_dir, "--journal-segment-bytes", "1048576"});
    return run_orderd(all);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_lost_machine, machine)

BOOST_AUTO_TEST_CASE(loses_nothing_that_was_acknowledged_as_stored) {
  std::vector<std::string> ids;
  {
    orderd_process program(data_dir, flags);
    api_client api(program.port());
    api.put("/stock/ANVIL", R"({"name":"Anvil","price":5,"on_hand":100})");
    api_client ann(program.port(), "ann");
    for (int i = 0; i < 20; ++i)
      ids.push_back(place(ann, "ANVIL", 1));
    program.kill();
  }
  std::filesystem::remove_all(data_dir);
  BOOST_CHECK_THROW(orderd_process(data_dir, flags), std::exception);
  const auto begun = begin_journal();
  BOOST_TEST_CONTEXT(begun.output << begun.errors)
  BOOST_REQUIRE_EQUAL(begun.exit_status, 0);
  orderd_process program(data_dir, flags);
  api_client api(program.port());
  check_stock(api, "ANVIL", 100, 20);
  for (const auto& id : ids)
    BOOST_TEST(api.get("/orders/" + id)["status"].text() == "processed");
  api_client ann(program.port(), "ann");
  place(ann, "ANVIL", 1);
  program.kill();
  program.start();
  api_client again(program.port());
  check_stock(again, "ANVIL", 100, 21);
}

BOOST_AUTO_TEST_CASE(that_comes_back_with_events_of_its_own_is_refused) {
  tcp_gate gate{shared_postgres().port()};
  auto behind_gate = flags;
  behind_gate.at(1) =
      "postgresql://postgres@127.0.0.1:" + std::to_string(gate.port()) + "/" + database.name();
  behind_gate.at(3) = "journal";
  std::vector<std::string> only_there;
  {
    orderd_process program(data_dir, behind_gate);
    api_client api(program.port());
    api.put("/stock/ANVIL", R"({"name":"Anvil","price":5,"on_hand":100})");
    eventually("the item in the database",
               [&] { return database.value("SELECT count(*) FROM products") == "1"; });
    gate.stall();
    api_client ann(program.port(), "ann");
    for (int i = 0; i < 5; ++i)
      only_there.push_back(place(ann, "ANVIL", 1));
    program.kill();
  }
  const auto lost = data_dir;
  data_dir = folder.path() + "/another";
  BOOST_REQUIRE_EQUAL(begin_journal().exit_status, 0);
  {
    orderd_process program(data_dir, flags);
    api_client bob(program.port(), "bob");
    for (int i = 0; i < 2; ++i)
      place(bob, "ANVIL", 1);
    program.stop();
  }
  auto all = flags;
  all.insert(all.end(), {"--data-dir", lost, "--port", "0", "--journal-segment-bytes", "1048576"});
  const auto refused = run_orderd(all);
  BOOST_TEST_CONTEXT(refused.errors) {
    BOOST_TEST(refused.exit_status == 1);
    BOOST_TEST(refused.errors.find("another process has written to it since") != std::string::npos);
  }
  BOOST_TEST(database.value("SELECT count(*) FROM orders") == "2");
  orderd_process program(data_dir, flags);
  api_client api(program.port());
  check_stock(api, "ANVIL", 100, 2);
}

BOOST_AUTO_TEST_CASE(begins_no_journal_beside_one_that_is_there) {
  {
    orderd_process program(data_dir, flags);
    program.stop();
  }
  const auto refused = begin_journal();
  BOOST_TEST(refused.exit_status == 1);
  BOOST_TEST(refused.errors.find("has a journal") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(is_told_how_to_go_on_without_its_journal) {
  {
    orderd_process program(data_dir, flags);
    api_client api(program.port());
    BOOST_REQUIRE_EQUAL(api.put("/stock/ANVIL", R"({"name":"Anvil","price":5,"on_hand":100})").status, 201);
    program.stop();
  }
  std::filesystem::remove_all(data_dir);
  auto all = flags;
  all.insert(all.end(), {"--data-dir", data_dir, "--port", "0"});
  const auto refused = run_orderd(all);
  BOOST_TEST(refused.exit_status == 1);
  BOOST_TEST(refused.errors.find("--begin-journal") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

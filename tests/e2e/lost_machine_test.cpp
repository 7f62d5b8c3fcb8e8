#include "tests/e2e/running_orderd.hpp"
#include "tests/support/postgres_server.hpp"

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

#include "tests/e2e/moved_store.hpp"
#include "tests/support/postgres_server.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

using namespace orderd::test;
namespace files = std::filesystem;

namespace {

/// Keeps the store behind the journal for longer than a case takes.
const arguments slow_store{"--store-batch-latency-ms", "10000", "--store-batch-events-max", "1000000"};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

arguments with(arguments flags, const arguments& more) {
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

/// A folder for data folders and history files.
struct moving {
  temporary_folder folder;
  std::string from = folder.path() + "/from";
  std::string to = folder.path() + "/to";
  std::string history = folder.path() + "/moved.history";
  std::vector<std::string> paths;
  shown_answers before;

  /// Sells in `from` and ends the engine at once.
  void sell(const arguments& flags = {}) {
    orderd_process program(from, flags);
    api_client api(program.port());
    paths = sell_everything(api, program.port());
    before = everything_shown(api, paths);
    program.kill();
  }

  [[nodiscard]] program_run run(const arguments& task, const std::string& data_dir,
                                const arguments& more = {}, const environment& variables = {}) const {
    return run_orderd(with(with(task, {"--data-dir", data_dir, "--journal-segment-bytes", "1048576"}), more),
                      variables);
  }

  void must(const arguments& task, const std::string& data_dir, const arguments& more = {}) const {
    const auto done = run(task, data_dir, more);
    BOOST_TEST_CONTEXT(done.output << done.errors)
    BOOST_REQUIRE_EQUAL(done.exit_status, 0);
  }

  /// The task ends with 1 and says this.
  void check_refused(const arguments& task, const std::string& data_dir, const std::string& reason,
                     const arguments& more = {}) const {
    const auto done = run(task, data_dir, more);
    BOOST_TEST_CONTEXT(done.output << done.errors) {
      BOOST_TEST(done.exit_status == 1);
      BOOST_TEST(done.output.empty());
      BOOST_TEST(holds(done.errors, reason));
    }
  }

  void export_history(const arguments& more = {}) const { must({"--export", history}, from, more); }

  /// An engine on the folder shows what was sold, and sells on.
  void check_moved(const std::string& data_dir, const arguments& flags = {}) const {
    orderd_process program(data_dir, flags);
    api_client api(program.port());
    check_same(before, everything_shown(api, paths));
    api_client bob(program.port(), "bob");
    const auto reserved = api.get("/stock/ANVIL")["reserved"].integer();
    const auto made = place(bob, "ANVIL", 1);
    BOOST_TEST(api.get("/stock/ANVIL")["reserved"].integer() == reserved + 1);
    BOOST_TEST(bob.remove(paths.front()).status < 300);
    BOOST_TEST(program.stop() == 0);
    program.start();
    api_client again(program.port());
    BOOST_TEST(again.get("/orders/" + made).status == 200);
  }
};

/// Hides the embedded store of a folder, as if it had been another database.
void hide_store(const std::string& data_dir, const std::string& as) {
  files::create_directories(as);
  for (const auto* name : {"orderd.db", "orderd.db-wal", "orderd.db-shm"})
    if (files::exists(data_dir + "/" + name))
      files::rename(data_dir + "/" + name, as + "/" + name);
}

std::uintmax_t file_count(const std::string& folder) {
  return static_cast<std::uintmax_t>(std::distance(files::directory_iterator(folder), {}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(moving_stores)

BOOST_FIXTURE_TEST_CASE(a_store_moves_into_another_folder_with_all_that_it_shows, moving) {
  sell();
  export_history();
  const auto done = run({"--import", history}, to);
  BOOST_TEST_CONTEXT(done.output << done.errors) {
    BOOST_REQUIRE_EQUAL(done.exit_status, 0);
    BOOST_TEST(holds(done.output, "compared each"));
    BOOST_TEST(holds(done.output, "orders: draft 3, processed 6, accepted 3, completed 3, cancelled 3\n"));
    // 100 less 3 that left; 2 free, 2 claimed, 2 accepted and 4 processed are reserved of each.
    BOOST_TEST(holds(done.output, "stock: 3 items, 291 units on hand, 30 reserved\n"));
  }
  check_moved(to);
}

BOOST_FIXTURE_TEST_CASE(events_that_only_the_journal_has_are_exported_too, moving) {
  sell(slow_store);
  export_history();
  must({"--import", history}, to);
  check_moved(to);
}

BOOST_FIXTURE_TEST_CASE(a_released_journal_is_not_missed_in_the_export, moving) {
  {
    orderd_process program(from);
    api_client api(program.port());
    paths = sell_everything(api, program.port());
    sell_until_released(program.port(), from);
    before = everything_shown(api, paths);
  }
  export_history();
  must({"--import", history}, to);
  check_moved(to);
}

BOOST_FIXTURE_TEST_CASE(an_export_does_not_change_what_the_folder_holds, moving) {
  sell();
  export_history();
  check_moved(from);
}

BOOST_FIXTURE_TEST_CASE(a_killed_import_goes_on_where_it_was, moving) {
  sell();
  export_history();
  const arguments small{"--store-batch-events-max", "5"};
  for (const auto* place_of_death : {"batch.read:1", "batch.read:2", "batch.read:9"}) {
    const auto killed =
        run({"--import", history}, to, small, {std::string("ORDERD_TEST_FAULT_POINT=") + place_of_death});
    BOOST_TEST_CONTEXT(killed.output << killed.errors)
    BOOST_REQUIRE_EQUAL(killed.exit_status, 128 + 9);
  }
  // Half a history is nothing to sell from.
  const auto half = run({"--port", "0"}, to);
  BOOST_TEST_CONTEXT(half.errors) {
    BOOST_TEST(half.exit_status == 1);
    BOOST_TEST(!holds(half.errors, "\"ready\""));
  }
  const auto done = run({"--import", history}, to, small);
  BOOST_TEST_CONTEXT(done.output << done.errors) {
    BOOST_REQUIRE_EQUAL(done.exit_status, 0);
    BOOST_TEST(holds(done.errors, "an earlier import goes on"));
  }
  // And once more, with nothing left to do.
  BOOST_TEST(holds(run({"--import", history}, to).output, ", 0 of them now\n"));
  check_moved(to);
}

BOOST_FIXTURE_TEST_CASE(nothing_is_exported_beside_a_running_engine, moving) {
  orderd_process program(from);
  check_refused({"--export", history}, from, "in use by another process");
  check_refused({"--import", history}, from, "in use by another process");
  check_refused({"--migrate"}, from, "in use by another process");
  BOOST_TEST(!files::exists(history));
}

BOOST_FIXTURE_TEST_CASE(an_export_replaces_nothing_and_makes_nothing_up, moving) {
  check_refused({"--export", history}, from, "cannot open");
  BOOST_TEST(!files::exists(from));
  files::create_directories(from + "/journal");
  check_refused({"--export", history}, from, "nothing to export");
  BOOST_TEST(!files::exists(from + "/orderd.db"));
  files::remove_all(from);
  sell();
  std::ofstream(history) << "precious";
  check_refused({"--export", history}, from, "exists already");
  BOOST_TEST(files::file_size(history) == 8U);
  BOOST_TEST(!files::exists(history + ".partial"));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_file_changes_nothing, moving) {
  sell();
  export_history();
  const auto middle = static_cast<std::streamoff>(files::file_size(history) / 2);
  std::fstream file(history, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(middle);
  const auto good = static_cast<char>(file.get());
  file.seekp(middle);
  file.put(static_cast<char>(good ^ 1));
  file.close();
  check_refused({"--import", history}, to, "is damaged at offset ");
  BOOST_TEST(file_count(to) == 1U);
  BOOST_TEST(files::is_empty(to + "/journal"));
}

BOOST_FIXTURE_TEST_CASE(a_store_that_has_another_history_keeps_it, moving) {
  sell();
  export_history();
  moving other;
  other.sell();
  check_refused({"--import", history}, other.from, "belongs to another store");
  files::remove_all(other.from + "/journal");
  check_refused({"--import", history}, other.from, "the database is not empty");
}

BOOST_FIXTURE_TEST_CASE(a_history_that_was_sold_on_from_is_refused, moving) {
  sell();
  export_history();
  {
    orderd_process program(from);
    api_client bob(program.port(), "bob");
    place(bob, "ANVIL", 1);
  }
  // The folder's other database is still empty, but its journal has gone on.
  hide_store(from, folder.path() + "/old");
  check_refused({"--import", history}, from, "export again");
}

BOOST_FIXTURE_TEST_CASE(a_folder_does_not_start_on_an_empty_database_of_another_kind, moving) {
  sell();
  temporary_database database;
  const auto run = run_orderd({"--port", "0", "--data-dir", from, "--database-url", database.url()});
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(holds(run.errors, "belongs to another store"));
    BOOST_TEST(holds(run.errors, "--export"));
    BOOST_TEST(holds(run.errors, "--import"));
  }
  check_moved(from);
}

BOOST_FIXTURE_TEST_CASE(a_folder_moves_to_postgresql_and_goes_on_with_its_journal, moving) {
  sell(slow_store);
  export_history();
  temporary_database database;
  const arguments behind{"--database-url", database.url()};
  const auto done = run({"--import", history}, from, behind);
  BOOST_TEST_CONTEXT(done.output << done.errors) {
    BOOST_REQUIRE_EQUAL(done.exit_status, 0);
    BOOST_TEST(holds(done.output, "orders: draft 3, processed 6, accepted 3, completed 3, cancelled 3\n"));
    BOOST_TEST(holds(done.output, "goes on with the journal"));
  }
  check_moved(from, behind);
}

BOOST_FIXTURE_TEST_CASE(a_killed_import_into_postgresql_goes_on_where_it_was, moving) {
  sell();
  export_history();
  temporary_database database;
  const arguments behind{"--database-url", database.url(), "--store-batch-events-max", "7"};
  for (const auto* place_of_death : {"batch.orders:2", "batch.commit_sent:3", "batch.committed:2"}) {
    const auto killed =
        run({"--import", history}, to, behind, {std::string("ORDERD_TEST_FAULT_POINT=") + place_of_death});
    BOOST_TEST_CONTEXT(killed.output << killed.errors)
    BOOST_REQUIRE_EQUAL(killed.exit_status, 128 + 9);
  }
  must({"--import", history}, to, behind);
  check_moved(to, behind);
}

BOOST_FIXTURE_TEST_CASE(a_store_moves_back_from_postgresql, moving) {
  temporary_database database;
  const arguments behind{"--database-url", database.url()};
  sell(behind);
  export_history(behind);
  must({"--import", history}, to);
  check_moved(to);
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_database_url_does_not_start_on_the_old_file_until_that_has_the_rest,
                        moving) {
  sell();
  export_history();
  temporary_database database;
  const arguments behind{"--database-url", database.url()};
  must({"--import", history}, from, behind);
  {
    orderd_process program(from, behind);
    api_client api(program.port());
    sell_until_released(program.port(), from);
    before = everything_shown(api, paths);
  }
  const auto forgotten = run({"--port", "0"}, from);
  BOOST_TEST_CONTEXT(forgotten.errors) {
    BOOST_TEST(forgotten.exit_status == 1);
    BOOST_TEST(holds(forgotten.errors, "run with another database since"));
    BOOST_TEST(holds(forgotten.errors, "--export"));
  }
  // The old file has the front of the history: it takes the rest, and the folder is back on it.
  const auto rest = folder.path() + "/rest.history";
  must({"--export", rest}, from, behind);
  const auto back = run({"--import", rest}, from);
  BOOST_TEST_CONTEXT(back.output << back.errors) {
    BOOST_TEST(back.exit_status == 0);
    BOOST_TEST(holds(back.errors, "an earlier import goes on"));
  }
  check_moved(from);
}

BOOST_FIXTURE_TEST_CASE(a_schema_is_migrated_alone_and_any_number_of_times, moving) {
  temporary_database database;
  for (const auto& more : {arguments{}, arguments{"--database-url", database.url()}}) {
    const auto first = run({"--migrate"}, to, more);
    BOOST_TEST_CONTEXT(first.output << first.errors) {
      BOOST_TEST(first.exit_status == 0);
      BOOST_TEST(holds(first.output, " has schema "));
    }
    BOOST_TEST(run({"--migrate"}, to, more).output == first.output);
  }
  BOOST_TEST(files::exists(to + "/orderd.db"));
  check_refused({"--migrate"}, to, "Connection refused", {"--database-url", "postgresql://127.0.0.1:1/none"});
}

BOOST_AUTO_TEST_SUITE_END()

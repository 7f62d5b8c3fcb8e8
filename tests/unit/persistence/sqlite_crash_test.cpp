#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace orderd {
namespace {

constexpr std::uint64_t batch_events = 10;

/// Applies the history from where the store stands; a byte a batch goes to `progress`. Never returns.
[[noreturn]] void apply_until_killed(const std::string& path, const test::legal_history& history,
                                     int progress) {
  const auto whole = make_sqlite_store(path);
  const auto writer = whole->open_writer();
  while (writer) {
    const std::uint64_t from = (*writer)->applied_seq();
    const std::uint64_t to = std::min(from + batch_events, history.last_seq());
    const bool went_well =
        (*writer)->apply(history.batch(from, to)) && (from % 30 != 0 || (*writer)->checkpoint());
    if (!went_well || write(progress, "+", 1) != 1) {
      break;
    }
    if (to == history.last_seq()) {
      pause();
    }
  }
  _exit(1);
}

/// Kills a writing child after it reported `batches`, wherever it has got by then.
void kill_after(std::uint64_t batches, const std::string& path, const test::legal_history& history) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    // A child that is never killed because its parent died ends by itself.
    alarm(60);
    apply_until_killed(path, history, ends[1]);
  }
  close(ends[1]);
  char byte = 0;
  for (std::uint64_t i = 0; i < batches; ++i) {
    BOOST_REQUIRE(read(ends[0], &byte, 1) == 1);
  }
  kill(child, SIGKILL);
  close(ends[0]);
  BOOST_REQUIRE(waitpid(child, nullptr, 0) == child);
}

using test::must;

BOOST_AUTO_TEST_SUITE(sqlite_crash)

BOOST_AUTO_TEST_CASE(a_writer_killed_anywhere_leaves_whole_batches) {
  const std::uint64_t seed = test::test_seed();
  test::legal_history history(seed);
  for (int i = 0; i < 600; ++i) {
    history.random_step();
  }
  std::mt19937_64 random(seed);
  test::sqlite_database database;
  std::uint64_t reached = 0;
  for (int round = 0; round < 8 && reached + 5 * batch_events < history.last_seq(); ++round) {
    const std::uint64_t batches = 1 + random() % 4;
    kill_after(batches, database.path(), history);
    test::opened_store s(database);
    BOOST_TEST(s.writer->applied_seq() >= reached + batches * batch_events);
    reached = s.writer->applied_seq();
    BOOST_TEST((reached % batch_events == 0 || reached == history.last_seq()));
    test::require_agreement(*s.reader, history.prefix(reached));
    BOOST_TEST((must(s.writer->open_obligations()).size() == history.batch(0, reached).obligations.size()));
  }
  test::opened_store s(database);
  must(s.writer->apply(history.batch(s.writer->applied_seq(), history.last_seq())));
  test::require_agreement(*s.reader, history);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

#include "tests/support/journal_fixture.hpp"

#include <algorithm>
#include <random>

using namespace orderd;
using namespace orderd::test;

namespace {

/// What must hold after any crash: all that was synced is there, nothing that was never appended.
struct promises {
  std::uint64_t synced_seq = 0;
  std::uint64_t appended_seq = 0;
  std::uint64_t applied_seq = 0;
};

/// Groups of varying size over several segments, one larger than a segment, with releases between, until
/// the power goes or the script ends.
void run_script(faulty_file_system& files, promises& promised) {
  auto opened = try_open(files, promised.applied_seq);
  if (!opened)
    return;
  journal_writer& writer = **opened;
  for (int step = 0; step < 24; ++step) {
    const int frames = step == 13 ? 90 : 1 + step * 5 % 13;
    promised.appended_seq = std::max(promised.appended_seq, writer.last_seq() + frames);
    const auto synced = write_group(writer, frames);
    promised.synced_seq = std::max(promised.synced_seq, writer.synced_seq());
    if (!synced)
      return;
    if (step % 8 == 7) {
      promised.applied_seq = writer.synced_seq() - 5;
      if (!writer.release_applied(promised.applied_seq))
        return;
    }
  }
}

void check_promises(faulty_file_system& files, promises& promised) {
  {
    const auto writer = open_journal(files, promised.applied_seq);
    BOOST_REQUIRE_GE(writer->last_seq(), promised.synced_seq);
    BOOST_REQUIRE_LE(writer->last_seq(), promised.appended_seq);
    promised.synced_seq = promised.appended_seq = writer->last_seq();
  }
  auto recovered = files.contents();
  recovered.erase(folder + "/prepared.tmp");
  check_readable(files, promised.applied_seq + 1, promised.synced_seq);
  const auto again = open_journal(files, promised.applied_seq);
  BOOST_REQUIRE_EQUAL(again->last_seq(), promised.synced_seq);
  BOOST_REQUIRE_EQUAL(again->recovery().torn_bytes, 0U);
  auto unchanged = files.contents();
  unchanged.erase(folder + "/prepared.tmp");
  BOOST_REQUIRE((unchanged == recovered));
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_power_cut)

BOOST_AUTO_TEST_CASE(a_power_cut_at_every_call_loses_nothing_synced_and_invents_nothing) {
  const auto seed = test_seed();
  faulty_file_system uncut;
  promises all;
  run_script(uncut, all);
  BOOST_REQUIRE_GT(all.applied_seq, 0U);
  const std::uint64_t calls = uncut.changes();
  for (std::uint64_t cut = 1; cut <= calls; ++cut)
    for (std::uint64_t run = 0; run < 12; ++run)
      BOOST_TEST_CONTEXT("power cut at call " << cut << ", run " << run) {
        faulty_file_system files(seed * 1'000 + cut * 16 + run);
        promises promised;
        files.cut_power_at(cut);
        run_script(files, promised);
        // The power goes again while the journal recovers, then for good comes back.
        for (std::uint64_t again = 1; again <= run % 4; ++again) {
          files.restart_after_power_cut();
          files.cut_power_at(again);
          static_cast<void>(try_open(files, promised.applied_seq));
        }
        files.restart_after_power_cut();
        check_promises(files, promised);
        const auto writer = open_journal(files, promised.applied_seq);
        BOOST_REQUIRE(write_group(*writer, 4));
        check_readable(files, promised.applied_seq + 1, promised.synced_seq + 4);
      }
}

BOOST_AUTO_TEST_CASE(power_cuts_in_a_row_never_end_in_a_refusal) {
  std::mt19937_64 random(test_seed());
  for (int history = 0; history < 60; ++history) {
    faulty_file_system files(random());
    promises promised;
    for (int life = 0; life < 8; ++life) {
      files.cut_power_at(1 + random() % 90);
      run_script(files, promised);
      files.restart_after_power_cut();
      check_promises(files, promised);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_process_killed_at_every_call_loses_nothing_written) {
  faulty_file_system uncut;
  promises all;
  run_script(uncut, all);
  for (std::uint64_t kill = 1; kill <= uncut.changes(); ++kill)
    BOOST_TEST_CONTEXT("killed at call " << kill) {
      faulty_file_system files;
      promises promised;
      files.cut_power_at(kill);
      run_script(files, promised);
      files.restart_process();
      check_promises(files, promised);
    }
}

BOOST_AUTO_TEST_SUITE_END()

/// The whole engine on one thread: real store, journal in memory, time and the order of messages in the
/// test's hand.
#pragma once

#include "actors/engine.hpp"
#include "actors/engine_actors.hpp"
#include "actors/engine_counters.hpp"
#include "actors/payment_messages.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/unit/actors/fragile_store.hpp"
#include "tests/unit/actors/sample_requests.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace orderd::test {

/// Small bounds and a journal whose largest group fits.
[[nodiscard]] engine_options small_engine();

/// From ORDERD_TEST_SEED or fixed; printed, so that a failure can be had again.
[[nodiscard]] std::uint64_t printed_seed();

using payment_answers = std::shared_ptr<std::vector<payment_answer>>;

/// Sets up what the actors are to stand on, before each start of them.
using ground_setup = std::function<void(caf::actor_system&, engine_ground&)>;

/// One thread, the test's: nothing happens but within `run`, `run_some` and `advance`.
class engine_fixture {
 public:
  /// Opens at once. `seed` orders the messages and decides what a power cut leaves.
  explicit engine_fixture(engine_options options = small_engine(), std::uint64_t seed = 1,
                          ground_setup prepare = {});
  /// A fixture for what a crash has left: `journal` is put on the disk and the folder `store` copied.
  engine_fixture(engine_options options, std::uint64_t seed, const std::filesystem::path& store,
                 const std::map<std::string, std::string>& journal);
  engine_fixture(const engine_fixture&) = delete;
  engine_fixture& operator=(const engine_fixture&) = delete;
  ~engine_fixture();

  void open();
  /// Ends the actors and keeps all that is on disk; what was not synced is forgotten.
  void close();
  /// Ends the actors, and the power with them. Answers that come later are not counted. Reopens, once the
  /// store is back.
  void crash();

  /// Requests as the edge would send them, each counted in as the engine does. The durability that their
  /// reply asks for holds.
  [[nodiscard]] answer_slot submit(order_request request);
  [[nodiscard]] answer_slot submit(stock_request request);
  [[nodiscard]] answer_slot submit(account_request request);
  [[nodiscard]] answer_slot submit(list_request request);
  /// Asks the ledger as an order's saga does. The answers gather in what is returned.
  [[nodiscard]] payment_answers submit(payment_call call);
  [[nodiscard]] answer_slot submit(keyed_task task);

  /// As `engine::replay`, of the sink with this number.
  void replay(std::size_t sink, const replay_sink& from);

  /// Handles messages in random order of the actors until none is left.
  void run();
  /// Handles at most `messages`; false when none was left.
  bool run_some(std::size_t messages);
  /// Lets no actor of this name (`orderd.journal`) handle anything until told otherwise by an empty name.
  void hold(std::string name) { held_ = std::move(name); }
  /// Moves both clocks in small steps and runs.
  void advance(std::chrono::milliseconds by);
  /// Moves both clocks at once, and runs nothing.
  void nudge(std::chrono::milliseconds by);
  /// Whether any message waits for its time.
  [[nodiscard]] bool has_timer() const;
  /// Until every event is in the store.
  void settle();

  /// Submits, runs, and expects an answer of the type `T`.
  template <class T = order_ptr, class Request> T ask(Request request) {
    const auto slot = submit(std::move(request));
    run();
    return expect<T>(slot);
  }

  /// Every durable event of the journal from the sequence `first` on, oldest first.
  [[nodiscard]] std::vector<event> journal(std::uint64_t first = 1);
  /// The same with the records of their requests.
  [[nodiscard]] std::vector<journal_entry> entries(std::uint64_t first = 1);
  /// The journal's files with all frames behind the first `frames` gone. Only while it is one segment.
  [[nodiscard]] std::map<std::string, std::string> journal_cut_after(std::size_t frames);
  [[nodiscard]] const std::filesystem::path& store_folder() const { return folder_; }
  [[nodiscard]] std::unique_ptr<store_reader> reader();
  /// Settles, then checks every order against every stock item, in the store, and the whole history. What the
  /// test makes on purpose has the code `but_for`.
  void audit(std::string_view but_for = {});
  /// Compares the store's history with its rows as it is.
  void check_history(std::string_view but_for = {});

  [[nodiscard]] uuid fresh_uuid();
  [[nodiscard]] engine_counters& counters();
  [[nodiscard]] std::size_t replayed_events() const { return replayed_; }
  [[nodiscard]] const catalogue_index& catalogue();
  [[nodiscard]] std::mt19937_64& random() { return random_; }

  tests::manual_clock clock;
  faulty_file_system files;
  std::shared_ptr<store_faults> faults = std::make_shared<store_faults>();

 private:
  struct running; ///< what is of CAF, and ends with the actors
  void make_folder();
  void count_in(reply_token& reply, const answer_slot& slot);
  /// Puts a random actor that may run first; false when there is none.
  [[nodiscard]] bool choose();

  engine_options options_;
  ground_setup prepare_;
  std::filesystem::path folder_;
  std::mt19937_64 random_;
  std::unique_ptr<store> store_;
  std::unique_ptr<running> running_;
  std::size_t replayed_ = 0;
  std::string held_;
};

} // namespace orderd::test

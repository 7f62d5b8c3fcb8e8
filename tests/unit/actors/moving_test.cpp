#include "actors/history_export.hpp"
#include "actors/history_import.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/sqlite_store.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <limits>

using namespace orderd;
using namespace orderd::test;

namespace {

const std::string history = "/moved.history";

/// Orders and reservations of two items, and a store to move them to.
struct moving : engine_fixture {
  moving() {
    expect<stock_view>(submit(definition("ANVIL", 100)));
    for (int i = 0; i < 12; ++i) {
      const auto id = fresh_uuid();
      static_cast<void>(ask(creation(id, {line_of("ANVIL", 1)})));
      if (i % 3 == 0)
        static_cast<void>(ask(transition(id, order_status::cancelled)));
    }
    settle();
    write_history();
    std::filesystem::create_directory(store_folder() / "to");
  }

  /// What an export writes, from what the journal holds.
  void write_history() {
    auto file = history_writer::create(files, history, {identity, clock.now()});
    BOOST_REQUIRE(file);
    for (const auto& each : journal())
      BOOST_REQUIRE(file->append({file->last_seq() + 1, each}));
    BOOST_REQUIRE(file->finish());
  }

  [[nodiscard]] std::unique_ptr<store> target() const {
    return make_sqlite_store((store_folder() / "to" / "orderd.db").string());
  }

  uuid identity = fresh_uuid();
};

} // namespace

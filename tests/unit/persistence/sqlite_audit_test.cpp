#include "persistence/audit_snapshot.hpp"
#include "persistence/audit_walk.hpp"
#include "tests/model/saga_world.hpp"
#include "tests/unit/persistence/sqlite_database.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace orderd::test {
namespace {

/// Every event of a shop with a ledger, up to where orders that are paid for hold the most units.
std::vector<event> busy_journal() {
  saga_world world(money_mover::ledger, 7);
  for (int i = 0; i < 700; ++i)
    world.step();
  auto journal = world.journal();
  std::map<uuid, order> orders;
  std::ptrdiff_t most = 0;
  std::size_t end = 0;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    if (const auto* e = std::get_if<order_event>(&journal[i]))
      evolve(orders[e->order_id], *e);
    const auto holding = std::count_if(orders.begin(), orders.end(), [](const auto& each) {
      return each.second.status == order_status::processed && each.second.step == saga_step::none;
    });
    if (holding > most) {
      most = holding;
      end = i + 1;
    }
  }
  journal.resize(end);
  return journal;
}

/// A file that has applied that, in several batches.
struct busy_store {
  busy_store() {
    const auto journal = busy_journal();
    const auto opened = database.open();
    const auto writer = must(opened->open_writer());
    obligations open;
    store_batch batch;
    for (std::size_t i = 0; i < journal.size(); ++i) {
      open.observe(journal[i]);
      batch.events.push_back({i + 1, journal[i]});
      if (batch.events.size() < 17 && i + 1 < journal.size())
        continue;
      batch.last_seq = i + 1;
      batch.obligations = open.open();
      batch.payouts = open.payouts();
      must(writer->apply(batch));
      batch = {};
    }
    last_seq = journal.size();
  }

  audit_report audited() {
    const auto opened = database.open();
    const auto writer = must(opened->open_writer());
    const auto snapshot = must(opened->open_snapshot());
    return must(orderd::walk(*snapshot, {}));
  }
  void change(const std::string& sql) {
    auto connection = database.connect();
    must(connection.execute("PRAGMA foreign_keys = 0; PRAGMA ignore_check_constraints = 1;"));
    must(connection.execute(sql));
  }
  void drop(std::uint64_t until) {
    const auto opened = database.open();
    const auto writer = must(opened->open_writer());
    constexpr std::size_t piece = 20;
    while (must(writer->drop_history(until, timestamp::max(), piece)) > 0) {
    }
    BOOST_REQUIRE_EQUAL(must(must(opened->open_reader())->dropped_to()), until);
  }

  sqlite_database database;
  std::uint64_t last_seq = 0;
};

/// The codes of what an audit finds after one change, each once.
void check_found(const std::string& sql, std::vector<std::string> wanted, bool behind_checkpoints = false) {
  BOOST_TEST_CONTEXT(sql) {
    busy_store store;
    if (behind_checkpoints)
      store.drop(store.last_seq / 2);
    store.change(sql);
    const auto report = store.audited();
    std::vector<std::string> found;
    std::string told;
    for (const auto& each : report.differences) {
      found.push_back(each.code);
      told += each.kind + " " + each.key + " " + each.code + ": " + each.detail + "\n";
    }
    std::sort(found.begin(), found.end());
    std::sort(wanted.begin(), wanted.end());
    BOOST_TEST_CONTEXT(told)
    BOOST_TEST(found == wanted, boost::test_tools::per_element());
  }
}

const std::string some_item =
    "(SELECT sku FROM reservations WHERE state = 0 AND order_id IS NOT NULL LIMIT 1)";
const std::string some_event = "(SELECT seq FROM events WHERE kind = 0 AND version = 5 LIMIT 1)";

std::map<std::string, std::string> files_beside(const std::string& path) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::directory_iterator(std::filesystem::path(path).parent_path())) {
    std::ifstream in(each.path(), std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    all[each.path().string()] = content.str();
  }
  return all;
}

/// The file with a log beside it that holds one more change, as a kill leaves them.
class temporary_copy {
 public:
  explicit temporary_copy(const std::string& path) {
    const auto connection = must(sqlite_connection::open(path, sqlite_access::write));
    auto writing = must(sqlite_connection::open(path, sqlite_access::write));
    must(writing.execute("UPDATE products SET reserved = reserved + 1 WHERE sku = " + some_item));
    folder_ = std::filesystem::path(path).parent_path() / "copy";
    std::filesystem::create_directory(folder_);
    for (const char* ending : {"", "-wal"})
      std::filesystem::copy_file(path + ending, folder_ / (std::string("orderd.db") + ending));
    BOOST_REQUIRE(std::filesystem::file_size(folder_ / "orderd.db-wal") > 0U);
  }
  [[nodiscard]] std::string path() const { return (folder_ / "orderd.db").string(); }

 private:
  std::filesystem::path folder_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_audit)

BOOST_AUTO_TEST_CASE(nothing_differs_in_a_store_that_was_left_alone) {
  busy_store store;
  const auto whole = store.audited();
  BOOST_TEST(whole.ok(), (whole.ok() ? "" : whole.differences.front().detail));
  BOOST_TEST(whole.as_of_seq == store.last_seq);
  for (const auto until : {store.last_seq / 3, store.last_seq / 2, store.last_seq}) {
    store.drop(until);
    const auto report = store.audited();
    BOOST_TEST(report.ok(), (report.ok() ? "" : report.differences.front().detail));
  }
}

BOOST_AUTO_TEST_CASE(a_row_that_was_changed_is_named_and_nothing_else) {
  check_found("UPDATE products SET on_hand = on_hand + 1 WHERE sku = " + some_item, {"levels_differ"});
  check_found("UPDATE products SET price_cents = 1 WHERE sku = " + some_item, {"product_differs"});
  check_found("UPDATE orders SET status = 5 WHERE id = (SELECT id FROM orders WHERE status = 2 LIMIT 1)",
              {"status_differs"});
  check_found("UPDATE orders SET total_cents = total_cents + 1 WHERE id = (SELECT id FROM orders LIMIT 1)",
              {"status_differs"});
  check_found("DELETE FROM reservations WHERE id = (SELECT id FROM reservations WHERE state = 0 AND "
              "order_id IS NOT NULL LIMIT 1)",
              {"reservations_differ"});
  check_found(
      "UPDATE accounts SET balance_cents = balance_cents + 1 WHERE id = (SELECT id FROM accounts LIMIT 1)",
      {"balance_differs"});
}

BOOST_AUTO_TEST_CASE(a_row_that_was_added_or_removed_is_named) {
  check_found("INSERT INTO products (sku, name, price_cents, on_hand, reserved, received, committed, "
              "adjusted_out, version, updated_at) VALUES ('FORGED', 'x', 1, 5, 0, 5, 0, 0, 1, 0)",
              {"row_without_events"});
  check_found("DELETE FROM orders WHERE id = (SELECT id FROM orders LIMIT 1)", {"row_missing"});
}

BOOST_AUTO_TEST_CASE(an_event_that_was_changed_swapped_or_removed_is_named) {
  check_found("UPDATE events SET chain = zeroblob(32) WHERE seq = " + some_event, {"link_differs"});
  check_found("DELETE FROM events WHERE seq = " + some_event, {"events_missing", "history_incomplete"});
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_was_changed_is_named) {
  check_found("UPDATE history_checkpoints SET state = zeroblob(3) WHERE kind = 0 AND entity = " + some_item,
              {"checkpoint_unreadable"}, true);
  check_found("UPDATE history_checkpoints SET link = zeroblob(32) WHERE kind = 0 AND entity = " + some_item,
              {"link_differs"}, true);
}

BOOST_AUTO_TEST_CASE(a_file_at_rest_is_read_and_left_as_it_is) {
  busy_store store;
  const auto before = files_beside(store.database.path());
  {
    const auto snapshot = must(open_sqlite_at_rest(store.database.path()));
    const auto report = must(orderd::walk(*snapshot, {}));
    BOOST_TEST(report.ok());
    BOOST_TEST(report.as_of_seq == store.last_seq);
  }
  BOOST_TEST((files_beside(store.database.path()) == before));
}

BOOST_AUTO_TEST_CASE(the_log_of_a_file_that_was_left_in_the_lurch_is_read_and_kept) {
  busy_store store;
  temporary_copy copy(store.database.path());
  const auto before = files_beside(copy.path());
  {
    const auto snapshot = must(open_sqlite_at_rest(copy.path()));
    const auto report = must(orderd::walk(*snapshot, {}));
    BOOST_TEST(report.as_of_seq == store.last_seq);
    BOOST_TEST(report.differences_total == 1U);
  }
  BOOST_TEST((files_beside(copy.path()) == before));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

/// The writing side of the SQLite store.
#pragma once

#include "persistence/request_horizon.hpp"
#include "persistence/sqlite_aside.hpp"
#include "persistence/sqlite_chain.hpp"
#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_row_writer.hpp"
#include "persistence/sqlite_snapshots_open.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace orderd {

/// Commits are written to SQLite's log without a sync (`synchronous=NORMAL`): a crash of the process loses
/// nothing, a loss of power may take back the newest batches as a whole. `checkpoint` is what syncs, and the
/// journal keeps every event until then.
///
/// SQLite never checkpoints by itself here, so whoever applies batches calls `checkpoint` every few seconds
/// or every few thousand batches: the log grows by what is written in between, and each completed checkpoint
/// lets it start over.
class sqlite_writer final : public store_writer {
 public:
  /// Opens or creates the file, brings its schema up to date, links events that an earlier version wrote and
  /// checkpoints what an earlier process left. The folder must exist. Errors: store_failed, no_space, locked,
  /// damaged, newer_format; timed_out, if `interrupted` says so while events are linked.
  /// `snapshots`: those of the same file in this process.
  [[nodiscard]] static result<std::unique_ptr<sqlite_writer>> open(
      const std::string& path, const std::function<bool()>& interrupted = [] { return false; },
      sqlite_snapshots_open snapshots = no_snapshots_open());

  /// Each batch also removes a bounded number of reservations that ended more than seven days before its
  /// newest event, and of requests that are older than they are remembered.
  [[nodiscard]] result<void> apply(const store_batch& batch) override;
  [[nodiscard]] result<void> set_aside(const store_batch& single, const std::string& reason) override;
  using store_writer::retry_aside;
  [[nodiscard]] result<void> retry_aside(const std::function<bool()>& interrupted) override;
  [[nodiscard]] const aside_figures& aside() const noexcept override { return aside_->figures(); }
  /// The main file is copied and synced. While a reader holds an older snapshot for longer than the busy
  /// timeout, the copy stays partial, and the sequence of the last complete one is returned. A snapshot of
  /// this process is not waited for, nor are readers that were waited for in vain, until they have gone.
  [[nodiscard]] result<std::uint64_t> checkpoint() override;
  [[nodiscard]] std::uint64_t applied_seq() const noexcept override { return applied_seq_; }
  /// The file is locked with its folder, so nobody else ever writes to it.
  [[nodiscard]] std::uint32_t epoch() const noexcept override { return 0; }
  [[nodiscard]] uuid identity() const noexcept override { return identity_; }
  [[nodiscard]] result<void> adopt(const uuid& identity) override;
  [[nodiscard]] result<void> save_positions(const std::vector<sink_position>& positions) override;
  [[nodiscard]] result<std::size_t> drop_history(std::uint64_t until_seq, timestamp before,
                                                 std::size_t limit) override;
  [[nodiscard]] result<std::uint64_t> dropped_to() override;
  [[nodiscard]] result<std::vector<obligation>> open_obligations() override;
  [[nodiscard]] result<std::vector<payout_due>> open_payouts() override;

  /// A test port: bounds the file; beyond it `apply` fails with no_space. The least that takes effect is the
  /// present size.
  [[nodiscard]] result<void> limit_pages(std::int64_t pages);
  /// Pages in SQLite's log at the last checkpoint.
  [[nodiscard]] std::int64_t log_pages() const noexcept { return log_pages_; }
  /// A test port: how many checkpoints waited for readers.
  [[nodiscard]] std::uint64_t waits() const noexcept { return waits_; }

 private:
  sqlite_writer(sqlite_connection connection, sqlite_snapshots_open snapshots) noexcept
      : connection_(std::move(connection)), snapshots_(std::move(snapshots)) {}

  [[nodiscard]] result<void> start(const std::function<bool()>& interrupted);
  [[nodiscard]] result<void> prepare();
  [[nodiscard]] result<void> load_node();
  void note_open(const std::vector<obligation>& open, const std::vector<payout_due>& due);
  [[nodiscard]] result<std::uint64_t> stored_seq();
  [[nodiscard]] result<sqlite_transaction> begin();
  [[nodiscard]] result<void> check_continues(const store_batch& batch) const;
  [[nodiscard]] result<void> write_obligations(const std::vector<obligation>& open);
  [[nodiscard]] result<void> write_payouts(const std::vector<payout_due>& due);
  [[nodiscard]] result<void> write(const write_set& rows);
  [[nodiscard]] result<void> finish(const store_batch& batch, sqlite_transaction& transaction);
  [[nodiscard]] result<void> retry(const sqlite_aside_entity& entity,
                                   const std::function<bool()>& interrupted);
  [[nodiscard]] result<std::size_t> retry_first(const sqlite_aside_entity& entity);

  [[nodiscard]] bool may_wait() const noexcept;

  sqlite_connection connection_;
  sqlite_snapshots_open snapshots_;
  std::unique_ptr<sqlite_chain> chain_;
  std::unique_ptr<sqlite_row_writer> rows_;
  std::unique_ptr<sqlite_aside> aside_;
  sqlite_statement read_seq_, move_seq_, put_position_, put_obligation_, drop_obligation_, put_payout_,
      drop_payout_;
  request_horizon horizon_;
  uuid identity_;
  std::uint64_t applied_seq_ = 0;
  std::uint64_t durable_seq_ = 0; ///< of the last complete checkpoint of this process
  std::int64_t log_pages_ = 0;
  std::uint64_t waits_ = 0;
  bool waited_in_vain_ = false;                      ///< and no checkpoint was complete since
  std::unordered_map<uuid, obligation> obligations_; ///< as stored, by reservation
  std::unordered_map<uuid, payout_due> payouts_;     ///< as stored, by order
};

} // namespace orderd

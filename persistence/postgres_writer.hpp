/// The writing side of the PostgreSQL store.
#pragma once

#include "persistence/postgres_aside.hpp"
#include "persistence/postgres_chain.hpp"
#include "persistence/postgres_connection.hpp"
#include "persistence/postgres_history.hpp"
#include "persistence/postgres_obligations.hpp"
#include "persistence/postgres_position.hpp"
#include "persistence/request_horizon.hpp"
#include "persistence/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// Each batch is one transaction that moves the position in the row of `node`, and that row only moves from
/// where this process knows it to be and under this process's epoch. So a batch counts once whatever dies,
/// and a process that another one has followed cannot write. Commits are durable when they return.
class postgres_writer final : public store_writer {
 public:
  /// Connects, brings the schema up to date and takes the database over: whoever wrote before is superseded.
  /// Events that a former version of the engine stored get their links first, a page a transaction: a start
  /// that ends before that goes on where it was.
  /// One that `of` does not name is left to whoever writes it. `position` follows what is
  /// committed. Errors: those of `migrate`; damaged, if the row of `node` is missing; timed_out, if
  /// `interrupted` says so while events are linked, which it is asked between pages.
  [[nodiscard]] static result<std::unique_ptr<postgres_writer>> open(
      postgres_options options,
      std::shared_ptr<postgres_position> position = std::make_shared<postgres_position>(),
      const takeover& of = {{}, false, true},
      const std::function<bool()>& interrupted = [] { return false; });
  /// Gives the stored events their links without taking the database over, whose schema must be up to date.
  /// Errors: those of `open`; refused or superseded, if another process writes meanwhile.
  [[nodiscard]] static result<void> link_stored(postgres_options options,
                                                const std::function<bool()>& interrupted);

  /// Each batch also removes a bounded number of reservations that ended more than seven days before its
  /// newest event, and of requests that were remembered more than `request_memory` before it.
  [[nodiscard]] result<void> apply(const store_batch& batch) override;
  [[nodiscard]] result<void> set_aside(const store_batch& single, const std::string& reason) override;
  using store_writer::retry_aside;
  [[nodiscard]] result<void> retry_aside(const std::function<bool()>& interrupted) override;
  [[nodiscard]] const aside_figures& aside() const noexcept override { return aside_.figures(); }
  /// Asks the server, so that one that has gone back in time shows before the journal is released.
  [[nodiscard]] result<std::uint64_t> checkpoint() override;
  [[nodiscard]] std::uint64_t applied_seq() const noexcept override { return applied_seq_; }
  [[nodiscard]] std::uint32_t epoch() const noexcept override { return static_cast<std::uint32_t>(epoch_); }
  [[nodiscard]] uuid identity() const noexcept override { return identity_; }
  [[nodiscard]] result<void> adopt(const uuid& identity) override;
  [[nodiscard]] result<void> save_positions(const std::vector<sink_position>& positions) override;
  /// At most `drop_events_max` in one transaction, whatever the limit. An event that is not linked to those
  /// before it is damaged as well.
  [[nodiscard]] result<std::size_t> drop_history(std::uint64_t until_seq, timestamp before,
                                                 std::size_t limit) override;
  [[nodiscard]] result<std::uint64_t> dropped_to() override;
  [[nodiscard]] result<std::vector<obligation>> open_obligations() override;
  [[nodiscard]] result<std::vector<payout_due>> open_payouts() override;

 private:
  postgres_writer(postgres_options options, std::shared_ptr<postgres_position> position) noexcept
      : options_(std::move(options)), position_(std::move(position)) {}

  // The connection and what the server says of the node.
  [[nodiscard]] result<void> connect();
  [[nodiscard]] result<void> take_over(const takeover& of);
  [[nodiscard]] result<postgres_rows> read_own_node();
  [[nodiscard]] result<void> look();
  [[nodiscard]] result<void> be_ready();
  [[nodiscard]] result<void> refresh();
  [[nodiscard]] result<void> load();

  // One batch.
  template <class Write> [[nodiscard]] result<void> once(const store_batch& batch, Write write);
  [[nodiscard]] result<void> check_continues(const store_batch& batch) const;
  void add_move(postgres_transaction& to, std::uint64_t last_seq, std::int64_t last_epoch) const;
  [[nodiscard]] result<void> write(const store_batch& batch);
  [[nodiscard]] result<void> write_aside(const store_batch& single, const std::string& reason);
  void note(const store_batch& batch);
  [[nodiscard]] result<void> retry(const aside_key& key, const std::function<bool()>& interrupted);
  [[nodiscard]] result<std::size_t> retry_first(const aside_key& key);

  // The history.
  [[nodiscard]] result<void> learn_links(std::span<const sequenced_event* const> events);
  [[nodiscard]] result<void> chain_stored(const std::function<bool()>& interrupted);
  [[nodiscard]] result<void> chain_pages(std::int64_t from, const std::function<bool()>& interrupted);
  [[nodiscard]] result<std::optional<std::int64_t>> chain_page(std::int64_t from, std::int64_t limit);
  [[nodiscard]] result<void> put_links(postgres_array& seqs, postgres_array& links,
                                       std::optional<std::int64_t> next);
  [[nodiscard]] result<void> drop(const postgres_dropped_part& part);

  postgres_options options_;
  std::shared_ptr<postgres_position> position_;
  postgres_connection connection_;
  bool is_current_ = false; ///< what follows is what the server has, as far as this connection knows
  uuid identity_;
  std::uint64_t applied_seq_ = 0;
  request_horizon horizon_;
  std::int64_t epoch_ = 0;
  std::int64_t last_epoch_ = 0; ///< of what is applied
  postgres_obligations obligations_;
  postgres_aside aside_;
  postgres_chain chain_;
};

} // namespace orderd

#include "persistence/sqlite_writer.hpp"

#include "domain/assert.hpp"
#include "persistence/outbox_reads.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_rows.hpp"

#include <chrono>
#include <unordered_set>

namespace orderd {
namespace {

/// A log beyond this (64 MiB in pages of 4 KiB) is worth waiting for readers, so that it can start over.
constexpr std::int64_t log_pages_wanted_max = 16'384;
/// Ended reservations are looked up by their buyers for a while; then they only cost space.
constexpr std::chrono::hours ended_reservations_kept{24 * 7};
/// What a batch purges at least. It also purges twice what it writes, so that the purge never falls behind.
constexpr std::size_t purge_rows_min = 64;

constexpr const char* pragmas = "PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = NORMAL;"
                                "PRAGMA wal_autocheckpoint = 0;"
                                "PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA foreign_keys = 1;";

} // namespace

result<std::unique_ptr<sqlite_writer>> sqlite_writer::open(const std::string& path,
                                                           const std::function<bool()>& interrupted,
                                                           sqlite_snapshots_open snapshots) {
  auto connection = sqlite_connection::open(path, sqlite_access::write);
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  std::unique_ptr<sqlite_writer> writer(new sqlite_writer(std::move(*connection), std::move(snapshots)));
  if (auto started = writer->start(interrupted); !started) {
    return tl::unexpected(started.error());
  }
  return writer;
}

result<void> sqlite_writer::start(const std::function<bool()>& interrupted) {
  // A file of a newer program must be refused before the pragmas can change it.
  if (auto schema = check_readable(connection_, sqlite_migrations()); !schema) {
    return schema;
  }
  if (auto set = connection_.execute(pragmas); !set) {
    return set;
  }
  if (auto migrated = migrate(connection_, sqlite_migrations()); !migrated) {
    return migrated;
  }
  if (auto prepared = prepare(); !prepared) {
    return prepared;
  }
  if (auto chained = chain_history(connection_, *chain_, interrupted); !chained) {
    return chained;
  }
  if (auto loaded = load_node(); !loaded) {
    return loaded;
  }
  // The identity is about to be written into the journal: a loss of power must not make another one.
  const auto durable = checkpoint();
  return durable ? result<void>() : tl::unexpected(durable.error());
}

result<void> sqlite_writer::prepare() {
  chain_ = std::make_unique<sqlite_chain>();
  if (auto prepared = chain_->prepare(connection_); !prepared) {
    return prepared;
  }
  auto rows = sqlite_row_writer::prepare(connection_, *chain_);
  auto aside = rows ? sqlite_aside::prepare(connection_) : tl::unexpected(rows.error());
  if (!aside) {
    return tl::unexpected(aside.error());
  }
  rows_ = std::make_unique<sqlite_row_writer>(std::move(*rows));
  aside_ = std::make_unique<sqlite_aside>(std::move(*aside));
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&read_seq_, "SELECT applied_seq FROM node"},
      {&move_seq_, "UPDATE node SET applied_seq = ?1"},
      {&put_position_, "INSERT OR REPLACE INTO event_sinks (sink, seq, disabled, reason, updated_at) VALUES "
                       "(?1, ?2, ?3, ?4, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"},
      {&put_obligation_, "INSERT OR REPLACE INTO obligations (reservation_id, sku, order_id, verdict) "
                         "VALUES (?1, ?2, ?3, ?4)"},
      {&drop_obligation_, "DELETE FROM obligations WHERE reservation_id = ?1"},
      {&put_payout_, "INSERT OR REPLACE INTO payouts_due (order_id, payer, payee, amount_cents) "
                     "VALUES (?1, ?2, ?3, ?4)"},
      {&drop_payout_, "DELETE FROM payouts_due WHERE order_id = ?1"},
  };
  return connection_.prepare_all(statements);
}

result<void> sqlite_writer::load_node() {
  auto statement = connection_.prepare("SELECT identity FROM node");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const auto row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row) {
    return fail(error_code::damaged, "the database " + connection_.path() + " has lost its identity");
  }
  identity_ = statement->id(0);
  const auto seq = stored_seq();
  const auto open = seq ? open_obligations() : tl::unexpected(seq.error());
  const auto due = open ? open_payouts() : tl::unexpected(open.error());
  if (!due) {
    return tl::unexpected(due.error());
  }
  applied_seq_ = *seq;
  note_open(*open, *due);
  return aside_->load();
}

void sqlite_writer::note_open(const std::vector<obligation>& open, const std::vector<payout_due>& due) {
  obligations_.clear();
  for (const obligation& each : open) {
    obligations_.emplace(each.reservation_id, each);
  }
  payouts_.clear();
  for (const payout_due& each : due) {
    payouts_.emplace(each.order_id, each);
  }
}

result<std::uint64_t> sqlite_writer::stored_seq() {
  const auto row = read_seq_.bind().step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  const auto seq = static_cast<std::uint64_t>(*row ? read_seq_.integer(0) : 0);
  read_seq_.reset();
  return seq;
}

/// Begins to write, knowing what is stored.
result<sqlite_transaction> sqlite_writer::begin() {
  auto transaction = sqlite_transaction::begin(connection_, true);
  if (!transaction) {
    return transaction;
  }
  // The table has the last word: a commit whose outcome was unclear is seen here.
  const auto seq = stored_seq();
  if (!seq) {
    return tl::unexpected(seq.error());
  }
  if (*seq != applied_seq_) {
    if (auto loaded = load_node(); !loaded) {
      return tl::unexpected(loaded.error());
    }
  }
  return transaction;
}

result<void> sqlite_writer::check_continues(const store_batch& batch) const {
  if (batch.events.empty() || batch.events.front().seq <= applied_seq_ + 1) {
    return {};
  }
  return fail(error_code::behind, "the database " + connection_.path() + " has events up to " +
                                      std::to_string(applied_seq_) + " and lacks those before " +
                                      std::to_string(batch.events.front().seq));
}

result<void> sqlite_writer::apply(const store_batch& batch) {
  auto transaction = begin();
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  if (batch.last_seq <= applied_seq_) {
    return {};
  }
  if (auto continues = check_continues(batch); !continues) {
    return continues;
  }
  const write_set rows = make_write_set(batch, applied_seq_, aside_->entities());
  auto done = write(rows);
  if (done) {
    done = finish(batch, *transaction);
  }
  if (!done) {
    chain_->forget();
    return done;
  }
  for (const sequenced_event* each : rows.aside) {
    aside_->note(each->event, nullptr);
  }
  return {};
}

result<void> sqlite_writer::write(const write_set& rows) {
  auto done = rows_->write(rows);
  if (done && rows.newest) {
    done =
        rows_->purge(*rows.newest - ended_reservations_kept, purge_rows_min + 2 * rows.reservations.size());
  }
  if (done && rows.newest) {
    if (const auto cutoff = horizon_.move_to(*rows.newest)) {
      done = rows_->forget(*cutoff, purge_rows_min + 2 * rows.requests.size());
    }
  }
  return done;
}

/// Ends the transaction with what every batch moves.
result<void> sqlite_writer::finish(const store_batch& batch, sqlite_transaction& transaction) {
  auto done = write_obligations(batch.obligations);
  if (done) {
    done = write_payouts(batch.payouts);
  }
  if (done) {
    done = move_seq_.bind(static_cast<std::int64_t>(batch.last_seq)).run();
  }
  if (done) {
    done = transaction.commit();
  }
  if (!done) {
    return done;
  }
  applied_seq_ = batch.last_seq;
  note_open(batch.obligations, batch.payouts);
  return {};
}

// ---- identity and what is open ----

result<void> sqlite_writer::adopt(const uuid& identity) {
  auto transaction = begin();
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  if (applied_seq_ > 0) {
    return fail(error_code::refused, "the database " + connection_.path() + " has events up to " +
                                         std::to_string(applied_seq_) + " already and keeps its identity " +
                                         to_string(identity_));
  }
  auto statement = connection_.prepare("UPDATE node SET identity = ?1");
  auto done = statement ? statement->bind(identity).run() : tl::unexpected(statement.error());
  if (done) {
    done = transaction->commit();
  }
  if (!done) {
    return done;
  }
  identity_ = identity;
  // As at the start: the journal that carries this identity must not outlive it.
  const auto durable = checkpoint();
  return durable ? result<void>() : tl::unexpected(durable.error());
}

result<void> sqlite_writer::save_positions(const std::vector<sink_position>& positions) {
  ORDERD_ASSERT(names_each_sink_once(positions));
  auto transaction = begin();
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  for (const sink_position& each : positions) {
    const std::string reason = storable_reason(each.reason);
    auto put = put_position_
                   .bind(std::string_view(each.sink), signed_number(each.seq), std::int64_t{each.disabled},
                         std::string_view(reason))
                   .run();
    if (!put) {
      return put;
    }
  }
  return transaction->commit();
}

/// Writes only what differs from the stored set: most of what is in flight stays in flight over several
/// batches.
result<void> sqlite_writer::write_obligations(const std::vector<obligation>& open) {
  std::unordered_map<uuid, const obligation*> wanted;
  wanted.reserve(open.size());
  for (const obligation& each : open) {
    wanted.emplace(each.reservation_id, &each);
    const auto stored = obligations_.find(each.reservation_id);
    if (stored != obligations_.end() && stored->second == each) {
      continue;
    }
    auto put = put_obligation_
                   .bind(each.reservation_id, std::string_view(each.sku), each.order_id,
                         static_cast<std::int64_t>(each.verdict))
                   .run();
    if (!put) {
      return put;
    }
  }
  for (const auto& [id, each] : obligations_) {
    if (wanted.contains(id)) {
      continue;
    }
    if (auto dropped = drop_obligation_.bind(id).run(); !dropped) {
      return dropped;
    }
  }
  return {};
}

/// As the obligations.
result<void> sqlite_writer::write_payouts(const std::vector<payout_due>& due) {
  std::unordered_set<uuid> wanted;
  for (const payout_due& each : due) {
    wanted.insert(each.order_id);
    const auto stored = payouts_.find(each.order_id);
    if (stored != payouts_.end() && stored->second == each) {
      continue;
    }
    auto put =
        put_payout_
            .bind(each.order_id, std::string_view(each.payer), std::string_view(each.payee), each.amount)
            .run();
    if (!put) {
      return put;
    }
  }
  for (const auto& [id, each] : payouts_) {
    if (wanted.contains(id)) {
      continue;
    }
    if (auto dropped = drop_payout_.bind(id).run(); !dropped) {
      return dropped;
    }
  }
  return {};
}

bool sqlite_writer::may_wait() const noexcept {
  return !waited_in_vain_ && snapshots_->load(std::memory_order_relaxed) == 0;
}

result<std::uint64_t> sqlite_writer::checkpoint() {
  auto done = connection_.checkpoint(false);
  waited_in_vain_ = waited_in_vain_ && !(done && done->complete);
  if (done && (!done->complete || done->log_pages > log_pages_wanted_max) && may_wait()) {
    ++waits_;
    done = connection_.checkpoint(true);
    waited_in_vain_ = done && done->in_vain;
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  log_pages_ = done->log_pages;
  if (done->complete) {
    durable_seq_ = applied_seq_;
  }
  return durable_seq_;
}

result<std::vector<obligation>> sqlite_writer::open_obligations() { return read_obligations(connection_); }

result<std::vector<payout_due>> sqlite_writer::open_payouts() { return read_payouts(connection_); }

result<void> sqlite_writer::limit_pages(std::int64_t pages) {
  return connection_.execute("PRAGMA max_page_count = " + std::to_string(pages));
}

} // namespace orderd

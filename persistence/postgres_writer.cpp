#include "persistence/postgres_writer.hpp"

#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"
#include "persistence/outbox_reads.hpp"
#include "persistence/postgres_migrations.hpp"
#include "persistence/postgres_row_writer.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace orderd {
namespace {

/// Ended reservations are looked up by their buyers for a while; then they only cost space.
constexpr std::chrono::hours ended_reservations_kept{24 * 7};
/// What a batch purges at least. It also purges twice what it writes, so that the purge never falls behind.
constexpr std::size_t purge_rows_min = 64;
/// A batch is tried again only because an earlier try was committed after all; there is one of those at most.
constexpr int tries_max = 3;
/// Under which nothing can be written.
constexpr std::int64_t epoch_of_nobody = -1;

constexpr postgres_statement take_node = {
    "take_node", "UPDATE node SET epoch = epoch + 1, updated_at = now() "
                 "WHERE id = 1 AND (identity = $1::uuid OR ($2::bool AND applied_seq = 0) OR $3::bool) "
                 "RETURNING identity, applied_seq, epoch, last_epoch, current_setting('fsync') = 'on'"};
constexpr postgres_statement read_node = {
    "read_node", "SELECT identity, applied_seq, epoch, last_epoch FROM node WHERE id = 1"};
constexpr postgres_statement move_node = {"move_node",
                                          "UPDATE node SET applied_seq = $1::int8, last_epoch = $2::int8, "
                                          "updated_at = now() "
                                          "WHERE id = 1 AND applied_seq = $3::int8 AND epoch = $4::int8"};
constexpr postgres_statement adopt_identity = {"adopt_identity",
                                               "UPDATE node SET identity = $1::uuid, updated_at = now() "
                                               "WHERE id = 1 AND applied_seq = 0 AND epoch = $2::int8"};
/// The lock makes another process that takes the node over wait, or shows that it has.
constexpr postgres_statement put_positions = {"put_positions", R"sql(
WITH mine AS (SELECT FROM node WHERE id = 1 AND epoch = $1::int8 FOR SHARE)
INSERT INTO event_sinks (sink, seq, disabled, reason, updated_at)
SELECT u.*, now() FROM mine, unnest($2::text[], $3::int8[], $4::bool[], $5::text[]) AS u
ON CONFLICT (sink) DO UPDATE SET seq = EXCLUDED.seq, disabled = EXCLUDED.disabled,
  reason = EXCLUDED.reason, updated_at = EXCLUDED.updated_at)sql"};
constexpr std::array<postgres_statement, 5> own_statements = {take_node, read_node, move_node, adopt_identity,
                                                              put_positions};

/// Every row is found by its key. A plan that was made while the tables were small must not read them from
/// end to end when they are large, and planning anew for each batch would cost more than the batch.
constexpr const char* session = "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                "SET enable_mergejoin = off; SET plan_cache_mode = force_generic_plan;"
                                "SET jit = off";

std::vector<postgres_statement> all_statements() {
  std::vector<postgres_statement> all(own_statements.begin(), own_statements.end());
  for (const auto part :
       {postgres_transaction::statements(), postgres_row_statements(), postgres_aside::statements(),
        postgres_obligations::statements(), postgres_chain::statements(), postgres_history_statements()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// The epoch of the batch's last event; `before`, if it has none.
std::int64_t last_epoch_of(const store_batch& batch, std::int64_t before) noexcept {
  return batch.events.empty() ? before : batch.events.back().epoch;
}

} // namespace

// ---- the connection ----

result<std::unique_ptr<postgres_writer>> postgres_writer::open(postgres_options options,
                                                               std::shared_ptr<postgres_position> position,
                                                               const takeover& of,
                                                               const std::function<bool()>& interrupted) {
  if (auto migrated = migrate(options, postgres_migrations()); !migrated) {
    return tl::unexpected(migrated.error());
  }
  std::unique_ptr<postgres_writer> writer(new postgres_writer(std::move(options), std::move(position)));
  auto done = writer->connect();
  if (done) {
    done = writer->take_over(of);
  }
  if (done) {
    done = writer->load();
  }
  if (done && writer->epoch_ != epoch_of_nobody) {
    done = writer->chain_stored(interrupted);
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return writer;
}

result<void> postgres_writer::connect() {
  is_current_ = false;
  const auto statements = all_statements();
  auto connection = postgres_connection::open(options_, statements);
  if (!connection) {
    return tl::unexpected(connection.error());
  }
  if (auto set = connection->execute(session); !set) {
    return set;
  }
  connection_ = std::move(*connection);
  return {};
}

result<void> postgres_writer::take_over(const takeover& of) {
  const auto rows =
      connection_.run(take_node, postgres_parameters().add(of.identity).add(of.unused).add(of.any));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->size() != 1) {
    // It is left to whoever has it.
    auto looked = look();
    epoch_ = epoch_of_nobody;
    return looked;
  }
  identity_ = rows->id(0, 0);
  applied_seq_ = static_cast<std::uint64_t>(rows->integer(0, 1));
  position_->raise(applied_seq_);
  epoch_ = rows->integer(0, 2);
  last_epoch_ = rows->integer(0, 3);
  if (rows->integer(0, 4) == 0) {
    log::warn("the PostgreSQL server runs with fsync=off: a crash of its machine can lose or damage what it "
              "has committed");
  }
  return {};
}

result<postgres_rows> postgres_writer::read_own_node() {
  auto rows = connection_.run(read_node, {});
  if (rows && rows->size() != 1) {
    return fail(error_code::damaged, "the database has lost the row of its table node");
  }
  return rows;
}

/// Opens the connection anew if it is lost, and then learns what became of what was under way.
result<void> postgres_writer::be_ready() {
  if (!connection_.is_open()) {
    if (auto connected = connect(); !connected) {
      return connected;
    }
  }
  return is_current_ ? result<void>() : refresh();
}

/// Compares the node's row with what is known of it.
result<void> postgres_writer::refresh() {
  const auto rows = read_own_node();
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->id(0, 0) != identity_) {
    return fail(error_code::store_failed, "the database is another one: its identity is " +
                                              to_string(rows->id(0, 0)) + " and was " + to_string(identity_));
  }
  if (rows->integer(0, 2) != epoch_) {
    return fail(error_code::superseded, "another process has taken the database over: its epoch is " +
                                            std::to_string(rows->integer(0, 2)) + ", this process has " +
                                            std::to_string(epoch_));
  }
  last_epoch_ = rows->integer(0, 3);
  const auto stored = static_cast<std::uint64_t>(rows->integer(0, 1));
  if (is_current_ && stored == applied_seq_) {
    return {};
  }
  if (auto loaded = load(); !loaded) {
    return loaded;
  }
  const std::uint64_t known = applied_seq_;
  applied_seq_ = stored;
  position_->raise(stored);
  if (stored < known) {
    return fail(error_code::behind, "the database has gone back from event " + std::to_string(known) +
                                        " to " + std::to_string(stored));
  }
  return {};
}

result<void> postgres_writer::load() {
  is_current_ = false;
  chain_.forget();
  auto loaded = obligations_.load(connection_);
  if (loaded) {
    loaded = aside_.load(connection_);
  }
  is_current_ = loaded.has_value();
  return loaded;
}

// ---- batches ----

result<void> postgres_writer::check_continues(const store_batch& batch) const {
  if (batch.events.empty()) {
    return {};
  }
  if (batch.events.front().seq <= applied_seq_ + 1) {
    const auto next = std::find_if(batch.events.begin(), batch.events.end(),
                                   [this](const sequenced_event& e) { return e.seq > applied_seq_; });
    if (next == batch.events.end() || next->epoch >= last_epoch_) {
      return {};
    }
    return fail(
        error_code::superseded,
        "event " + std::to_string(next->seq) + " was made under epoch " + std::to_string(next->epoch) +
            ", but the database has events of epoch " + std::to_string(last_epoch_) +
            " before it: another process has written to it since, from another journal, and what only "
            "this journal has cannot follow");
  }
  return fail(error_code::behind, "the database has events up to " + std::to_string(applied_seq_) +
                                      " and lacks those before " + std::to_string(batch.events.front().seq));
}

/// Calls `write` unless the batch is applied already.
template <class Write> result<void> postgres_writer::once(const store_batch& batch, Write write) {
  for (int tries = 0; tries < tries_max; ++tries) {
    if (auto ready = be_ready(); !ready) {
      return ready;
    }
    if (batch.last_seq <= applied_seq_) {
      return {};
    }
    if (auto continues = check_continues(batch); !continues) {
      return continues;
    }
    const std::uint64_t before = applied_seq_;
    const auto written = write();
    if (!written) {
      chain_.forget();
    }
    if (written || written.error().code != error_code::refused || !connection_.is_open()) {
      return written;
    }
    // Also what was moved from elsewhere shows as rows that are there already or are not there to be changed.
    // Then the position tells what it was.
    if (auto fresh = refresh(); !fresh) {
      return fresh;
    }
    if (applied_seq_ == before) {
      return written;
    }
  }
  return fail(error_code::store_failed, "the position in the table node is moved by another hand");
}

result<void> postgres_writer::apply(const store_batch& batch) {
  return once(batch, [&] { return write(batch); });
}

result<void> postgres_writer::write(const store_batch& batch) {
  const write_set rows = make_write_set(batch, applied_seq_, aside_.entities());
  if (auto learned = learn_links(rows.events); !learned) {
    return learned;
  }
  postgres_transaction transaction(connection_);
  add_move(transaction, batch.last_seq, last_epoch_of(batch, last_epoch_));
  transaction.pass("batch.begun");
  add_stock(transaction, rows.stock);
  transaction.pass("batch.stock");
  add_orders(transaction, rows.orders);
  transaction.pass("batch.orders");
  add_reservations(transaction, rows.reservations);
  if (rows.newest) {
    add_purge(transaction, *rows.newest - ended_reservations_kept,
              purge_rows_min + 2 * rows.reservations.size());
  }
  transaction.pass("batch.reservations");
  add_accounts(transaction, rows.accounts);
  add_holds(transaction, rows.holds);
  add_requests(transaction, rows.requests);
  if (rows.newest) {
    if (const auto cutoff = horizon_.move_to(*rows.newest)) {
      add_purge_of_requests(transaction, *cutoff, purge_rows_min + 2 * rows.requests.size());
    }
  }
  add_events(transaction, rows.events, chain_);
  postgres_aside::add(transaction, rows.aside, nullptr);
  obligations_.add(transaction, batch);
  transaction.pass("batch.events");
  if (auto written = transaction.run(); !written) {
    return tl::unexpected(written.error());
  }
  pass_fault_point("batch.written");
  if (auto committed = transaction.commit(); !committed) {
    return committed;
  }
  pass_fault_point("batch.committed");
  note(batch);
  aside_.note(rows.aside, nullptr);
  return {};
}

void postgres_writer::note(const store_batch& batch) {
  last_epoch_ = last_epoch_of(batch, last_epoch_);
  applied_seq_ = batch.last_seq;
  position_->raise(applied_seq_);
  obligations_.note(batch);
}

/// First of all, so that two processes meet at this row and nowhere else.
void postgres_writer::add_move(postgres_transaction& to, std::uint64_t last_seq,
                               std::int64_t last_epoch) const {
  to.add(move_node,
         postgres_parameters()
             .add(signed_number(last_seq))
             .add(last_epoch)
             .add(signed_number(applied_seq_))
             .add(epoch_),
         1, "the position that this process left it at");
}

// ---- what is aside ----

result<void> postgres_writer::set_aside(const store_batch& single, const std::string& reason) {
  ORDERD_ASSERT(single.events.size() == 1 && single.last_seq >= single.events.front().seq);
  const std::string storable = storable_reason(reason);
  return once(single, [&] { return write_aside(single, storable); });
}

result<void> postgres_writer::write_aside(const store_batch& single, const std::string& reason) {
  if (auto room = aside_.check_room(single.events.front().event); !room) {
    return room;
  }
  const std::array<const sequenced_event*, 1> those = {&single.events.front()};
  postgres_transaction transaction(connection_);
  add_move(transaction, single.last_seq, last_epoch_of(single, last_epoch_));
  postgres_aside::add(transaction, those, &reason);
  if (const auto* record = those.front()->request.get(); record != nullptr && single.remembers) {
    add_requests(transaction, std::span(&record, 1));
  }
  obligations_.add(transaction, single);
  if (auto written = transaction.run(); !written) {
    return tl::unexpected(written.error());
  }
  if (auto committed = transaction.commit(); !committed) {
    return committed;
  }
  pass_fault_point("aside.committed");
  note(single);
  aside_.note(those, &reason);
  return {};
}

result<void> postgres_writer::retry_aside(const std::function<bool()>& interrupted) {
  if (auto ready = be_ready(); !ready) {
    return ready;
  }
  const auto found = postgres_aside::keys(connection_);
  if (!found) {
    return tl::unexpected(found.error());
  }
  result<void> done;
  std::size_t failures = 0;
  for (auto key = found->begin(); done && key != found->end() && !interrupted(); ++key) {
    const auto tried = retry(*key, interrupted);
    chain_.forget();
    if (tried || (connection_.is_open() && tried.error().code == error_code::refused)) {
      continue;
    }
    log::warn("what is aside of an order, item or account could not be tried again",
              {{"entity", key->name()}, {"reason", tried.error().detail}});
    failures += is_in_events(tried.error().code) ? 0 : 1;
    if (!connection_.is_open() || failures == retry_failures_max) {
      done = tried;
    }
  }
  // Also after an error: entities before it are back.
  is_current_ = false;
  auto loaded = done ? refresh() : result<void>();
  return done ? loaded : done;
}

/// Brings one order, item or account back, as far as it goes.
result<void> postgres_writer::retry(const aside_key& key, const std::function<bool()>& interrupted) {
  for (;;) {
    const auto back = retry_first(key);
    if (!back || *back < retry_events_max || interrupted()) {
      return back ? result<void>() : tl::unexpected(back.error());
    }
  }
}

/// Brings its first events back, in one transaction, and returns how many.
result<std::size_t> postgres_writer::retry_first(const aside_key& key) {
  auto events = postgres_aside::events_of(connection_, key);
  if (!events || events->empty()) {
    return events ? result<std::size_t>(0) : tl::unexpected(events.error());
  }
  const std::uint64_t last = events->back().seq;
  const store_batch batch{std::move(*events), last, {}};
  const write_set rows = make_write_set(batch, 0);
  if (auto learned = learn_links(rows.events); !learned) {
    return tl::unexpected(learned.error());
  }
  postgres_transaction transaction(connection_);
  add_move(transaction, applied_seq_, last_epoch_);
  postgres_aside::remove(transaction, key, last, batch.events.size());
  add_stock(transaction, rows.stock);
  add_orders(transaction, rows.orders);
  add_reservations(transaction, rows.reservations);
  add_accounts(transaction, rows.accounts);
  add_holds(transaction, rows.holds);
  add_requests(transaction, rows.requests);
  add_events(transaction, rows.events, chain_);
  if (auto written = transaction.run(); !written) {
    return tl::unexpected(written.error());
  }
  auto committed = transaction.commit();
  return committed ? result<std::size_t>(batch.events.size()) : tl::unexpected(committed.error());
}

// ---- position and identity ----

result<std::uint64_t> postgres_writer::checkpoint() {
  auto ready = be_ready();
  if (ready) {
    ready = refresh();
  }
  return ready ? result<std::uint64_t>(applied_seq_) : tl::unexpected(ready.error());
}

result<void> postgres_writer::adopt(const uuid& identity) {
  if (auto ready = be_ready(); !ready) {
    return ready;
  }
  const auto adopted = connection_.run(adopt_identity, postgres_parameters().add(identity).add(epoch_));
  if (!adopted) {
    return tl::unexpected(adopted.error());
  }
  if (adopted->changed() != 1) {
    if (auto fresh = refresh(); !fresh) {
      return fresh;
    }
    return fail(error_code::refused, "the database has events up to " + std::to_string(applied_seq_) +
                                         " already and keeps its identity " + to_string(identity_));
  }
  identity_ = identity;
  return {};
}

result<void> postgres_writer::save_positions(const std::vector<sink_position>& positions) {
  ORDERD_ASSERT(names_each_sink_once(positions));
  if (auto ready = be_ready(); !ready || positions.empty()) {
    return ready;
  }
  postgres_array sink(postgres_type::text), seq(postgres_type::int8), disabled(postgres_type::boolean),
      reason(postgres_type::text);
  for (const sink_position& each : positions) {
    sink.add(std::string_view(each.sink));
    seq.add(signed_number(each.seq));
    disabled.add(each.disabled);
    reason.add(std::string_view(storable_reason(each.reason)));
  }
  const auto put = connection_.run(
      put_positions, postgres_parameters().add(epoch_).add(sink).add(seq).add(disabled).add(reason));
  if (!put) {
    return tl::unexpected(put.error());
  }
  if (put->changed() == positions.size()) {
    return {};
  }
  if (auto fresh = refresh(); !fresh) {
    return fresh;
  }
  return fail(error_code::store_failed, "the positions of " + std::to_string(positions.size()) +
                                            " sinks of events were not kept: the row of the table node is "
                                            "changed by another hand");
}

result<std::vector<obligation>> postgres_writer::open_obligations() {
  if (auto ready = be_ready(); !ready) {
    return tl::unexpected(ready.error());
  }
  return obligations_.open();
}

result<std::vector<payout_due>> postgres_writer::open_payouts() {
  if (auto ready = be_ready(); !ready) {
    return tl::unexpected(ready.error());
  }
  return obligations_.payouts();
}

} // namespace orderd

/// The store port: where the journal's events end up as rows, and where cold entities and lists are read.
#pragma once

#include "config/result.hpp"
#include "domain/events.hpp"
#include "domain/obligations.hpp"
#include "persistence/aside_figures.hpp"
#include "persistence/store_batch.hpp"
#include "persistence/store_queries.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

class audit_snapshot;
struct entity_key;
struct history_checkpoint;

/// Which databases a process may take over from whoever writes to them.
struct takeover {
  std::optional<uuid> identity; ///< the one of this identity
  bool unused = false;          ///< one that no journal was ever applied to
  bool any = false;
};

/// How far a sink of events has come: what is kept of it over a restart.
struct sink_position {
  std::string sink;
  std::uint64_t seq = 0;   ///< the last event of the journal that it has done with
  bool disabled = false;   ///< nothing is sent to it until an operator says so
  std::string reason = {}; ///< why it is disabled; a thousand bytes of ASCII are kept

  bool operator==(const sink_position&) const = default;
};

/// Writes. One instance a process, on one thread (the write-behind actor's; recovery before it starts). A
/// lost connection is opened anew by the next call. Errors of every call, which change nothing: store_failed,
/// timed_out, locked, no_space, and superseded, after which nothing may be written any more. After a failure
/// whose outcome is unknown the next call finds out by the stored `applied_seq`.
class store_writer {
 public:
  virtual ~store_writer() = default;

  /// Applies what is new of the batch and moves `applied_seq`, in one transaction. Events of an entity that
  /// has events aside go aside as well, however many they are. More errors: refused (a row violates what the
  /// database demands, or rows lack what events change: an earlier or smaller batch may pass); behind (the
  /// store lacks events in front of this batch: go back to `applied_seq`). Superseded are also events of an
  /// epoch before that of what is applied: another process has written since, and its events and these
  /// contradict each other.
  [[nodiscard]] virtual result<void> apply(const store_batch& batch) = 0;

  /// Puts the one event of the batch, which `apply` has refused, aside with the reason, and moves
  /// `applied_seq` past it, in one transaction; the record of its request is remembered as by `apply`. More
  /// errors: refused, if `aside_entities_max` others are aside, and for a mere record, which is of no entity.
  [[nodiscard]] virtual result<void> set_aside(const store_batch& single, const std::string& reason) = 0;
  /// Applies what is aside again, the oldest entity first and each for itself, up to `retry_events_max`
  /// events a transaction. What fails stays aside, in memory that does not grow with it. Called at start.
  /// `interrupted` is asked between transactions; then the rest stays aside. Errors: of a database that is
  /// away, or that lacked time, a lock or space for `retry_failures_max` entities.
  [[nodiscard]] virtual result<void> retry_aside(const std::function<bool()>& interrupted) = 0;
  /// The same to the end.
  [[nodiscard]] result<void> retry_aside() {
    return retry_aside([] { return false; });
  }
  /// What is aside now.
  [[nodiscard]] virtual const aside_figures& aside() const noexcept = 0;

  /// Makes what is applied durable and returns up to where it surely is: that far the journal may be
  /// released. Less than `applied_seq` while a reader is in the way. Blocks for the disk. Due every few
  /// seconds, since the store's own log grows in between. Errors: as `apply`.
  [[nodiscard]] virtual result<std::uint64_t> checkpoint() = 0;
  /// The last event of the journal that the rows show.
  [[nodiscard]] virtual std::uint64_t applied_seq() const noexcept = 0;
  /// What the frames of this process are to carry: more than any process before it had on this database.
  [[nodiscard]] virtual std::uint32_t epoch() const noexcept = 0;
  /// The identity shared by store and journal; a folder of one cannot be started with another.
  [[nodiscard]] virtual uuid identity() const noexcept = 0;
  /// Takes on the identity of the store that the history to be applied comes from. Only before the first
  /// event; later: refused.
  [[nodiscard]] virtual result<void> adopt(const uuid& identity) = 0;
  /// Keeps how far these sinks have come, in one transaction; others stay as they are, and so does
  /// `applied_seq`. A position may go back. No two of the same sink (asserted). As durable as what is
  /// applied; after a failure, call again.
  [[nodiscard]] virtual result<void> save_positions(const std::vector<sink_position>& positions) = 0;
  /// Drops the oldest events that are kept, at most `limit` of them: those up to `until_seq` that happened
  /// before `before`, ending with the first that did not. In the same transaction each entity that loses
  /// events gets a checkpoint of the last of them in place of the one it had, and the history begins behind
  /// them. Nothing is dropped from an event on that is aside. Returns how many went; 0: there are no more.
  /// More errors: damaged, if the events do not follow from each other; then nothing is dropped.
  [[nodiscard]] virtual result<std::size_t> drop_history(std::uint64_t until_seq, timestamp before,
                                                         std::size_t limit) = 0;
  /// What was open after `applied_seq`.
  [[nodiscard]] virtual result<std::vector<obligation>> open_obligations() = 0;
  [[nodiscard]] virtual result<std::vector<payout_due>> open_payouts() = 0;
  /// Events up to this number are dropped, as the database has it: also after a drop whose outcome is
  /// unknown.
  [[nodiscard]] virtual result<std::uint64_t> dropped_to() = 0;
};

/// Reads. One instance a thread; each call sees one snapshot, and a lost connection is opened anew. Errors:
/// store_failed, timed_out, locked, damaged, newer_format. Single entities and `unfinished` include what is
/// aside; lists and timelines show the rows alone.
class store_reader {
 public:
  virtual ~store_reader() = default;

  /// The order; null when unknown.
  [[nodiscard]] virtual result<order_ptr> load_order(const uuid& id) = 0;
  /// The item with its active reservations.
  [[nodiscard]] virtual result<std::optional<stock_item>> load_stock(const std::string& sku) = 0;
  /// A reservation, active or ended.
  [[nodiscard]] virtual result<std::optional<stored_reservation>> load_reservation(const uuid& id) = 0;
  /// The account with its holds.
  [[nodiscard]] virtual result<std::optional<account>> load_account(const std::string& id) = 0;
  [[nodiscard]] virtual result<account_entries_page> account_entries(const account_entries_query& query) = 0;
  /// What is remembered of the request; nothing if it is unknown or forgotten.
  [[nodiscard]] virtual result<std::optional<request_record>> load_request(const uuid& key) = 0;
  /// Calls `visit` for every remembered request, the oldest first, in bounded memory.
  [[nodiscard]] virtual result<void>
  each_request(const std::function<void(const remembered_key&)>& visit) = 0;
  /// At most `limit` orders behind `after`, by id. One that has events aside is told as due at once, whatever
  /// has become of it.
  [[nodiscard]] virtual result<std::vector<unfinished_order>> unfinished(const std::optional<uuid>& after,
                                                                         std::size_t limit) = 0;
  /// At most `limit` orders behind `after`, by time and id.
  [[nodiscard]] virtual result<std::vector<acceptance_due>>
  to_be_accepted(const std::optional<acceptance_due>& after, std::size_t limit) = 0;
  /// Pages of the lists; at most `limit` items.
  [[nodiscard]] virtual result<order_page> list_orders(const order_query& query) = 0;
  [[nodiscard]] virtual result<stock_page> list_stock(const stock_query& query) = 0;
  /// Events of an order after `after_version`, oldest first.
  [[nodiscard]] virtual result<std::vector<order_event>> timeline(const uuid& id, std::uint64_t after_version,
                                                                  std::size_t limit) = 0;
  /// Calls `visit` for every product, in no particular order.
  [[nodiscard]] virtual result<void> each_product(const std::function<void(const product&)>& visit) = 0;
  /// One row for each item that has an expiring reservation.
  [[nodiscard]] virtual result<std::vector<stored_deadline>> deadlines() = 0;
  /// Calls `visit` for every event that is kept from `from_seq` on, those aside included, in journal order,
  /// in bounded memory; ends with the first error that `visit` returns.
  [[nodiscard]] virtual result<void>
  history(std::uint64_t from_seq, const std::function<result<void>(const sequenced_event&)>& visit) = 0;

  /// At most `limit` events (not 0, asserted) behind `seq`, those aside included: a page of the outbox. Mere
  /// records are passed over, however many there are. Costs one row if nothing is behind `seq`. A `seq`
  /// beyond `applied_seq`, of a database that has gone back, yields nothing and that `applied_seq`.
  [[nodiscard]] virtual result<event_page> events_after(std::uint64_t seq, std::size_t limit) = 0;
  /// The place of the first event or record of `at` or later, nothing if all are earlier. It looks at one row
  /// for each halving of the history, so it is exact only as far as events are in the order of time.
  [[nodiscard]] virtual result<std::optional<std::uint64_t>> first_event_since(timestamp at) = 0;
  /// What was saved of each sink, by name.
  [[nodiscard]] virtual result<std::vector<sink_position>> sink_positions() = 0;

  /// Events up to this number have been dropped from the history; 0: none.
  [[nodiscard]] virtual result<std::uint64_t> dropped_to() = 0;
  /// What an entity's history begins with, if events of it have been dropped.
  [[nodiscard]] virtual result<std::optional<history_checkpoint>> checkpoint(const entity_key& of) = 0;
  /// At most `limit` events of an item behind `after_version`, oldest first, with their links; without those
  /// aside.
  [[nodiscard]] virtual result<std::vector<sequenced_event>>
  stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit) = 0;
};

/// Opens the parts of one database.
class store {
 public:
  virtual ~store() = default;
  /// Opens or creates the database, brings its schema up to date and takes it over from any other process.
  /// First, and once. A database that `of` does not name is not taken over: its writer tells its identity and
  /// position and can write nothing (superseded).
  [[nodiscard]] virtual result<std::unique_ptr<store_writer>> open_writer(const takeover& of) = 0;
  /// The same for whatever database it is.
  [[nodiscard]] result<std::unique_ptr<store_writer>> open_writer() { return open_writer({{}, false, true}); }
  /// Opens a connection of its own, after the writer. It gives up what takes longer than `longest` where that
  /// can be told to the database: PostgreSQL, if its own timeouts are not shorter.
  [[nodiscard]] virtual result<std::unique_ptr<store_reader>>
  open_reader(std::chrono::milliseconds longest) = 0;
  /// Takes a snapshot on a connection of its own, after the writer. It is to be let go as soon as may be: as
  /// long as it lives the database keeps what it shows. No statement is limited in time but those of a server
  /// that does not answer.
  [[nodiscard]] virtual result<std::unique_ptr<audit_snapshot>> open_snapshot() = 0;
  /// The same with the database's own timeouts.
  [[nodiscard]] result<std::unique_ptr<store_reader>> open_reader() {
    return open_reader(std::chrono::milliseconds::max());
  }
};

} // namespace orderd

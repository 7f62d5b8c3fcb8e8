/// The store port: where the journal's events end up as rows, and where cold entities and lists are read.
#pragma once

#include "config/result.hpp"
#include "domain/events.hpp"
#include "domain/obligations.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// An event with its place in the journal.
struct sequenced_event {
  std::uint64_t seq = 0;
  orderd::event event;
};

/// What one transaction applies. Events are in journal order and follow the store's `applied_seq`.
struct store_batch {
  std::vector<sequenced_event> events;
  std::uint64_t last_seq = 0;          ///< the store's `applied_seq` afterwards
  std::vector<obligation> obligations; ///< all that are open after `last_seq`; replaces the stored set
};

/// A list of orders, newest first. Empty fields do not filter.
struct order_query {
  std::optional<order_status> status;
  std::optional<std::string> customer_id;
  std::optional<timestamp> created_after;  ///< exclusive
  std::optional<timestamp> created_before; ///< exclusive
  std::size_t limit = 20;
  std::optional<uuid> after; ///< keyset: only orders older than this one (by creation, then id)
  std::optional<timestamp> after_created_at; ///< set with `after`, and only then (asserted)
  std::optional<std::size_t> page;           ///< from 1; asks for `total` too
};

struct order_page {
  std::vector<order_ptr> items;
  bool more = false;                  ///< older ones exist
  std::optional<std::uint64_t> total; ///< with `page`
};

/// A list of stock items by SKU.
struct stock_query {
  std::size_t limit = 20;
  std::optional<std::string> after; ///< keyset: only SKUs behind this one
  std::optional<std::size_t> page;  ///< from 1; asks for `total` too
};

struct stock_page {
  std::vector<stock_view> items;
  bool more = false;
  std::optional<std::uint64_t> total;
};

/// A stored reservation, active or ended.
struct stored_reservation {
  std::string sku;
  orderd::reservation reservation;
  reservation_state state = reservation_state::active;
};

/// The first expiry that a stored item waits for.
struct stored_deadline {
  std::string sku;
  timestamp at;
};

/// Writes. One instance a process, on one thread (the write-behind actor's; recovery before it starts).
class store_writer {
 public:
  virtual ~store_writer() = default;

  /// Applies what is new of the batch and moves `applied_seq`, in one transaction. Errors, which change
  /// nothing: no_space, store_failed, locked; damaged (rows lack what events change).
  [[nodiscard]] virtual result<void> apply(const store_batch& batch) = 0;

  /// Makes what is applied durable and returns up to where it surely is: that far the journal may be
  /// released. Less than `applied_seq` while a reader is in the way. Blocks for the disk. Due every few
  /// seconds, since the store's own log grows in between. Errors: as `apply`.
  [[nodiscard]] virtual result<std::uint64_t> checkpoint() = 0;
  /// The last event of the journal that the rows show.
  [[nodiscard]] virtual std::uint64_t applied_seq() const noexcept = 0;
  /// The identity shared by store and journal; a folder of one cannot be started with another.
  [[nodiscard]] virtual uuid identity() const noexcept = 0;
  /// What was open after `applied_seq`.
  [[nodiscard]] virtual result<std::vector<obligation>> open_obligations() = 0;
};

/// Reads. One instance a thread. Errors: store_failed, locked, damaged, newer_format; lists: timed_out.
class store_reader {
 public:
  virtual ~store_reader() = default;

  /// The order; null when unknown.
  [[nodiscard]] virtual result<order_ptr> load_order(const uuid& id) = 0;
  /// The item with its active reservations.
  [[nodiscard]] virtual result<std::optional<stock_item>> load_stock(const std::string& sku) = 0;
  /// A reservation, active or ended.
  [[nodiscard]] virtual result<std::optional<stored_reservation>> load_reservation(const uuid& id) = 0;
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
};

/// Opens the parts of one database.
class store {
 public:
  virtual ~store() = default;
  /// Opens or creates the database and brings its schema up to date. First, and once.
  [[nodiscard]] virtual result<std::unique_ptr<store_writer>> open_writer() = 0;
  /// Opens a connection of its own, after the writer.
  [[nodiscard]] virtual result<std::unique_ptr<store_reader>> open_reader() = 0;
};

} // namespace orderd

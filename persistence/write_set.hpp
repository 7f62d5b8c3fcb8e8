/// What a batch of events changes, coalesced to one row an entity: a thousand reservations of one item are
/// one stock row. Pure; every store writes these rows in its own dialect.
#pragma once

#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace orderd {

/// Absolute values of an order after the batch. A field that is empty keeps the stored value; a created row
/// has all. SQLite leaves a stored row with this version or a newer one alone; PostgreSQL never meets one,
/// since the position that the transaction moves keeps a batch from counting twice.
struct order_row {
  uuid id;
  std::uint64_t version = 0;
  timestamp updated_at;
  const order_created* created = nullptr; ///< set if the order began in this batch
  timestamp created_at;                   ///< with `created`
  std::optional<order_status> status;
  std::optional<cents> total;
  const std::vector<order_line>* lines = nullptr; ///< replace all stored lines
  const std::string* metadata = nullptr;
  const std::string* runner_id = nullptr;
  const order_failure* failure = nullptr;
  std::optional<payment_status> payment;
  std::optional<saga_step> step;
  std::optional<saga_delay> delay;        ///< all of it
  const order_placing* placing = nullptr; ///< of value only while the step is one of a placement
  std::optional<std::uint64_t> attempt;   ///< set with `placing`
  std::optional<payment_keeper> keeper;   ///< set with `placing`
  const std::string* payee = nullptr;
  std::optional<timestamp> accept_by;
  bool withdrawn = false; ///< the row goes, with its lines; with `created`, there is none
};

/// An account after the batch.
struct account_row {
  std::string_view id;
  std::uint64_t version = 0;
  timestamp updated_at;
  std::optional<timestamp> created_at; ///< set if the account began in this batch
  account_levels levels;
  account_totals totals;
};

/// A hold of an account after the batch. One a payer and order.
struct hold_row {
  std::string_view account_id;
  uuid order_id;
  const funds_held* made = nullptr; ///< set if it was made in this batch
  bool escrowed = false;
  bool ended = false; ///< the row goes; with `made`, there is none
};

/// A stock item after the batch.
struct stock_row {
  std::string_view sku;
  std::uint64_t version = 0;
  timestamp updated_at;
  stock_levels levels;
  stock_totals totals;
  const orderd::product* product = nullptr; ///< set if the item was defined in this batch: it may be new
};

/// A reservation after the batch. `deadline` is the instant at which it ends unless an order has it: what
/// `reservation::expires_at` says while free and `reservation::claimed_expiry` while claimed. Kept as one
/// value, so that claiming and giving back are absolute changes of `order_id` alone.
struct reservation_row {
  uuid id;
  std::string_view sku;
  std::uint64_t version = 0;         ///< the item's, at the reservation's last change
  const reservation* made = nullptr; ///< set if it was made in this batch
  reservation_state state = reservation_state::active;
  std::optional<timestamp> ended_at; ///< set unless active
  std::optional<timestamp> deadline; ///< changed to; with `made`, the whole truth
  std::optional<uuid> order_id;      ///< changed to, nil for none; always set with `made`
};

/// Borrows from the batch that it was made of, and must not outlive it.
struct write_set {
  std::vector<stock_row> stock;
  std::vector<order_row> orders;
  std::vector<reservation_row> reservations;
  std::vector<account_row> accounts;
  std::vector<hold_row> holds;
  std::vector<const request_record*> requests; ///< the last one of each key; of all events, those aside too
  std::vector<const sequenced_event*> events;  ///< those behind the store's `applied_seq`
  std::vector<const sequenced_event*> aside;   ///< of them, those of entities that are aside: no rows
  std::optional<timestamp> newest;             ///< the latest of `events`; nothing without any
};

/// The orders, stock items and accounts whose events go aside.
struct aside_entities {
  std::unordered_set<uuid> orders;
  std::unordered_set<std::string> skus;
  std::unordered_set<std::string> accounts;

  [[nodiscard]] bool contains(const event& e) const;
  void insert(const event& e);
  [[nodiscard]] std::size_t size() const noexcept { return orders.size() + skus.size() + accounts.size(); }
};

/// Coalesces the events of `batch` with a sequence above `applied_seq`, but for those of entities in `aside`.
/// Asserts that sequences ascend up to `last_seq`. Each list is in the order of the entities' first events.
[[nodiscard]] write_set make_write_set(const store_batch& batch, std::uint64_t applied_seq,
                                       const aside_entities& aside = {});

/// Yields the events of an entity that are aside, page after page, oldest first; an empty one is the end.
using aside_pages = std::function<result<std::vector<event>>()>;
/// Events of a page: a few MiB at worst.
inline constexpr std::size_t aside_page_events = 1'000;

/// What the rows show, brought up to date by the events that are aside: those the state has already are
/// passed over. Errors: those of `next`; damaged, if they do not fit together; none is asserted.
[[nodiscard]] result<order_ptr> with_aside(order_ptr shown, const aside_pages& next);
[[nodiscard]] result<std::optional<stock_item>> with_aside(std::optional<stock_item> shown,
                                                           const aside_pages& next);
[[nodiscard]] result<std::optional<account>> with_aside(std::optional<account> shown,
                                                        const aside_pages& next);
/// The same of one reservation; among `aside`, oldest first, are all events that change it.
[[nodiscard]] std::optional<stored_reservation> with_aside(std::optional<stored_reservation> shown,
                                                           const uuid& id, const std::vector<event>& aside);

/// Everything that `stock_item` asserts of a stored item and that rows could belie.
[[nodiscard]] bool adds_up(const stock_view& view, const stock_totals& totals,
                           const std::vector<reservation>& active);

/// A stored or new reservation's two expiries from the one that is stored.
void set_expiry(reservation& r, std::optional<timestamp> deadline) noexcept;

} // namespace orderd

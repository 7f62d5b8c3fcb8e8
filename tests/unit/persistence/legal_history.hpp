/// A journal's worth of events, each decided by the rules and in a legal order.
#pragma once

#include "domain/order_rules.hpp"
#include "domain/stock_rules.hpp"
#include "persistence/store.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace orderd::test {

/// The whole history `events`, and what it leads to by the rules alone: what a store must agree with.
class legal_history {
 public:
  explicit legal_history(std::uint64_t seed) : random_(seed) {}

  void advance(std::chrono::milliseconds by) { now_ += by; }
  [[nodiscard]] timestamp now() const noexcept { return now_; }
  [[nodiscard]] uuid new_id();

  void define(const std::string& sku, std::int64_t on_hand, std::optional<std::int64_t> product_id = {});
  void adjust(const std::string& sku, std::int64_t delta);
  /// A buyer's own reservation. The item must have the units.
  uuid reserve(const std::string& sku, std::int64_t qty,
               std::chrono::milliseconds ttl = std::chrono::minutes(10));
  void extend(const std::string& sku, const uuid& reservation, std::chrono::milliseconds ttl);
  void release(const std::string& sku, const uuid& reservation);
  void commit(const std::string& sku, const uuid& reservation);
  void claim(const std::string& sku, const uuid& reservation, const uuid& order);
  void settle(const std::string& sku, const uuid& reservation, const uuid& order, order_verdict verdict);
  /// Ends what is due at the present instant.
  void expire(const std::string& sku);

  uuid create(const std::string& customer, const std::string& sku, order_status status = order_status::draft);
  /// Reserves one unit and creates the order over it, processed.
  uuid place(const std::string& customer, const std::string& sku);
  /// Reserves for a draft or registered order and places it.
  void place(const uuid& order);
  void change(const uuid& order, order_status target);
  void amend(const uuid& order, const std::string& metadata);
  void fail(const uuid& order);
  /// Tells the items what the order's end means for its reservations.
  void settle(const uuid& order, order_verdict verdict);

  /// Any one legal thing.
  void random_step();

  [[nodiscard]] std::uint64_t last_seq() const noexcept { return events_.size(); }
  /// The events (`from`, `to`] and the obligations after `to`.
  [[nodiscard]] store_batch batch(std::uint64_t from, std::uint64_t to) const;
  /// The history as it was after `seq`; it can be read, not continued.
  [[nodiscard]] legal_history prefix(std::uint64_t seq) const;
  [[nodiscard]] store_batch all() const { return batch(0, last_seq()); }

  [[nodiscard]] const std::map<std::string, stock_item>& items() const noexcept { return items_; }
  [[nodiscard]] const std::map<uuid, order>& orders() const noexcept { return orders_; }
  [[nodiscard]] const std::map<uuid, stored_reservation>& reservations() const noexcept {
    return reservations_;
  }
  [[nodiscard]] const std::vector<sequenced_event>& events() const noexcept { return events_; }

 private:
  void add(const stock_event& e);
  void add(const order_event& e);
  void add(const account_event&) {}
  void add(const request_record&) {}
  void note_reservations(const stock_event& e);
  std::vector<order_line> lines_of(const std::string& sku);
  void step_of_stock(const std::string& sku);
  void step_of_reservation(const std::string& sku);
  void step_of_order(const uuid& id);

  std::mt19937_64 random_;
  timestamp now_{std::chrono::milliseconds(1'700'000'000'000)};
  std::vector<sequenced_event> events_;
  std::map<std::string, stock_item> items_;
  std::map<uuid, order> orders_;
  std::map<uuid, stored_reservation> reservations_;
};

} // namespace orderd::test

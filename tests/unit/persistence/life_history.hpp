/// A journal's worth of orders with payments: their sagas, the accounts that pay and the requests that are
/// remembered. Without stock: reservations are names alone.
#pragma once

#include "domain/account.hpp"
#include "persistence/store.hpp"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

/// The whole history `events`, and what it leads to by the domain alone: what a store must agree with.
class life_history {
 public:
  explicit life_history(std::uint64_t seed) : random_(seed) {}

  void advance(std::chrono::milliseconds by) { now_ += by; }
  [[nodiscard]] timestamp now() const noexcept { return now_; }
  [[nodiscard]] uuid new_id();

  void deposit(const std::string& account, cents amount);
  uuid create(const std::string& customer, order_status status);
  /// Any legal event of this order.
  void add(const uuid& order, decltype(order_event::what) what, request_record_ptr request = {});
  /// What a placement of the order reserves.
  [[nodiscard]] order_placing placing_of(const uuid& order, refusal_outcome on_refusal);
  /// The order's payment in the account of its customer.
  void hold(const uuid& order);
  void escrow(const uuid& order);
  void capture(const uuid& order);
  void give_back(const uuid& order);
  /// All payouts on their way arrive.
  void pay_out();
  /// A request that changed nothing.
  void remember(const request_record& record);
  /// A record of a new key.
  [[nodiscard]] request_record record(std::uint16_t status);

  /// Any one legal thing, and some steps of one order.
  void random_step();

  [[nodiscard]] std::uint64_t last_seq() const noexcept { return events_.size(); }
  /// The events (`from`, `to`] and what is open after `to`.
  [[nodiscard]] store_batch batch(std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] store_batch all() const { return batch(0, last_seq()); }
  /// The history as it was after `seq`; it can be read, not continued.
  [[nodiscard]] life_history prefix(std::uint64_t seq) const;

  /// Withdrawn ones too.
  [[nodiscard]] const std::map<uuid, order>& orders() const noexcept { return orders_; }
  [[nodiscard]] const std::map<std::string, account>& accounts() const noexcept { return accounts_; }
  [[nodiscard]] const std::map<uuid, request_record>& requests() const noexcept { return requests_; }
  [[nodiscard]] const std::vector<sequenced_event>& events() const noexcept { return events_; }

 private:
  void take(const sequenced_event& each);
  void append(event what, request_record_ptr request = {});
  account& account_of(const std::string& id);
  [[nodiscard]] request_record_ptr random_request(const uuid& subject);
  void step_of_order(const uuid& id);
  void step_at_rest(const uuid& id);
  void step_of_authorizing(const uuid& id);
  void step_of_placing(const uuid& id);
  void step_of_end(const uuid& id);
  void delay(const uuid& id);
  void call_off(const uuid& id);
  [[nodiscard]] std::optional<timestamp> accept_by();
  [[nodiscard]] std::vector<order_line> held_lines_of(const uuid& id);

  std::mt19937_64 random_;
  timestamp now_{std::chrono::milliseconds(1'700'000'000'000)};
  std::vector<sequenced_event> events_;
  std::map<uuid, order> orders_;
  std::map<std::string, account> accounts_;
  std::map<uuid, request_record> requests_;
  obligations open_;
};

} // namespace orderd::test

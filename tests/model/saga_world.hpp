/// Orders, stock items and accounts that change by one event at a time, as the rules decide, in a world where
/// the power may go between any two events.
#pragma once

#include "domain/obligations.hpp"
#include "domain/placement.hpp"
#include "domain/saga_rules.hpp"
#include "tests/support/saga_books.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

/// What takes several events is a queue of steps, and the steps of all that is under way interleave. A crash
/// forgets them and every event behind the last one that anybody outside was told of, or some of these.
class saga_world {
 public:
  /// With so many units of each product. The fewer, the more orders are refused.
  saga_world(money_mover mover, std::uint64_t seed, std::int64_t units_each = 25);

  /// Lets time pass, begins something or takes one step of something, and checks every sum.
  void step();
  /// Keeps a prefix of the journal, folds it, and takes up what is unfinished.
  void crash();
  /// Ends all that is under way, until every saga rests; then checks each order against stock and money.
  void finish();

  [[nodiscard]] std::size_t crashes_within_sagas() const { return crashes_within_sagas_; }
  /// All that is journaled, synced or not. The latest crash has forgotten the rest.
  [[nodiscard]] const std::vector<event>& journal() const { return journal_; }
  [[nodiscard]] std::size_t orders_in(order_status status) const;

 private:
  using step_list = std::deque<std::function<void()>>;
  struct task {
    step_list steps;
    uuid order_id; ///< nil for what no order waits for
  };
  /// A placement, and what becomes of it.
  struct placing {
    placement answers;
    uuid order_id;
    std::string customer;
    bool attended = false;
  };
  enum class service_state : std::uint8_t { nothing, authorized, captured, returned, declined };
  enum class verdict : std::uint8_t { done, declined, unavailable, unknown };
  using payment_key = std::pair<uuid, std::uint64_t>;

  std::size_t below(std::size_t bound) { return random_() % bound; }
  uuid fresh_id();
  void append(const event& e);
  void sync() { synced_ = journal_.size(); }
  void advance(std::size_t index);
  void begin(const uuid& order_id);
  [[nodiscard]] bool is_busy(const uuid& order_id) const;

  // ---- commands ----
  void start();
  void buy();
  void expire();
  void create();
  void change(order_status target);
  void retry();
  void attend();
  [[nodiscard]] bool attend_to(const uuid& id);
  void reserve(const uuid& id, std::vector<order_line> lines, const std::string& customer, bool attended);

  // ---- an order's saga, as its actor carries it out ----
  void ask_for(placing& p, std::size_t index);
  void decide_placement(const placing& p);
  void place_paid(const placing& p, std::vector<order_line> lines);
  void proceed(const uuid& id, bool asked_for);
  void ask_ledger(const uuid& id, bool asked_for);
  [[nodiscard]] verdict move_in_ledger(const order& state);
  void pay_out(const payout_due& due);
  void ask_service(const uuid& id, bool asked_for);
  [[nodiscard]] verdict move_in_service(const order& state);
  void learn(const uuid& id, verdict what, bool asked_for);
  void give_up(const uuid& id, bool asked_for, bool surely_not_held);
  /// The service says something of a payment without being asked.
  void notify();
  void deliver(const uuid& id, const payment_notice& notice);
  void tell(const std::vector<order_line>& lines, const uuid& order_id, order_verdict verdict);
  void settle_later(const obligation& what);

  [[nodiscard]] outside_books outside() const;

  money_mover mover_;
  std::mt19937_64 random_;
  timestamp now_;
  std::uint64_t ids_ = 0;
  bool calm_ = false; ///< nothing goes wrong any more

  // What is journaled, and what follows from it.
  std::vector<event> journal_;
  std::size_t synced_ = 0; ///< events that somebody outside was told of
  saga_books books_;

  // What a crash forgets.
  std::vector<task> tasks_;
  step_list next_;
  std::map<uuid, bool> may_be_held_; ///< of orders whose first call this life has seen

  std::map<payment_key, service_state> service_;         ///< outside: no crash of ours changes it
  std::vector<std::pair<uuid, payment_notice>> notices_; ///< a broker's: they come again after a crash
  std::size_t crashes_within_sagas_ = 0;
};

} // namespace orderd::test

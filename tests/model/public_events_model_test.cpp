#include "domain/public_events.hpp"
#include "tests/model/saga_world.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace orderd;
using namespace orderd::test;

namespace {

using history = std::vector<order_event>;
using word_list = std::vector<std::string>;

/// What the rules say, written down as plainly as possible: each event is judged by looking back over all
/// that came before it, in the words of the timeline.
class naive_herald {
 public:
  explicit naive_herald(const history& all) : all_(all), first_(all.size()) {
    for (std::size_t i = 0; i < all.size() && first_ == all.size(); ++i)
      if (announces(i))
        first_ = i;
  }

  [[nodiscard]] word_list told(std::size_t i) const {
    if (is(i, "order_refused"))
      return {"reservation_failed"};
    if (i < first_)
      return {};
    word_list words;
    if (i > first_)
      return later(i);
    words = {"order_created"};
    if (is(i, "order_processed") || (i == 0 && status_after(all_[0]) == order_status::processed)) {
      words.emplace_back("stock_reserved");
      if (since_reserved(i, "payment_authorized") < i)
        words.emplace_back("payment_authorized");
    } else if (i > 0) {
      const auto rest = later(i);
      words.insert(words.end(), rest.begin(), rest.end());
    }
    return words;
  }

 private:
  [[nodiscard]] bool is(std::size_t i, std::string_view name) const { return name_of(all_[i]) == name; }
  [[nodiscard]] bool announces(std::size_t i) const {
    if (i == 0)
      return is(0, "order_created") && !std::get<order_created>(all_[0].what).tentative;
    return is(i, "order_registered") || is(i, "order_processed") || is(i, "order_failed") ||
           is(i, "order_cancelled");
  }
  /// The latest event of the name before `i`, but not before the latest reservation; `i` if there is none.
  [[nodiscard]] std::size_t since_reserved(std::size_t i, std::string_view name) const {
    for (std::size_t k = i; k-- > 0;) {
      if (is(k, name))
        return k;
      if (is(k, "stock_reserved"))
        break;
    }
    return i;
  }
  /// Whether units were reserved that were not given back, or made the order's, before `i`.
  [[nodiscard]] bool holds(std::size_t i) const {
    for (std::size_t k = i; k-- > 0;) {
      if (is(k, "stock_reserved"))
        return true;
      if (is(k, "payment_declined") || is(k, "payment_abandoned") || is(k, "order_processed"))
        return false;
    }
    return false;
  }
  [[nodiscard]] bool failure_was_told(std::size_t i) const {
    for (const auto* name : {"payment_declined", "payment_abandoned"})
      if (const auto k = since_reserved(i, name); k < i && k > first_)
        return true;
    return false;
  }
  /// Whether the outside heard that the payment given back at `i` was authorized.
  [[nodiscard]] bool authorization_was_told(std::size_t i) const {
    const auto k = since_reserved(i, "payment_authorized");
    return k < i && (k > first_ || is(first_, "order_processed"));
  }
  [[nodiscard]] word_list later(std::size_t i) const {
    static const std::map<std::string_view, word_list> plain = {
        {"stock_reserved", {"stock_reserved"}},
        {"payment_authorized", {"payment_authorized"}},
        {"payment_declined", {"payment_failed"}},
        {"payment_abandoned", {"payment_failed"}},
        {"order_registered", {"order_updated"}},
        {"order_accepted", {"order_updated"}},
        {"order_amended", {"order_updated"}},
        {"order_cancelled", {"order_updated"}},
        {"payment_escrowed", {}},
        {"capture_started", {}},
        {"step_delayed", {}},
        {"step_retried", {}},
    };
    if (is(i, "order_processed"))
      return holds(i) ? word_list{"order_updated"} : word_list{"stock_reserved", "order_updated"};
    if (is(i, "order_completed"))
      return std::get<order_completed>(all_[i].what).captured ? word_list{"payment_captured", "order_updated"}
                                                              : word_list{"order_updated"};
    if (is(i, "payment_refunded"))
      return authorization_was_told(i) ? word_list{"payment_refunded"} : word_list{};
    if (!is(i, "order_failed"))
      return plain.at(name_of(all_[i]));
    const auto& code = std::get<order_failed>(all_[i].what).failure.code;
    if (code == "insufficient_stock")
      return {"reservation_failed", "order_updated"};
    if (code.substr(0, 8) == "payment_" && !failure_was_told(i))
      return {"payment_failed", "order_updated"};
    return {"order_updated"};
  }

  const history& all_;
  std::size_t first_; ///< the event that announces the order
};

/// What the run has met: it is worth nothing if that was little.
struct experience {
  std::size_t announced_late = 0;
  std::size_t never_announced = 0;
  std::size_t refused = 0;
  std::map<std::string, std::size_t> told;
};

[[nodiscard]] std::size_t count(const word_list& words, std::string_view word) {
  return static_cast<std::size_t>(std::count(words.begin(), words.end(), word));
}

/// After each event the outside can make up its mind from what it was told alone.
void check_as_heard(const word_list& heard, const order& state, bool is_refused) {
  if (heard.empty())
    return;
  if (is_refused) {
    BOOST_TEST_REQUIRE((heard == word_list{"reservation_failed"}));
    return;
  }
  BOOST_TEST_REQUIRE(!state.withdrawn);
  BOOST_TEST_REQUIRE(heard.front() == "order_created");
  BOOST_TEST_REQUIRE(count(heard, "order_created") == 1U);
  BOOST_TEST_REQUIRE(count(heard, "payment_refunded") <= count(heard, "payment_authorized"));
  BOOST_TEST_REQUIRE((count(heard, "payment_captured") == 1U) == (state.payment == payment_status::captured));
  if (!held_lines(state).empty() && state.step != saga_step::returning)
    BOOST_TEST_REQUIRE(count(heard, "stock_reserved") >= 1U);
}

/// What is shown with the public events after an event is what the order is.
void check_shown(const order_trail& trail, const order& state) {
  using kind = public_event_type;
  if (std::string_view(to_text(state.status)) == "failed" && state.lines.empty())
    return; // It was refused: there is no order.
  BOOST_TEST_REQUIRE(trail.version == state.version);
  BOOST_TEST_REQUIRE(trail.customer_id == state.customer_id);
  BOOST_TEST_REQUIRE((trail.created_at == state.created_at));
  BOOST_TEST_REQUIRE((trail.status_for(kind::order_updated) == state.status));
  BOOST_TEST_REQUIRE((trail.lines_for(kind::order_updated) == state.lines));
  BOOST_TEST_REQUIRE(trail.total_for(kind::order_updated) == state.total);
  if (const auto& held = held_lines(state); !held.empty()) {
    BOOST_TEST_REQUIRE((trail.lines_for(kind::stock_reserved) == held));
    BOOST_TEST_REQUIRE(trail.total_for(kind::payment_authorized) == *total_of(held));
  }
}

/// Follows the order from its first event to each of them anew, as after a restart.
void check_order(const history& all, experience& seen) {
  const naive_herald twin(all);
  order_trail trail;
  order state;
  word_list heard;
  for (std::size_t i = 0; i < all.size(); ++i) {
    order_trail rebuilt;
    for (std::size_t k = 0; k < i; ++k)
      rebuilt.follow(all[k]);
    BOOST_TEST_REQUIRE((rebuilt == trail));
    word_list now;
    for (const auto type : told_of(all[i], rebuilt))
      now.emplace_back(to_text(type));
    BOOST_TEST_CONTEXT("event " << i + 1 << ", " << name_of(all[i])) {
      BOOST_TEST_REQUIRE(now == twin.told(i), boost::test_tools::per_element());
      seen.announced_late += i > 0 && count(now, "order_created") > 0 ? 1 : 0;
      heard.insert(heard.end(), now.begin(), now.end());
      trail.follow(all[i]);
      evolve(state, all[i]);
      check_as_heard(heard, state, std::holds_alternative<order_refused>(all[0].what));
      check_shown(trail, state);
    }
  }
  seen.never_announced += heard.empty() ? 1 : 0;
  seen.refused += std::holds_alternative<order_refused>(all[0].what) ? 1 : 0;
  for (const auto& word : heard)
    ++seen.told[word];
}

void check_journal(const std::vector<event>& journal, experience& seen) {
  std::map<uuid, history> orders;
  for (const auto& e : journal)
    if (const auto* of_order = std::get_if<order_event>(&e))
      orders[of_order->order_id].push_back(*of_order);
  for (const auto& [id, all] : orders)
    check_order(all, seen);
}

[[nodiscard]] experience live(money_mover mover, std::uint64_t seed) {
  experience seen;
  std::mt19937_64 when(seed);
  for (int life = 0; life < 10; ++life) {
    saga_world w(mover, when(), 10);
    for (int i = 0; i < 400; ++i) {
      w.step();
      if (when() % 25 != 0)
        continue;
      w.crash();
      // What is left of the journal is all that anybody may be told of.
      experience so_far;
      check_journal(w.journal(), so_far);
    }
    w.finish();
    check_journal(w.journal(), seen);
  }
  return seen;
}

void check_events(money_mover mover) {
  const bool paid = mover != money_mover::nobody;
  std::size_t captured = 0; // seldom in a single life: few orders come so far
  for (const auto seed : seeds(10)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      auto seen = live(mover, seed);
      for (const auto* word : {"order_created", "order_updated", "stock_reserved", "reservation_failed"})
        BOOST_TEST(seen.told[word] > 10U, word);
      BOOST_TEST(seen.refused > 0U);
      if (!paid)
        continue;
      BOOST_TEST(seen.announced_late > 10U);
      BOOST_TEST(seen.never_announced > 0U);
      for (const auto* word : {"payment_authorized", "payment_failed", "payment_refunded"})
        BOOST_TEST(seen.told[word] > 0U, word);
      captured += seen.told["payment_captured"];
    }
  }
  BOOST_TEST((captured > 0U || !paid));
}

} // namespace

BOOST_AUTO_TEST_SUITE(public_events_model)

BOOST_AUTO_TEST_CASE(without_payments_each_order_is_told_of_as_its_naive_twin_says) {
  check_events(money_mover::nobody);
}

BOOST_AUTO_TEST_CASE(with_the_ledger_each_order_is_told_of_as_its_naive_twin_says) {
  check_events(money_mover::ledger);
}

BOOST_AUTO_TEST_CASE(with_a_service_outside_each_order_is_told_of_as_its_naive_twin_says) {
  check_events(money_mover::service);
}

BOOST_AUTO_TEST_SUITE_END()

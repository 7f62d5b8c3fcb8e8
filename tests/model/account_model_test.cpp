#include "domain/account_rules.hpp"
#include "domain/obligations.hpp"
#include "tests/support/domain_fixture.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>

using namespace orderd;
using namespace orderd::test;

namespace {

const std::array<std::string, 4> names{"alice", "bob", "carol", "dave"};

/// Where all the money of one order is, or was last.
struct naive_payment {
  std::string payer;
  std::uint64_t attempt = 0;
  cents amount = 0;
  std::string where = "nowhere"; ///< `held`, `escrow`, or `payout` until it has arrived
  std::string payee;
};

/// What the rules say, written down as plainly as possible: one purse a person, one envelope an order.
struct naive_bank {
  std::map<std::string, cents> purses; ///< of those with an account
  std::map<uuid, naive_payment> payments;
  cents world = 0; ///< what came from outside, below zero

  [[nodiscard]] cents held_by(const std::string& name) const {
    cents sum = 0;
    for (const auto& [id, p] : payments)
      sum += p.payer == name && (p.where == "held" || p.where == "escrow") ? p.amount : 0;
    return sum;
  }
};

class ledger_run {
 public:
  explicit ledger_run(std::uint64_t seed) : random_(seed) {
    for (const auto& name : names)
      accounts_.emplace(name, account_named(name));
  }

  void step() {
    now_ += std::chrono::milliseconds(below(2'000));
    command();
    check();
  }

  /// The journal folds to the same accounts, and to the same payouts that are on their way.
  void check_history() const {
    std::map<std::string, account> folded;
    obligations open;
    for (const auto& event : journal_) {
      folded[event.account_id].evolve(event);
      open.observe(event);
    }
    for (const auto& [name, state] : folded) {
      BOOST_TEST_REQUIRE((state.view() == accounts_.at(name).view()));
      BOOST_TEST_REQUIRE((state.totals() == accounts_.at(name).totals()));
      BOOST_TEST_REQUIRE((state.holds() == accounts_.at(name).holds()));
      BOOST_TEST_REQUIRE(adds_up(state.view(), state.totals(), state.holds()));
    }
    std::map<uuid, cents> due;
    for (const auto& each : open.payouts())
      due[each.order_id] = each.amount;
    std::map<uuid, cents> expected;
    for (const auto& [id, p] : twin_.payments) {
      if (p.where == "payout")
        expected[id] = p.amount;
    }
    BOOST_TEST_REQUIRE((due == expected));
  }

  [[nodiscard]] std::size_t events() const { return journal_.size(); }
  [[nodiscard]] std::size_t refusals() const { return refusals_; }
  [[nodiscard]] std::size_t repeats() const { return repeats_; }
  [[nodiscard]] std::size_t arrivals() const { return arrivals_; }

 private:
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  }
  const std::string& someone() {
    return names[static_cast<std::size_t>(below(static_cast<std::int64_t>(names.size())))];
  }

  void command() {
    switch (below(12)) {
    case 0:
      return open();
    case 1:
      return deposit();
    case 2:
    case 3:
    case 4:
      return hold();
    case 5:
    case 6:
      return escrow();
    case 7:
    case 8:
      return capture();
    case 9:
      return arrive();
    default:
      return give_back();
    }
  }

  /// Applies the event if there is one; whether there is one must be `expected`.
  void agree(account& state, const std::optional<account_event>& event, bool expected) {
    BOOST_TEST_REQUIRE(event.has_value() == expected);
    if (!event) {
      ++repeats_;
      return;
    }
    state.evolve(*event);
    move(transfer_of(*event));
    journal_.push_back(*event);
  }

  /// Keeps the books by the two sides alone, each place apart.
  void move(const ledger_transfer& t) {
    places_[std::string(t.from)] -= t.amount;
    places_[std::string(t.to)] += t.amount;
  }

  void open() {
    const auto& name = someone();
    agree(accounts_.at(name), decide(accounts_.at(name), open_account{}, "root", now_),
          twin_.purses.count(name) == 0);
    twin_.purses.try_emplace(name, 0);
  }

  void deposit() {
    const auto& name = someone();
    const auto amount = below(400) - 50;
    const auto decided = decide(accounts_.at(name), deposit_funds{amount, "cash"}, "root", now_);
    std::string refusal;
    if (twin_.purses.count(name) == 0)
      refusal = "not_found";
    else if (amount < 1)
      refusal = "invalid_field";
    BOOST_TEST_REQUIRE((decided ? "" : std::string(code_text(decided.error().code))) == refusal);
    if (!decided) {
      ++refusals_;
      return;
    }
    agree(accounts_.at(name), *decided, true);
    twin_.purses[name] += amount;
    twin_.world -= amount;
  }

  /// An order that was already held or escrowed asks again as it did before; else it is a new attempt.
  void hold() {
    const auto id = numbered(static_cast<std::uint64_t>(1 + below(12)));
    auto& p = twin_.payments[id];
    if (p.where == "payout")
      return;
    const bool again = p.where != "nowhere";
    if (!again)
      p = {someone(), p.attempt + 1, below(20) == 0 ? 0 : below(4'000), "nowhere", {}};
    auto& payer = accounts_.at(p.payer);
    const auto decided = hold_funds(payer, id, p.attempt, p.amount, now_);
    const bool declined = !again && (twin_.purses.count(p.payer) == 0 || twin_.purses.at(p.payer) < p.amount);
    BOOST_TEST_REQUIRE(decided.has_value() == !declined);
    if (declined) {
      BOOST_TEST_REQUIRE((decided.error().code == rejection_code::payment_declined));
      ++refusals_;
      return;
    }
    agree(payer, *decided, !again);
    if (again)
      return;
    twin_.purses[p.payer] -= p.amount;
    p.where = "held";
  }

  /// An order whose money is anywhere, or nowhere any more.
  std::pair<const uuid, naive_payment>* some_payment() {
    if (twin_.payments.empty())
      return nullptr;
    auto chosen = twin_.payments.begin();
    std::advance(chosen, below(static_cast<std::int64_t>(twin_.payments.size())));
    return &*chosen;
  }

  void escrow() {
    auto* const chosen = some_payment();
    if (chosen == nullptr || (chosen->second.where != "held" && chosen->second.where != "escrow"))
      return;
    auto& [id, p] = *chosen;
    agree(accounts_.at(p.payer), escrow_funds(accounts_.at(p.payer), id, now_), p.where == "held");
    p.where = "escrow";
  }

  void capture() {
    auto* const chosen = some_payment();
    if (chosen == nullptr || chosen->second.where == "held")
      return;
    auto& [id, p] = *chosen;
    const bool first = p.where == "escrow";
    const auto& payee = someone();
    agree(accounts_.at(p.payer), capture_escrow(accounts_.at(p.payer), id, payee, now_), first);
    if (first) {
      p.payee = payee;
      p.where = "payout";
    }
  }

  void arrive() {
    for (auto& [id, p] : twin_.payments) {
      if (p.where != "payout")
        continue;
      agree(accounts_.at(p.payee), receive_payout(accounts_.at(p.payee), id, p.payer, p.amount, now_), true);
      twin_.purses[p.payee] += p.amount;
      p.where = "nowhere";
      ++arrivals_;
      return;
    }
  }

  void give_back() {
    auto* const chosen = some_payment();
    if (chosen == nullptr)
      return;
    auto& [id, p] = *chosen;
    const bool there = p.where == "held" || p.where == "escrow";
    agree(accounts_.at(p.payer), return_funds(accounts_.at(p.payer), id, now_), there);
    if (!there)
      return;
    twin_.purses[p.payer] += p.amount;
    p.where = "nowhere";
  }

  void check() const {
    cents everywhere = twin_.world;
    for (const auto& [name, state] : accounts_) {
      const auto& levels = state.view().levels;
      const auto purse = twin_.purses.find(name);
      BOOST_TEST_REQUIRE(state.exists() == (purse != twin_.purses.end()));
      BOOST_TEST_REQUIRE(levels.balance == (purse == twin_.purses.end() ? 0 : purse->second));
      BOOST_TEST_REQUIRE(levels.held == twin_.held_by(name));
      BOOST_TEST_REQUIRE((levels.balance >= 0 && levels.held >= 0));
      everywhere += levels.balance + levels.held;
    }
    for (const auto& [id, p] : twin_.payments)
      everywhere += p.where == "payout" ? p.amount : 0;
    BOOST_TEST_REQUIRE(everywhere == 0);
    cents booked = 0;
    for (const auto& [place, sum] : places_) {
      BOOST_TEST_REQUIRE((place == "world" || sum >= 0));
      booked += sum;
    }
    BOOST_TEST_REQUIRE(booked == 0);
  }

  std::mt19937_64 random_;
  timestamp now_ = after_s(0);
  std::size_t refusals_ = 0;
  std::size_t repeats_ = 0;
  std::size_t arrivals_ = 0;
  std::map<std::string, account> accounts_;
  naive_bank twin_;
  std::map<std::string, cents> places_;
  std::vector<account_event> journal_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(account_model)

BOOST_AUTO_TEST_CASE(all_the_money_of_a_ledger_is_somewhere_once) {
  for (const auto seed : seeds(10)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      constexpr int steps = 4'000;
      ledger_run model(seed);
      for (int i = 1; i <= steps; ++i) {
        model.step();
        if (i % 500 == 0)
          model.check_history();
      }
      // The run is worth nothing if money never arrived, or if nothing was refused or asked again.
      BOOST_TEST(model.events() > steps / 4U);
      BOOST_TEST(model.refusals() > steps / 50U);
      BOOST_TEST(model.repeats() > steps / 20U);
      BOOST_TEST(model.arrivals() > steps / 200U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/support/order_fixture.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <set>

using namespace orderd;
using namespace orderd::test;

namespace {

/// The page that clients read, as text.
const std::set<std::string> transitions = {
    "draft>registered",    "draft>cancelled",      "registered>processed",
    "registered>failed",   "registered>cancelled", "processed>accepted",
    "processed>cancelled", "accepted>completed",   "accepted>cancelled"};

/// An order as plain words.
struct naive_order {
  std::string status;
  std::string runner;
  std::string metadata = "{}";
  std::string failure;
  std::uint64_t version = 1;
};

class order_run {
 public:
  explicit order_run(std::uint64_t seed) : random_(seed) { renew(); }

  void step() {
    now_ += std::chrono::milliseconds(below(5'000));
    if (below(6) == 0)
      amend();
    else
      change();
    check();
    if (successors(state_.status).empty() && below(8) == 0) {
      check_history();
      renew();
    }
  }

  void check_history() const {
    order folded;
    for (const auto& event : journal_)
      evolve(folded, event);
    BOOST_TEST_REQUIRE((folded == state_));
  }

  std::map<std::string, int> seen; ///< how often each outcome was met

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  void renew() {
    state_ = {};
    journal_.clear();
    const bool is_draft = below(2) == 0;
    create_order c{"alice",
                   {line_of("A", 2, 1), line_of("B", 1, 2)},
                   "{}",
                   "EUR",
                   is_draft ? order_status::draft : order_status::registered};
    twin_ = {};
    twin_.status = is_draft ? "draft" : "registered";
    apply(created_event(numbered(++orders_), c, alice, now_));
  }

  void apply(const order_event& event) {
    BOOST_TEST_REQUIRE((event.at == now_));
    evolve(state_, event);
    journal_.push_back(event);
  }

  caller someone() {
    const caller all[] = {alice, bob, carol, chief, chief, {"", true}};
    return all[below(std::size(all))];
  }

  [[nodiscard]] bool sees(const caller& who) const {
    return who.is_operator || who.user == "alice" || who.user == twin_.runner;
  }

  [[nodiscard]] std::string refusal_of(const std::string& to, const std::string& runner,
                                       const caller& who) const {
    const bool named_other = !runner.empty() && runner != who.user;
    const bool offered = std::set<std::string>{"draft", "registered", "failed"}.count(twin_.status) == 0;
    if (!sees(who) && !(to == "accepted" && offered))
      return "not_found";
    if (!who.is_operator) {
      const bool owner = who.user == "alice";
      if ((to == "accepted" && named_other) || to == "processed" || to == "failed" ||
          (to == "completed" && who.user != twin_.runner) ||
          ((to == "registered" || to == "cancelled") && !owner))
        return "forbidden";
    }
    if (transitions.count(twin_.status + ">" + to) == 0)
      return "illegal_transition";
    return to == "accepted" && who.user.empty() && runner.empty() ? "invalid_field" : "";
  }

  void change() {
    const auto target = all_statuses[below(std::size(all_statuses))];
    const std::string to(to_text(target));
    const std::string runners[] = {"", "bob", "carol"};
    const change_status command{target, runners[below(3)], "reason", below(2) == 0};
    const auto who = someone();
    const auto refusal = refusal_of(to, command.runner_id, who);
    const auto decided = decide(state_, command, who, now_);
    BOOST_TEST_REQUIRE((decided ? "" : std::string(code_text(decided.error().code))) == refusal,
                       twin_.status << " to " << to << " by " << who.user);
    ++seen[refusal.empty() ? to : refusal];
    if (!decided)
      return;
    const bool needs_units = to == "processed" || (to == "registered" && command.immediate);
    BOOST_TEST_REQUIRE(decided->reserve_for.has_value() == needs_units);
    BOOST_TEST_REQUIRE(decided->event.has_value() == !needs_units);
    if (needs_units)
      apply(placed_event(state_, *decided->reserve_for,
                         {reserved_line("A", 2, 250, 101), reserved_line("B", 1, 100, 102)}, who, now_));
    else
      apply(*decided->event);
    twin_.status = needs_units ? "processed" : to;
    twin_.version += 1;
    if (to == "accepted")
      twin_.runner = command.runner_id.empty() ? who.user : command.runner_id;
    if (to == "failed")
      twin_.failure = "failed_by_operator";
  }

  void amend() {
    const auto who = someone();
    const auto text = "{\"n\":" + std::to_string(below(100)) + "}";
    const auto decided = decide_metadata(state_, text, who, now_);
    const bool final = twin_.status == "completed" || twin_.status == "cancelled" || twin_.status == "failed";
    const std::string refusal = !sees(who) ? "not_found" : final ? "illegal_transition" : "";
    BOOST_TEST_REQUIRE((decided ? "" : std::string(code_text(decided.error().code))) == refusal);
    if (!decided)
      return;
    apply(*decided);
    twin_.metadata = text;
    twin_.version += 1;
  }

  void check() const {
    BOOST_TEST_REQUIRE(to_text(state_.status) == twin_.status);
    BOOST_TEST_REQUIRE(state_.version == twin_.version);
    BOOST_TEST_REQUIRE(state_.runner_id == twin_.runner);
    BOOST_TEST_REQUIRE(state_.metadata == twin_.metadata);
    BOOST_TEST_REQUIRE((state_.failure ? state_.failure->code : "") == twin_.failure);
    BOOST_TEST_REQUIRE((total_of(state_.lines) == state_.total));
    BOOST_TEST_REQUIRE(state_.customer_id == "alice");
    const bool holds = twin_.status == "processed" || twin_.status == "accepted";
    for (const auto& line : state_.lines)
      BOOST_TEST_REQUIRE((!holds || (line.reservation && line.price)));
  }

  std::mt19937_64 random_;
  timestamp now_ = after_s(0);
  std::uint64_t orders_ = 0;
  order state_;
  naive_order twin_;
  std::vector<order_event> journal_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(order_model)

BOOST_AUTO_TEST_CASE(orders_agree_with_their_naive_twin) {
  std::map<std::string, int> seen;
  for (const auto seed : seeds(6)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      order_run model(seed);
      for (int i = 0; i < 8000; ++i)
        model.step();
      model.check_history();
      for (const auto& [what, times] : model.seen)
        seen[what] += times;
    }
  }
  for (const char* what : {"registered", "processed", "accepted", "completed", "cancelled", "failed",
                           "not_found", "forbidden", "illegal_transition", "invalid_field"})
    BOOST_TEST(seen[what] > 0, what << " was never met");
}

BOOST_AUTO_TEST_SUITE_END()

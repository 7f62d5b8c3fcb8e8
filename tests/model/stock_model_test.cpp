#include "domain/stock_rules.hpp"
#include "tests/support/domain_fixture.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace orderd;
using namespace orderd::test;

namespace {

/// What the rules say, written down as plainly as possible: everything is counted anew each time.
struct naive_item {
  std::int64_t on_hand = 0;
  stock_totals totals;
  std::uint64_t version = 0;
  product what{"A", std::nullopt, "A", 0};
  std::map<uuid, reservation> active;

  [[nodiscard]] std::int64_t reserved() const {
    std::int64_t sum = 0;
    for (const auto& [id, r] : active)
      sum += r.qty;
    return sum;
  }
  [[nodiscard]] std::int64_t available() const { return on_hand - reserved(); }
  [[nodiscard]] bool is_low() const {
    return version > 0 && what.low_threshold && available() <= *what.low_threshold;
  }

  void move(std::int64_t delta) {
    on_hand += delta;
    if (delta > 0)
      totals.received += delta;
    else
      totals.adjusted_out -= delta;
  }
  void sell(const uuid& id) {
    on_hand -= active.at(id).qty;
    totals.committed += active.at(id).qty;
    active.erase(id);
  }
  /// The word of the refusal that meets a holder who wants something of a reservation; empty if none.
  [[nodiscard]] std::string holder_refusal(const uuid& id, timestamp now) const {
    if (active.count(id) == 0)
      return "not_found";
    const auto& r = active.at(id);
    if (r.expires_at && now >= *r.expires_at)
      return "reservation_expired";
    return r.order_id.is_nil() ? "" : "illegal_transition";
  }
  /// Due reservations, the earliest first.
  [[nodiscard]] std::vector<uuid> due(timestamp now, std::size_t max) const {
    std::set<std::pair<timestamp, uuid>> all;
    for (const auto& [id, r] : active) {
      if (r.expires_at && *r.expires_at <= now)
        all.emplace(*r.expires_at, id);
    }
    std::vector<uuid> ids;
    for (const auto& [at, id] : all) {
      if (ids.size() < max)
        ids.push_back(id);
    }
    return ids;
  }
};

class stock_run {
 public:
  stock_run(std::uint64_t seed, std::int64_t scale) : random_(seed), scale_(scale) {}

  void step() {
    const auto events_before = journal_.size();
    now_ += std::chrono::milliseconds(below(40) == 0 ? below(900'000) : below(2'000));
    // Sometimes the expiry comes late, so that commands meet reservations that are due.
    if (below(8) != 0)
      expire();
    check_low(events_before, false);
    const bool was_low = twin_.is_low();
    const auto events_expired = journal_.size();
    command();
    check_low(events_expired, twin_.is_low() && !was_low);
    check();
  }

  void check_history() const {
    stock_item folded;
    for (const auto& event : journal_)
      folded.evolve(event);
    BOOST_TEST_REQUIRE((folded.view() == item_.view()));
    BOOST_TEST_REQUIRE((folded.totals() == item_.totals()));
    BOOST_TEST_REQUIRE((folded.active() == item_.active()));
    std::vector<reservation> active;
    for (const auto& [id, r] : item_.active())
      active.push_back(r);
    const stock_item rebuilt(item_.view(), item_.totals(), active);
    BOOST_TEST_REQUIRE((rebuilt.next_expiry() == item_.next_expiry()));
    const auto later = now_ + std::chrono::hours(1);
    BOOST_TEST_REQUIRE((rebuilt.due(later, 1000) == item_.due(later, 1000)));
  }

  [[nodiscard]] std::size_t events() const { return journal_.size(); }
  [[nodiscard]] std::size_t refusals() const { return refusals_; }
  [[nodiscard]] std::size_t times_low() const { return times_low_; }
  [[nodiscard]] std::size_t most_active() const { return most_active_; }

 private:
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(bound));
  }
  uuid order() { return numbered(1'000'000 + static_cast<std::uint64_t>(below(5))); }

  /// An active reservation, or now and then one that never was.
  uuid some_reservation() {
    if (twin_.active.empty() || below(20) == 0)
      return numbered(999'999);
    return std::next(twin_.active.begin(), below(static_cast<std::int64_t>(twin_.active.size())))->first;
  }

  /// Compares the refusals; applies the event if there is one. True if the command was accepted by both.
  bool agree(const decision<stock_event>& decided, const std::string& refusal) {
    BOOST_TEST_REQUIRE((decided ? "" : std::string(code_text(decided.error().code))) == refusal);
    if (!decided) {
      ++refusals_;
      return false;
    }
    apply(*decided);
    return true;
  }
  void apply(const stock_event& event) {
    item_.evolve(event);
    journal_.push_back(event);
    twin_.version += 1;
  }

  void expire() {
    const auto max = static_cast<std::size_t>(1 + below(4));
    for (;;) {
      const auto expected = twin_.due(now_, max);
      const auto event = expire_due(item_, now_, max);
      BOOST_TEST_REQUIRE(event.has_value() == !expected.empty());
      if (!event)
        return;
      BOOST_TEST_REQUIRE((std::get<reservations_expired>(event->what).ids == expected));
      for (const auto& id : expected)
        twin_.active.erase(id);
      apply(*event);
    }
  }

  /// Of the events from `first` on, of which each but an expiry is a command's only one.
  void check_low(std::size_t first, bool becomes_low) {
    for (; first < journal_.size(); ++first) {
      const auto expected = becomes_low ? twin_.what.low_threshold : std::nullopt;
      BOOST_TEST_REQUIRE((journal_[first].low_at == expected));
      times_low_ += expected ? 1 : 0;
    }
  }

  void command() {
    switch (below(16)) {
    case 0:
      return define();
    case 1:
      return adjust();
    case 2:
      return extend();
    case 3:
    case 4:
      return give_back();
    case 5:
    case 6:
      return sell();
    case 7:
    case 8:
      return claim();
    case 9:
    case 10:
    case 11:
      return settle_one();
    default:
      return reserve();
    }
  }

  void define() {
    define_stock c;
    if (below(2) == 0)
      c.on_hand = below(scale_ * 2) - 2;
    if (below(2) == 0)
      c.price = below(1000) - 5;
    if (below(3) == 0)
      c.name = "name " + std::to_string(below(5));
    if (below(3) == 0)
      c.product_id = below(5);
    if (below(4) == 0)
      c.low_threshold = below(scale_) - 1;
    else
      c.drops_low_threshold = below(10) == 0;
    std::string refusal;
    if ((c.on_hand && *c.on_hand < 0) || (c.price && *c.price < 0) || c.low_threshold == -1)
      refusal = "invalid_field";
    else if (c.on_hand && *c.on_hand < twin_.reserved())
      refusal = "insufficient_stock";
    if (!agree(decide(item_, "A", c, now_), refusal))
      return;
    if (c.on_hand)
      twin_.move(*c.on_hand - twin_.on_hand);
    twin_.what.price = c.price.value_or(twin_.what.price);
    twin_.what.name = c.name.value_or(twin_.what.name);
    if (c.product_id)
      twin_.what.product_id = c.product_id;
    if (c.low_threshold || c.drops_low_threshold)
      twin_.what.low_threshold = c.low_threshold;
  }

  void adjust() {
    const auto delta = below(scale_) - scale_ / 2;
    std::string refusal;
    if (twin_.version == 0)
      refusal = "not_found";
    else if (delta == 0)
      refusal = "invalid_field";
    else if (twin_.available() + delta < 0)
      refusal = "insufficient_stock";
    if (agree(decide(item_, adjust_stock{delta, "count"}, now_), refusal))
      twin_.move(delta);
  }

  void reserve() {
    reservation r;
    r.id = numbered(++reservations_);
    r.qty = below(6);
    r.holder = "alice";
    r.created_at = now_;
    if (below(2) == 0)
      r.order_id = order();
    else
      r.expires_at = now_ + std::chrono::milliseconds(1 + below(600'000));
    std::string refusal;
    if (twin_.version == 0)
      refusal = r.order_id.is_nil() ? "not_found" : "unknown_product";
    else if (r.qty == 0)
      refusal = "invalid_field";
    else if (r.qty > twin_.available())
      refusal = "insufficient_stock";
    const auto decided = decide(item_, reserve_stock{r.id, r.qty, r.holder, r.expires_at, r.order_id}, now_);
    if (refusal == "insufficient_stock")
      BOOST_TEST_REQUIRE((decided.error().shortages == std::vector{shortage{"A", r.qty, twin_.available()}}));
    if (agree(decided, refusal))
      twin_.active[r.id] = r;
  }

  void extend() {
    const auto id = some_reservation();
    const auto until = now_ + std::chrono::milliseconds(1 + below(600'000));
    if (agree(decide(item_, extend_reservation{id, until}, now_), twin_.holder_refusal(id, now_)))
      twin_.active.at(id).expires_at = until;
  }
  void give_back() {
    const auto id = some_reservation();
    auto refusal = twin_.holder_refusal(id, now_);
    if (refusal == "reservation_expired")
      refusal = "";
    if (agree(decide(item_, release_reservation{id}, now_), refusal))
      twin_.active.erase(id);
  }
  void sell() {
    const auto id = some_reservation();
    if (agree(decide(item_, commit_reservation{id}, now_), twin_.holder_refusal(id, now_)))
      twin_.sell(id);
  }
  void claim() {
    const auto id = some_reservation();
    const claim_reservation c{id, order(), below(4)};
    auto refusal = twin_.holder_refusal(id, now_);
    if (refusal.empty() && c.qty != 0 && c.qty != twin_.active.at(id).qty)
      refusal = "invalid_field";
    if (!agree(decide(item_, c, now_), refusal))
      return;
    auto& r = twin_.active.at(id);
    r.order_id = c.order_id;
    r.claimed_expiry = r.expires_at;
    r.expires_at.reset();
  }
  void settle_one() {
    const auto id = some_reservation();
    const auto who = order();
    const auto verdict = static_cast<order_verdict>(below(3));
    const auto event = settle(item_, id, who, verdict, now_);
    const bool concerns = twin_.active.count(id) == 1 && twin_.active.at(id).order_id == who;
    BOOST_TEST_REQUIRE(event.has_value() == concerns);
    if (!event)
      return;
    auto& r = twin_.active.at(id);
    if (verdict == order_verdict::commit) {
      twin_.sell(id);
    } else if (verdict == order_verdict::abandon && r.claimed_expiry) {
      r.expires_at = r.claimed_expiry;
      r.claimed_expiry.reset();
      r.order_id = {};
    } else {
      twin_.active.erase(id);
    }
    apply(*event);
  }

  void check() {
    const auto& view = item_.view();
    BOOST_TEST_REQUIRE(view.version == twin_.version);
    most_active_ = std::max(most_active_, twin_.active.size());
    if (twin_.version == 0)
      return;
    BOOST_TEST_REQUIRE((view.product == twin_.what));
    BOOST_TEST_REQUIRE((view.levels == stock_levels{twin_.on_hand, twin_.reserved()}));
    BOOST_TEST_REQUIRE((item_.totals() == twin_.totals));
    BOOST_TEST_REQUIRE((std::map(item_.active().begin(), item_.active().end()) == twin_.active));
    BOOST_TEST_REQUIRE((view.levels.available() >= 0 && view.levels.on_hand >= 0));
    const auto& t = item_.totals();
    BOOST_TEST_REQUIRE(t.received - t.committed - t.adjusted_out == view.levels.on_hand);
    std::optional<timestamp> earliest;
    for (const auto& [id, r] : twin_.active) {
      BOOST_TEST_REQUIRE(r.expires_at.has_value() == r.order_id.is_nil());
      if (r.expires_at)
        earliest = std::min(earliest.value_or(*r.expires_at), *r.expires_at);
    }
    BOOST_TEST_REQUIRE((item_.next_expiry() == earliest));
  }

  std::mt19937_64 random_;
  std::int64_t scale_;
  timestamp now_ = after_s(0);
  std::uint64_t reservations_ = 0;
  std::size_t refusals_ = 0;
  std::size_t most_active_ = 0;
  std::size_t times_low_ = 0;
  stock_item item_{stock_view{{"A", std::nullopt, "", 0}, {}, 0, {}}, {}, {}};
  naive_item twin_;
  std::vector<stock_event> journal_;
};

void run(std::uint64_t seed, std::int64_t scale, int steps, std::size_t least_active) {
  ORDERD_TEST_SEED_CONTEXT(seed) {
    stock_run model(seed, scale);
    for (int i = 1; i <= steps; ++i) {
      model.step();
      if (i % 500 == 0)
        model.check_history();
    }
    // The run is worth nothing if it never got anywhere or never met a refusal.
    BOOST_TEST(model.events() > static_cast<std::size_t>(steps) / 4);
    BOOST_TEST(model.refusals() > static_cast<std::size_t>(steps) / 50);
    BOOST_TEST(model.most_active() > least_active);
    BOOST_TEST(model.times_low() > 10U);
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(stock_model)

BOOST_AUTO_TEST_CASE(a_scarce_item_agrees_with_its_naive_twin) {
  for (const auto seed : seeds(6))
    run(seed, 40, 4000, 5);
}

BOOST_AUTO_TEST_CASE(a_hot_item_agrees_with_its_naive_twin) {
  for (const auto seed : seeds(3))
    run(seed, 100'000, 4000, 64);
}

BOOST_AUTO_TEST_SUITE_END()

#include "domain/obligations.hpp"
#include "domain/placement.hpp"
#include "tests/support/order_fixture.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>

using namespace orderd;
using namespace orderd::test;

namespace {

/// Items and orders that change by one event at a time. Whatever takes several events is a queue of steps,
/// and the steps of all that is under way interleave; a crash forgets the steps and keeps the events.
class world {
 public:
  explicit world(std::uint64_t seed) : random_(seed) {
    for (const char* sku : {"A", "B", "C"}) {
      define_stock c;
      c.on_hand = 30;
      c.price = 100;
      append(decide(items_[sku], sku, c, now_).value());
    }
  }

  void step() {
    now_ += std::chrono::milliseconds(below(3'000));
    if (tasks_.size() < 8 && below(3) == 0)
      start();
    else if (!tasks_.empty())
      advance(below(tasks_.size()));
  }

  /// Forgets what was under way, and settles what is still owed as after a restart.
  void crash() {
    tasks_.clear();
    check_refollowed();
    crashed_open_ += owed_.size();
    for (const auto& o : owed_.open()) {
      if (const auto event = settle(items_.at(o.sku), o.reservation_id, o.order_id, o.verdict, now_))
        append(*event);
    }
    check_settled();
  }

  /// Ends all that is under way, without a crash.
  void drain() {
    while (!tasks_.empty())
      advance(below(tasks_.size()));
    check_settled();
  }

  [[nodiscard]] std::size_t crashed_open() const { return crashed_open_; }
  [[nodiscard]] std::size_t orders_in(order_status status) const {
    return static_cast<std::size_t>(std::count_if(
        orders_.begin(), orders_.end(), [&](const auto& each) { return each.second.status == status; }));
  }

 private:
  using step_list = std::deque<std::function<void()>>;
  struct task {
    step_list steps;
    uuid order_id;
  };
  /// A placement under way, shared by the steps that fill it.
  struct placing {
    placement answers;
    uuid order_id;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }
  uuid fresh_id() { return numbered(++ids_); }

  void append(const event& e) {
    if (const auto* const of_item = std::get_if<stock_event>(&e))
      items_[of_item->sku].evolve(*of_item);
    else
      evolve(orders_[std::get<order_event>(e).order_id], std::get<order_event>(e));
    journal_.push_back(e);
    owed_.observe(e);
    if (below(200) == 0) {
      stored_ = owed_.open();
      stored_events_ = journal_.size();
    }
  }

  /// Takes one step. A step may put more steps in front of the queue by way of `next_`.
  void advance(std::size_t index) {
    const auto step = std::move(tasks_[index].steps.front());
    tasks_[index].steps.pop_front();
    next_.clear();
    step();
    auto& steps = tasks_[index].steps;
    steps.insert(steps.begin(), next_.begin(), next_.end());
    if (steps.empty())
      tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  void start() {
    switch (below(6)) {
    case 0:
      return buy();
    case 1:
    case 2:
      return place();
    case 3:
      return end(order_status::cancelled);
    case 4:
      return end(order_status::completed);
    default:
      return expire();
    }
  }

  void buy() {
    const auto sku = some_sku();
    const reserve_stock c{fresh_id(),
                          1 + static_cast<std::int64_t>(below(3)),
                          "alice",
                          now_ + std::chrono::seconds(1 + below(200)),
                          {}};
    if (const auto decided = decide(items_.at(sku), c, now_))
      append(*decided);
  }
  void expire() {
    for (auto& [sku, item] : items_) {
      if (const auto event = expire_due(item, now_, 2))
        append(*event);
    }
  }
  std::string some_sku() { return std::string(1, static_cast<char>('A' + below(3))); }

  /// A new order, placed at once or from a draft; some lines claim what the buyer holds.
  void place() {
    std::vector<order_line> lines;
    for (const char* sku : {"A", "B", "C"}) {
      if (below(2) == 0)
        lines.push_back(line_of(sku, 1 + static_cast<std::int64_t>(below(4)), ++ids_));
      for (const auto& [id, r] : items_.at(sku).active()) {
        if (r.order_id.is_nil() && below(3) == 0 && lines.size() < 6) {
          lines.push_back(line_of(sku, 0, ++ids_));
          lines.back().reservation = id;
        }
      }
    }
    if (lines.empty())
      return;
    const auto order_id = fresh_id();
    const create_order c{"alice", lines, "{}", "EUR", order_status::draft};
    if (below(2) == 0)
      append(created_event(order_id, c, alice, now_));
    const auto under_way = std::make_shared<placing>(placing{placement(lines), order_id});
    task t{{}, order_id};
    for (std::size_t i = 0; i < lines.size(); ++i)
      t.steps.emplace_back([this, under_way, i] { ask_for(*under_way, i); });
    std::shuffle(t.steps.begin(), t.steps.end(), random_);
    t.steps.emplace_back([this, under_way] { decide_placement(*under_way); });
    tasks_.push_back(std::move(t));
  }

  void ask_for(placing& p, std::size_t index) {
    const auto& line = p.answers.lines()[index];
    auto& item = items_.at(line.sku);
    const auto id = line.reservation.value_or(fresh_id());
    const auto decided =
        line.reservation ? decide(item, claim_reservation{id, p.order_id, 0}, now_)
                         : decide(item, reserve_stock{id, line.qty, "alice", std::nullopt, p.order_id}, now_);
    if (!decided)
      return p.answers.answer(index, tl::unexpected(decided.error()));
    append(*decided);
    p.answers.answer(index, grant{id, item.find(id)->qty, item.view().product});
  }

  void decide_placement(const placing& p) {
    const auto outcome = p.answers.outcome();
    const auto state = orders_.find(p.order_id);
    // A draft may have been cancelled while its units were being reserved.
    const bool gone = state != orders_.end() && state->second.status != order_status::draft;
    if (!outcome || gone)
      return tell(p.answers.granted(), p.order_id, order_verdict::abandon);
    if (state == orders_.end())
      append(
          created_event(p.order_id, {"alice", *outcome, "{}", "EUR", order_status::processed}, alice, now_));
    else
      append(placed_event(state->second, order_status::processed, *outcome, alice, now_));
  }

  /// Ends some order that can be; a processed one is accepted first if it is to be completed.
  void end(order_status target) {
    for (auto& [id, state] : orders_) {
      if (successors(state.status).empty() || below(3) != 0)
        continue;
      if (target == order_status::completed && state.status == order_status::processed)
        append(*decide(state, {order_status::accepted, "bob", {}, true}, chief, now_).value().event);
      const auto decided = decide(state, {target, {}, "why", true}, chief, now_);
      if (!decided)
        continue;
      append(*decided->event);
      const auto& what = decided->event->what;
      const bool sold = target == order_status::completed;
      task t{{}, id};
      next_.clear();
      tell(sold ? std::get<order_completed>(what).lines : std::get<order_cancelled>(what).lines, id,
           sold ? order_verdict::commit : order_verdict::release);
      t.steps.assign(next_.begin(), next_.end());
      if (!t.steps.empty())
        tasks_.push_back(std::move(t));
      return;
    }
  }

  /// One step for each line whose item is to be told.
  void tell(const std::vector<order_line>& lines, const uuid& order_id, order_verdict verdict) {
    for (const auto& line : lines) {
      next_.emplace_back([this, line, order_id, verdict] {
        const auto event = settle(items_.at(line.sku), *line.reservation, order_id, verdict, now_);
        BOOST_TEST_REQUIRE(event.has_value());
        append(*event);
      });
    }
  }

  /// What was stored some time ago, brought up to date from the journal, is what was followed all along.
  void check_refollowed() const {
    obligations refollowed(stored_);
    for (std::size_t i = stored_events_; i < journal_.size(); ++i)
      refollowed.observe(journal_[i]);
    const auto open = owed_.open();
    BOOST_TEST_REQUIRE(refollowed.size() == open.size());
    for (const auto& o : refollowed.open())
      BOOST_TEST_REQUIRE((std::find(open.begin(), open.end(), o) != open.end()));
  }

  /// Nothing is owed; every reservation of an order belongs to one that holds units, and the other way round.
  void check_settled() const {
    BOOST_TEST_REQUIRE(owed_.size() == 0U);
    std::map<uuid, uuid> held; // reservation to order
    for (const auto& [sku, item] : items_) {
      for (const auto& [id, r] : item.active()) {
        if (!r.order_id.is_nil())
          held[id] = r.order_id;
        BOOST_TEST_REQUIRE(r.order_id.is_nil() == r.expires_at.has_value());
      }
    }
    for (const auto& [id, state] : orders_) {
      if (state.status != order_status::processed && state.status != order_status::accepted)
        continue;
      for (const auto& line : state.lines) {
        const auto* const r = items_.at(line.sku).find(*line.reservation);
        BOOST_TEST_REQUIRE((r != nullptr));
        BOOST_TEST_REQUIRE((r->order_id == id && r->qty == line.qty));
        BOOST_TEST_REQUIRE(held.erase(*line.reservation) == 1U);
      }
    }
    BOOST_TEST_REQUIRE(held.empty());
    check_sold();
  }

  /// Units that left are those of completed orders, no more and no less.
  void check_sold() const {
    std::map<std::string, std::int64_t> sold;
    for (const auto& [id, state] : orders_) {
      for (const auto& line : state.lines)
        sold[line.sku] += state.status == order_status::completed ? line.qty : 0;
    }
    for (const auto& [sku, item] : items_)
      BOOST_TEST_REQUIRE(item.totals().committed == sold[sku]);
  }

  std::mt19937_64 random_;
  timestamp now_ = after_s(0);
  std::uint64_t ids_ = 0;
  std::map<std::string, stock_item> items_;
  std::map<uuid, order> orders_;
  std::vector<task> tasks_;
  step_list next_;
  std::vector<event> journal_;
  obligations owed_;
  std::vector<obligation> stored_;
  std::size_t stored_events_ = 0;
  std::size_t crashed_open_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(obligations_model)

BOOST_AUTO_TEST_CASE(no_crash_leaves_units_without_an_order_or_an_order_without_units) {
  for (const auto seed : seeds(5)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      std::size_t open = 0;
      std::size_t completed = 0;
      std::mt19937_64 when(seed);
      for (int life = 0; life < 20; ++life) {
        world w(when());
        for (int i = 0; i < 300; ++i) {
          w.step();
          if (when() % 40 == 0)
            w.crash();
        }
        w.drain();
        open += w.crashed_open();
        completed += w.orders_in(order_status::completed);
      }
      // The run is worth nothing if no crash met anything half done.
      BOOST_TEST(open > 50U);
      BOOST_TEST(completed > 20U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

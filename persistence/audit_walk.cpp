#include "persistence/audit_walk.hpp"

#include "persistence/audit_cross_checks.hpp"
#include "persistence/chain_check.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace orderd {

namespace {

constexpr std::uint64_t steps_a_question = 1024;

[[nodiscard]] entity_key key_of(const stored_entity& row) { return row.key; }
[[nodiscard]] entity_key key_of(const history_checkpoint& point) { return point.entity; }
[[nodiscard]] entity_key key_of(const sequenced_event& next) { return key_of(next.event); }

/// A cursor with the item that is next. What cannot be read is reported and passed over.
template <class T> class peeked {
 public:
  peeked(entity_kind kind, std::string_view code, audit_report& report)
      : kind_(kind), code_(code), report_(&report) {}

  template <class Read> [[nodiscard]] result<void> advance(Read read) {
    unreadable_ = false;
    for (;;) {
      auto next = read();
      if (next) {
        next_ = std::move(*next);
        if (next_)
          key_ = key_of(*next_);
        return {};
      }
      if (next.error().code != error_code::damaged && next.error().code != error_code::newer_format)
        return tl::unexpected{next.error()};
      unreadable_ = true;
      report_->add(to_text(kind_), {}, code_, next.error().detail);
    }
  }

  [[nodiscard]] const std::optional<T>& next() const noexcept { return next_; }
  /// Takes what is next; `advance` follows.
  [[nodiscard]] std::optional<T> take() { return std::exchange(next_, std::nullopt); }
  [[nodiscard]] bool is_at(const entity_key& key) const { return next_ && key_ == key; }
  /// Of the item that is next; only if there is one.
  [[nodiscard]] const entity_key& key() const noexcept { return key_; }
  /// Whether something in front of what is next could not be read.
  [[nodiscard]] bool passed_unreadable() const noexcept { return unreadable_; }

 private:
  entity_kind kind_;
  std::string_view code_;
  audit_report* report_;
  std::optional<T> next_;
  entity_key key_;
  bool unreadable_ = false;
};

/// One walk over one snapshot.
class walker {
 public:
  walker(audit_snapshot& snapshot, const audit_options& options) : snapshot_(snapshot), options_(options) {}

  [[nodiscard]] result<audit_report> run() {
    if (const auto begun = begin(); !begun)
      return tl::unexpected{begun.error()};
    // Accounts come behind orders: whose payment is under way is known by then.
    for (const auto kind : {entity_kind::order, entity_kind::stock, entity_kind::account})
      if (const auto walked = walk_kind(kind); !walked)
        return tl::unexpected{walked.error()};
    if (cross_)
      cross_->conclude(report_);
    return std::move(report_);
  }

 private:
  /// The three cursors of a kind.
  struct cursors {
    peeked<history_checkpoint> checkpoints;
    peeked<sequenced_event> events;
    peeked<stored_entity> rows;
  };

  [[nodiscard]] result<void> begin() {
    const auto span = snapshot_.span();
    if (!span)
      return tl::unexpected{span.error()};
    span_ = *span;
    report_.as_of_seq = span_.last_seq;
    report_.dropped_to = span_.dropped_to;
    const auto wanted = span_.last_seq - std::min(span_.last_seq, span_.dropped_to);
    if (span_.kept != wanted)
      report_.add("history", {}, "history_incomplete",
                  "behind event " + std::to_string(span_.dropped_to) + " and up to event " +
                      std::to_string(span_.last_seq) + " there are " + std::to_string(span_.kept) +
                      " events and records, not " + std::to_string(wanted));
    const auto aside = snapshot_.aside();
    if (!aside)
      return tl::unexpected{aside.error()};
    aside_.insert(aside->begin(), aside->end());
    for (const auto& each : *aside)
      report_.add(each, "set_aside", "the database refused events of it, which are aside: its row is behind");
    return begin_cross_checks(*aside);
  }

  [[nodiscard]] result<void> begin_cross_checks(const std::vector<entity_key>& aside) {
    const auto open = snapshot_.open_obligations();
    const auto payouts = snapshot_.open_payouts();
    if (open && payouts) {
      cross_.emplace(*open, *payouts, aside, options_.salt);
      return {};
    }
    const auto& why = open ? payouts.error() : open.error();
    if (why.code != error_code::damaged && why.code != error_code::newer_format)
      return tl::unexpected{why};
    report_.add("history", {}, "open_ends_unreadable", why.detail);
    for (const auto* each : {"reservations", "holds", "money"})
      report_.leave_out(each);
    return {};
  }

  [[nodiscard]] result<void> next_checkpoint(entity_kind kind, cursors& at) {
    return at.checkpoints.advance([&] { return snapshot_.next_checkpoint(kind); });
  }
  [[nodiscard]] result<void> next_event(entity_kind kind, cursors& at) {
    return at.events.advance([&] { return snapshot_.next_event(kind); });
  }
  [[nodiscard]] result<void> next_row(entity_kind kind, cursors& at) {
    return at.rows.advance([&] { return snapshot_.next_entity(kind); });
  }

  [[nodiscard]] result<void> walk_kind(entity_kind kind) {
    cursors at{{kind, "checkpoint_unreadable", report_},
               {kind, "event_unreadable", report_},
               {kind, "row_unreadable", report_}};
    auto stepped = next_checkpoint(kind, at).and_then([&] { return next_event(kind, at); }).and_then([&] {
      return next_row(kind, at);
    });
    while (stepped) {
      const auto key = first_of(at);
      if (!key)
        break;
      stepped = walk_entity(*key, at);
    }
    if (stepped)
      tell_unmet(kind);
    return stepped;
  }

  [[nodiscard]] static std::optional<entity_key> first_of(const cursors& at) {
    std::optional<entity_key> first;
    const auto look = [&first](const auto& cursor) {
      if (cursor.next() && (!first || cursor.key() < *first))
        first = cursor.key();
    };
    look(at.checkpoints);
    look(at.events);
    look(at.rows);
    return first;
  }

  [[nodiscard]] result<void> walk_entity(const entity_key& key, cursors& at) {
    const bool judged = !aside_.contains(key);
    chain_check chain{key, span_.dropped_to, span_.last_seq, report_};
    if (const auto followed = follow_events(key, at, chain, judged); !followed)
      return followed;
    std::optional<stored_entity> row;
    const bool row_unreadable = at.rows.passed_unreadable();
    if (at.rows.is_at(key)) {
      row = at.rows.take();
      count(*row);
      if (const auto stepped = next_row(key.kind, at); !stepped)
        return stepped;
    }
    if (judged)
      judge(key, chain, row, row_unreadable);
    return {};
  }

  [[nodiscard]] result<void> follow_events(const entity_key& key, cursors& at, chain_check& chain,
                                           bool judged) {
    if (at.checkpoints.is_at(key)) {
      if (judged)
        chain.begin_behind(*at.checkpoints.next());
      if (const auto stepped = next_checkpoint(key.kind, at); !stepped)
        return stepped;
    }
    look_at_live(key, chain);
    bool unreadable = at.events.passed_unreadable();
    while (at.events.is_at(key)) {
      ++report_.checked.events;
      if (const auto asked = ask(); !asked)
        return asked;
      if (judged)
        chain.follow(*at.events.next(), unreadable || at.events.passed_unreadable());
      look_at_live(key, chain);
      if (const auto stepped = next_event(key.kind, at); !stepped)
        return stepped;
      unreadable = unreadable || at.events.passed_unreadable();
    }
    // What cannot be read may have been the last of these events.
    if (at.events.passed_unreadable() && at.rows.is_at(key) && chain.is_known() &&
        version_of(*at.rows.next()) != chain.fold().version())
      chain.give_up();
    return ask();
  }

  [[nodiscard]] result<void> ask() {
    if (steps_++ % steps_a_question == 0 && options_.interrupted())
      return fail(error_code::timed_out, "the audit was interrupted");
    return {};
  }

  /// Compares what the entity showed, once its events have come that far.
  void look_at_live(const entity_key& key, chain_check& chain) {
    if (options_.live == nullptr || !chain.has_begun() || !chain.is_known())
      return;
    auto& shown = options_.live->of(key.kind);
    const auto found = shown.find(key.key);
    if (found == shown.end() || found->second.version != chain.fold().version())
      return;
    if (chain.fold().state())
      compare(key, found->second, *chain.fold().state(), report_);
    ++report_.checked.live_entities;
    shown.erase(found);
  }

  void judge(const entity_key& key, chain_check& chain, const std::optional<stored_entity>& row,
             bool row_unreadable) {
    if (!chain.has_begun()) {
      report_.add(key, "row_without_events", "there is a row, and no event says how it came to be");
      return judge_unknown(key, row);
    }
    pass_live(key, chain);
    if (!chain.is_known())
      return judge_unknown(key, row);
    if (const auto& state = chain.fold().state(); state) {
      if (row)
        compare(*row, *state, report_);
      else if (!row_unreadable)
        report_.add(key, "row_missing",
                    "its events come to version " + std::to_string(chain.fold().version()) +
                        ", and there is no row");
      if (cross_)
        cross_->take(key, *state);
    } else if (row) {
      report_.add(key, "row_of_no_order", "there is a row of an order that never came to be");
    }
    if (options_.followed)
      options_.followed(std::move(chain.fold()));
  }

  /// The events do not say what the entity is: the row counts.
  void judge_unknown(const entity_key& key, const std::optional<stored_entity>& row) {
    if (options_.live != nullptr)
      options_.live->of(key.kind).erase(key.key);
    if (!row) {
      if (cross_)
        cross_->pass_over(key);
      return;
    }
    check_alone(*row, report_);
    take(*row);
  }

  void pass_live(const entity_key& key, chain_check& chain) {
    if (options_.live == nullptr)
      return;
    auto& shown = options_.live->of(key.kind);
    const auto found = shown.find(key.key);
    if (found == shown.end())
      return;
    // What was shown before the history begins cannot be told any more.
    if (chain.is_known() && found->second.version > chain.fold().version())
      report_.add(key, "live_differs",
                  "in memory it was at version " + std::to_string(found->second.version) +
                      ", its events end with version " + std::to_string(chain.fold().version()));
    shown.erase(found);
  }

  void tell_unmet(entity_kind kind) {
    if (options_.live == nullptr)
      return;
    for (const auto& [key, shown] : options_.live->of(kind)) {
      const entity_key entity{kind, key};
      if (!aside_.contains(entity))
        report_.add(entity, "live_differs",
                    "in memory it was at version " + std::to_string(shown.version) + ", and it has no event");
    }
    options_.live->of(kind).clear();
  }

  void count(const stored_entity& row) {
    auto& checked = report_.checked;
    if (const auto* item = std::get_if<stored_stock>(&row.row)) {
      ++checked.stock_items;
      checked.reservations += item->active.size();
    } else if (std::holds_alternative<order_ptr>(row.row)) {
      ++checked.orders;
    } else {
      ++checked.accounts;
    }
  }

  void take(const stored_entity& row) {
    if (!cross_)
      return;
    if (const auto* item = std::get_if<stored_stock>(&row.row)) {
      for (const auto& each : item->active)
        cross_->take(row.key.key, each);
    } else if (const auto* whole = std::get_if<order_ptr>(&row.row)) {
      cross_->take(**whole);
    } else {
      const auto& of = std::get<stored_account>(row.row);
      cross_->take(of.view, of.totals);
      for (const auto& each : of.holds)
        cross_->take(each);
    }
  }

  audit_snapshot& snapshot_;
  const audit_options& options_;
  audit_report report_;
  history_span span_;
  std::set<entity_key> aside_;
  std::optional<audit_cross_checks> cross_;
  std::uint64_t steps_ = 0;
};

} // namespace

result<audit_report> walk(audit_snapshot& snapshot, const audit_options& options) {
  return walker{snapshot, options}.run();
}

} // namespace orderd

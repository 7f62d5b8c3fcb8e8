#include "persistence/audit_cross_checks.hpp"
#include "persistence/audit_walk.hpp"
#include "tests/model/saga_world.hpp"
#include "tests/unit/persistence/kept_snapshot.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace orderd::test {
namespace {

bool is_held_and_paid(const order& one) {
  return one.status == order_status::processed && one.payment == payment_status::authorized &&
         one.step == saga_step::none;
}

/// Every event of a shop that was paid through `mover`, and whose power went now and then.
std::vector<event> journal_of(money_mover mover, std::uint64_t seed) {
  saga_world world(mover, seed);
  for (int i = 1; i <= 700; ++i) {
    world.step();
    if (i % 200 == 0)
      world.crash();
  }
  return world.journal();
}

/// The same up to where orders that are paid for hold the most units.
const std::vector<event>& busy_journal() {
  static const auto made = [] {
    auto journal = journal_of(money_mover::ledger, 7);
    std::map<uuid, order> orders;
    std::size_t most = 0;
    std::size_t end = 0;
    for (std::size_t i = 0; i < journal.size(); ++i) {
      if (const auto* e = std::get_if<order_event>(&journal[i]))
        evolve(orders[e->order_id], *e);
      const auto holding = std::count_if(orders.begin(), orders.end(),
                                         [](const auto& each) { return is_held_and_paid(each.second); });
      if (static_cast<std::size_t>(holding) > most) {
        most = static_cast<std::size_t>(holding);
        end = i + 1;
      }
    }
    journal.resize(end);
    return journal;
  }();
  return made;
}

audit_report walked(audit_snapshot& snapshot, audit_options options = {}) {
  options.salt = 11;
  auto report = walk(snapshot, options);
  BOOST_REQUIRE(report);
  return std::move(*report);
}

std::string told(const audit_report& report) {
  std::string all;
  for (const auto& each : report.differences)
    all += each.kind + " " + each.key + " " + each.code + ": " + each.detail + "\n";
  return all;
}

void check_codes(const audit_report& report, std::vector<std::string> wanted) {
  std::vector<std::string> found;
  for (const auto& each : report.differences)
    found.push_back(each.code);
  std::sort(found.begin(), found.end());
  std::sort(wanted.begin(), wanted.end());
  BOOST_TEST(found == wanted, boost::test_tools::per_element());
  BOOST_TEST_INFO(told(report));
  BOOST_TEST(report.differences_total == wanted.size());
}

/// A whole history of a shop with a ledger, and one change to it.
audit_report damaged(const std::function<void(kept_snapshot&)>& damage) {
  kept_snapshot snapshot(busy_journal());
  damage(snapshot);
  return walked(snapshot);
}

template <class Row> Row& some_row(kept_snapshot& snapshot, entity_kind kind) {
  return std::get<Row>(snapshot.rows_of(kind).at(snapshot.rows_of(kind).size() / 2).row);
}

/// An item that has an active reservation of an order that counts on it.
stored_stock& reserved_item(kept_snapshot& snapshot) {
  for (const auto& each : snapshot.rows_of(entity_kind::order)) {
    const auto& lines = held_lines(*std::get<order_ptr>(each.row));
    for (auto& item : snapshot.rows_of(entity_kind::stock))
      if (auto& row = std::get<stored_stock>(item.row);
          !lines.empty() && row.view.product.sku == lines.front().sku && !row.active.empty())
        return row;
  }
  BOOST_FAIL("the history ends with nothing reserved");
  std::abort();
}

} // namespace

BOOST_AUTO_TEST_SUITE(audit_walk)

BOOST_AUTO_TEST_CASE(nothing_differs_after_any_event_of_a_shop_whatever_was_under_way) {
  for (const auto mover : {money_mover::nobody, money_mover::ledger, money_mover::service}) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const auto journal = journal_of(mover, seed);
      for (std::size_t end = 0; end <= journal.size(); end += 7) {
        const std::span front(journal.data(), end);
        kept_snapshot snapshot(front);
        const auto report = walked(snapshot);
        BOOST_TEST_REQUIRE(report.ok(), "seed " << seed << " after event " << end << ": " << told(report));
        BOOST_TEST_REQUIRE(report.checked.events == end);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_differs_behind_any_place_where_the_history_was_cut) {
  const auto& journal = busy_journal();
  for (std::size_t cut = 0; cut < journal.size(); cut += 5) {
    kept_snapshot snapshot(journal);
    snapshot.drop(cut);
    const auto report = walked(snapshot);
    BOOST_TEST_REQUIRE(report.ok(), "behind event " << cut << ": " << told(report));
    BOOST_TEST_REQUIRE(report.dropped_to == cut);
  }
}

BOOST_AUTO_TEST_CASE(a_changed_row_is_named_by_what_differs) {
  check_codes(damaged([](auto& s) { ++some_row<stored_stock>(s, entity_kind::stock).view.levels.on_hand; }),
              {"levels_differ"});
  check_codes(damaged([](auto& s) { ++some_row<stored_stock>(s, entity_kind::stock).totals.received; }),
              {"totals_differ"});
  check_codes(damaged([](auto& s) { some_row<stored_stock>(s, entity_kind::stock).view.product.price = 1; }),
              {"product_differs"});
  check_codes(damaged([](auto& s) { reserved_item(s).active.pop_back(); }), {"reservations_differ"});
  check_codes(damaged([](auto& s) { ++reserved_item(s).active.back().qty; }), {"reservations_differ"});
  check_codes(
      damaged([](auto& s) { ++some_row<stored_account>(s, entity_kind::account).view.levels.balance; }),
      {"balance_differs"});
  check_codes(damaged([](auto& s) {
                auto& row = some_row<order_ptr>(s, entity_kind::order);
                order changed = *row;
                ++changed.total;
                row = std::make_shared<const order>(changed);
              }),
              {"status_differs"});
  check_codes(damaged([](auto& s) {
                auto& row = some_row<order_ptr>(s, entity_kind::order);
                order changed = *row;
                changed.customer_id = "mallory";
                row = std::make_shared<const order>(changed);
              }),
              {"order_differs"});
}

BOOST_AUTO_TEST_CASE(a_row_without_events_and_events_without_a_row_are_told) {
  check_codes(damaged([](auto& s) { s.rows_of(entity_kind::stock).pop_front(); }), {"row_missing"});
  check_codes(damaged([](auto& s) { s.rows_of(entity_kind::account).pop_back(); }), {"row_missing"});
  check_codes(damaged([](auto& s) {
                auto extra = s.rows_of(entity_kind::order).back();
                order changed = *std::get<order_ptr>(extra.row);
                changed.id.bytes.fill(0xFF);
                changed.status = order_status::draft;
                changed.placing = {};
                changed.keeper = payment_keeper::none;
                extra.key.key = std::string(16, '\xFF');
                extra.row = std::make_shared<const order>(changed);
                s.rows_of(entity_kind::order).push_back(extra);
              }),
              {"row_without_events"});
}

BOOST_AUTO_TEST_CASE(a_changed_event_is_named_once) {
  const auto change = [](kept_snapshot& s) -> sequenced_event& {
    auto& all = s.events_of(entity_kind::stock);
    return all.at(all.size() / 2);
  };
  check_codes(damaged([&](auto& s) { (*change(s).link)[3] ^= 1; }), {"link_differs"});
  check_codes(damaged([&](auto& s) { change(s).link.reset(); }), {"link_missing"});
  check_codes(damaged([&](auto& s) { std::get<stock_event>(change(s).event).at += std::chrono::hours(1); }),
              {"link_differs"});
  const auto report =
      damaged([&](auto& s) { ++std::get<stock_event>(change(s).event).totals_after.received; });
  check_codes(report, {"link_differs"});
  BOOST_TEST(report.differences.front().kind == "stock");
  BOOST_TEST(report.differences.front().detail.find("version") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_event_is_noticed_by_its_entity_and_by_the_count) {
  check_codes(damaged([](auto& s) {
                auto& all = s.events_of(entity_kind::stock);
                all.erase(all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2));
                --s.extent.kept;
              }),
              {"events_missing", "history_incomplete"});
}

BOOST_AUTO_TEST_CASE(two_events_that_changed_places_are_noticed) {
  check_codes(damaged([](auto& s) {
                auto& all = s.events_of(entity_kind::stock);
                std::swap(all.at(5).event, all.at(6).event);
              }),
              {"events_missing"});
  check_codes(damaged([](auto& s) {
                auto& all = s.events_of(entity_kind::stock);
                std::swap(all.at(5).seq, all.at(6).seq);
              }),
              {"event_misplaced"});
}

BOOST_AUTO_TEST_CASE(an_order_that_is_gone_with_all_its_events_is_missed_by_its_reservations_and_its_hold) {
  const auto report = damaged([](kept_snapshot& s) {
    auto& rows = s.rows_of(entity_kind::order);
    const auto found = std::find_if(rows.begin(), rows.end(), [](const stored_entity& each) {
      return is_held_and_paid(*std::get<order_ptr>(each.row));
    });
    BOOST_REQUIRE(found != rows.end());
    const auto gone = found->key;
    rows.erase(found);
    auto& events = s.events_of(entity_kind::order);
    const auto before = events.size();
    std::erase_if(events, [&](const sequenced_event& each) { return key_of(each.event) == gone; });
    s.extent.kept -= before - events.size();
  });
  std::set<std::string> codes;
  for (const auto& each : report.differences)
    codes.insert(each.code);
  BOOST_TEST((codes ==
              std::set<std::string>{"history_incomplete", "hold_without_order", "reservation_without_order"}),
             told(report));
}

BOOST_AUTO_TEST_CASE(an_item_that_is_gone_with_all_its_events_is_missed_by_its_orders) {
  const auto report = damaged([](kept_snapshot& s) {
    const auto sku = reserved_item(s).view.product.sku;
    std::erase_if(s.rows_of(entity_kind::stock), [&](const auto& each) { return each.key.key == sku; });
    std::erase_if(s.events_of(entity_kind::stock),
                  [&](const auto& each) { return key_of(each.event).key == sku; });
  });
  BOOST_TEST(!report.ok());
  for (const auto& each : report.differences)
    BOOST_TEST(each.code == "order_without_reservation");
}

BOOST_AUTO_TEST_CASE(an_account_that_is_gone_with_all_its_events_is_missed_in_the_sum) {
  // One that has as much as was deposited to it adds up without it: some have to have been paid.
  const auto was_paid = [](const stored_entity& each) {
    const auto& of = std::get<stored_account>(each.row);
    return of.view.levels.balance + of.view.levels.held != of.totals.deposited;
  };
  std::optional<kept_snapshot> snapshot;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    snapshot.emplace(journal_of(money_mover::ledger, seed));
    const auto& rows = snapshot->rows_of(entity_kind::account);
    if (std::any_of(rows.begin(), rows.end(), was_paid))
      break;
  }
  auto& rows = snapshot->rows_of(entity_kind::account);
  const auto found = std::find_if(rows.begin(), rows.end(), was_paid);
  BOOST_REQUIRE(found != rows.end());
  const auto gone = found->key;
  rows.erase(found);
  snapshot->extent.kept -= std::erase_if(snapshot->events_of(entity_kind::account),
                                         [&](const auto& each) { return key_of(each.event) == gone; });
  const auto report = walked(*snapshot);
  std::set<std::string> codes;
  for (const auto& each : report.differences)
    codes.insert(each.code);
  BOOST_TEST(codes.contains("money_does_not_add_up"), told(report));
  BOOST_TEST(codes.contains("history_incomplete"), told(report));
}

BOOST_AUTO_TEST_CASE(a_row_whose_events_cannot_be_followed_has_to_add_up_by_itself) {
  const auto lose_an_event = [](kept_snapshot& s, const std::string& sku) {
    auto& events = s.events_of(entity_kind::stock);
    const auto first = std::find_if(events.begin(), events.end(),
                                    [&](const auto& each) { return key_of(each.event).key == sku; });
    events.erase(first);
    --s.extent.kept;
  };
  check_codes(damaged([&](auto& s) { lose_an_event(s, reserved_item(s).view.product.sku); }),
              {"events_missing", "history_incomplete"});
  check_codes(damaged([&](auto& s) {
                auto& row = reserved_item(s);
                ++row.view.levels.reserved;
                ++row.view.levels.on_hand;
                lose_an_event(s, row.view.product.sku);
              }),
              {"events_missing", "history_incomplete", "row_does_not_add_up"});
}

BOOST_AUTO_TEST_CASE(open_ends_that_cannot_be_read_leave_entities_uncompared_and_say_so) {
  const auto report = damaged([](auto& s) { s.open_is_damaged = true; });
  check_codes(report, {"open_ends_unreadable"});
  const std::vector<std::string> wanted{"reservations", "holds", "money"};
  BOOST_TEST(report.not_compared == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_missing_reservation_or_hold_of_many_is_named) {
  kept_snapshot snapshot(busy_journal());
  auto& row = reserved_item(snapshot);
  const auto gone = to_string(row.active.front().id);
  row.active.front() = row.active.back();
  if (row.active.size() > 1)
    row.active.pop_back();
  else
    row.active.clear();
  const auto report = walked(snapshot);
  check_codes(report, {"reservations_differ"});
  BOOST_TEST(report.differences.front().detail.find(gone) != std::string::npos, told(report));
}

BOOST_AUTO_TEST_CASE(a_changed_checkpoint_is_noticed) {
  const auto after = [](const std::function<void(history_checkpoint&)>& change) {
    return damaged([&](kept_snapshot& s) {
      s.drop(s.extent.last_seq / 2);
      change(s.checkpoints[0].front());
    });
  };
  check_codes(after([](auto& point) { point.state.clear(); }), {"checkpoint_unreadable"});
  check_codes(after([](auto& point) { point.seq += 1'000'000; }), {"checkpoint_misplaced"});
  check_codes(after([](auto& point) { point.link[0] ^= 1; }), {"link_differs"});
  check_codes(after([](auto& point) { --point.version; }), {"checkpoint_unreadable"});
}

BOOST_AUTO_TEST_CASE(what_is_aside_is_told_and_not_judged) {
  const auto report = damaged([](kept_snapshot& s) {
    auto& row = reserved_item(s);
    s.away.push_back({entity_kind::stock, row.view.product.sku});
    row.active.clear();
    row.view.version = 1;
  });
  check_codes(report, {"set_aside"});
}

BOOST_AUTO_TEST_CASE(what_was_live_is_compared_where_the_events_have_come_to_its_version) {
  const auto& journal = busy_journal();
  shown_entities live;
  std::map<entity_key, history_fold> folds;
  for (const auto& each : std::span(journal).first(journal.size() / 2)) {
    const auto key = key_of(each);
    BOOST_REQUIRE(folds.try_emplace(key, key).first->second.follow(each));
  }
  for (const auto& [key, fold] : folds)
    if (key.kind == entity_kind::stock)
      live.of(key.kind)[key.key] = {fold.version(), std::get<stock_item>(*fold.state()).view().levels};
  const auto shown = live.of(entity_kind::stock).size();
  const auto look = [&](shown_entities what) {
    kept_snapshot snapshot(journal);
    audit_options options;
    options.live = &what;
    return walked(snapshot, options);
  };
  const auto same = look(live);
  BOOST_TEST(same.ok(), told(same));
  BOOST_TEST(same.checked.live_entities == shown);

  auto changed = live;
  ++std::get<stock_levels>(changed.of(entity_kind::stock).begin()->second.what).reserved;
  check_codes(look(changed), {"live_differs"});
  auto ahead = live;
  ahead.of(entity_kind::stock).begin()->second.version += 1'000'000;
  check_codes(look(ahead), {"live_differs"});
  auto unknown = live;
  unknown.of(entity_kind::stock)["NO-SUCH"] = {3, stock_levels{1, 0}};
  check_codes(look(unknown), {"live_differs"});
}

BOOST_AUTO_TEST_CASE(a_hundred_differences_are_kept_and_all_are_counted) {
  kept_snapshot snapshot(busy_journal());
  auto& rows = snapshot.rows_of(entity_kind::stock);
  auto extra = rows.back();
  std::get<stored_stock>(extra.row).active.clear();
  std::get<stored_stock>(extra.row).view.levels.reserved = 0;
  constexpr std::size_t added = 150;
  for (std::size_t i = 0; i < added; ++i) {
    extra.key.key = "ZZZ-" + std::to_string(1'000 + i);
    rows.push_back(extra);
  }
  const auto report = walked(snapshot);
  BOOST_TEST(report.differences.size() == audit_differences_max);
  BOOST_TEST(report.differences_total == added);
}

BOOST_AUTO_TEST_CASE(disagreements_that_are_too_many_to_be_told_apart_are_told_as_such) {
  audit_report report;
  audit_cross_checks checks{{}, {}, {}, 11};
  for (std::uint64_t i = 1; i <= 60'000; ++i) {
    reservation active;
    active.id = make_uuid_v7({}, 1, i);
    active.order_id = make_uuid_v7({}, 2, i);
    active.qty = 1;
    checks.take("WIDGET", active);
    checks.take(account_hold{active.order_id, 1, 100, false});
  }
  checks.conclude(report);
  check_codes(report, {"holds_disagree", "reservations_disagree"});
}

BOOST_AUTO_TEST_CASE(payments_under_way_that_are_too_many_leave_holds_uncompared_and_say_so) {
  audit_report report;
  audit_cross_checks checks{{}, {}, {}, 11};
  order one;
  one.keeper = payment_keeper::ledger;
  one.step = saga_step::authorizing;
  for (std::uint64_t i = 0; i <= audit_cross_checks::under_way_max; ++i) {
    one.id = make_uuid_v7({}, 1, i);
    checks.take(one);
  }
  checks.conclude(report);
  BOOST_TEST(report.ok());
  const std::vector<std::string> wanted{"holds"};
  BOOST_TEST(report.not_compared == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_walk_can_be_interrupted) {
  kept_snapshot snapshot(busy_journal());
  audit_options options;
  options.interrupted = [] { return true; };
  const auto stopped = walk(snapshot, options);
  BOOST_REQUIRE(!stopped);
  BOOST_TEST((stopped.error().code == error_code::timed_out));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

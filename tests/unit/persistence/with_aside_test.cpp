#include "persistence/write_set.hpp"
#include "tests/unit/persistence/legal_history.hpp"
#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <utility>

namespace orderd {
namespace {

using test::id_of;
using test::must;
using test::refusal_of;

std::vector<event> events_of(const test::legal_history& history, const uuid& order) {
  std::vector<event> events;
  for (const sequenced_event& each : history.events()) {
    const auto* e = std::get_if<order_event>(&each.event);
    if (e != nullptr && e->order_id == order) {
      events.push_back(each.event);
    }
  }
  return events;
}

std::vector<event> events_of(const test::legal_history& history, const std::string& sku) {
  std::vector<event> events;
  for (const sequenced_event& each : history.events()) {
    const auto* e = std::get_if<stock_event>(&each.event);
    if (e != nullptr && e->sku == sku) {
      events.push_back(each.event);
    }
  }
  return events;
}

/// One order that was placed, accepted and delivered, over one item.
struct delivered {
  delivered() {
    history.define("A", 10);
    id = history.place("alice", "A");
    history.amend(id, "{\"gift\":true}");
    history.change(id, order_status::accepted);
    history.change(id, order_status::completed);
    history.settle(id, order_verdict::commit);
    history.reserve("A", 2);
  }
  test::legal_history history{1};
  uuid id;
};

/// The events in pages of three.
aside_pages pages_of(std::vector<event> aside) {
  return [aside = std::move(aside), at = std::size_t{0}]() mutable -> result<std::vector<event>> {
    const std::size_t from = std::exchange(at, std::min(at + 3, aside.size()));
    return std::vector<event>(aside.begin() + static_cast<std::ptrdiff_t>(from),
                              aside.begin() + static_cast<std::ptrdiff_t>(at));
  };
}

template <class Shown> bool is_damage(const Shown& shown, const std::vector<event>& aside) {
  return refusal_of(with_aside(shown, pages_of(aside))).code == error_code::damaged;
}

BOOST_AUTO_TEST_SUITE(write_set_beside_what_is_aside)

BOOST_AUTO_TEST_CASE(events_of_entities_aside_make_no_rows) {
  delivered d;
  const uuid other = d.history.place("bob", "A");
  const store_batch batch = d.history.all();
  aside_entities aside;
  aside.insert(events_of(d.history, d.id).front());
  BOOST_TEST(aside.size() == 1U);
  const write_set rows = make_write_set(batch, 0, aside);
  BOOST_TEST(rows.aside.size() == 4U);
  BOOST_TEST(rows.events.size() == batch.events.size() - 4);
  BOOST_REQUIRE_EQUAL(rows.orders.size(), 1U);
  BOOST_TEST((rows.orders[0].id == other));
  aside.insert(batch.events.front().event);
  const write_set fewer = make_write_set(batch, 0, aside);
  BOOST_TEST(fewer.stock.empty());
  BOOST_TEST(fewer.reservations.empty());
  BOOST_TEST(fewer.events.size() == 1U);
  BOOST_TEST((fewer.newest == d.history.now()));
}

BOOST_AUTO_TEST_CASE(rows_and_any_number_of_events_make_the_whole) {
  const delivered d;
  const auto of_order = events_of(d.history, d.id);
  for (std::size_t in_rows = 0; in_rows <= of_order.size(); ++in_rows) {
    order state;
    for (std::size_t i = 0; i < in_rows; ++i) {
      evolve(state, std::get<order_event>(of_order[i]));
    }
    const auto shown = in_rows > 0 ? std::make_shared<const order>(state) : order_ptr();
    BOOST_TEST((*must(with_aside(shown, pages_of(of_order))) == d.history.orders().at(d.id)), in_rows);
  }
  const auto of_item = events_of(d.history, "A");
  const stock_item& expected = d.history.items().at("A");
  for (std::size_t in_rows = 0; in_rows <= of_item.size(); ++in_rows) {
    stock_item state;
    for (std::size_t i = 0; i < in_rows; ++i) {
      state.evolve(std::get<stock_event>(of_item[i]));
    }
    const auto whole = must(with_aside(in_rows > 0 ? std::optional(state) : std::nullopt, pages_of(of_item)));
    BOOST_REQUIRE(whole.has_value());
    BOOST_TEST((whole->view() == expected.view()));
    BOOST_TEST((whole->totals() == expected.totals()));
    BOOST_TEST((whole->active() == expected.active()));
    BOOST_TEST((whole->next_expiry() == expected.next_expiry()));
  }
}

BOOST_AUTO_TEST_CASE(nothing_aside_changes_nothing) {
  BOOST_TEST((must(with_aside(order_ptr(), pages_of({}))) == nullptr));
  BOOST_TEST(!must(with_aside(std::optional<stock_item>(), pages_of({}))));
  BOOST_TEST(!with_aside(std::optional<stored_reservation>(), id_of(1), {}));
}

BOOST_AUTO_TEST_CASE(a_page_that_cannot_be_read_ends_it) {
  const delivered d;
  for (const auto& aside : {events_of(d.history, d.id), events_of(d.history, "A")}) {
    const auto cut_off = [next = pages_of({aside.begin(), aside.begin() + 3}),
                          pages = 0]() mutable -> result<std::vector<event>> {
      return ++pages < 2 ? next() : fail(error_code::store_failed, "away");
    };
    const bool is_order = std::holds_alternative<order_event>(aside.front());
    const error ended = is_order ? refusal_of(with_aside(order_ptr(), cut_off))
                                 : refusal_of(with_aside(std::optional<stock_item>(), cut_off));
    BOOST_TEST((ended.code == error_code::store_failed));
  }
}

BOOST_AUTO_TEST_CASE(an_orders_events_that_do_not_fit_are_damage) {
  const delivered d;
  const auto events = events_of(d.history, d.id);
  const order_ptr none;
  BOOST_TEST(is_damage(none, {events.begin() + 1, events.end()}));
  BOOST_TEST(is_damage(none, {events[0], events[2]}));
  BOOST_TEST(is_damage(none, events_of(d.history, "A")));
  const auto with = [&](std::size_t index, const auto& change) {
    auto changed = events;
    change(std::get<order_event>(changed[index]));
    return changed;
  };
  BOOST_TEST(is_damage(none, with(0, [](order_event& e) { e.version = 0; })));
  BOOST_TEST(is_damage(none, with(0, [](order_event& e) { std::get<order_created>(e.what).lines.clear(); })));
  BOOST_TEST(is_damage(none, with(0, [](order_event& e) { ++std::get<order_created>(e.what).total; })));
  BOOST_TEST(is_damage(none, with(1, [](order_event& e) { e.order_id = id_of(99); })));
  BOOST_TEST(is_damage(none, with(1, [](order_event& e) { e.what = order_failed{}; })));
  BOOST_TEST(is_damage(none, with(2, [](order_event& e) { e.what = order_accepted{}; })));
  BOOST_TEST(is_damage(none, with(2, [](order_event& e) { e.what = order_completed{}; })));
  BOOST_TEST(is_damage(none, with(3, [](order_event& e) { e.what = order_completed{}; })));
  BOOST_TEST(is_damage(none, with(3, [](order_event& e) { e.what = order_placed{}; })));
  auto more = events;
  more.emplace_back(order_event{d.id, 5, d.history.now(), "alice", order_amended{"{}"}});
  BOOST_TEST(is_damage(none, more));
  auto nothing = std::vector<event>{order_event{d.id, 0, d.history.now(), "alice", order_amended{"{}"}}};
  BOOST_TEST(is_damage(none, nothing));
}

BOOST_AUTO_TEST_CASE(a_paid_order_is_placed_as_processed_or_is_damage) {
  for (const auto status : {order_status::processed, order_status::registered}) {
    test::life_history history(1);
    const uuid id = history.create("alice", order_status::draft);
    history.add(id, order_reserved{history.placing_of(id, refusal_outcome::keep)});
    history.add(id, payment_authorized{false});
    const order state = history.orders().at(id);
    BOOST_REQUIRE((state.step == saga_step::placing));
    const order_placed placed{status, state.placing.lines, state.placing.total, {}};
    const std::vector<event> aside = {order_event{id, state.version + 1, history.now(), "alice", placed}};
    const auto shown = std::make_shared<const order>(state);
    if (status == order_status::processed)
      BOOST_TEST((must(with_aside(shown, pages_of(aside)))->status == status));
    else
      BOOST_TEST(is_damage(shown, aside));
  }
}

BOOST_AUTO_TEST_CASE(an_items_events_that_do_not_fit_are_damage) {
  const delivered d;
  const auto events = events_of(d.history, "A");
  const std::optional<stock_item> none;
  BOOST_TEST(is_damage(none, {events.begin() + 1, events.end()}));
  BOOST_TEST(is_damage(none, {events[0], events[2]}));
  BOOST_TEST(is_damage(none, events_of(d.history, d.id)));
  const auto with = [&](std::size_t index, const auto& change) {
    auto changed = events;
    change(std::get<stock_event>(changed[index]));
    return changed;
  };
  const std::size_t last = events.size() - 1;
  BOOST_TEST(is_damage(none, with(0, [](stock_event& e) { e.sku = "B"; })));
  BOOST_TEST(is_damage(none, with(1, [](stock_event& e) { e.what = reservation_released{id_of(9)}; })));
  BOOST_TEST(is_damage(none, with(1, [](stock_event& e) {
                         e.what = reservation_claimed{id_of(9), id_of(8)};
                       })));
  BOOST_TEST(is_damage(none, with(1, [](stock_event& e) { e.what = reservations_expired{{id_of(9)}}; })));
  BOOST_TEST(is_damage(none, with(last, [](stock_event& e) { ++e.after.reserved; })));
  BOOST_TEST(is_damage(none, with(last, [](stock_event& e) { ++e.after.on_hand; })));
  BOOST_TEST(is_damage(none, with(last, [](stock_event& e) { e.totals_after.committed = -1; })));
  BOOST_TEST(is_damage(
      none, with(last, [](stock_event& e) { std::get<stock_reserved>(e.what).reservation.qty = 0; })));
  BOOST_TEST(is_damage(none, with(last, [](stock_event& e) {
                         std::get<stock_reserved>(e.what).reservation.expires_at.reset();
                       })));
}

BOOST_AUTO_TEST_CASE(a_reservation_follows_the_events_of_its_item) {
  test::legal_history history(1);
  history.define("A", 10);
  const uuid kept = history.reserve("A", 2);
  const uuid claimed = history.reserve("A", 1);
  history.claim("A", claimed, id_of(5));
  const uuid ended = history.reserve("A", 3);
  history.extend("A", ended, std::chrono::minutes(30));
  history.release("A", ended);
  const auto events = events_of(history, "A");
  for (const uuid& id : {kept, claimed, ended}) {
    const auto& expected = history.reservations().at(id);
    const auto made_aside = with_aside(std::optional<stored_reservation>(), id, events);
    BOOST_REQUIRE(made_aside.has_value());
    BOOST_TEST(made_aside->sku == "A");
    BOOST_TEST((made_aside->reservation == expected.reservation));
    BOOST_TEST((made_aside->state == expected.state));
  }
  const auto as_made = history.prefix(3).reservations().at(claimed);
  const auto since = with_aside(std::optional(as_made), claimed, {events.begin() + 3, events.end()});
  BOOST_TEST((since->reservation == history.reservations().at(claimed).reservation));
  const std::vector<event> only_claimed = {events[3]};
  BOOST_TEST(!with_aside(std::optional<stored_reservation>(), claimed, only_claimed).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

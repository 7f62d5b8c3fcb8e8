#include "persistence/audit_snapshot.hpp"
#include "tests/unit/persistence/life_agreement.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace orderd::test {
namespace {

constexpr std::array kinds{entity_kind::stock, entity_kind::order, entity_kind::account};
constexpr std::uint64_t everything = UINT64_MAX;
constexpr std::size_t no_limit = 1'000'000;

/// The link of each event, by the definition.
std::vector<std::optional<chain_link>> links_of(const std::vector<sequenced_event>& events) {
  std::map<entity_key, chain_link> heads;
  std::vector<std::optional<chain_link>> links;
  for (const sequenced_event& each : events) {
    if (std::holds_alternative<request_record>(each.event)) {
      links.emplace_back();
      continue;
    }
    chain_link& head = heads[key_of(each.event)];
    head = next_link(head, each.event);
    links.emplace_back(head);
  }
  return links;
}

/// Requires that the store tells the events behind `dropped` with their links. Returns how many it told.
std::size_t require_links(store_reader& reader, const std::vector<sequenced_event>& events,
                          std::uint64_t dropped = 0) {
  const auto links = links_of(events);
  const auto shown = told(reader, 1);
  BOOST_REQUIRE_EQUAL(shown.size(), events.size() - dropped);
  for (const sequenced_event& each : shown) {
    BOOST_REQUIRE(each.seq > dropped);
    BOOST_REQUIRE_MESSAGE(each.link == links.at(each.seq - 1), "event " << each.seq);
  }
  return shown.size();
}

std::string state_of(const stored_entity& entity) {
  if (const auto* item = std::get_if<stored_stock>(&entity.row))
    return encode_state(stock_item(item->view, item->totals, item->active));
  if (const auto* found = std::get_if<order_ptr>(&entity.row))
    return encode_state(*found);
  const auto& purse = std::get<stored_account>(entity.row);
  std::unordered_map<uuid, account_hold> holds;
  for (const account_hold& each : purse.holds)
    holds.emplace(each.order_id, each);
  return encode_state(account(purse.view, purse.totals, std::move(holds)));
}

/// Every row of the snapshot by its entity. Requires that they come in the order of their keys.
std::map<entity_key, std::string> rows_of(audit_snapshot& snapshot) {
  std::map<entity_key, std::string> rows;
  for (const entity_kind kind : kinds) {
    std::optional<entity_key> before;
    while (const auto next = must(snapshot.next_entity(kind))) {
      BOOST_REQUIRE((next->key.kind == kind));
      BOOST_REQUIRE(!before || *before < next->key);
      before = next->key;
      rows.emplace(next->key, state_of(*next));
    }
  }
  return rows;
}

std::map<entity_key, history_checkpoint> checkpoints_of(audit_snapshot& snapshot) {
  std::map<entity_key, history_checkpoint> found;
  for (const entity_kind kind : kinds) {
    std::optional<entity_key> before;
    while (const auto next = must(snapshot.next_checkpoint(kind))) {
      BOOST_REQUIRE((next->entity.kind == kind));
      BOOST_REQUIRE(!before || *before < next->entity);
      before = next->entity;
      found.emplace(next->entity, *next);
    }
  }
  return found;
}

/// What checkpoints and the events behind them come to. Requires that links and keys are in order, and counts
/// the events.
std::map<entity_key, std::string> states_of(audit_snapshot& snapshot, std::uint64_t& events) {
  std::map<entity_key, history_fold> folds;
  for (const auto& [key, each] : checkpoints_of(snapshot))
    folds.emplace(key, must(history_fold::behind(each)));
  for (const entity_kind kind : kinds) {
    std::optional<entity_key> before;
    while (const auto next = must(snapshot.next_event(kind))) {
      const entity_key key = key_of(next->event);
      BOOST_REQUIRE((key.kind == kind));
      BOOST_REQUIRE(!before || *before <= key);
      before = key;
      history_fold& fold = folds.try_emplace(key, key).first->second;
      must(fold.follow(next->event));
      BOOST_REQUIRE(next->link == fold.link());
      ++events;
    }
  }
  std::map<entity_key, std::string> states;
  for (const auto& [key, fold] : folds) {
    if (fold.state())
      states.emplace(key, encode_state(*fold.state()));
  }
  return states;
}

std::size_t records_in(const std::vector<sequenced_event>& events, std::uint64_t behind) {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const auto& each) {
    return each.seq > behind && std::holds_alternative<request_record>(each.event);
  }));
}

/// Requires that the history, from its checkpoints on, comes to what the rows show.
void require_consistent(store& whole, const std::vector<sequenced_event>& events, std::uint64_t dropped) {
  const auto snapshot = must(whole.open_snapshot());
  const history_span span = must(snapshot->span());
  BOOST_REQUIRE_EQUAL(span.dropped_to, dropped);
  BOOST_REQUIRE_EQUAL(span.last_seq, events.size());
  BOOST_REQUIRE_EQUAL(span.kept, events.size() - dropped);
  BOOST_REQUIRE_EQUAL(span.aside, 0U);
  std::uint64_t told_events = 0;
  const auto states = states_of(*snapshot, told_events);
  BOOST_REQUIRE_EQUAL(told_events, span.kept - records_in(events, dropped));
  BOOST_REQUIRE((states == rows_of(*snapshot)));
}

/// Drops in pieces of `limit` and looks at each step; reopens now and then.
template <class History>
void require_drops(store_database& database, const History& history, std::size_t limit) {
  auto s = std::make_unique<opened_store>(database);
  must(s->writer->apply(history.all()));
  std::uint64_t dropped = 0;
  for (std::size_t step = 0; dropped < history.last_seq(); ++step) {
    const std::size_t gone = must(s->writer->drop_history(everything, timestamp::max(), limit));
    BOOST_REQUIRE_EQUAL(gone, std::min<std::uint64_t>(limit, history.last_seq() - dropped));
    dropped += gone;
    if (step % 4 == 3) {
      s.reset();
      s = std::make_unique<opened_store>(database);
    }
    BOOST_REQUIRE_EQUAL(must(s->reader->dropped_to()), dropped);
    require_links(*s->reader, history.events(), dropped);
    require_consistent(*s->whole, history.events(), dropped);
  }
  BOOST_TEST(must(s->writer->drop_history(everything, timestamp::max(), limit)) == 0U);
}

/// Applies the history in batches, with the store opened anew between some of them and some of the front of
/// the history dropped: links go on.
template <class History> void require_links_go_on(store_database& database, const History& history) {
  std::mt19937_64 random(test_seed());
  auto s = std::make_unique<opened_store>(database);
  std::uint64_t dropped = 0;
  for (std::uint64_t at = 0; at < history.last_seq();) {
    const std::uint64_t to = std::min<std::uint64_t>(history.last_seq(), at + 1 + random() % 60);
    must(s->writer->apply(history.batch(at, to)));
    at = to;
    if (random() % 4 == 0)
      dropped += must(s->writer->drop_history(everything, timestamp::max(), random() % 50 + 1));
    if (random() % 4 == 0) {
      s.reset();
      s = std::make_unique<opened_store>(database);
    }
  }
  require_links(*s->reader, history.events(), dropped);
  require_consistent(*s->whole, history.events(), dropped);
}

legal_history one_item(int reservations) {
  legal_history history(3);
  history.define("sku", 1'000);
  for (int i = 0; i < reservations; ++i)
    static_cast<void>(history.reserve("sku", 1));
  return history;
}

} // namespace

namespace store_contract {

void every_event_is_chained_to_the_one_before_of_its_entity(store_database& database) {
  const legal_history history = random_history(400);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  require_links(*s.reader, history.events());
  require_consistent(*s.whole, history.events(), 0);
}

void links_go_on_over_batches_reopening_and_drops(store_database& database) {
  require_links_go_on(database, random_history(500));
}

void links_of_orders_and_accounts_go_on_likewise(store_database& database) {
  require_links_go_on(database, random_life(500));
}

void a_mere_record_has_no_link(store_database& database) {
  opened_store s(database);
  must(s.writer->apply({{{1, one_record()}}, 1, {}}));
  const auto shown = told(*s.reader, 1);
  BOOST_REQUIRE_EQUAL(shown.size(), 1U);
  BOOST_TEST(!shown.front().link.has_value());
}

void what_is_aside_has_no_link_until_it_is_back(store_database& database) {
  const legal_history history = random_history(300);
  const std::uint64_t first = history.last_seq() / 3;
  const std::string sku = history.items().begin()->first;
  opened_store s(database);
  must(s.writer->apply(history.batch(0, first)));
  database.refuse_item(sku);
  BOOST_TEST(apply_singly(*s.writer, history) > 0U);
  const auto links = links_of(history.events());
  std::size_t aside = 0;
  for (const sequenced_event& each : told(*s.reader, 1)) {
    BOOST_REQUIRE(!each.link || each.link == links.at(each.seq - 1));
    aside += each.link ? 0U : 1U;
  }
  BOOST_TEST(aside == s.writer->aside().events);
  database.accept_again();
  must(s.writer->retry_aside());
  require_links(*s.reader, history.events());
  require_consistent(*s.whole, history.events(), 0);
}

void dropped_events_leave_checkpoints(store_database& database) {
  require_drops(database, random_history(60), 7);
}

void events_are_dropped_one_by_one(store_database& database) { require_drops(database, random_life(40), 1); }

void events_are_dropped_all_at_once(store_database& database) {
  require_drops(database, random_life(400), no_limit);
}

void a_drop_ends_where_it_is_told(store_database& database) {
  legal_history history(3);
  for (int i = 0; i < 20; ++i) {
    history.define("sku-" + std::to_string(i), 10);
    history.advance(std::chrono::seconds(1));
  }
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto time_of_event = [&](std::uint64_t seq) { return time_of(history.events().at(seq - 1).event); };
  BOOST_TEST(must(s.writer->drop_history(4, timestamp::max(), no_limit)) == 4U);
  BOOST_TEST(must(s.writer->drop_history(4, timestamp::max(), no_limit)) == 0U);
  BOOST_TEST(must(s.writer->drop_history(everything, time_of_event(10), no_limit)) == 5U);
  BOOST_TEST(must(s.writer->drop_history(everything, time_of_event(10), no_limit)) == 0U);
  BOOST_TEST(must(s.writer->drop_history(everything, time_of_event(15), 2)) == 2U);
  BOOST_TEST(must(s.writer->drop_history(everything, time_of_event(15), 0)) == 0U);
  BOOST_TEST(must(s.reader->dropped_to()) == 11U);
  require_consistent(*s.whole, history.events(), 11);
}

void an_event_that_is_late_ends_a_drop(store_database& database) {
  legal_history history(3);
  history.define("early", 1);
  history.advance(std::chrono::hours(1));
  history.define("late", 1);
  const timestamp late = history.now();
  history.advance(-std::chrono::hours(1));
  history.define("early again", 1);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST(must(s.writer->drop_history(everything, late, no_limit)) == 1U);
  BOOST_TEST(must(s.reader->dropped_to()) == 1U);
}

void nothing_is_dropped_from_an_event_on_that_is_aside(store_database& database) {
  legal_history history(3);
  history.define("good", 10);
  history.define("bad", 10);
  const std::uint64_t before = history.last_seq();
  history.adjust("bad", 1);
  history.adjust("good", 1);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, before)));
  database.refuse_item("bad");
  BOOST_TEST(apply_singly(*s.writer, history) == 1U);
  BOOST_TEST(must(s.writer->drop_history(everything, timestamp::max(), no_limit)) == before);
  BOOST_TEST(must(s.writer->drop_history(everything, timestamp::max(), no_limit)) == 0U);
  database.accept_again();
  must(s.writer->retry_aside());
  BOOST_TEST(must(s.writer->drop_history(everything, timestamp::max(), no_limit)) == 2U);
  require_consistent(*s.whole, history.events(), history.last_seq());
}

void orders_that_never_came_to_be_leave_no_checkpoint(store_database& database) {
  life_history history(7);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::withdraw)});
  history.add(id, order_withdrawn{{"payment_declined", "no"}, history.orders().at(id).placing.lines});
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto checkpoints = [&] { return checkpoints_of(*must(s.whole->open_snapshot())).size(); };
  BOOST_TEST(must(s.writer->drop_history(2, timestamp::max(), no_limit)) == 2U);
  BOOST_TEST(checkpoints() == 1U);
  BOOST_TEST(must(s.writer->drop_history(everything, timestamp::max(), no_limit)) == 1U);
  BOOST_TEST(checkpoints() == 0U);
}

void what_is_read_begins_behind_what_was_dropped(store_database& database) {
  life_history history(7);
  history.deposit("alice", 10'000);
  const uuid id = history.create("alice", order_status::draft);
  history.advance(std::chrono::hours(1));
  history.add(id, order_amended{R"({"a":1})"});
  history.deposit("alice", 1);
  const timestamp middle = history.now();
  history.advance(std::chrono::hours(1));
  history.add(id, order_amended{R"({"a":2})"});
  opened_store s(database);
  must(s.writer->apply(history.all()));
  // Opening the account is an event as well.
  const std::uint64_t dropped = 3;
  BOOST_REQUIRE_EQUAL(must(s.writer->drop_history(dropped, timestamp::max(), no_limit)), dropped);
  require_events(told(*s.reader, dropped + 1), history.events(), dropped + 1);
  BOOST_TEST(told(*s.reader, 1).size() == history.last_seq() - dropped);
  const auto page = must(s.reader->events_after(0, 100));
  BOOST_REQUIRE_EQUAL(page.events.size(), history.last_seq() - dropped);
  BOOST_TEST(page.events.front().seq == dropped + 1);
  BOOST_TEST(page.last_seq == history.last_seq());
  BOOST_TEST(must(s.reader->first_event_since(timestamp::min())).value() == dropped + 1);
  BOOST_TEST(must(s.reader->first_event_since(middle)).value() == dropped + 1);
  BOOST_TEST(must(s.reader->timeline(id, 0, 10)).front().version == 2U);
  const auto entries = must(s.reader->account_entries({"alice", 10, {}}));
  BOOST_REQUIRE_EQUAL(entries.items.size(), 1U);
  BOOST_TEST(entries.items.front().version == 3U);
  BOOST_TEST(!entries.more);
  BOOST_TEST((*must(s.reader->load_order(id)) == history.orders().at(id)));
}

void an_items_history_is_read_in_pages(store_database& database) {
  const legal_history history = one_item(20);
  const auto links = links_of(history.events());
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST(!must(s.reader->checkpoint({entity_kind::stock, "sku"})).has_value());
  BOOST_TEST(must(s.reader->stock_events("no such item", 0, 10)).empty());
  BOOST_REQUIRE_EQUAL(must(s.writer->drop_history(4, timestamp::max(), no_limit)), 4U);
  const auto checkpoint = must(s.reader->checkpoint({entity_kind::stock, "sku"}));
  BOOST_REQUIRE(checkpoint.has_value());
  BOOST_TEST(checkpoint->seq == 4U);
  BOOST_TEST(checkpoint->version == 4U);
  BOOST_TEST((checkpoint->at == time_of(history.events().at(3).event)));
  BOOST_TEST((checkpoint->link == links.at(3)));
  std::uint64_t version = checkpoint->version;
  for (;;) {
    const auto page = must(s.reader->stock_events("sku", version, 6));
    for (const sequenced_event& each : page) {
      BOOST_REQUIRE_EQUAL(version_of(each.event), ++version);
      BOOST_REQUIRE(each.event == history.events().at(version - 1).event);
      BOOST_REQUIRE(each.link == links.at(version - 1));
      BOOST_REQUIRE_EQUAL(each.seq, version);
    }
    if (page.size() < 6)
      break;
  }
  BOOST_TEST(version == 21U);
}

void a_snapshot_shows_one_moment(store_database& database) {
  const legal_history history = random_history(200);
  const std::uint64_t half = history.last_seq() / 2;
  const legal_history before = history.prefix(half);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, half)));
  const auto snapshot = must(s.whole->open_snapshot());
  BOOST_TEST(must(snapshot->span()).last_seq == half);
  static_cast<void>(must(snapshot->next_entity(entity_kind::stock)));
  must(s.writer->apply(history.batch(half, history.last_seq())));
  static_cast<void>(must(s.writer->drop_history(everything, timestamp::max(), half)));
  BOOST_TEST(must(snapshot->span()).last_seq == half);
  BOOST_TEST(must(snapshot->span()).dropped_to == 0U);
  std::uint64_t events = 0;
  const auto states = states_of(*snapshot, events);
  BOOST_TEST(events == half);
  std::size_t items = 1;
  while (const auto next = must(snapshot->next_entity(entity_kind::stock))) {
    BOOST_REQUIRE(states.at(next->key) == state_of(*next));
    ++items;
  }
  BOOST_TEST(items == before.items().size());
  while (const auto next = must(snapshot->next_entity(entity_kind::order)))
    BOOST_REQUIRE(states.at(next->key) == state_of(*next));
  BOOST_TEST(must(snapshot->open_obligations()).size() == before.all().obligations.size());
  require_consistent(*s.whole, history.events(), half);
}

void a_snapshot_goes_by_the_bytes_of_the_keys(store_database& database) {
  legal_history history(3);
  const std::vector<std::string> sorted = {"B", "a", "a b", "a-b", "ab", "b", "é"};
  for (auto each = sorted.rbegin(); each != sorted.rend(); ++each) {
    history.define(*each, 5);
    history.adjust(*each, 1);
  }
  opened_store s(database);
  must(s.writer->apply(history.all()));
  static_cast<void>(must(s.writer->drop_history(everything, timestamp::max(), sorted.size())));
  const auto snapshot = must(s.whole->open_snapshot());
  std::vector<std::string> rows;
  while (const auto next = must(snapshot->next_entity(entity_kind::stock)))
    rows.push_back(next->key.key);
  BOOST_TEST((rows == sorted));
  std::vector<std::string> keys;
  while (const auto next = must(snapshot->next_event(entity_kind::stock)))
    keys.push_back(std::get<stock_event>(next->event).sku);
  BOOST_TEST((std::is_sorted(keys.begin(), keys.end())));
  BOOST_TEST(checkpoints_of(*snapshot).size() == 4U);
  // A cursor at its end stays there.
  BOOST_TEST(!must(snapshot->next_entity(entity_kind::stock)).has_value());
}

void a_snapshot_tells_what_is_aside(store_database& database) {
  legal_history history(3);
  history.define("good", 10);
  history.define("bad", 10);
  const std::uint64_t before = history.last_seq();
  history.adjust("bad", 1);
  history.adjust("bad", 1);
  history.adjust("good", 1);
  const uuid order = history.create("carol", "good");
  opened_store s(database);
  must(s.writer->apply(history.batch(0, before)));
  database.refuse_item("bad");
  database.refuse_orders_of("carol");
  BOOST_TEST(apply_singly(*s.writer, history) == 2U);
  const auto snapshot = must(s.whole->open_snapshot());
  const history_span span = must(snapshot->span());
  BOOST_TEST(span.kept == history.last_seq());
  BOOST_TEST(span.aside == 3U);
  auto aside = must(snapshot->aside());
  std::sort(aside.begin(), aside.end());
  BOOST_TEST((aside == std::vector<entity_key>{{entity_kind::stock, "bad"},
                                               {entity_kind::order, std::string(bytes_of(order))}}));
  std::size_t events = 0;
  while (must(snapshot->next_event(entity_kind::stock)))
    ++events;
  BOOST_TEST(events == 3U);
  BOOST_TEST(!must(snapshot->next_event(entity_kind::order)).has_value());
}

void a_snapshot_tells_open_payouts(store_database& database) {
  const payout_due first{id_of(1), "alice", "bob", 100};
  const payout_due second{id_of(2), "alice", "carol", 0};
  opened_store s(database);
  must(s.writer->apply({{}, 1, {}, {first, second}}));
  const auto snapshot = must(s.whole->open_snapshot());
  BOOST_TEST((sorted(must(snapshot->open_payouts())) == std::vector{first, second}));
}

} // namespace store_contract
} // namespace orderd::test

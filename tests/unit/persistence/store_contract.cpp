#include "tests/unit/persistence/store_contract.hpp"

#include "tests/unit/persistence/sample_events.hpp"

#include <algorithm>
#include <set>

namespace orderd::test {
namespace {

void require_item(store_reader& reader, const std::string& sku, const stock_item& expected) {
  const auto item = must(reader.load_stock(sku));
  BOOST_REQUIRE_MESSAGE(item, sku);
  BOOST_REQUIRE((item->view() == expected.view()));
  BOOST_REQUIRE((item->totals() == expected.totals()));
  BOOST_REQUIRE((item->active() == expected.active()));
}

void require_timeline(store_reader& reader, const uuid& id, const legal_history& history) {
  const auto timeline = must(reader.timeline(id, 0, 1'000));
  std::vector<order_event> expected;
  for (const sequenced_event& e : history.events()) {
    const auto* of_order = std::get_if<order_event>(&e.event);
    if (of_order != nullptr && of_order->order_id == id) {
      expected.push_back(*of_order);
    }
  }
  BOOST_REQUIRE((timeline == expected));
}

std::set<std::pair<std::string, timestamp>> expected_deadlines(const legal_history& history) {
  std::set<std::pair<std::string, timestamp>> expected;
  for (const auto& [sku, item] : history.items()) {
    if (const auto at = item.next_expiry()) {
      expected.emplace(sku, *at);
    }
  }
  return expected;
}

/// Orders of two customers, several of them created within one millisecond.
legal_history some_orders(int count) {
  legal_history history(7);
  history.define("A", 1'000);
  for (int i = 0; i < count; ++i) {
    history.advance(std::chrono::milliseconds(i % 3 == 0 ? 1 : 0));
    history.create(i % 2 == 0 ? "alice" : "carol", "A",
                   i % 5 == 0 ? order_status::registered : order_status::draft);
  }
  return history;
}

template <class Keep> std::vector<uuid> newest_first(const legal_history& history, const Keep& keep) {
  std::vector<std::pair<timestamp, uuid>> keys;
  for (const auto& [id, each] : history.orders()) {
    if (keep(each)) {
      keys.emplace_back(each.created_at, id);
    }
  }
  std::sort(keys.rbegin(), keys.rend());
  std::vector<uuid> ids;
  for (const auto& [at, id] : keys) {
    ids.push_back(id);
  }
  return ids;
}

std::vector<uuid> ids_of(const order_page& page) {
  std::vector<uuid> ids;
  for (const order_ptr& each : page.items) {
    ids.push_back(each->id);
  }
  return ids;
}

} // namespace

legal_history random_history(int steps) {
  legal_history history(test_seed());
  for (int i = 0; i < steps; ++i) {
    history.random_step();
  }
  return history;
}

void require_whole(store_reader& reader, const legal_history& history) {
  for (const auto& [id, expected] : history.orders()) {
    const auto stored = must(reader.load_order(id));
    BOOST_REQUIRE(stored != nullptr);
    BOOST_REQUIRE((*stored == expected));
  }
  for (const auto& [sku, expected] : history.items()) {
    require_item(reader, sku, expected);
  }
  for (const auto& [id, expected] : history.reservations()) {
    const auto stored = must(reader.load_reservation(id));
    BOOST_REQUIRE(stored);
    BOOST_REQUIRE(stored->sku == expected.sku);
    BOOST_REQUIRE((stored->reservation == expected.reservation));
    BOOST_REQUIRE((stored->state == expected.state));
  }
  std::set<std::pair<std::string, timestamp>> deadlines;
  for (const stored_deadline& each : must(reader.deadlines())) {
    BOOST_REQUIRE(deadlines.emplace(each.sku, each.at).second);
  }
  BOOST_REQUIRE((deadlines == expected_deadlines(history)));
  std::size_t products = 0;
  must(reader.each_product([&](const product& each) {
    ++products;
    BOOST_REQUIRE_MESSAGE(must(reader.load_stock(each.sku)), "a visitor may load what it is shown");
    BOOST_REQUIRE((history.items().at(each.sku).view().product == each));
  }));
  BOOST_REQUIRE_EQUAL(products, history.items().size());
}

void require_agreement(store_reader& reader, const legal_history& history) {
  require_whole(reader, history);
  for (const auto& [id, each] : history.orders()) {
    require_timeline(reader, id, history);
  }
  order_query all;
  all.page = 1;
  BOOST_REQUIRE_EQUAL(must(reader.list_orders(all)).total.value(), history.orders().size());
}

std::vector<uuid> walk(store_reader& reader, order_query query) {
  std::vector<uuid> seen;
  for (;;) {
    const order_page page = must(reader.list_orders(query));
    BOOST_REQUIRE_MESSAGE(!query.after || !page.items.empty(), "more were promised");
    for (const uuid& id : ids_of(page)) {
      seen.push_back(id);
    }
    if (!page.more) {
      return seen;
    }
    BOOST_REQUIRE_EQUAL(page.items.size(), query.limit);
    query.after = page.items.back()->id;
    query.after_created_at = page.items.back()->created_at;
  }
}

namespace store_contract {

void what_is_applied_is_read_back(store_database& database) {
  const legal_history history = random_history(500);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST(s.writer->applied_seq() == history.last_seq());
  require_agreement(*s.reader, history);
}

void any_split_into_batches_gives_the_same_rows(store_database& database) {
  const legal_history history = random_history(300);
  std::mt19937_64 random(test_seed());
  opened_store s(database);
  for (std::uint64_t at = 0; at < history.last_seq();) {
    const std::uint64_t to = std::min(history.last_seq(), at + 1 + (random() % 3 == 0 ? random() % 60 : 0));
    must(s.writer->apply(history.batch(at, to)));
    at = to;
    if (random() % 20 == 0) {
      require_agreement(*s.reader, history.prefix(at));
    }
  }
  require_agreement(*s.reader, history);
}

void applying_again_changes_nothing(store_database& database) {
  const legal_history history = random_history(100);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  must(s.writer->apply(history.all()));
  must(s.writer->apply(history.batch(0, history.last_seq() / 2)));
  BOOST_TEST(s.writer->applied_seq() == history.last_seq());
  require_agreement(*s.reader, history);
}

void an_overlapping_batch_applies_only_what_is_new(store_database& database) {
  const legal_history history = random_history(200);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, history.last_seq() / 2)));
  must(s.writer->apply(history.batch(history.last_seq() / 4, history.last_seq())));
  BOOST_TEST(s.writer->applied_seq() == history.last_seq());
  require_agreement(*s.reader, history);
}

void placing_replaces_all_lines(store_database& database) {
  const auto line = [](std::uint8_t id, const char* sku) {
    return order_line{id_of(id), sku, {}, 1, 250, false, id_of(id), at_ms(1)};
  };
  const order_event created{
      id_of(1), 1, at_ms(1), "alice",
      order_created{"alice", order_status::draft, "EUR", {line(2, "A"), line(3, "B")}, 500, "{}"}};
  const order_event placed{id_of(1), 2, at_ms(2), "alice",
                           order_placed{order_status::processed, {line(4, "C")}, 250}};
  order expected;
  evolve(expected, created);
  evolve(expected, placed);
  opened_store s(database);
  must(s.writer->apply({{{1, created}}, 1, {}}));
  must(s.writer->apply({{{2, placed}}, 2, {}}));
  BOOST_TEST((*must(s.reader->load_order(id_of(1))) == expected));
}

void unknown_ids_are_nothing(store_database& database) {
  opened_store s(database);
  BOOST_TEST((must(s.reader->load_order(id_of(1))) == nullptr));
  BOOST_TEST(!must(s.reader->load_stock("nothing")));
  BOOST_TEST(!must(s.reader->load_reservation(id_of(1))));
  BOOST_TEST(must(s.reader->timeline(id_of(1), 0, 10)).empty());
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
  BOOST_TEST(must(s.reader->list_stock({})).items.empty());
  BOOST_TEST(must(s.reader->deadlines()).empty());
  BOOST_TEST(must(s.writer->open_obligations()).empty());
}

void orders_are_listed_newest_first(store_database& database) {
  const legal_history history = some_orders(23);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto expected = newest_first(history, [](const order&) { return true; });
  for (const std::size_t limit : {1U, 5U, 22U, 23U, 24U}) {
    order_query query;
    query.limit = limit;
    BOOST_TEST((walk(*s.reader, query) == expected));
  }
}

void pages_by_key_stay_stable_while_orders_arrive(store_database& database) {
  legal_history history = some_orders(20);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto expected = newest_first(history, [](const order&) { return true; });
  order_query query;
  query.limit = 3;
  std::vector<uuid> seen;
  for (bool more = true; more;) {
    const order_page page = must(s.reader->list_orders(query));
    for (const uuid& id : ids_of(page)) {
      seen.push_back(id);
    }
    more = page.more;
    query.after = page.items.back()->id;
    query.after_created_at = page.items.back()->created_at;
    const std::uint64_t before = history.last_seq();
    history.advance(std::chrono::milliseconds(1));
    history.create("alice", "A");
    must(s.writer->apply(history.batch(before, history.last_seq())));
  }
  BOOST_TEST((seen == expected));
}

void filters_are_combined(store_database& database) {
  const legal_history history = some_orders(40);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto all = newest_first(history, [](const order&) { return true; });
  const timestamp from = history.orders().at(all[30]).created_at;
  const timestamp until = history.orders().at(all[5]).created_at;
  for (int filter = 0; filter < 16; ++filter) {
    order_query query;
    query.limit = 4;
    const bool status = (filter & 1) != 0;
    const bool customer = (filter & 2) != 0;
    const bool after = (filter & 4) != 0;
    const bool before = (filter & 8) != 0;
    query.status = status ? std::optional(order_status::registered) : std::nullopt;
    query.customer_id = customer ? std::optional<std::string>("alice") : std::nullopt;
    query.created_after = after ? std::optional(from) : std::nullopt;
    query.created_before = before ? std::optional(until) : std::nullopt;
    const auto expected = newest_first(history, [&](const order& o) {
      return (!status || o.status == order_status::registered) && (!customer || o.customer_id == "alice") &&
             (!after || o.created_at > from) && (!before || o.created_at < until);
    });
    BOOST_TEST(!expected.empty());
    BOOST_TEST((walk(*s.reader, query) == expected), "filter " << filter);
    query.page = 1;
    BOOST_TEST(must(s.reader->list_orders(query)).total.value() == expected.size());
  }
}

void pages_by_number_have_a_total(store_database& database) {
  const legal_history history = some_orders(11);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto expected = newest_first(history, [](const order&) { return true; });
  order_query query;
  query.limit = 4;
  std::vector<uuid> seen;
  for (std::size_t page = 1; page <= 3; ++page) {
    query.page = page;
    const order_page shown = must(s.reader->list_orders(query));
    BOOST_TEST(shown.total.value() == 11U);
    BOOST_TEST(shown.more == (page < 3));
    for (const uuid& id : ids_of(shown)) {
      seen.push_back(id);
    }
  }
  BOOST_TEST((seen == expected));
  for (const std::size_t far : {std::size_t{4}, rows_counted_max / query.limit}) {
    query.page = far;
    const order_page past = must(s.reader->list_orders(query));
    BOOST_TEST(past.items.empty());
    BOOST_TEST(!past.more);
    BOOST_TEST(past.total.value() == 11U);
  }
}

void stock_is_listed_by_sku(store_database& database) {
  legal_history history(7);
  for (const char* sku : {"b", "a", "C", "aa", "Z-9"}) {
    history.define(sku, 5);
  }
  opened_store s(database);
  must(s.writer->apply(history.all()));
  stock_query query;
  query.limit = 2;
  std::vector<stock_view> seen;
  for (bool more = true; more;) {
    const stock_page page = must(s.reader->list_stock(query));
    seen.insert(seen.end(), page.items.begin(), page.items.end());
    more = page.more;
    query.after = page.items.back().product.sku;
  }
  BOOST_REQUIRE_EQUAL(seen.size(), history.items().size());
  std::size_t index = 0;
  for (const auto& [sku, item] : history.items()) {
    BOOST_TEST((seen[index++] == item.view()));
  }
  query.after.reset();
  query.page = 3;
  const stock_page last = must(s.reader->list_stock(query));
  BOOST_TEST(last.total.value() == 5U);
  BOOST_REQUIRE_EQUAL(last.items.size(), 1U);
  BOOST_TEST((last.items[0] == seen[4]));
}

void a_timeline_continues_behind_a_version(store_database& database) {
  legal_history history(7);
  history.define("A", 5);
  const uuid id = history.place("alice", "A");
  history.change(id, order_status::accepted);
  history.amend(id, "{\"a\":1}");
  history.change(id, order_status::completed);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto some = must(s.reader->timeline(id, 1, 2));
  BOOST_REQUIRE_EQUAL(some.size(), 2U);
  BOOST_TEST(some[0].version == 2U);
  BOOST_TEST(some[1].version == 3U);
  BOOST_TEST(must(s.reader->timeline(id, 4, 10)).empty());
  BOOST_TEST(must(s.reader->timeline(id, UINT64_MAX, 10)).empty());
}

void obligations_are_replaced(store_database& database) {
  const obligation first{"A", id_of(1), id_of(11), order_verdict::abandon};
  const obligation second{"B", id_of(2), id_of(12), order_verdict::commit};
  obligation changed = second;
  changed.verdict = order_verdict::release;
  const obligation third{"C", id_of(3), id_of(13), order_verdict::release};
  {
    opened_store s(database);
    must(s.writer->apply({{}, 1, {first, second}}));
    BOOST_TEST((must(s.writer->open_obligations()) == std::vector{first, second}));
    must(s.writer->apply({{}, 2, {changed, third}}));
    BOOST_TEST((must(s.writer->open_obligations()) == std::vector{changed, third}));
  }
  opened_store again(database);
  BOOST_TEST((must(again.writer->open_obligations()) == std::vector{changed, third}));
  must(again.writer->apply({{}, 3, {}}));
  BOOST_TEST(must(again.writer->open_obligations()).empty());
}

void identity_and_position_survive_reopening(store_database& database) {
  const legal_history history = random_history(50);
  uuid identity;
  {
    opened_store s(database);
    identity = s.writer->identity();
    BOOST_TEST(!identity.is_nil());
    BOOST_TEST(s.writer->applied_seq() == 0U);
    must(s.writer->apply(history.all()));
  }
  opened_store again(database);
  BOOST_TEST((again.writer->identity() == identity));
  BOOST_TEST(again.writer->applied_seq() == history.last_seq());
  require_agreement(*again.reader, history);
}

void deadlines_are_those_of_free_reservations(store_database& database) {
  legal_history history(7);
  history.define("A", 10);
  history.define("B", 10);
  const uuid claimed = history.reserve("A", 1, std::chrono::seconds(1));
  history.reserve("A", 1, std::chrono::seconds(3));
  history.reserve("A", 1, std::chrono::seconds(2));
  history.claim("A", claimed, id_of(9));
  history.place("alice", "B");
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto deadlines = must(s.reader->deadlines());
  BOOST_REQUIRE_EQUAL(deadlines.size(), 1U);
  BOOST_TEST(deadlines[0].sku == "A");
  BOOST_TEST((deadlines[0].at == history.now() + std::chrono::seconds(2)));
  const std::uint64_t before = history.last_seq();
  history.settle("A", claimed, id_of(9), order_verdict::abandon);
  must(s.writer->apply(history.batch(before, history.last_seq())));
  BOOST_TEST((must(s.reader->deadlines()).at(0).at == history.now() + std::chrono::seconds(1)));
}

void product_ids_may_be_traded_within_one_batch(store_database& database) {
  legal_history history(7);
  history.define("A", 1, 1);
  history.define("B", 1, 2);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const std::uint64_t before = history.last_seq();
  history.define("A", 1, 2);
  history.define("B", 1, 1);
  must(s.writer->apply(history.batch(before, history.last_seq())));
  require_agreement(*s.reader, history);
}

void reservations_that_ended_long_ago_are_purged(store_database& database) {
  legal_history history(7);
  history.define("A", 10);
  const uuid ended = history.reserve("A", 1);
  const uuid held = history.place("alice", "A");
  history.release("A", ended);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const std::uint64_t before = history.last_seq();
  history.advance(std::chrono::hours(24 * 7));
  history.adjust("A", 1);
  must(s.writer->apply(history.batch(before, history.last_seq())));
  BOOST_TEST(must(s.reader->load_reservation(ended)).has_value(), "seven days are kept");
  history.advance(std::chrono::milliseconds(1));
  history.adjust("A", 1);
  must(s.writer->apply(history.batch(before + 1, history.last_seq())));
  BOOST_TEST(!must(s.reader->load_reservation(ended)).has_value());
  const uuid kept = history.orders().at(held).lines.at(0).reservation.value();
  BOOST_TEST(must(s.reader->load_reservation(kept)).has_value(), "what is held never ages");
}

void a_checkpoint_covers_what_was_applied(store_database& database) {
  const legal_history history = random_history(60);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 20)));
  BOOST_TEST(must(s.writer->checkpoint()) == 20U);
  must(s.writer->apply(history.batch(20, history.last_seq())));
  BOOST_TEST(must(s.writer->checkpoint()) == history.last_seq());
  BOOST_TEST(must(s.writer->checkpoint()) == history.last_seq());
}

void a_gap_in_front_of_a_batch_says_behind(store_database& database) {
  const legal_history history = random_history(60);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 20)));
  BOOST_TEST((refusal_of(s.writer->apply(history.batch(21, 40))).code == error_code::behind));
  BOOST_TEST((refusal_of(s.writer->set_aside(history.batch(21, 22), "no")).code == error_code::behind));
  BOOST_TEST(s.writer->applied_seq() == 20U);
  BOOST_TEST(s.writer->aside().events == 0U);
  require_agreement(*s.reader, history.prefix(20));
  must(s.writer->apply(history.batch(20, history.last_seq())));
  require_agreement(*s.reader, history);
}

void an_identity_is_adopted_before_the_first_event_only(store_database& database) {
  const legal_history history = random_history(10);
  {
    opened_store s(database);
    must(s.writer->adopt(id_of(77)));
    BOOST_TEST((s.writer->identity() == id_of(77)));
  }
  opened_store again(database);
  BOOST_TEST((again.writer->identity() == id_of(77)));
  must(again.writer->adopt(id_of(78)));
  must(again.writer->apply(history.all()));
  BOOST_TEST((refusal_of(again.writer->adopt(id_of(79))).code == error_code::refused));
  BOOST_TEST((again.writer->identity() == id_of(78)));
  require_agreement(*again.reader, history);
}

} // namespace store_contract
} // namespace orderd::test

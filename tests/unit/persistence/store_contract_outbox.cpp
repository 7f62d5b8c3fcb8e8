#include "persistence/outbox_reads.hpp"
#include "tests/unit/persistence/life_agreement.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <algorithm>
#include <utility>

namespace orderd::test {
namespace {

bool is_record(const event& e) { return std::holds_alternative<request_record>(e); }

/// Requires that pages of this limit, one behind the other, are all events of the history but its records.
void require_outbox(store_reader& reader, const std::vector<sequenced_event>& events, std::uint64_t last_seq,
                    std::size_t limit) {
  std::vector<sequenced_event> shown;
  std::uint64_t behind = 0;
  for (bool more = true; more;) {
    const event_page page = must(reader.events_after(behind, limit));
    more = page.events.size() == limit;
    BOOST_REQUIRE_LE(page.events.size(), limit);
    BOOST_REQUIRE_EQUAL(page.last_seq, more ? page.events.back().seq : last_seq);
    BOOST_REQUIRE((!more || page.last_seq > behind));
    behind = page.last_seq;
    shown.insert(shown.end(), page.events.begin(), page.events.end());
  }
  std::vector<sequenced_event> expected;
  std::copy_if(events.begin(), events.end(), std::back_inserter(expected),
               [](const sequenced_event& e) { return !is_record(e.event); });
  BOOST_REQUIRE_EQUAL(shown.size(), expected.size());
  BOOST_REQUIRE((std::equal(shown.begin(), shown.end(), expected.begin(),
                            [](const sequenced_event& a, const sequenced_event& b) {
                              return a.seq == b.seq && a.event == b.event;
                            })));
}

/// Events that no history decides, each of its own batch.
class plain_events {
 public:
  explicit plain_events(opened_store& s) : s_(s) {}

  void apply(event e) {
    const std::uint64_t seq = s_.writer->applied_seq() + 1;
    must(s_.writer->apply({{{seq, e}}, seq, {}}));
    events_.push_back({seq, std::move(e)});
  }
  void set_aside(event e) {
    const std::uint64_t seq = s_.writer->applied_seq() + 1;
    must(s_.writer->set_aside({{{seq, e}}, seq, {}}, "no"));
    events_.push_back({seq, std::move(e)});
  }
  void require_told() const { require_events(told(*s_.reader, 1), events_, 1); }
  [[nodiscard]] std::uint64_t last_seq() const { return events_.size(); }

 private:
  opened_store& s_;
  std::vector<sequenced_event> events_;
};

/// Ten units of the item, so defined as the version says.
event defined(const std::string& sku, std::uint64_t version, std::optional<std::int64_t> low_threshold) {
  return stock_event{sku,     version,    at_ms(1'000 + static_cast<std::int64_t>(version)),
                     {10, 0}, {10, 0, 0}, stock_defined{{sku, {}, "The " + sku, 250, low_threshold}}};
}

std::vector<product> products_of(store_reader& reader) {
  std::vector<product> shown;
  must(reader.each_product([&](const product& each) { shown.push_back(each); }));
  std::sort(shown.begin(), shown.end(), [](const product& a, const product& b) { return a.sku < b.sku; });
  return shown;
}

order_event refused_order(const uuid& id, const std::string& customer) {
  const order_line asked{id_of(9), "A", {}, 3, 250, false, {}, at_ms(5)};
  return {id, 1, at_ms(5), customer, order_refused{customer, {asked}, {"insufficient_stock", "none left"}}};
}

order_event tentative_order(const uuid& id) {
  const order_line asked{id_of(9), "A", {}, 3, 250, false, {}, at_ms(5)};
  order_created created{"alice", order_status::registered, "EUR", {asked}, 750, "{}"};
  created.tentative = true;
  return {id, 1, at_ms(5), "alice", created};
}

/// What a search from one end to the other finds.
std::optional<std::uint64_t> first_since(const std::vector<sequenced_event>& events, timestamp at) {
  const auto found = std::find_if(events.begin(), events.end(),
                                  [&](const sequenced_event& e) { return time_of(e.event) >= at; });
  return found == events.end() ? std::nullopt : std::optional(found->seq);
}

void require_instants(store_reader& reader, const std::vector<sequenced_event>& events) {
  constexpr std::chrono::milliseconds instant(1);
  for (std::size_t i = 0; i < events.size(); i += 1 + events.size() / 40) {
    for (const timestamp at :
         {time_of(events[i].event) - instant, time_of(events[i].event), time_of(events[i].event) + instant})
      BOOST_TEST((must(reader.first_event_since(at)) == first_since(events, at)), "near event " << i + 1);
  }
  const timestamp last = time_of(events.back().event);
  BOOST_TEST((must(reader.first_event_since(last)) == first_since(events, last)));
  BOOST_TEST(!must(reader.first_event_since(last + instant)).has_value());
  BOOST_TEST(must(reader.first_event_since(timestamp::min())).value() == 1U);
  BOOST_TEST(!must(reader.first_event_since(timestamp::max())).has_value());
}

} // namespace

namespace store_contract {

// ---- positions ----

void positions_of_sinks_survive_reopening(store_database& database) {
  const std::vector<sink_position> saved = {{"kafka", 7}, {"nats", 0}, {"webhook", 3, true, "410 Gone"}};
  {
    opened_store s(database);
    BOOST_TEST(must(s.reader->sink_positions()).empty());
    must(s.writer->save_positions({saved[2], saved[0], saved[1]}));
    BOOST_TEST((must(s.reader->sink_positions()) == saved), "by name");
    BOOST_TEST(s.writer->applied_seq() == 0U);
  }
  opened_store again(database);
  BOOST_TEST((must(again.reader->sink_positions()) == saved));
  BOOST_TEST(again.writer->applied_seq() == 0U);
}

void a_position_is_replaced_and_others_stay(store_database& database) {
  const legal_history history = random_history(30);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 10)));
  must(s.writer->save_positions({{"nats", 9}, {"webhook", 3, true, "410 Gone"}}));
  must(s.writer->save_positions({{"webhook", 4}}));
  const std::vector<sink_position> on = {{"nats", 9}, {"webhook", 4}};
  BOOST_TEST((must(s.reader->sink_positions()) == on));
  must(s.writer->save_positions({{"nats", 2}, {"kafka", 1}}));
  const std::vector<sink_position> back = {{"kafka", 1}, {"nats", 2}, {"webhook", 4}};
  BOOST_TEST((must(s.reader->sink_positions()) == back), "a replay goes back");
  must(s.writer->save_positions({}));
  BOOST_TEST((must(s.reader->sink_positions()) == back));
  BOOST_TEST(s.writer->applied_seq() == 10U);
  must(s.writer->apply(history.batch(10, history.last_seq())));
  require_agreement(*s.reader, history);
}

void a_reason_is_kept_in_bounds(store_database& database) {
  opened_store s(database);
  const std::string odd =
      std::string("two\nlines, \xff and ") + std::string(1, '\0') + std::string(5'000, 'x');
  must(s.writer->save_positions({{"webhook", 3, true, odd}}));
  const auto kept = must(s.reader->sink_positions());
  BOOST_REQUIRE_EQUAL(kept.size(), 1U);
  BOOST_TEST(kept[0].reason.size() == 1'000U);
  BOOST_TEST(kept[0].reason.substr(0, 20) == "two?lines, ? and ?xx");
}

// ---- pages ----

void pages_tell_every_event_once_and_in_order(store_database& database) {
  const life_history history = random_life(400);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, history.last_seq() / 4)));
  database.refuse_account("payer-0");
  database.refuse_orders_of("payer-2");
  BOOST_TEST(apply_singly(*s.writer, history) > 0U);
  BOOST_TEST(std::count_if(history.events().begin(), history.events().end(),
                           [](const sequenced_event& e) { return is_record(e.event); }) > 0);
  const std::size_t all = history.events().size();
  for (const std::size_t limit : {std::size_t{1}, std::size_t{2}, std::size_t{37}, all, 10 * all})
    require_outbox(*s.reader, history.events(), history.last_seq(), limit);
  database.accept_again();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_outbox(*s.reader, history.events(), history.last_seq(), 37);
}

void a_page_behind_the_last_event_is_empty_and_has_looked_to_the_end(store_database& database) {
  opened_store s(database);
  BOOST_TEST(must(s.reader->events_after(0, 10)).last_seq == 0U);
  life_history history(7);
  history.deposit("alice", 5);
  history.remember(history.record(409));
  history.remember(history.record(409));
  must(s.writer->apply(history.all()));
  const event_page first = must(s.reader->events_after(0, 10));
  BOOST_REQUIRE_EQUAL(first.events.size(), history.last_seq() - 2);
  BOOST_TEST(first.last_seq == history.last_seq());
  for (const std::uint64_t behind : {history.last_seq() - 2, history.last_seq() - 1, history.last_seq(),
                                     history.last_seq() + 5, std::uint64_t{UINT64_MAX}}) {
    const event_page page = must(s.reader->events_after(behind, 1));
    BOOST_TEST(page.events.empty());
    BOOST_TEST(page.last_seq == history.last_seq(), "behind " << behind);
  }
}

void any_number_of_records_is_passed_over(store_database& database) {
  life_history history(7);
  history.deposit("alice", 5);
  const std::uint64_t before = history.last_seq();
  for (std::uint64_t i = 0; i < outbox_range_max + 5; ++i)
    history.remember(history.record(409));
  history.deposit("alice", 7);
  opened_store s(database);
  store_batch all = history.all();
  all.remembers = false;
  must(s.writer->apply(all));
  const event_page page = must(s.reader->events_after(before, 1));
  BOOST_REQUIRE_EQUAL(page.events.size(), 1U);
  BOOST_TEST((page.events[0].event == history.events().back().event));
  BOOST_TEST(page.last_seq == history.last_seq());
  require_outbox(*s.reader, history.events(), history.last_seq(), 3);
}

void a_page_goes_no_further_than_what_is_applied(store_database& database) {
  const legal_history history = random_history(60);
  opened_store s(database);
  std::uint64_t told = 0;
  for (std::uint64_t at = 0; at < history.last_seq();) {
    const std::uint64_t to = std::min(history.last_seq(), at + 7);
    must(s.writer->apply(history.batch(at, to)));
    at = to;
    const event_page page = must(s.reader->events_after(told, 100));
    BOOST_TEST(page.events.size() == to - told);
    BOOST_TEST(page.last_seq == to);
    told = page.last_seq;
  }
  // A batch may end behind its last event.
  must(s.writer->apply({{}, history.last_seq() + 3, {}}));
  const event_page rest = must(s.reader->events_after(told, 100));
  BOOST_TEST(rest.events.empty());
  BOOST_TEST(rest.last_seq == history.last_seq() + 3);
}

// ---- instants ----

void an_instant_is_found_in_the_history(store_database& database) {
  const life_history history = random_life(300);
  opened_store s(database);
  BOOST_TEST(!must(s.reader->first_event_since(timestamp::min())).has_value());
  must(s.writer->apply(history.all()));
  require_instants(*s.reader, history.events());
}

void an_instant_is_found_among_events_aside(store_database& database) {
  const legal_history history = random_history(200);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 5)));
  database.refuse_item("SKU-1");
  BOOST_TEST(apply_singly(*s.writer, history) > 0U);
  require_instants(*s.reader, history.events());
}

// ---- thresholds ----

void a_threshold_is_kept_with_its_item(store_database& database) {
  const auto thresholds = [](store_reader& reader) {
    std::vector<std::optional<std::int64_t>> shown;
    const auto products = products_of(reader);
    const auto listed = must(reader.list_stock({})).items;
    BOOST_REQUIRE_EQUAL(listed.size(), products.size());
    for (std::size_t i = 0; i < products.size(); ++i) {
      const auto item = must(reader.load_stock(products[i].sku));
      BOOST_REQUIRE(item);
      BOOST_TEST((item->view().product == products[i]));
      BOOST_TEST((listed[i] == item->view()));
      shown.push_back(products[i].low_threshold);
    }
    return shown;
  };
  {
    opened_store s(database);
    plain_events events(s);
    events.apply(defined("A", 1, 5));
    events.apply(defined("B", 1, {}));
    events.apply(defined("C", 1, 0));
    BOOST_TEST((thresholds(*s.reader) == std::vector<std::optional<std::int64_t>>{5, {}, 0}));
    events.apply(defined("A", 2, {}));
    events.apply(defined("B", 2, 7));
    events.apply(stock_event{"C", 2, at_ms(9), {11, 0}, {11, 0, 0}, stock_adjusted{1, "found"}});
    events.require_told();
  }
  opened_store again(database);
  BOOST_TEST((thresholds(*again.reader) == std::vector<std::optional<std::int64_t>>{{}, 7, 0}));
}

void a_threshold_aside_is_read_and_comes_back(store_database& database) {
  opened_store s(database);
  plain_events events(s);
  events.apply(defined("A", 1, 5));
  events.set_aside(defined("A", 2, 8));
  events.set_aside(defined("B", 1, 3));
  for (const bool is_back : {false, true}) {
    BOOST_TEST(must(s.reader->load_stock("A"))->view().product.low_threshold.value() == 8);
    BOOST_TEST(must(s.reader->load_stock("B"))->view().product.low_threshold.value() == 3);
    const auto products = products_of(*s.reader);
    BOOST_REQUIRE_EQUAL(products.size(), 2U);
    BOOST_TEST(products[0].low_threshold.value() == 8);
    BOOST_TEST(products[1].low_threshold.value() == 3);
    events.require_told();
    if (!is_back)
      must(s.writer->retry_aside());
    BOOST_TEST((s.writer->aside() == aside_figures{}));
  }
}

void an_item_that_became_low_is_told_in_the_history(store_database& database) {
  opened_store s(database);
  plain_events events(s);
  stock_event low = std::get<stock_event>(defined("A", 1, 10));
  low.low_at = 10;
  events.apply(low);
  events.apply(stock_event{"A", 2, at_ms(9), {9, 0}, {10, 0, 1}, stock_adjusted{-1, "lost"}, 10});
  const reservation held{id_of(3), 2, "bob", at_ms(10), at_ms(99), {}, {}};
  events.apply(stock_event{"A", 3, at_ms(10), {9, 2}, {10, 0, 1}, stock_reserved{held}, 10});
  events.require_told();
  BOOST_TEST(must(s.reader->events_after(0, 10)).events.size() == 3U);
  const auto item = must(s.reader->load_stock("A"));
  BOOST_TEST(item->view().levels.available() == 7);
  BOOST_TEST(item->view().product.low_threshold.value() == 10);
}

// ---- orders that were refused, and tentative ones ----

void a_refused_order_leaves_its_event_and_no_row(store_database& database) {
  legal_history history(7);
  history.define("A", 5);
  const uuid other = history.create("alice", "A", order_status::registered);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const order_event refused = refused_order(id_of(1), "alice");
  const order_event second = refused_order(id_of(2), "carol");
  const std::uint64_t at = history.last_seq();
  must(s.writer->apply({{{at + 1, refused}}, at + 1, {}}));
  must(s.writer->apply({{{at + 2, second}, {at + 3, refused_order(id_of(3), "alice")}}, at + 3, {}}));
  BOOST_TEST(must(s.reader->list_orders({})).items.size() == 1U);
  for (const uuid& id : {id_of(1), id_of(2), id_of(3)}) {
    BOOST_TEST((must(s.reader->load_order(id)) == nullptr));
    BOOST_TEST(must(s.reader->timeline(id, 0, 10)).size() == 1U);
  }
  BOOST_TEST((must(s.reader->timeline(id_of(2), 0, 10))[0] == second));
  const auto unfinished = must(s.reader->unfinished({}, 10));
  BOOST_REQUIRE_EQUAL(unfinished.size(), 1U);
  BOOST_TEST((unfinished[0].id == other));
  BOOST_TEST(must(s.writer->open_obligations()).empty());
  const auto page = must(s.reader->events_after(at, 10));
  BOOST_REQUIRE_EQUAL(page.events.size(), 3U);
  BOOST_TEST((page.events[0].event == event(refused)));
  BOOST_TEST(told(*s.reader, at + 1).size() == 3U);
}

void a_refused_order_comes_back_from_aside_without_a_row(store_database& database) {
  opened_store s(database);
  plain_events events(s);
  events.set_aside(refused_order(id_of(1), "alice"));
  BOOST_TEST((must(s.reader->load_order(id_of(1))) == nullptr));
  events.require_told();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  BOOST_TEST((must(s.reader->load_order(id_of(1))) == nullptr));
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
  events.require_told();
}

void a_tentative_order_has_a_row_like_any_other(store_database& database) {
  opened_store s(database);
  plain_events events(s);
  const order_event created = tentative_order(id_of(1));
  events.apply(created);
  events.set_aside(tentative_order(id_of(2)));
  order expected;
  evolve(expected, created);
  BOOST_TEST((*must(s.reader->load_order(id_of(1))) == expected));
  BOOST_TEST((must(s.reader->load_order(id_of(2)))->lines == expected.lines));
  BOOST_TEST(must(s.reader->list_orders({})).items.size() == 1U);
  events.require_told();
  must(s.writer->retry_aside());
  BOOST_TEST(must(s.reader->list_orders({})).items.size() == 2U);
  BOOST_TEST((must(s.reader->timeline(id_of(1), 0, 10)) == std::vector<order_event>{created}));
}

} // namespace store_contract
} // namespace orderd::test

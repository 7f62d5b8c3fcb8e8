#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <algorithm>

namespace orderd::test {
namespace {

struct ordered_by {
  legal_history history{7};
  uuid refused;
};

/// An order of `mallory`, taken through its life, between orders of others.
ordered_by mallory_among_others() {
  ordered_by made;
  legal_history& h = made.history;
  h.define("A", 100);
  h.place("alice", "A");
  made.refused = h.create("mallory", "A", order_status::registered);
  h.place("carol", "A");
  h.place(made.refused);
  h.amend(made.refused, "{\"late\":true}");
  h.place("alice", "A");
  return made;
}

std::uint64_t seq_of_creation(const legal_history& history, const uuid& order) {
  for (const sequenced_event& each : history.events()) {
    const auto* e = std::get_if<order_event>(&each.event);
    if (e != nullptr && e->order_id == order) {
      return each.seq;
    }
  }
  BOOST_FAIL("the history lacks the order");
  return 0;
}

std::vector<obligation> sorted(std::vector<obligation> open) {
  std::sort(open.begin(), open.end(),
            [](const obligation& a, const obligation& b) { return a.reservation_id < b.reservation_id; });
  return open;
}

/// Applies `first` events as they are and the rest under what `refuse` forbids; reads; and brings all back.
template <class Refuse>
void require_whole_and_back(store_database& database, const legal_history& history, std::uint64_t first,
                            const Refuse& refuse) {
  opened_store s(database);
  must(s.writer->apply(history.batch(0, first)));
  refuse();
  BOOST_TEST(apply_singly(*s.writer, history) > 0U);
  BOOST_TEST(s.writer->aside().events > s.writer->aside().entities, "later events follow the first");
  require_whole(*s.reader, history);
  BOOST_TEST((sorted(must(s.writer->open_obligations())) == sorted(history.all().obligations)));
  require_events(told(*s.reader, 1), history.events(), 1);
  database.accept_again();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_agreement(*s.reader, history);
  require_events(told(*s.reader, 1), history.events(), 1);
}

/// One item with more events than come back at once, and orders of another in between.
legal_history busy_item_among_others() {
  legal_history history(7);
  history.define("calm", 1'000);
  history.define("busy", 1'000'000);
  for (int i = 0; i < 12'000; ++i) {
    history.adjust("busy", i % 2 == 0 ? 3 : -2);
    if (i % 400 == 0) {
      history.place("alice", "calm");
      history.reserve("busy", 1);
    }
  }
  return history;
}

} // namespace

std::vector<sequenced_event> told(store_reader& reader, std::uint64_t from_seq) {
  std::vector<sequenced_event> shown;
  must(reader.history(from_seq, [&](const sequenced_event& e) {
    shown.push_back(e);
    return result<void>();
  }));
  return shown;
}

event as_told(const event& e) {
  const auto* record = std::get_if<request_record>(&e);
  return record == nullptr
             ? e
             : event(request_record{
                   record->key, record->fingerprint, record->subject, record->at, record->status, {}, {}});
}

void require_events(const std::vector<sequenced_event>& shown, const std::vector<sequenced_event>& events,
                    std::uint64_t from_seq) {
  const auto skipped =
      std::min<std::uint64_t>(from_seq - std::min<std::uint64_t>(from_seq, 1), events.size());
  const auto expected = events.begin() + static_cast<std::ptrdiff_t>(skipped);
  BOOST_REQUIRE((std::equal(shown.begin(), shown.end(), expected, events.end(),
                            [](const sequenced_event& a, const sequenced_event& b) {
                              return a.seq == b.seq && a.event == as_told(b.event);
                            })));
}

namespace store_contract {

void a_refused_row_changes_nothing(store_database& database) {
  const auto [history, mallorys] = mallory_among_others();
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 2)));
  database.refuse_orders_of("mallory");
  const error refused = refusal_of(s.writer->apply(history.batch(2, history.last_seq())));
  BOOST_TEST((refused.code == error_code::refused));
  BOOST_TEST(!refused.detail.empty());
  BOOST_TEST(s.writer->applied_seq() == 2U);
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_agreement(*s.reader, history.prefix(2));
  database.accept_again();
  must(s.writer->apply(history.batch(2, history.last_seq())));
  require_agreement(*s.reader, history);
}

void a_change_of_a_missing_row_is_refused(store_database& database) {
  opened_store s(database);
  const order_event of_no_order{id_of(1), 2, at_ms(1), "alice", order_amended{"{}"}};
  const stock_event of_no_item{"A", 2, at_ms(1), {1, 0}, {1, 0, 0}, stock_adjusted{1, "found"}};
  for (const event& each : {event(of_no_order), event(of_no_item)}) {
    BOOST_TEST((refusal_of(s.writer->apply({{{1, each}}, 1, {}})).code == error_code::refused));
    BOOST_TEST(s.writer->applied_seq() == 0U);
  }
}

void an_event_aside_blocks_nothing_but_its_entity(store_database& database) {
  const auto [history, mallorys] = mallory_among_others();
  const std::uint64_t at = seq_of_creation(history, mallorys);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, at - 1)));
  database.refuse_orders_of("mallory");
  must(s.writer->set_aside(history.batch(at - 1, at), "mallory is not welcome"));
  BOOST_TEST((s.writer->aside() == aside_figures{1, 1, "mallory is not welcome"}));
  must(s.writer->apply(history.batch(at, history.last_seq())));
  BOOST_TEST(s.writer->applied_seq() == history.last_seq());
  BOOST_TEST(s.writer->aside().events == 3U);
  BOOST_TEST(s.writer->aside().entities == 1U);
  require_whole(*s.reader, history);
  BOOST_TEST(must(s.reader->timeline(mallorys, 0, 10)).empty());
  const auto listed = must(s.reader->list_orders({})).items;
  BOOST_TEST(listed.size() == history.orders().size() - 1);
  BOOST_TEST(std::none_of(listed.begin(), listed.end(),
                          [](const order_ptr& o) { return o->customer_id == "mallory"; }));
}

void an_order_aside_is_read_whole_and_comes_back(store_database& database) {
  const legal_history history = random_history(300);
  require_whole_and_back(database, history, 0, [&] {
    database.refuse_orders_of("alice");
    database.refuse_orders_of("dave");
  });
}

void an_order_whose_later_events_are_aside_is_read_whole(store_database& database) {
  const legal_history history = random_history(300);
  require_whole_and_back(database, history, history.last_seq() / 3, [&] {
    database.refuse_orders_of("alice");
    database.refuse_orders_of("dave");
  });
}

void an_item_aside_is_read_whole_and_comes_back(store_database& database) {
  const legal_history history = random_history(300);
  require_whole_and_back(database, history, 0, [&] { database.refuse_item("SKU-1"); });
}

void an_item_whose_later_events_are_aside_is_read_whole(store_database& database) {
  const legal_history history = random_history(300);
  require_whole_and_back(database, history, history.last_seq() / 3, [&] { database.refuse_item("SKU-1"); });
}

void what_is_aside_is_known_after_reopening(store_database& database) {
  auto [history, mallorys] = mallory_among_others();
  aside_figures before;
  {
    opened_store s(database);
    database.refuse_orders_of("mallory");
    BOOST_TEST(apply_singly(*s.writer, history) == 1U);
    before = s.writer->aside();
    BOOST_TEST(!before.reason.empty());
  }
  history.change(mallorys, order_status::accepted);
  opened_store again(database);
  BOOST_TEST((again.writer->aside() == before));
  must(again.writer->apply(history.batch(history.last_seq() - 1, history.last_seq())));
  BOOST_TEST(again.writer->aside().events == before.events + 1);
  require_whole(*again.reader, history);
}

void what_is_still_refused_stays_aside(store_database& database) {
  const auto [history, mallorys] = mallory_among_others();
  opened_store s(database);
  database.refuse_orders_of("mallory");
  database.refuse_orders_of("carol");
  BOOST_TEST(apply_singly(*s.writer, history) == 2U);
  const aside_figures before = s.writer->aside();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == before));
  require_whole(*s.reader, history);
  database.accept_again();
  database.refuse_orders_of("mallory");
  must(s.writer->retry_aside());
  BOOST_TEST(s.writer->aside().entities == 1U);
  BOOST_TEST(s.writer->aside().events == 3U);
  require_whole(*s.reader, history);
  BOOST_TEST(must(s.reader->list_orders({})).items.size() == history.orders().size() - 1);
}

void what_was_refused_for_another_aside_comes_back_behind_it(store_database& database) {
  legal_history history(7);
  std::vector<std::string> skus;
  for (std::int64_t i = 0; i < 8; ++i) {
    skus.push_back("item-" + std::to_string(i * 5 % 8));
    history.define(skus.back(), 1, i);
  }
  opened_store s(database);
  must(s.writer->apply(history.all()));
  // The first gives its product id up, and each of the others takes the one that was given up before.
  for (std::int64_t i = 0; i < 8; ++i) {
    history.define(skus[static_cast<std::size_t>(i)], 1, i == 0 ? 100 : i - 1);
  }
  database.refuse_item(skus.front());
  BOOST_TEST(apply_singly(*s.writer, history) == skus.size());
  require_whole(*s.reader, history);
  database.accept_again();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_agreement(*s.reader, history);
}

void setting_aside_again_changes_nothing(store_database& database) {
  const auto [history, mallorys] = mallory_among_others();
  const std::uint64_t at = seq_of_creation(history, mallorys);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, at - 1)));
  must(s.writer->set_aside(history.batch(at - 1, at), "no"));
  must(s.writer->set_aside(history.batch(at - 1, at), "no, once more"));
  must(s.writer->apply(history.batch(at - 1, at)));
  BOOST_TEST((s.writer->aside() == aside_figures{1, 1, "no"}));
  must(s.writer->apply(history.batch(0, history.last_seq())));
  require_whole(*s.reader, history);
}

void entities_aside_are_bounded(store_database& database) {
  legal_history history(7);
  const uuid first = history.create("mallory", "A");
  while (history.last_seq() < aside_entities_max) {
    history.create("mallory", "A");
  }
  history.amend(first, "{}");
  history.create("mallory", "A");
  opened_store s(database);
  for (std::uint64_t at = 0; at < aside_entities_max; ++at) {
    must(s.writer->set_aside(history.batch(at, at + 1), "no"));
  }
  BOOST_TEST(s.writer->aside().entities == aside_entities_max);
  must(s.writer->apply(history.batch(aside_entities_max, aside_entities_max + 1)));
  const aside_figures full{aside_entities_max + 1, aside_entities_max, "no"};
  BOOST_TEST((s.writer->aside() == full));
  const store_batch another = history.batch(aside_entities_max + 1, history.last_seq());
  BOOST_TEST((refusal_of(s.writer->set_aside(another, "no")).code == error_code::refused));
  BOOST_TEST((s.writer->aside() == full));
  BOOST_TEST(s.writer->applied_seq() == aside_entities_max + 1);
  must(s.writer->apply(another));
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_agreement(*s.reader, history);
}

void any_number_of_events_may_follow_one_aside(store_database& database) {
  const legal_history history = busy_item_among_others();
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  database.refuse_item("busy");
  BOOST_TEST((refusal_of(s.writer->apply(history.batch(1, 2))).code == error_code::refused));
  must(s.writer->set_aside(history.batch(1, 2), "no"));
  for (std::uint64_t at = 2; at < history.last_seq(); at = s.writer->applied_seq()) {
    must(s.writer->apply(history.batch(at, std::min(at + 1'000, history.last_seq()))));
  }
  BOOST_TEST(s.writer->aside().entities == 1U);
  BOOST_TEST(s.writer->aside().events > 12'000U);
  require_whole(*s.reader, history);
  order_query everything;
  everything.limit = 100;
  BOOST_TEST(must(s.reader->list_orders(everything)).items.size() == history.orders().size());
  const aside_figures before = s.writer->aside();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == before));

  database.accept_again();
  must(s.writer->retry_aside([] { return true; }));
  BOOST_TEST((s.writer->aside() == before));
  int asked = 0;
  must(s.writer->retry_aside([&] { return ++asked > 1; }));
  BOOST_TEST(s.writer->aside().events == before.events - retry_events_max);
  require_whole(*s.reader, history);
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_agreement(*s.reader, history);
}

void history_tells_every_event_in_order(store_database& database) {
  const legal_history history = random_history(900);
  opened_store s(database);
  BOOST_TEST(told(*s.reader, 0).empty());
  must(s.writer->apply(history.batch(0, 100)));
  database.refuse_orders_of("alice");
  database.refuse_item("SKU-2");
  apply_singly(*s.writer, history);
  for (const std::uint64_t from :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, history.last_seq() / 2, history.last_seq(),
        history.last_seq() + 1, std::uint64_t{UINT64_MAX}}) {
    require_events(told(*s.reader, from), history.events(), from);
  }
}

void history_ends_with_the_first_refusal(store_database& database) {
  const legal_history history = random_history(50);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  std::size_t visits = 0;
  const auto ended = s.reader->history(1, [&](const sequenced_event&) -> result<void> {
    return ++visits < 3 ? result<void>() : fail(error_code::io_failed, "enough");
  });
  BOOST_TEST((refusal_of(ended).code == error_code::io_failed));
  BOOST_TEST(visits == 3U);
}

} // namespace store_contract
} // namespace orderd::test

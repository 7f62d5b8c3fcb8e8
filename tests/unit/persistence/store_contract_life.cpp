#include "tests/unit/persistence/life_agreement.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <algorithm>
#include <utility>

namespace orderd::test {
namespace {

/// Applies `first` events as they are and the rest under what `refuse` forbids; reads; and brings all back.
template <class Refuse>
void require_lives_and_back(store_database& database, const life_history& history, std::uint64_t first,
                            const Refuse& refuse) {
  opened_store s(database);
  must(s.writer->apply(history.batch(0, first)));
  refuse();
  BOOST_TEST(apply_singly(*s.writer, history) > 0U);
  require_lives(s, history);
  require_events(told(*s.reader, 1), history.events(), 1);
  database.accept_again();
  must(s.writer->retry_aside());
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  require_life(s, history);
  require_events(told(*s.reader, 1), history.events(), 1);
}

/// A processed order whose payment is in escrow in `alice`'s account, with one event for each step.
struct paid_order {
  life_history history{7};
  uuid id;

  paid_order() {
    life_history& h = history;
    h.deposit("alice", 10'000);
    id = h.create("alice", order_status::registered);
    h.add(id, order_reserved{h.placing_of(id, refusal_outcome::fail)});
    h.hold(id);
    h.add(id, payment_authorized{true});
    h.escrow(id);
    h.add(id, payment_escrowed{});
    const order_placing placing = h.orders().at(id).placing;
    h.add(id, order_placed{order_status::processed, placing.lines, placing.total, {}});
  }
};

/// The record that a store keeps of a key after these were applied, one a batch.
request_record kept_of(store_database& database, const std::vector<request_record>& records) {
  opened_store s(database);
  std::uint64_t seq = s.writer->applied_seq();
  for (const request_record& each : records) {
    ++seq;
    must(s.writer->apply({{{seq, each}}, seq, {}}));
  }
  return must(s.reader->load_request(records.front().key)).value();
}

} // namespace

namespace store_contract {

void orders_with_payments_are_read_back_as_they_evolve(store_database& database) {
  const life_history history = random_life(600);
  std::map<uuid, order> evolved;
  opened_store s(database);
  for (std::uint64_t at = 0; at < history.last_seq(); ++at) {
    must(s.writer->apply(history.batch(at, at + 1)));
    const auto* of_order = std::get_if<order_event>(&history.events().at(at).event);
    if (of_order == nullptr)
      continue;
    order& expected = evolved[of_order->order_id];
    evolve(expected, *of_order);
    const auto stored = must(s.reader->load_order(of_order->order_id));
    BOOST_REQUIRE_EQUAL(stored == nullptr, expected.withdrawn);
    BOOST_REQUIRE_MESSAGE(stored == nullptr || *stored == expected, "after event " << at + 1);
  }
  require_life(s, history);
}

void life_applies_in_any_split_and_again(store_database& database) {
  const life_history history = random_life(500);
  std::mt19937_64 random(test_seed());
  opened_store s(database);
  for (std::uint64_t at = 0; at < history.last_seq();) {
    const std::uint64_t to = std::min(history.last_seq(), at + 1 + random() % 40);
    must(s.writer->apply(history.batch(at - std::min<std::uint64_t>(at, random() % 10), to)));
    at = to;
    if (random() % 10 == 0)
      require_life(s, history.prefix(at));
  }
  must(s.writer->apply(history.all()));
  require_life(s, history);
}

void a_withdrawn_order_leaves_no_row(store_database& database) {
  life_history history(7);
  const auto refuse = [&] {
    const uuid id = history.create("alice", order_status::registered);
    history.add(id, order_reserved{history.placing_of(id, refusal_outcome::withdraw)});
    return id;
  };
  const auto withdraw = [&](const uuid& id) {
    history.add(id, order_withdrawn{{"payment_declined", "no"}, history.orders().at(id).placing.lines});
  };
  const uuid early = refuse();
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST((must(s.reader->load_order(early)) != nullptr));
  const std::uint64_t before = history.last_seq();
  withdraw(early);
  const uuid at_once = refuse();
  withdraw(at_once);
  must(s.writer->apply(history.batch(before, history.last_seq())));
  for (const uuid& id : {early, at_once}) {
    BOOST_TEST((must(s.reader->load_order(id)) == nullptr));
    BOOST_TEST(must(s.reader->timeline(id, 0, 10)).size() == 3U);
  }
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
  BOOST_TEST(must(s.reader->unfinished({}, 10)).empty());
}

void what_a_placement_reserved_is_shown_only_while_it_is_under_way(store_database& database) {
  const paid_order paid;
  opened_store s(database);
  must(s.writer->apply(paid.history.batch(0, paid.history.last_seq() - 1)));
  const auto under_way = must(s.reader->load_order(paid.id));
  BOOST_REQUIRE_EQUAL(under_way->placing.lines.size(), 1U);
  BOOST_TEST((under_way->placing.on_refusal == refusal_outcome::fail));
  BOOST_TEST(under_way->attempt == 2U);
  must(s.writer->apply(paid.history.all()));
  const auto processed = must(s.reader->load_order(paid.id));
  BOOST_TEST((processed->placing == order_placing{}));
  BOOST_TEST((processed->lines == under_way->placing.lines));
  BOOST_TEST(processed->attempt == 2U);
}

void a_paged_walk_shows_every_unfinished_order(store_database& database) {
  const life_history history = random_life(400);
  const auto expected = unfinished_of(history);
  BOOST_TEST(!expected.empty());
  opened_store s(database);
  must(s.writer->apply(history.all()));
  for (const std::size_t limit : {1U, 7U, 1'000U})
    BOOST_TEST((walk_unfinished(*s.reader, limit) == expected));
  BOOST_TEST(must(s.reader->unfinished(expected.back().id, 10)).empty());
}

void orders_to_be_accepted_come_by_time(store_database& database) {
  life_history history(7);
  for (int i = 0; i < 40; ++i) {
    history.advance(std::chrono::milliseconds(500));
    const uuid id = history.create("alice", order_status::processed);
    if (i % 9 == 0)
      history.add(id, order_accepted{"runner-1"});
  }
  const auto expected = to_be_accepted_of(history);
  BOOST_TEST(expected.size() > 5U);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  for (const std::size_t limit : {1U, 7U, 1'000U})
    BOOST_TEST((walk_to_be_accepted(*s.reader, limit) == expected));
  BOOST_TEST(must(s.reader->to_be_accepted(expected.back(), 10)).empty());
}

void stuck_orders_are_listed_with_every_filter(store_database& database) {
  life_history history(7);
  for (int i = 0; i < 30; ++i) {
    history.advance(std::chrono::milliseconds(i % 3 == 0 ? 1 : 0));
    const auto status = i % 2 == 0 ? order_status::draft : order_status::registered;
    const uuid id = history.create(i % 5 < 3 ? "alice" : "carol", status);
    history.add(id, order_reserved{history.placing_of(id, refusal_outcome::keep)});
    history.add(id, saga_delayed{{3, {}, "away", i % 3 != 0}});
    if (i % 7 == 0)
      history.add(id, saga_retried{});
  }
  opened_store s(database);
  must(s.writer->apply(history.all()));
  for (int filter = 0; filter < 4; ++filter) {
    order_query query;
    query.stuck = true;
    query.limit = 2;
    if ((filter & 1) != 0)
      query.status = order_status::registered;
    if ((filter & 2) != 0)
      query.customer_id = "alice";
    std::vector<std::pair<timestamp, uuid>> keys;
    for (const auto& [id, o] : history.orders())
      if (o.delay.stuck && (!query.status || o.status == *query.status) &&
          (!query.customer_id || o.customer_id == *query.customer_id))
        keys.emplace_back(o.created_at, id);
    std::sort(keys.rbegin(), keys.rend());
    std::vector<uuid> expected;
    for (const auto& [at, id] : keys)
      expected.push_back(id);
    BOOST_TEST(expected.size() > 2U);
    BOOST_TEST((walk(*s.reader, query) == expected), "filter " << filter);
    query.page = 2;
    const order_page second = must(s.reader->list_orders(query));
    BOOST_TEST(second.total.value() == expected.size());
    BOOST_TEST((second.items.at(0)->id == expected.at(2)));
  }
}

void an_accounts_entries_come_newest_first(store_database& database) {
  life_history history(7);
  for (int i = 1; i <= 9; ++i)
    history.deposit(i % 3 == 0 ? "carol" : "alice", i);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto expected = entries_of(history, "alice");
  BOOST_TEST(expected.size() == 7U);
  for (const std::size_t limit : {1U, 6U, 7U, 8U})
    BOOST_TEST((walk_entries(*s.reader, "alice", limit) == expected));
  BOOST_TEST(must(s.reader->account_entries({"alice", 10, 1})).items.empty());
  BOOST_TEST(must(s.reader->account_entries({"nobody", 10, {}})).items.empty());
  BOOST_TEST(!must(s.reader->load_account("nobody")).has_value());
}

void holds_end_with_what_becomes_of_them(store_database& database) {
  paid_order paid;
  life_history& history = paid.history;
  opened_store s(database);
  must(s.writer->apply(history.all()));
  require_life(s, history);
  BOOST_TEST(must(s.reader->load_account("alice"))->holds().at(paid.id).escrowed);
  std::uint64_t applied = history.last_seq();
  history.add(paid.id, order_accepted{"bob"});
  history.add(paid.id, capture_started{"bob"});
  history.capture(paid.id);
  must(s.writer->apply(history.batch(applied, history.last_seq())));
  require_life(s, history);
  BOOST_TEST(must(s.reader->load_account("alice"))->holds().empty());
  BOOST_TEST(must(s.writer->open_payouts()).size() == 1U);
  applied = history.last_seq();
  history.add(paid.id, order_completed{history.orders().at(paid.id).lines, true});
  history.pay_out();
  must(s.writer->apply(history.batch(applied, history.last_seq())));
  require_life(s, history);
  BOOST_TEST(must(s.reader->load_account("bob")).has_value());
  BOOST_TEST(must(s.writer->open_payouts()).empty());
}

void payouts_are_replaced(store_database& database) {
  const payout_due first{id_of(1), "alice", "bob", 100};
  const payout_due second{id_of(2), "alice", "carol", 0};
  const payout_due third{id_of(3), "dave", "bob", 300};
  {
    opened_store s(database);
    BOOST_TEST(must(s.writer->open_payouts()).empty());
    must(s.writer->apply({{}, 1, {}, {first, second}}));
    BOOST_TEST((sorted(must(s.writer->open_payouts())) == std::vector{first, second}));
    must(s.writer->apply({{}, 2, {}, {second, third}}));
  }
  opened_store again(database);
  BOOST_TEST((sorted(must(again.writer->open_payouts())) == std::vector{second, third}));
  must(again.writer->apply({{}, 3, {}, {}}));
  BOOST_TEST(must(again.writer->open_payouts()).empty());
}

void a_claim_is_replaced_by_its_answer_and_never_the_other_way(store_database& database) {
  life_history history(7);
  const request_record claim = history.record(0);
  request_record answer = claim;
  answer.status = 402;
  answer.headers = "Content-Type: application/problem+json\n";
  answer.body = std::string("\0\xff{}", 4);
  BOOST_TEST((kept_of(database, {claim}) == claim));
  BOOST_TEST((kept_of(database, {claim, answer}) == answer));
  BOOST_TEST((kept_of(database, {claim}) == answer), "an older claim");
  request_record used_anew = claim;
  used_anew.at = claim.at + request_memory + std::chrono::milliseconds(1);
  BOOST_TEST((kept_of(database, {claim, used_anew}) == used_anew), "the key is free again");
}

void requests_older_than_they_are_remembered_are_purged(store_database& database) {
  life_history history(7);
  const request_record first = history.record(201);
  history.remember(first);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  std::uint64_t applied = 1;
  const auto after = [&](std::chrono::milliseconds pause) {
    history.advance(pause);
    history.remember(history.record(201));
    must(s.writer->apply(history.batch(applied, applied + 1)));
    ++applied;
    return must(s.reader->load_request(first.key)).has_value();
  };
  // The batches follow each other closely: nothing was down in between.
  constexpr auto pause = request_memory_after_start - std::chrono::minutes(30);
  for (auto age = pause; age <= request_memory; age += pause)
    BOOST_TEST(after(pause), "at an age of " << age.count() << " minutes");
  BOOST_TEST(!after(std::chrono::milliseconds(1)));
  std::size_t left = 0;
  must(s.reader->each_request([&](const remembered_key&) { ++left; }));
  BOOST_TEST(left == applied - 1);
}

void requests_outlive_a_long_time_without_batches(store_database& database) {
  life_history history(7);
  const request_record first = history.record(201);
  history.remember(first);
  constexpr auto half = std::chrono::milliseconds(request_memory_after_start) / 2;
  const auto after = [&](opened_store& s, std::chrono::milliseconds pause) {
    history.advance(pause);
    history.remember(history.record(201));
    must(s.writer->apply(history.batch(s.writer->applied_seq(), history.last_seq())));
    return must(s.reader->load_request(first.key)).has_value();
  };
  {
    opened_store s(database);
    BOOST_TEST(after(s, half));
    BOOST_TEST(after(s, 3 * request_memory), "the first batch after a long time");
    BOOST_TEST(after(s, 2 * half - std::chrono::milliseconds(1)));
  }
  opened_store again(database);
  BOOST_TEST(after(again, 3 * request_memory), "the first batch of a writer");
  BOOST_TEST(after(again, 2 * half - std::chrono::milliseconds(1)));
  BOOST_TEST(!after(again, half));
}

void a_request_of_an_event_aside_is_remembered(store_database& database) {
  life_history history(7);
  const uuid id = history.create("mallory", order_status::draft);
  const auto first = std::make_shared<const request_record>(history.record(200));
  const auto second = std::make_shared<const request_record>(history.record(200));
  history.add(id, order_amended{"{}"}, first);
  history.add(id, order_amended{"{\"a\":1}"}, second);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  database.refuse_orders_of("mallory");
  must(s.writer->set_aside(history.batch(1, 2), "no"));
  must(s.writer->apply(history.batch(2, 3)));
  BOOST_TEST(s.writer->aside().events == 2U);
  require_lives(s, history);
  database.accept_again();
  must(s.writer->retry_aside());
  require_life(s, history);
}

void a_mere_record_is_never_set_aside(store_database& database) {
  life_history history(7);
  history.create("alice", order_status::draft);
  history.remember(history.record(409));
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  BOOST_TEST((refusal_of(s.writer->set_aside(history.batch(1, 2), "no")).code == error_code::refused));
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  BOOST_TEST(s.writer->applied_seq() == 1U);
  must(s.writer->apply(history.all()));
  require_life(s, history);
}

void a_mere_record_leaves_no_answer_in_the_history(store_database& database) {
  life_history history(7);
  request_record refusal = history.record(409);
  refusal.body = std::string(10'000, 'x');
  history.remember(refusal);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  BOOST_TEST((must(s.reader->load_request(refusal.key)) == refusal));
  const auto shown = told(*s.reader, 1);
  BOOST_REQUIRE_EQUAL(shown.size(), 1U);
  const auto& kept = std::get<request_record>(shown.front().event);
  BOOST_TEST(kept.headers.empty());
  BOOST_TEST(kept.body.empty());
  BOOST_TEST((kept.key == refusal.key));
  BOOST_TEST((kept.fingerprint == refusal.fingerprint));
  BOOST_TEST((kept.at == refusal.at));
  BOOST_TEST(kept.status == 409U);
}

void events_are_applied_without_their_records(store_database& database) {
  life_history history(7);
  const uuid id = history.create("alice", order_status::draft);
  const auto keyed = std::make_shared<const request_record>(history.record(200));
  history.add(id, order_amended{"{}"}, keyed);
  const request_record refusal = history.record(409);
  history.remember(refusal);
  history.add(id, order_amended{"{\"a\":1}"});
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  database.refuse_requests();
  for (std::uint64_t at = 1; at < 3; ++at) {
    store_batch single = history.batch(at, at + 1);
    BOOST_TEST((refusal_of(s.writer->apply(single)).code == error_code::refused));
    single.remembers = false;
    must(s.writer->apply(single));
  }
  must(s.writer->apply(history.batch(3, 4)));
  BOOST_TEST((s.writer->aside() == aside_figures{}));
  BOOST_TEST(!must(s.reader->load_request(keyed->key)).has_value());
  BOOST_TEST(!must(s.reader->load_request(refusal.key)).has_value());
  BOOST_TEST((*must(s.reader->load_order(id)) == history.orders().at(id)));
  require_events(told(*s.reader, 1), history.events(), 1);
}

void an_event_is_set_aside_without_its_record(store_database& database) {
  life_history history(7);
  const uuid id = history.create("mallory", order_status::draft);
  const auto keyed = std::make_shared<const request_record>(history.record(200));
  history.add(id, order_amended{"{}"}, keyed);
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  database.refuse_orders_of("mallory");
  database.refuse_requests();
  store_batch single = history.batch(1, 2);
  BOOST_TEST((refusal_of(s.writer->set_aside(single, "no")).code == error_code::refused));
  single.remembers = false;
  must(s.writer->set_aside(single, "no"));
  BOOST_TEST(s.writer->aside().events == 1U);
  BOOST_TEST(!must(s.reader->load_request(keyed->key)).has_value());
  BOOST_TEST((*must(s.reader->load_order(id)) == history.orders().at(id)));
}

void an_order_aside_is_told_as_unfinished(store_database& database) {
  life_history history(7);
  history.create("alice", order_status::registered);
  const uuid partly = history.create("mallory", order_status::registered);
  history.create("alice", order_status::draft);
  const std::uint64_t in_rows = history.last_seq();
  const uuid wholly = history.create("mallory", order_status::registered);
  for (const uuid& id : {partly, wholly}) {
    history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
    history.add(id, saga_delayed{{3, history.now(), "away", true}});
  }
  const uuid rested = history.create("mallory", order_status::draft);
  history.create("alice", order_status::registered);
  auto expected = unfinished_of(history);
  expected.push_back({rested, {}, false, false});
  for (unfinished_order& each : expected)
    if (each.id == partly || each.id == wholly)
      each = {each.id, {}, false, false};
  std::sort(expected.begin(), expected.end(),
            [](const unfinished_order& a, const unfinished_order& b) { return a.id < b.id; });
  opened_store s(database);
  must(s.writer->apply(history.batch(0, in_rows)));
  database.refuse_orders_of("mallory");
  BOOST_TEST(apply_singly(*s.writer, history) == 3U);
  BOOST_TEST(s.writer->aside().entities == 3U);
  for (const std::size_t limit : {1U, 2U, 1'000U})
    BOOST_TEST((walk_unfinished(*s.reader, limit) == expected), "pages of " << limit);
  database.accept_again();
  must(s.writer->retry_aside());
  require_life(s, history);
}

void an_account_aside_is_read_whole_and_comes_back(store_database& database) {
  const life_history history = random_life(300);
  require_lives_and_back(database, history, 0, [&] { database.refuse_account("payer-1"); });
}

void an_account_whose_later_events_are_aside_is_read_whole(store_database& database) {
  const life_history history = random_life(300);
  require_lives_and_back(database, history, history.last_seq() / 3, [&] {
    database.refuse_account("payer-0");
    database.refuse_account("payer-1");
    database.refuse_orders_of("payer-2");
  });
}

void an_order_withdrawn_aside_is_unknown(store_database& database) {
  life_history history(7);
  const uuid id = history.create("mallory", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::withdraw)});
  history.add(id, order_withdrawn{{"payment_declined", "no"}, history.orders().at(id).placing.lines});
  opened_store s(database);
  must(s.writer->apply(history.batch(0, 1)));
  database.refuse_orders_of("mallory");
  must(s.writer->set_aside(history.batch(1, 2), "no"));
  must(s.writer->apply(history.batch(2, 3)));
  BOOST_TEST((must(s.reader->load_order(id)) == nullptr));
  database.accept_again();
  must(s.writer->retry_aside());
  require_life(s, history);
  BOOST_TEST(must(s.reader->list_orders({})).items.empty());
}

void history_tells_accounts_and_records_in_order(store_database& database) {
  const life_history history = random_life(400);
  opened_store s(database);
  must(s.writer->apply(history.all()));
  const auto shown = told(*s.reader, 1);
  require_events(shown, history.events(), 1);
  BOOST_TEST(
      std::all_of(shown.begin(), shown.end(), [](const sequenced_event& e) { return e.request == nullptr; }));
}

} // namespace store_contract
} // namespace orderd::test

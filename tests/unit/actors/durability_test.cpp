#include "tests/unit/actors/engine_fixture.hpp"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <thread>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t always = std::numeric_limits<std::uint64_t>::max();

struct warehouse : engine_fixture {
  explicit warehouse(const engine_options& options = small_engine())
      : engine_fixture(options, printed_seed()) {
    ask<defined_stock>(definition("A", 1'000));
    ask<defined_stock>(definition("B", 1));
  }
  /// Orders whose metadata is `bytes` long, so that the journal fills quickly.
  void place_large(int count, std::size_t bytes = 15'000) {
    for (int i = 0; i < count; ++i) {
      auto request = creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft);
      std::get<create_order>(request.what).metadata = "{\"x\":\"" + std::string(bytes, 'x') + "\"}";
      large.push_back(submit(std::move(request)));
      run();
    }
  }
  [[nodiscard]] std::size_t answered() const {
    return static_cast<std::size_t>(std::count_if(large.begin(), large.end(), granted));
  }
  /// Moves time until `done` says so; the guard is in real time, for another thread may have its part.
  template <class Done> void advance_until(Done done) {
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < give_up) {
      advance(250ms);
      std::this_thread::yield();
    }
    BOOST_REQUIRE(done());
  }
  std::vector<answer_slot> large;
};

struct small_backlog : warehouse {
  static engine_options options() {
    auto options = small_engine();
    options.journal_backlog_bytes_max = 2 * options.journal_segment_bytes;
    return options;
  }
  small_backlog() : warehouse(options()) {}
};

struct in_memory : warehouse {
  static engine_options options() {
    auto options = small_engine();
    options.durability = durability_mode::memory;
    return options;
  }
  in_memory() : warehouse(options()) {}
};

[[nodiscard]] order_query orders_of(const caller& who) {
  order_query query;
  query.customer_id = who.user;
  return query;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(journaled, warehouse)

BOOST_AUTO_TEST_CASE(no_change_is_answered_before_its_sync) {
  hold("orderd.journal");
  const auto ordered = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  const auto drafted = submit(creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft));
  const auto adjusted = submit(to_stock("B", adjust_stock{1, ""}));
  run();
  advance(5s);
  BOOST_CHECK_EQUAL(ordered->times + drafted->times + adjusted->times, 0);
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 3U);
  hold({});
  run();
  BOOST_CHECK(granted(ordered) && granted(drafted) && granted(adjusted));
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
}

BOOST_AUTO_TEST_CASE(what_a_crash_could_take_back_is_shown_to_nobody) {
  const auto before = ask<stock_view>(to_stock("B", get_stock{}));
  hold("orderd.journal");
  const auto adjusted = submit(to_stock("A", adjust_stock{1, ""}));
  const auto drafted = creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft);
  const auto id = drafted.id;
  const auto creating = submit(creation(id, {line_of("A", 1)}, order_status::draft));
  const auto looked_at_stock = submit(to_stock("A", get_stock{}));
  const auto looked_at_order = submit(look(id));
  const auto elsewhere = submit(to_stock("B", get_stock{}));
  run();
  BOOST_CHECK_EQUAL(looked_at_stock->times + looked_at_order->times, 0);
  BOOST_CHECK(expect<stock_view>(elsewhere) == before);
  hold({});
  run();
  BOOST_CHECK(expect<stock_view>(looked_at_stock) == expect<stock_view>(adjusted));
  BOOST_CHECK(*expect<order_ptr>(looked_at_order) == *expect<order_ptr>(creating));
}

BOOST_AUTO_TEST_CASE(a_refusal_that_states_a_fact_waits_for_its_sync) {
  const auto draft = ask(creation(fresh_uuid(), {line_of("A", 1)}, order_status::draft));
  hold("orderd.journal");
  const auto cancelled = submit(transition(draft->id, order_status::cancelled));
  const auto again = submit(transition(draft->id, order_status::cancelled));
  const auto stale = submit(transition(draft->id, order_status::cancelled, operator_caller, 1));
  run();
  BOOST_CHECK_EQUAL(cancelled->times + again->times + stale->times, 0);
  hold({});
  run();
  BOOST_CHECK(granted(cancelled));
  CHECK_REFUSED(again, rejection_code::illegal_transition);
  CHECK_REFUSED(stale, rejection_code::version_mismatch);
}

BOOST_AUTO_TEST_CASE(all_that_gathered_while_the_disk_was_busy_shares_one_sync) {
  hold("orderd.journal");
  std::vector<answer_slot> slots;
  for (int i = 0; i < 200; ++i)
    slots.push_back(submit(creation(fresh_uuid(), {line_of("A", 1)})));
  run();
  const auto syncs = counters().journal_syncs.load();
  hold({});
  run();
  BOOST_CHECK_EQUAL(counters().journal_syncs, syncs + 1);
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 200);
}

BOOST_AUTO_TEST_CASE(an_order_alone_costs_one_sync) {
  const auto syncs = counters().journal_syncs.load();
  ask(creation(fresh_uuid(), {line_of("A", 1), line_of("B", 1)}));
  BOOST_CHECK_EQUAL(counters().journal_syncs, syncs + 1);
}

BOOST_AUTO_TEST_CASE(events_that_nobody_waits_for_are_synced_a_little_later) {
  advance(100ms);
  const auto syncs = counters().journal_syncs.load();
  const auto events = journal().size();
  const auto slot = submit(creation(fresh_uuid(), {line_of("A", 1), line_of("B", 2)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  BOOST_CHECK_EQUAL(counters().journal_syncs, syncs);
  advance(10ms);
  BOOST_CHECK_EQUAL(counters().journal_syncs, syncs + 1);
  // The reservation, its end, and the notice that the order was refused.
  BOOST_CHECK_EQUAL(journal().size(), events + 3);
}

BOOST_AUTO_TEST_CASE(a_full_disk_only_waits_and_reads_go_on) {
  close();
  files.set_capacity(files.contents().begin()->second.size() + 8'192); // no room for another segment
  open();
  BOOST_CHECK(counters().accepts_writes);
  place_large(54);
  BOOST_CHECK_EQUAL(answered(), 54U);
  BOOST_CHECK_MESSAGE(!counters().accepts_writes, "the edge is told before the segment is full");
  // What is under way already may come to the segment's very end.
  place_large(36);
  BOOST_CHECK_LT(answered(), 90U);
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 90U - answered());
  ask<stock_view>(to_stock("A", get_stock{}));
  files.set_capacity(always);
  advance_until([this] { return answered() == 90U && counters().accepts_writes; });
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  audit();
  close();
  open();
  audit();
}

BOOST_AUTO_TEST_CASE(a_failed_sync_ends_the_process_and_answers_nobody) {
  auto* answers = static_cast<int*>(
      mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  BOOST_REQUIRE(answers != MAP_FAILED);
  close(); // Only this thread lives on in the child.
  const auto child = fork();
  BOOST_REQUIRE_GE(child, 0);
  if (child == 0) {
    alarm(30);
    open();
    const auto slot = submit(to_stock("A", adjust_stock{1, ""}));
    // The next segment may be under preparation, which syncs too.
    for (std::uint64_t nth = 1; nth <= 5; ++nth)
      files.inject(call::sync, effect::io_error, nth);
    while (run_some(1))
      *answers += slot->times;
    std::_Exit(1);
  }
  int status = 0;
  BOOST_REQUIRE_EQUAL(waitpid(child, &status, 0), child);
  BOOST_CHECK(WIFEXITED(status));
  BOOST_CHECK_EQUAL(WEXITSTATUS(status), 70);
  BOOST_CHECK_EQUAL(*answers, 0);
  munmap(answers, sizeof(int));
  open();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_CASE(durability_memory_answers_before_the_sync, in_memory) {
  hold("orderd.journal");
  const auto ordered = submit(creation(fresh_uuid(), {line_of("A", 1)}));
  run();
  BOOST_CHECK(granted(ordered));
  const auto seen = submit(to_stock("A", get_stock{}));
  run();
  BOOST_CHECK_EQUAL(expect<stock_view>(seen).levels.reserved, 1);
  // Answered, but still counted: what is on its way to the disk stays bounded.
  BOOST_CHECK_GE(counters().requests_in_flight, 1U);
  hold({});
  settle();
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
  audit();
}

BOOST_FIXTURE_TEST_CASE(a_backlog_that_is_too_long_stops_writes_until_the_store_has_caught_up,
                        small_backlog) {
  settle();
  advance(2s);
  faults->applies = always;
  for (int i = 0; i < 250 && counters().backlog_bytes <= 2U << 20U; ++i)
    place_large(1);
  advance(100ms);
  BOOST_CHECK_GT(counters().backlog_bytes, 2U << 20U);
  BOOST_CHECK(!counters().accepts_writes);
  BOOST_CHECK(!counters().store_error().empty());
  ask<stock_view>(to_stock("A", get_stock{}));
  faults->applies = 0;
  advance_until([this] { return counters().accepts_writes.load(); });
  BOOST_CHECK(counters().store_error().empty());
  audit();
}

BOOST_FIXTURE_TEST_CASE(a_backlog_that_is_too_long_heals_after_a_checkpoint_that_failed, small_backlog) {
  settle();
  advance(2s);
  faults->applies = always;
  for (int i = 0; i < 250 && counters().backlog_bytes <= 2U << 20U; ++i)
    place_large(1);
  advance(100ms);
  BOOST_REQUIRE(!counters().accepts_writes);
  faults->checkpoints = 3;
  faults->applies = 0;
  // No event comes any more.
  advance_until([this] { return counters().accepts_writes.load(); });
  BOOST_CHECK_EQUAL(faults->checkpoints, 0U);
  audit();
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_finds_the_store_in_other_hands_ends_the_process) {
  for (const auto code : {error_code::superseded, error_code::behind}) {
    warehouse each;
    each.close(); // Only this thread lives on in the child.
    const auto child = fork();
    BOOST_REQUIRE_GE(child, 0);
    if (child == 0) {
      alarm(30);
      each.open();
      each.faults->checkpoints = always;
      each.faults->checkpoint_error = code;
      static_cast<void>(each.submit(to_stock("A", adjust_stock{1, ""})));
      each.advance(3s);
      std::_Exit(1);
    }
    int status = 0;
    BOOST_REQUIRE_EQUAL(waitpid(child, &status, 0), child);
    BOOST_CHECK(WIFEXITED(status));
    BOOST_CHECK_EQUAL(WEXITSTATUS(status), 70);
  }
}

BOOST_FIXTURE_TEST_SUITE(stored, warehouse)

BOOST_AUTO_TEST_CASE(the_engine_sells_on_while_the_store_is_away_and_stores_all_once) {
  settle();
  const auto batches = faults->applied_batches;
  faults->applies = always;
  std::vector<uuid> ids;
  for (int i = 0; i < 100; ++i) {
    ids.push_back(fresh_uuid());
    ask(creation(ids.back(), {line_of("A", 1)}));
    if (i % 2 == 0)
      ask(transition(ids.back(), order_status::cancelled));
    advance(100ms);
  }
  BOOST_CHECK(!counters().store_error().empty());
  BOOST_CHECK_EQUAL(faults->applied_batches, batches);
  BOOST_CHECK(ask<stock_view>(to_stock("A", get_stock{})).levels == (stock_levels{1'000, 50}));
  faults->applies = 2;
  audit();
  BOOST_CHECK(counters().store_error().empty());
  BOOST_CHECK(ask<order_page>(to_lists(orders_of(ann))).items.size() == 20);
  BOOST_CHECK(reader()->load_stock("A").value()->view().levels == (stock_levels{1'000, 50}));
}

BOOST_AUTO_TEST_CASE(a_batch_that_was_committed_and_failed_is_applied_once) {
  for (int i = 0; i < 20; ++i) {
    const auto id = fresh_uuid();
    ask(creation(id, {line_of("A", 2)}));
    faults->applies_that_commit = 2;
    ask(transition(id, order_status::accepted));
    ask(transition(id, order_status::completed));
    audit();
  }
  const auto item = reader()->load_stock("A").value();
  BOOST_CHECK_EQUAL(item->totals().committed, 40);
  BOOST_CHECK(item->view().levels == (stock_levels{960, 0}));
}

BOOST_AUTO_TEST_CASE(a_list_waits_for_the_store_only_so_long) {
  settle();
  faults->applies = always;
  ask(creation(fresh_uuid(), {line_of("A", 1)}));
  advance(30s); // By now the store is tried again but rarely.
  const auto slot = submit(to_lists(orders_of(ann)));
  advance(4'900ms);
  BOOST_CHECK_EQUAL(slot->times, 0);
  advance(1'200ms);
  CHECK_REFUSED(slot, rejection_code::store_unavailable);
  const auto healed = submit(to_lists(orders_of(ann)));
  run();
  faults->applies = 0;
  advance(4'900ms);
  BOOST_CHECK_EQUAL(expect<order_page>(healed).items.size(), 1U);
}

BOOST_AUTO_TEST_CASE(a_store_that_never_answers_keeps_no_list_beyond_its_deadline) {
  settle();
  hold("orderd.write_behind");
  ask(creation(fresh_uuid(), {line_of("A", 1)}));
  const auto slot = submit(to_lists(orders_of(ann)));
  advance(4'999ms);
  BOOST_CHECK_EQUAL(slot->times, 0);
  advance(1ms);
  CHECK_REFUSED(slot, rejection_code::store_unavailable);
  const auto healed = submit(to_lists(orders_of(ann)));
  run();
  hold({});
  run();
  BOOST_CHECK_EQUAL(expect<order_page>(healed).items.size(), 1U);
}

BOOST_AUTO_TEST_CASE(readers_that_never_answer_keep_only_the_lists_that_they_have) {
  settle();
  hold("orderd.reader");
  std::vector<answer_slot> slots;
  for (int i = 0; i < 5; ++i)
    slots.push_back(submit(to_lists(orders_of(ann))));
  advance(4'999ms);
  const auto late = submit(to_lists(orders_of(ann)));
  run();
  const auto answered = [&] {
    return std::count_if(slots.begin(), slots.end(), [](const auto& s) { return s->times == 1; });
  };
  BOOST_CHECK_EQUAL(answered(), 0);
  advance(1ms);
  BOOST_CHECK_EQUAL(answered(), 3); // One is in the hand of each of the two readers.
  for (std::size_t i = 2; i < slots.size(); ++i)
    CHECK_REFUSED(slots[i], rejection_code::store_unavailable);
  hold({});
  run();
  BOOST_CHECK(granted(slots[0]) && granted(slots[1]) && granted(late));
  BOOST_CHECK_EQUAL(counters().requests_in_flight, 0U);
}

BOOST_AUTO_TEST_CASE(a_list_for_which_a_reader_is_free_waits_for_nothing) {
  settle();
  for (int i = 0; i < 10; ++i)
    ask<order_page>(to_lists(orders_of(ann)));
  BOOST_CHECK(!counters().reader_awaited && !counters().store_awaited);
}

BOOST_AUTO_TEST_CASE(many_lists_share_the_readers) {
  settle();
  std::vector<answer_slot> slots;
  for (int i = 0; i < 50; ++i)
    slots.push_back(submit(to_lists(orders_of(ann))));
  run();
  BOOST_CHECK_EQUAL(std::count_if(slots.begin(), slots.end(), granted), 50);
}

BOOST_AUTO_TEST_CASE(a_reader_that_finds_the_store_away_says_so_until_somebody_succeeds) {
  settle();
  advance(3s);
  faults->away = true;
  const auto refused = submit(to_lists(orders_of(ann)));
  run();
  CHECK_REFUSED(refused, rejection_code::store_unavailable);
  BOOST_CHECK(!counters().store_error().empty());
  BOOST_CHECK_MESSAGE(!counters().store_away,
                      "nothing would try the store again for a change that waits for it");
  faults->away = false;
  ask<order_page>(to_lists(orders_of(ann)));
  BOOST_CHECK(counters().store_error().empty());
  faults->away = true;
  static_cast<void>(submit(to_lists(orders_of(ann))));
  run();
  BOOST_CHECK(!counters().store_error().empty());
  faults->away = false;
  ask<stock_view>(to_stock("A", adjust_stock{1, ""}));
  settle();
  BOOST_CHECK(counters().store_error().empty());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_fails_is_made_again_without_another_event) {
  settle();
  faults->checkpoints = 2;
  advance(1'500ms);
  BOOST_CHECK_EQUAL(faults->checkpoints, 1U);
  BOOST_CHECK(!counters().store_error().empty());
  BOOST_CHECK(counters().store_away);
  advance(1s);
  BOOST_CHECK_EQUAL(faults->checkpoints, 0U);
  BOOST_CHECK(counters().store_away);
  advance(1s);
  BOOST_CHECK(!counters().store_away);
  BOOST_CHECK(counters().store_error().empty());
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_CASE(a_checkpoint_that_leaves_something_out_is_made_again) {
  settle();
  faults->partial_checkpoints = 3;
  advance(3'500ms);
  BOOST_CHECK_EQUAL(faults->partial_checkpoints, 0U);
  BOOST_CHECK(has_timer());
  advance(1s);
  BOOST_CHECK(!has_timer());
}

BOOST_AUTO_TEST_CASE(a_list_shows_all_that_was_acknowledged) {
  for (std::size_t i = 1; i <= 15; ++i) {
    const auto placed = ask(creation(fresh_uuid(), {line_of("A", 1)}));
    const auto page = ask<order_page>(to_lists(orders_of(ann)));
    BOOST_REQUIRE_EQUAL(page.items.size(), i);
    clock.advance(1ms);
    BOOST_CHECK(std::any_of(page.items.begin(), page.items.end(),
                            [&](const order_ptr& each) { return *each == *placed; }));
    ask<stock_view>(to_stock("B", adjust_stock{1, ""}));
    const auto stock = ask<stock_page>(to_lists(stock_query{}));
    BOOST_CHECK_EQUAL(stock.items.at(1).levels.on_hand, static_cast<std::int64_t>(i) + 1);
  }
}

BOOST_AUTO_TEST_CASE(a_timeline_is_for_those_who_may_see_the_order) {
  const auto id = fresh_uuid();
  ask(creation(id, {line_of("A", 1)}));
  ask(transition(id, order_status::accepted));
  ask(transition(id, order_status::completed));
  const auto whole = ask<timeline_page>(to_lists(timeline_query{id, ann, 0, 3}));
  BOOST_CHECK_EQUAL(whole.events.size(), 3U);
  BOOST_CHECK(!whole.more);
  const auto part = ask<timeline_page>(to_lists(timeline_query{id, operator_caller, 1, 1}));
  BOOST_CHECK_EQUAL(part.events.size(), 1U);
  BOOST_CHECK_EQUAL(part.events[0].version, 2U);
  BOOST_CHECK(part.more);
  const auto stranger = submit(to_lists(timeline_query{id, bob, 0, 3}));
  const auto unknown = submit(to_lists(timeline_query{fresh_uuid(), operator_caller, 0, 3}));
  run();
  CHECK_REFUSED(stranger, rejection_code::not_found);
  CHECK_REFUSED(unknown, rejection_code::not_found);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

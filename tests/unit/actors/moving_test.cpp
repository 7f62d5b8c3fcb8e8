#include "actors/history_export.hpp"
#include "actors/history_import.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/sqlite_store.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <limits>

namespace orderd::test {

namespace {

const std::string history = "/moved.history";
const std::string data_dir = "/to";
const std::string target_journal = data_dir + "/journal";

const auto never = [] { return false; };

/// Orders in three statuses, exported; and an empty store to move them to.
struct moving : engine_fixture {
  moving() : engine_fixture(small_engine(), printed_seed()) {
    ask<defined_stock>(definition("A", 100));
    ask<defined_stock>(definition("B", 50));
    for (int i = 0; i < 12; ++i) {
      const auto id = fresh_uuid();
      ask(creation(id, {line_of("A", 1), line_of("B", 2)},
                   i % 4 == 0 ? order_status::draft : order_status::processed));
      if (i % 3 == 0)
        ask(transition(id, order_status::cancelled));
    }
    settle();
    last_seq = counters().applied_seq;
    auto file = history_writer::create(files, history, {identity, clock.now()});
    BOOST_REQUIRE(file);
    for (const auto& each : journal())
      BOOST_REQUIRE(file->append({file->last_seq() + 1, each}));
    BOOST_REQUIRE(file->finish());
    std::filesystem::create_directory(store_folder() / "to");
  }

  [[nodiscard]] result<imported_history> import(std::function<bool()> interrupted = never) {
    auto options = small_engine();
    options.data_dir = data_dir;
    options.store_batch_events_max = 8;
    options.interrupted = std::move(interrupted);
    const auto target = make_fragile_store(open_target(), target_faults);
    return import_history(files, *target, options, history);
  }

  [[nodiscard]] std::unique_ptr<store> open_target() const {
    return make_sqlite_store((store_folder() / "to" / "orderd.db").string());
  }

  /// Up to where the target's store has events.
  [[nodiscard]] std::uint64_t target_seq() const {
    const auto writer = open_target()->open_writer();
    BOOST_REQUIRE(writer);
    return (*writer)->applied_seq();
  }

  void check_done(const result<imported_history>& done) {
    BOOST_REQUIRE_MESSAGE(done, (done ? std::string{} : done.error().detail));
    BOOST_TEST(done->extent.last_seq == last_seq);
    BOOST_TEST((done->identity == identity));
    BOOST_TEST(target_seq() == last_seq);
  }

  uuid identity = fresh_uuid();
  std::uint64_t last_seq = 0;
  std::shared_ptr<store_faults> target_faults = std::make_shared<store_faults>();
};

[[nodiscard]] bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(moving_a_history, moving)

BOOST_AUTO_TEST_CASE(an_import_begins_a_journal_that_a_start_goes_on_with) {
  const auto done = import();
  check_done(done);
  BOOST_TEST(done->journal_begun);
  BOOST_TEST(done->events_new == last_seq);
  const auto writer = journal_writer::open(
      files, {target_journal, small_engine().journal_segment_bytes, identity, 0}, last_seq);
  BOOST_REQUIRE_MESSAGE(writer, (writer ? std::string{} : writer.error().detail));
  BOOST_TEST((*writer)->last_seq() == last_seq);
  BOOST_TEST((*writer)->append(1, "next") == last_seq + 1);
  BOOST_REQUIRE((*writer)->sync());
  auto reader = journal_reader::open(files, target_journal, identity, last_seq + 1);
  BOOST_REQUIRE(reader);
  const auto next = reader->next(last_seq + 1);
  BOOST_REQUIRE(next && *next);
  BOOST_TEST((*next)->payload == "next");
}

BOOST_AUTO_TEST_CASE(an_event_that_the_store_refuses_ends_the_import_and_is_named) {
  target_faults->refuses = [](const event& e) {
    const auto* of = std::get_if<order_event>(&e);
    return of != nullptr && std::holds_alternative<order_cancelled>(of->what);
  };
  std::uint64_t seq = 0;
  for (const auto& each : journal()) {
    ++seq;
    if (target_faults->refuses(each))
      break;
  }
  const auto done = import();
  BOOST_REQUIRE(!done);
  BOOST_TEST((done.error().code == error_code::refused));
  BOOST_TEST_CONTEXT(done.error().detail) {
    BOOST_TEST(holds(done.error().detail, "event " + std::to_string(seq) + " (order_cancelled of order "));
  }
  // All before it is there, nothing is aside, and with the obstacle gone it goes on.
  BOOST_TEST(target_seq() == seq - 1);
  target_faults->refuses = nullptr;
  const auto again = import();
  check_done(again);
  BOOST_TEST(again->events_new == last_seq - seq + 1);
}

BOOST_AUTO_TEST_CASE(a_file_whose_links_are_not_those_of_its_events_is_refused) {
  static_cast<void>(files.remove(history));
  auto file = history_writer::create(files, history, {identity, clock.now()});
  BOOST_REQUIRE(file);
  for (const auto& each : journal()) {
    sequenced_event next{file->last_seq() + 1, each};
    if (next.seq == 5)
      next.link.emplace().fill(1);
    BOOST_REQUIRE(file->append(next));
  }
  BOOST_REQUIRE(file->finish());
  const auto done = import();
  BOOST_REQUIRE(!done);
  BOOST_TEST((done.error().code == error_code::damaged));
  BOOST_TEST(holds(done.error().detail, "event 5 ("), done.error().detail);
  BOOST_TEST(holds(done.error().detail, "is not linked to what is in front of it"), done.error().detail);
}

BOOST_AUTO_TEST_CASE(a_history_that_was_cut_short_is_not_exported_and_can_be_imported_over) {
  check_done(import());
  {
    const auto writer = open_target()->open_writer();
    BOOST_REQUIRE(writer);
    const auto dropped = (*writer)->drop_history(4, timestamp::max(), 100);
    BOOST_REQUIRE_MESSAGE(dropped, (dropped ? std::string{} : dropped.error().detail));
    BOOST_TEST(*dropped == 4U);
  }
  auto options = small_engine();
  options.data_dir = data_dir;
  const auto target = open_target();
  const auto exported = export_history(files, *target, options, clock, "/again.history");
  BOOST_REQUIRE(!exported);
  BOOST_TEST((exported.error().code == error_code::refused));
  BOOST_TEST(holds(exported.error().detail, "events up to 4 have been dropped"), exported.error().detail);
  check_done(import());
}

BOOST_AUTO_TEST_CASE(batches_that_take_too_long_are_halved) {
  target_faults->events_in_time_max = 1;
  check_done(import());
}

BOOST_AUTO_TEST_CASE(an_outage_ends_the_import_wherever_it_comes_and_the_next_one_goes_on) {
  for (std::uint64_t batch = 0; batch * 8 < last_seq; ++batch) {
    (batch % 2 == 0 ? target_faults->applies : target_faults->applies_that_commit) = 1;
    const auto done = import();
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == error_code::store_failed));
  }
  check_done(import());
}

BOOST_AUTO_TEST_CASE(an_interrupted_import_goes_on) {
  int questions = 0;
  const auto cut = import([&] { return ++questions == 3; });
  BOOST_REQUIRE(!cut);
  BOOST_TEST((cut.error().code == error_code::timed_out));
  const auto applied = target_seq();
  BOOST_TEST(applied > 0U);
  BOOST_TEST(applied < last_seq);
  check_done(import());
}

BOOST_AUTO_TEST_CASE(a_store_with_the_front_of_another_history_of_that_identity_is_refused) {
  check_done(import());
  // The same identity and length, but one event is another: as of a copied folder that was sold from.
  auto events = journal();
  std::get<stock_event>(events.front()).at += std::chrono::milliseconds{1};
  BOOST_REQUIRE(files.remove(history));
  auto file = history_writer::create(files, history, {identity, clock.now()});
  BOOST_REQUIRE(file);
  for (const auto& each : events)
    BOOST_REQUIRE(file->append({file->last_seq() + 1, each}));
  BOOST_REQUIRE(file->finish());
  const auto done = import();
  BOOST_REQUIRE(!done);
  BOOST_TEST((done.error().code == error_code::damaged));
  BOOST_TEST(holds(done.error().detail, "event 1 is not the file's"));
}

BOOST_AUTO_TEST_CASE(sums_do_not_depend_on_how_many_orders_a_pass_keeps) {
  const auto whole = sums_of(files, history, never);
  BOOST_REQUIRE(whole);
  BOOST_TEST(describe_orders(*whole) == "draft 2, processed 6, cancelled 4");
  BOOST_TEST(describe_stock(*whole) == "2 items, 150 units on hand, 18 reserved");
  for (const std::uint64_t orders : {1U, 3U, 12U}) {
    const auto parts = sums_of(files, history, never, orders);
    BOOST_REQUIRE(parts);
    BOOST_TEST((parts->orders_by_status == whole->orders_by_status));
    BOOST_TEST(parts->order_versions == whole->order_versions);
    BOOST_TEST((parts->stock == whole->stock));
  }
}

BOOST_AUTO_TEST_CASE(an_order_that_was_withdrawn_has_no_part_and_an_account_has) {
  const auto id = fresh_uuid();
  const order_line drafted{fresh_uuid(), "A", {}, 1, 250, false, {}, clock.now()};
  order_line held = drafted;
  held.reservation = fresh_uuid();
  const std::vector<event> events = {
      account_event{"alice", 1, clock.now(), "alice", {}, {}, account_opened{}},
      account_event{"alice", 2, clock.now(), "ops", {900, 0}, {900, 0, 0}, funds_deposited{900, "a gift"}},
      order_event{id, 1, clock.now(), "alice",
                  order_created{"alice", order_status::registered, "EUR", {drafted}, 250, "{}"}},
      order_event{id, 2, clock.now(), "orderd", order_reserved{{{held}, 250, refusal_outcome::withdraw}}},
      request_record{fresh_uuid(), fresh_uuid(), {}, clock.now(), 402, {}, "{}"},
      order_event{id, 3, clock.now(), "orderd", order_withdrawn{{"payment_declined", "no"}, {held}}}};
  BOOST_REQUIRE(files.remove(history));
  auto file = history_writer::create(files, history, {identity, clock.now()});
  BOOST_REQUIRE(file);
  for (const auto& each : events)
    BOOST_REQUIRE(file->append({file->last_seq() + 1, each}));
  BOOST_REQUIRE(file->finish());
  last_seq = events.size();
  check_done(import());
  const auto sums = sums_of(files, history, never);
  BOOST_REQUIRE(sums);
  BOOST_TEST(describe_orders(*sums) == "none");
  BOOST_TEST(sums->order_versions == 0U);
  BOOST_TEST((sums->accounts.at("alice") == account_sum{{900, 0}, 2}));
  const auto moved = open_target();
  const auto writer = moved->open_writer();
  BOOST_REQUIRE(writer);
  const auto stored = moved->open_reader();
  BOOST_REQUIRE(stored);
  const auto same = compare(*sums, **stored, never);
  BOOST_TEST(same.has_value(), (same ? std::string{} : same.error().detail));
  const auto remembered = (*stored)->load_request(std::get<request_record>(events.at(4)).key);
  BOOST_REQUIRE(remembered);
  BOOST_TEST(!remembered->has_value(), "its answer was not in the file");
}

BOOST_AUTO_TEST_CASE(rows_that_differ_from_the_history_are_found) {
  const auto whole = sums_of(files, history, never);
  BOOST_REQUIRE(whole);
  const auto stored = reader();
  BOOST_REQUIRE(compare(*whole, *stored, never));
  const auto finds = [&](auto change, const std::string& what) {
    auto other = *whole;
    change(other);
    const auto compared = compare(other, *stored, never);
    BOOST_REQUIRE(!compared);
    BOOST_TEST((compared.error().code == error_code::damaged));
    BOOST_TEST_CONTEXT(compared.error().detail)
    BOOST_TEST(holds(compared.error().detail, what));
  };
  finds([](auto& sums) { ++sums.orders_by_status[static_cast<std::size_t>(order_status::processed)]; },
        "orders that are processed: the history comes to 7, the database shows 6");
  finds([](auto& sums) { ++sums.order_versions; }, "the orders' versions");
  finds([](auto& sums) { --sums.stock["A"].levels.reserved; }, "item A");
  finds([](auto& sums) { ++sums.stock["B"].levels.on_hand; }, "item B");
  finds([](auto& sums) { sums.accounts["nobody"] = {{1, 0}, 1}; }, "account nobody");
  finds([](auto& sums) { ++sums.stock["B"].version; }, "item B");
  finds([](auto& sums) { sums.stock["C"] = {}; }, "items: the history comes to 3");
  finds([](auto& sums) { sums.stock.erase("A"); }, "item A");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "actors/engine_actors.hpp"
#include "actors/history_retention.hpp"
#include "actors/sink_figures.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/sqlite_connection.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::hours day{24};

/// Takes what it is given, unless it is told not to.
struct open_receiver final : publisher {
  std::string prepare() override { return {}; }
  publish_report publish(std::span<const cloud_event> events) override {
    publish_report report;
    for (const auto& event : events) {
      report.taken.push_back(takes);
      if (takes)
        seqs.push_back(event.position.seq);
    }
    report.trouble = takes ? "" : "the receiver is closed";
    return report;
  }
  void interrupt() noexcept override {}

  bool takes = true;
  std::vector<std::uint64_t> seqs;
};

/// A shop that keeps its history for some days, and has a sink.
struct forgetful_shop {
  explicit forgetful_shop(std::chrono::days kept = std::chrono::days{2}, std::chrono::seconds patience = 0s) {
    auto options = small_engine();
    options.history_kept = kept;
    options.events_age_max = std::chrono::hours{24 * 365};
    options.sinks = {{"first", receiver, 2s, patience}};
    shop.emplace(options, printed_seed(),
                 [this](caf::actor_system&, engine_ground& given) { ground = &given; });
    shop->ask<defined_stock>(definition("A", 1'000'000));
  }

  uuid place() {
    const auto id = shop->fresh_uuid();
    shop->ask(creation(id, {line_of("A", 1)}));
    return id;
  }
  void sell(int orders) {
    for (int i = 0; i < orders; ++i)
      place();
    rest();
  }
  /// Until all is stored and told, and the store has been asked for old events.
  void rest() {
    shop->settle();
    shop->advance(3s);
    pass(61s);
  }
  void pass(std::chrono::milliseconds time) {
    shop->nudge(time);
    shop->advance(3s);
  }
  [[nodiscard]] std::uint64_t dropped() {
    const auto stored = shop->reader()->dropped_to();
    BOOST_REQUIRE(stored);
    BOOST_CHECK_EQUAL(shop->counters().dropped_to, *stored);
    return *stored;
  }
  [[nodiscard]] const sink_figures& figures() const { return *ground->sinks.at(0); }

  std::shared_ptr<open_receiver> receiver = std::make_shared<open_receiver>();
  engine_ground* ground = nullptr;
  std::optional<engine_fixture> shop;
};

/// One day is the least that can be set, and as long as requests are remembered.
struct shop_of_a_day : forgetful_shop {
  shop_of_a_day() : forgetful_shop(std::chrono::days{1}) {}
};
struct impatient_shop : forgetful_shop {
  impatient_shop() : forgetful_shop(std::chrono::days{2}, 10s) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(kept_history)

BOOST_FIXTURE_TEST_CASE(events_go_once_they_are_older_than_they_are_kept, forgetful_shop) {
  sell(20);
  const auto last = shop->counters().applied_seq.load();
  pass(2 * day - 10min);
  BOOST_CHECK_EQUAL(dropped(), 0U);
  pass(20min);
  BOOST_CHECK_EQUAL(dropped(), last);
  shop->check_history();
}

BOOST_FIXTURE_TEST_CASE(nothing_goes_that_a_repeated_request_may_ask_for, shop_of_a_day) {
  sell(5);
  const auto last = shop->counters().applied_seq.load();
  pass(request_memory - 10min);
  BOOST_CHECK_EQUAL(dropped(), 0U);
  pass(20min);
  BOOST_CHECK_EQUAL(dropped(), last);
}

BOOST_FIXTURE_TEST_CASE(what_is_younger_stays, forgetful_shop) {
  sell(5);
  const auto old = shop->counters().applied_seq.load();
  pass(2 * day - 10min);
  sell(5);
  pass(20min);
  BOOST_CHECK_EQUAL(dropped(), old);
  shop->audit();
}

BOOST_FIXTURE_TEST_CASE(nothing_goes_that_a_sink_has_not_passed, forgetful_shop) {
  sell(5);
  receiver->takes = false;
  sell(5);
  const auto passed = figures().position.load();
  BOOST_REQUIRE_LT(passed, shop->counters().applied_seq);
  pass(3 * day);
  BOOST_CHECK_EQUAL(dropped(), passed);
  receiver->takes = true;
  pass(61s);
  pass(61s);
  BOOST_CHECK_EQUAL(dropped(), shop->counters().applied_seq);
  BOOST_CHECK_EQUAL(figures().skipped, 0U);
}

BOOST_FIXTURE_TEST_CASE(nothing_goes_that_a_disabled_sink_has_not_passed, impatient_shop) {
  sell(5);
  receiver->takes = false;
  place();
  shop->settle();
  shop->advance(30s);
  BOOST_REQUIRE(figures().disabled);
  const auto passed = figures().position.load();
  BOOST_REQUIRE_LT(passed, shop->counters().applied_seq);
  pass(3 * day);
  BOOST_CHECK_EQUAL(dropped(), passed);
  shop->crash();
  pass(61s);
  BOOST_CHECK_EQUAL(dropped(), passed);
}

BOOST_FIXTURE_TEST_CASE(a_sink_that_was_set_back_keeps_what_follows_at_once, forgetful_shop) {
  sell(5);
  const auto last = shop->counters().applied_seq.load();
  receiver->takes = false;
  // Not a position is stored from here on.
  shop->faults->saves = std::numeric_limits<std::uint64_t>::max();
  shop->replay(0, replay_sink{3});
  shop->run();
  pass(3 * day);
  BOOST_CHECK_EQUAL(dropped(), 3U);
  shop->faults->saves = 0;
  receiver->takes = true;
  receiver->seqs.clear();
  pass(61s);
  pass(61s);
  BOOST_CHECK_EQUAL(dropped(), last);
  BOOST_CHECK_EQUAL(figures().skipped, 0U);
  BOOST_CHECK(!receiver->seqs.empty());
}

BOOST_FIXTURE_TEST_CASE(a_sink_that_is_set_to_what_is_gone_passes_it_over, forgetful_shop) {
  sell(5);
  const auto old = shop->counters().applied_seq.load();
  pass(2 * day + 10min);
  BOOST_REQUIRE_EQUAL(dropped(), old);
  sell(2);
  receiver->seqs.clear();
  shop->replay(0, replay_sink{2});
  shop->advance(3s);
  BOOST_CHECK_EQUAL(figures().skipped, old - 2);
  BOOST_REQUIRE(!receiver->seqs.empty());
  BOOST_CHECK_GT(*std::min_element(receiver->seqs.begin(), receiver->seqs.end()), old);
  BOOST_CHECK_EQUAL(figures().position, shop->counters().applied_seq);
}

BOOST_FIXTURE_TEST_CASE(an_order_whose_events_are_gone_is_shown_and_goes_on, forgetful_shop) {
  const auto id = place();
  sell(3);
  pass(3 * day);
  BOOST_REQUIRE_EQUAL(dropped(), shop->counters().applied_seq);
  shop->crash(); // Nothing of it is in memory any more.
  receiver->seqs.clear();
  BOOST_CHECK_EQUAL(shop->ask(look(id))->version, 1U);
  const auto none = shop->ask<timeline_page>(to_lists(timeline_query{id, ann, 0, 3}));
  BOOST_CHECK(none.events.empty() && !none.more);
  shop->ask(transition(id, order_status::accepted));
  shop->settle();
  shop->advance(3s);
  const auto page = shop->ask<timeline_page>(to_lists(timeline_query{id, ann, 0, 3}));
  BOOST_REQUIRE_EQUAL(page.events.size(), 1U);
  BOOST_CHECK_EQUAL(page.events[0].version, 2U);
  // One event is told of the change, and none of what was told before.
  BOOST_CHECK_EQUAL(receiver->seqs.size(), 1U);
  const auto from = shop->reader()->checkpoint({entity_kind::stock, "A"});
  BOOST_REQUIRE(from && *from);
  BOOST_CHECK_EQUAL((*from)->version, shop->ask<stock_view>(to_stock("A", get_stock{})).version);
  shop->audit();
}

BOOST_FIXTURE_TEST_CASE(the_figure_is_right_after_a_drop_whose_outcome_was_unknown, forgetful_shop) {
  sell(5);
  shop->faults->drops_that_commit = 1;
  pass(2 * day + 10min);
  BOOST_CHECK_EQUAL(shop->faults->drops_that_commit, 0U);
  BOOST_CHECK_EQUAL(dropped(), shop->counters().applied_seq);
  sell(2);
  pass(2 * day + 10min);
  BOOST_CHECK_EQUAL(dropped(), shop->counters().applied_seq);
}

BOOST_FIXTURE_TEST_CASE(a_checkpoint_follows_what_an_idle_engine_drops, forgetful_shop) {
  sell(5);
  const auto before = shop->faults->finished_checkpoints;
  pass(2 * day + 10min);
  BOOST_REQUIRE_GT(dropped(), 0U);
  BOOST_CHECK_EQUAL(shop->faults->finished_checkpoints, before + 1);
  pass(61s);
  BOOST_CHECK_EQUAL(shop->faults->finished_checkpoints, before + 1);
}

BOOST_FIXTURE_TEST_CASE(a_damaged_history_is_kept_and_shown, forgetful_shop) {
  sell(5);
  auto connection =
      sqlite_connection::open((shop->store_folder() / "orderd.db").string(), sqlite_access::write);
  BOOST_REQUIRE(connection);
  BOOST_REQUIRE(connection->execute("CREATE TABLE kept AS SELECT seq, chain FROM events WHERE seq = 3;"
                                    "UPDATE events SET chain = zeroblob(32) WHERE seq = 3"));
  pass(2 * day + 10min);
  BOOST_CHECK_EQUAL(dropped(), 0U);
  BOOST_CHECK(shop->counters().history_damaged);
  BOOST_REQUIRE(connection->execute(
      "UPDATE events SET chain = (SELECT chain FROM kept) WHERE seq = 3; DROP TABLE kept"));
  pass(61min);
  BOOST_CHECK_EQUAL(dropped(), shop->counters().applied_seq);
  BOOST_CHECK(!shop->counters().history_damaged);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

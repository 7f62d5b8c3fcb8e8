#include "actors/engine_actors.hpp"
#include "actors/sink_figures.hpp"
#include "persistence/event_renderer.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

/// A receiver in the test's hand: it takes what `takes` says, and remembers it.
struct scripted_receiver final : publisher {
  std::string prepare() override { return closed; }
  publish_report publish(std::span<const cloud_event> events) override {
    ++calls;
    std::set<std::string> keys;
    publish_report report;
    for (const auto& event : events) {
      BOOST_CHECK_MESSAGE(keys.insert(event.key).second, "two events of " + event.key + " at once");
      const bool taken = takes(event);
      // A lost acknowledgement: the receiver has it, and nobody knows.
      if (taken || loses_answers)
        log.push_back(event);
      report.taken.push_back(taken);
    }
    if (std::find(report.taken.begin(), report.taken.end(), false) != report.taken.end())
      report.trouble = "the receiver is closed";
    report.gone = gone;
    return report;
  }
  void interrupt() noexcept override {}

  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const auto& each : log)
      found.push_back(each.id);
    return found;
  }

  std::function<bool(const cloud_event&)> takes = [](const cloud_event&) { return true; };
  std::string closed; ///< why it cannot be reached, before anything is sent
  bool loses_answers = false;
  bool gone = false;
  int calls = 0;
  std::vector<cloud_event> log;
};

[[nodiscard]] bool nothing(const cloud_event&) { return false; }
[[nodiscard]] bool everything(const cloud_event&) { return true; }

struct told_shop {
  using setting = std::function<void(engine_options&)>;

  explicit told_shop(const setting& set = {}, bool defines = true)
      : receiver(std::make_shared<scripted_receiver>()), other(std::make_shared<scripted_receiver>()) {
    auto options = small_engine();
    options.sinks = {{"first", receiver, 2s, 0s}, {"second", other, 2s, 0s}};
    if (set)
      set(options);
    shop.emplace(options, printed_seed(),
                 [this](caf::actor_system&, engine_ground& given) { ground = &given; });
    if (defines)
      shop->ask<defined_stock>(definition("A", 1'000'000));
  }

  uuid place() {
    const auto id = shop->fresh_uuid();
    static_cast<void>(shop->submit(creation(id, {line_of("A", 1)})));
    return id;
  }
  void sell(int orders) {
    for (int i = 0; i < orders; ++i)
      place();
    shop->run();
  }
  /// Until all is stored, and every pause is over.
  void settle() {
    shop->settle();
    shop->advance(10s);
  }
  /// What the history tells the outside, from `seq` on.
  [[nodiscard]] std::vector<cloud_event> told(std::uint64_t seq = 1) {
    const auto reader = shop->reader();
    event_renderer renderer(*reader);
    std::vector<cloud_event> all;
    const auto done = reader->history(seq, [&](const sequenced_event& e) -> result<void> {
      auto rendered = renderer.render(e);
      BOOST_REQUIRE(rendered);
      std::move(rendered->begin(), rendered->end(), std::back_inserter(all));
      return {};
    });
    BOOST_REQUIRE(done);
    return all;
  }
  [[nodiscard]] const sink_figures& figures(std::size_t sink = 0) const { return *ground->sinks.at(sink); }

  /// Every event of the history was taken, each key's in order; none twice unless `repeats`.
  void check_complete(const scripted_receiver& by, bool repeats) {
    const auto expected = told();
    std::map<std::string, std::vector<std::string>> expected_of;
    for (const auto& each : expected)
      expected_of[each.key].push_back(each.id);
    std::map<std::string, std::vector<std::string>> first_of;
    std::set<std::string> seen;
    for (const auto& each : by.log) {
      const bool is_new = seen.insert(each.id).second;
      BOOST_CHECK_MESSAGE(is_new || repeats, each.type + " of " + each.key + " came twice");
      if (is_new)
        first_of[each.key].push_back(each.id);
    }
    BOOST_TEST(seen.size() == expected.size());
    BOOST_TEST((first_of == expected_of));
  }

  std::shared_ptr<scripted_receiver> receiver;
  std::shared_ptr<scripted_receiver> other;
  engine_ground* ground = nullptr;
  std::optional<engine_fixture> shop;
};

[[nodiscard]] auto with(std::function<void(engine_options&)> set) { return set; }

} // namespace

BOOST_AUTO_TEST_SUITE(relayed_events)

BOOST_AUTO_TEST_CASE(every_event_is_told_once_in_the_order_of_its_key) {
  told_shop t;
  t.sell(300);
  t.settle();
  BOOST_TEST(t.receiver->log.size() >= 600U);
  t.check_complete(*t.receiver, false);
  t.check_complete(*t.other, false);
  BOOST_TEST(t.figures().position == t.shop->counters().applied_seq);
  BOOST_TEST(t.figures().published == t.receiver->log.size());
}

BOOST_AUTO_TEST_CASE(nothing_is_told_before_it_is_durable) {
  told_shop t;
  t.settle();
  t.receiver->log.clear();
  t.shop->hold("orderd.journal");
  t.place();
  t.shop->advance(5s);
  BOOST_TEST(t.receiver->log.empty());
  t.shop->hold({});
  t.settle();
  BOOST_TEST(!t.receiver->log.empty());
}

BOOST_AUTO_TEST_CASE(a_flaky_receiver_gets_all_in_order) {
  told_shop t;
  t.receiver->takes = [&](const cloud_event&) { return t.shop->random()() % 3 != 0; };
  for (int i = 0; i < 20; ++i) {
    t.sell(10);
    t.shop->advance(300ms);
  }
  t.receiver->takes = everything;
  t.settle();
  t.check_complete(*t.receiver, false);
  BOOST_TEST(t.figures().failed > 0U);
}

BOOST_AUTO_TEST_CASE(what_follows_an_outage_comes_at_the_set_rate) {
  told_shop t(with([](engine_options& options) { options.events_rate_max = 50; }));
  t.settle();
  t.receiver->takes = nothing;
  t.sell(300);
  t.shop->settle();
  t.shop->advance(5s);
  t.receiver->takes = everything;
  const auto from = t.figures().position.load();
  // Two seconds until the next try, and three more.
  t.shop->advance(5s);
  BOOST_TEST(t.figures().position > from);
  BOOST_TEST(t.figures().position <= from + 50 * 6);
  t.shop->advance(60s);
  t.check_complete(*t.receiver, false);
}

BOOST_AUTO_TEST_CASE(lost_acknowledgements_only_repeat) {
  told_shop t;
  t.receiver->takes = [&](const cloud_event&) { return t.shop->random()() % 2 != 0; };
  t.receiver->loses_answers = true;
  t.sell(100);
  t.shop->advance(10s);
  t.receiver->takes = everything;
  t.settle();
  t.check_complete(*t.receiver, true);
}

BOOST_AUTO_TEST_CASE(crashes_lose_nothing_and_repeat_only_what_was_not_kept) {
  told_shop t;
  for (int round = 0; round < 25; ++round) {
    t.sell(5);
    static_cast<void>(t.shop->run_some(t.shop->random()() % 200));
    t.shop->advance(std::chrono::milliseconds{t.shop->random()() % 400});
    const auto kept = t.shop->reader()->sink_positions();
    BOOST_REQUIRE(kept);
    t.shop->crash();
    // What was stored as done is not sent again.
    const auto before = t.receiver->log.size();
    t.settle();
    for (const auto& position : *kept)
      if (position.sink == "first")
        for (auto each = t.receiver->log.begin() + static_cast<std::ptrdiff_t>(before);
             each != t.receiver->log.end(); ++each)
          BOOST_TEST(each->position.seq > position.seq);
  }
  t.check_complete(*t.receiver, true);
  t.check_complete(*t.other, true);
}

BOOST_AUTO_TEST_CASE(what_is_down_holds_back_nobody_else) {
  told_shop t;
  t.receiver->takes = nothing;
  t.sell(50);
  t.settle();
  t.check_complete(*t.other, false);
  BOOST_TEST(t.receiver->log.empty());
  BOOST_TEST(t.figures().trouble() == "the receiver is closed");
  BOOST_TEST(t.figures(1).trouble().empty());
  t.receiver->takes = everything;
  t.settle();
  t.check_complete(*t.receiver, false);
  BOOST_TEST(t.figures().trouble().empty());
}

BOOST_AUTO_TEST_CASE(one_order_that_is_not_taken_holds_back_its_own_events_alone_within_a_page) {
  told_shop t;
  t.settle();
  t.receiver->log.clear();
  const auto bad = t.place();
  const auto good = t.place();
  t.receiver->takes = [&](const cloud_event& event) { return event.key != to_string(bad); };
  t.settle();
  BOOST_TEST(!t.receiver->log.empty());
  for (const auto& each : t.receiver->log)
    BOOST_TEST(each.key == to_string(good));
  BOOST_TEST(t.figures().position < t.shop->counters().applied_seq);
}

BOOST_AUTO_TEST_CASE(a_new_sink_begins_where_it_is_named_and_resumes_after_that) {
  auto shared = std::make_shared<scripted_receiver>();
  told_shop t;
  t.settle();
  const auto before = t.receiver->log.size();
  t.shop->crash();
  t.settle();
  BOOST_TEST(t.receiver->log.size() == before);
}

BOOST_AUTO_TEST_CASE(what_was_made_before_the_first_event_is_told_counts_across_a_crash) {
  told_shop t({}, false);
  t.receiver->takes = nothing;
  t.other->takes = nothing;
  t.shop->ask<defined_stock>(definition("A", 100));
  t.sell(3);
  t.shop->crash();
  t.receiver->takes = everything;
  t.settle();
  t.check_complete(*t.receiver, false);
}

BOOST_AUTO_TEST_CASE(events_older_than_they_may_be_are_passed_over_and_counted) {
  told_shop t(with([](engine_options& options) { options.events_age_max = 60s; }));
  t.settle();
  t.receiver->log.clear();
  t.receiver->takes = nothing;
  t.sell(20);
  t.shop->settle();
  t.shop->advance(61s);
  BOOST_TEST(t.figures().skipped > 0U);
  const auto young = t.place();
  t.receiver->takes = everything;
  t.settle();
  BOOST_TEST(!t.receiver->log.empty());
  for (const auto& each : t.receiver->log)
    BOOST_TEST(each.key == to_string(young));
}

BOOST_AUTO_TEST_CASE(the_same_holds_while_the_receiver_cannot_even_be_reached) {
  told_shop t(with([](engine_options& options) { options.events_age_max = 60s; }));
  t.settle();
  t.receiver->log.clear();
  t.receiver->closed = "nobody is there";
  // Long enough for a relay at rest to look after its receiver.
  t.shop->advance(6s);
  BOOST_TEST(t.figures().trouble() == "nobody is there");
  t.sell(20);
  t.shop->settle();
  t.shop->advance(61s);
  const auto young = t.place();
  t.receiver->closed.clear();
  t.settle();
  BOOST_TEST(t.figures().skipped > 0U);
  BOOST_TEST(!t.receiver->log.empty());
  for (const auto& each : t.receiver->log)
    BOOST_TEST(each.key == to_string(young));
}

BOOST_AUTO_TEST_CASE(more_than_may_wait_pushes_the_oldest_out) {
  // What was passed over does not count for the pace.
  told_shop t(with([](engine_options& options) {
    options.events_waiting_max = 100;
    options.events_rate_max = 50;
  }));
  t.receiver->takes = nothing;
  t.sell(200);
  t.settle();
  BOOST_TEST(t.figures().skipped > 0U);
  BOOST_TEST(t.shop->counters().applied_seq - t.figures().position <= 100U);
  t.receiver->takes = everything;
  t.settle();
  BOOST_TEST(!t.receiver->log.empty());
  BOOST_TEST(t.figures().position == t.shop->counters().applied_seq);
}

struct impatient : told_shop {
  impatient() : told_shop(with([](engine_options& options) { options.sinks[0].disable_after = 30s; })) {}
  [[nodiscard]] std::optional<sink_position> kept() {
    const auto all = shop->reader()->sink_positions();
    BOOST_REQUIRE(all);
    for (const auto& each : *all)
      if (each.sink == "first")
        return each;
    return std::nullopt;
  }
};

BOOST_FIXTURE_TEST_CASE(a_receiver_that_takes_nothing_is_left_alone_until_told, impatient) {
  settle();
  receiver->takes = nothing;
  sell(5);
  shop->settle();
  shop->advance(40s);
  BOOST_TEST(figures().disabled);
  BOOST_TEST(kept()->disabled);
  BOOST_TEST(kept()->reason == "nothing was taken for 30 s: the receiver is closed");
  receiver->takes = everything;
  const auto calls = receiver->calls;
  sell(5);
  settle();
  BOOST_TEST(receiver->calls == calls);
  shop->crash();
  settle();
  BOOST_TEST(receiver->calls == calls);
  BOOST_TEST(figures().disabled);
  shop->replay(0, {});
  settle();
  BOOST_TEST(!figures().disabled);
  BOOST_TEST(!kept()->disabled);
  check_complete(*receiver, false);
}

BOOST_FIXTURE_TEST_CASE(one_that_takes_something_now_and_then_is_kept, impatient) {
  int count = 0;
  receiver->takes = [&](const cloud_event&) { return ++count % 10 == 0; };
  sell(5);
  shop->settle();
  shop->advance(120s);
  BOOST_TEST(!figures().disabled);
  check_complete(*receiver, false);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_wants_no_more_gets_no_more) {
  told_shop t;
  t.settle();
  t.receiver->takes = nothing;
  t.receiver->gone = true;
  t.sell(1);
  t.settle();
  BOOST_TEST(t.figures().disabled);
  const auto calls = t.receiver->calls;
  t.sell(1);
  t.settle();
  BOOST_TEST(t.receiver->calls == calls);
}

BOOST_AUTO_TEST_CASE(a_replay_sends_the_history_again_under_the_same_ids) {
  told_shop t;
  t.sell(50);
  t.settle();
  const auto first = t.receiver->ids();
  t.receiver->log.clear();
  t.shop->replay(0, replay_sink{0});
  t.settle();
  auto again = t.receiver->ids();
  BOOST_TEST(std::set<std::string>(again.begin(), again.end()) ==
             std::set<std::string>(first.begin(), first.end()));
  t.check_complete(*t.receiver, false);
}

BOOST_AUTO_TEST_CASE(a_store_that_is_away_only_delays) {
  told_shop t;
  t.sell(5);
  t.settle();
  t.shop->faults->away = true;
  t.sell(20);
  t.shop->advance(5s);
  t.shop->faults->away = false;
  t.settle();
  t.check_complete(*t.receiver, false);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "persistence/outbox_reads.hpp"
#include "tests/unit/persistence/sample_events.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <map>

namespace orderd {
namespace {

using test::at_ms;
using test::must;
using test::refusal_of;

/// A history with events at some places, and what was asked of it.
struct sparse_history {
  std::map<std::uint64_t, timestamp> events;
  std::vector<event_range> asked = {};

  [[nodiscard]] outbox_rows rows() {
    return [this](const event_range& range, std::size_t limit) -> result<std::vector<sequenced_event>> {
      asked.push_back(range);
      std::vector<sequenced_event> found;
      for (auto at = events.lower_bound(range.first);
           at != events.end() && at->first <= range.last && found.size() < limit; ++at)
        found.push_back({at->first, stock_event{}});
      return found;
    };
  }
  [[nodiscard]] first_in_range first() {
    return [this](const event_range& range) -> result<std::optional<placed_time>> {
      asked.push_back(range);
      const auto at = events.lower_bound(range.first);
      if (at == events.end() || at->first > range.last)
        return std::nullopt;
      return placed_time{at->first, at->second};
    };
  }
};

BOOST_AUTO_TEST_SUITE(outbox_reads)

BOOST_AUTO_TEST_CASE(no_statement_looks_at_more_places_than_its_bound) {
  sparse_history history{{{10 * outbox_range_max, at_ms(1)}}};
  const event_page page = must(read_outbox(0, 10 * outbox_range_max + 7, 2, history.rows()));
  BOOST_TEST(page.events.size() == 1U);
  BOOST_TEST(page.last_seq == 10 * outbox_range_max + 7);
  BOOST_REQUIRE_EQUAL(history.asked.size(), 11U);
  std::uint64_t behind = 0;
  for (const event_range& each : history.asked) {
    BOOST_TEST(each.first == behind + 1);
    BOOST_TEST(each.last - behind <= outbox_range_max);
    behind = each.last;
  }
}

BOOST_AUTO_TEST_CASE(a_full_page_asks_no_further) {
  sparse_history history{{{3, at_ms(1)}, {4, at_ms(1)}, {outbox_range_max + 9, at_ms(1)}}};
  const event_page page = must(read_outbox(2, 10 * outbox_range_max, 2, history.rows()));
  BOOST_TEST(page.last_seq == 4U);
  BOOST_TEST(history.asked.size() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_where_nothing_is_new) {
  sparse_history history;
  BOOST_TEST(must(read_outbox(7, 7, 10, history.rows())).last_seq == 7U);
  BOOST_TEST(must(read_outbox(9, 7, 10, history.rows())).last_seq == 7U);
  BOOST_TEST(must(read_outbox(UINT64_MAX, UINT64_MAX, 10, history.rows())).last_seq == UINT64_MAX);
  BOOST_TEST(history.asked.empty());
}

BOOST_AUTO_TEST_CASE(an_instant_costs_one_row_for_each_halving) {
  sparse_history history;
  for (std::uint64_t seq = 1; seq <= 1'000'000; ++seq)
    history.events.emplace_hint(history.events.end(), seq, at_ms(static_cast<std::int64_t>(seq / 3)));
  for (const std::int64_t ms : {0, 1, 17, 166'666, 333'333, 333'334}) {
    history.asked.clear();
    const auto found = must(search_by_time(1'000'000, at_ms(ms), history.first()));
    const auto expected = static_cast<std::uint64_t>(ms == 0 ? 1 : 3 * ms);
    BOOST_TEST((found == (ms > 333'333 ? std::nullopt : std::optional(expected))), ms);
    BOOST_TEST(history.asked.size() <= 20U);
  }
}

BOOST_AUTO_TEST_CASE(an_instant_is_found_where_places_are_empty) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 300; ++round) {
    sparse_history history;
    timestamp at;
    for (std::uint64_t seq = random() % 50; history.events.size() < 20; seq += 1 + random() % 9) {
      at += std::chrono::milliseconds(random() % 3);
      history.events.emplace(seq + 1, at);
    }
    const timestamp wanted = at_ms(static_cast<std::int64_t>(random() % 30));
    std::optional<std::uint64_t> expected;
    for (auto each = history.events.rbegin(); each != history.events.rend() && each->second >= wanted; ++each)
      expected = each->first;
    const std::uint64_t last = history.events.rbegin()->first + random() % 20;
    BOOST_TEST((must(search_by_time(last, wanted, history.first())) == expected));
  }
}

BOOST_AUTO_TEST_CASE(what_is_found_is_of_the_instant_or_later_even_where_time_went_back) {
  sparse_history history{{{1, at_ms(5)}, {2, at_ms(9)}, {3, at_ms(4)}, {4, at_ms(10)}}};
  const auto found = must(search_by_time(4, at_ms(8), history.first()));
  BOOST_TEST((found == std::optional<std::uint64_t>(2) || found == std::optional<std::uint64_t>(4)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_ends_a_page_and_a_search) {
  const auto away = fail(error_code::store_failed, "away");
  const auto page = read_outbox(
      0, 5, 5, [&](const event_range&, std::size_t) -> result<std::vector<sequenced_event>> { return away; });
  BOOST_TEST((refusal_of(page).code == error_code::store_failed));
  const auto found = search_by_time(
      5, at_ms(1), [&](const event_range&) -> result<std::optional<placed_time>> { return away; });
  BOOST_TEST((refusal_of(found).code == error_code::store_failed));
}

BOOST_AUTO_TEST_CASE(a_sink_that_is_named_twice_is_seen) {
  BOOST_TEST(names_each_sink_once({}));
  BOOST_TEST(names_each_sink_once({{"a", 1}, {"b", 1}}));
  BOOST_TEST(!names_each_sink_once({{"a", 1}, {"b", 1}, {"a", 2}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

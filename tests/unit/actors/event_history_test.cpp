#include "actors/event_history.hpp"
#include "persistence/sqlite_store.hpp"
#include "tests/support/orderd_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace orderd;

namespace {

/// A history of one item: so many events, of which the outside is told of those with these numbers.
struct item_history {
  item_history(std::uint64_t events, const std::vector<std::uint64_t>& low)
      : database(make_sqlite_store(folder.path() + "/orderd.db")) {
    auto writer = database->open_writer();
    BOOST_REQUIRE(writer);
    store_batch batch;
    for (std::uint64_t seq = 1; seq <= events; ++seq) {
      const auto units = static_cast<std::int64_t>(seq);
      stock_event e;
      e.sku = "WIDGET";
      e.version = seq;
      e.at = timestamp(std::chrono::milliseconds(1'700'000'000'000 + units));
      e.after.on_hand = units;
      e.totals_after.received = units;
      if (seq == 1)
        e.what = stock_defined{{"WIDGET", std::nullopt, "Widget", 1999}};
      else
        e.what = stock_adjusted{1, "found"};
      if (std::find(low.begin(), low.end(), seq) != low.end())
        e.low_at = 10;
      batch.events.push_back({seq, e});
    }
    batch.last_seq = events;
    const auto applied = (*writer)->apply(batch);
    BOOST_REQUIRE_MESSAGE(applied, (applied ? "" : applied.error().detail));
    auto opened = database->open_reader();
    BOOST_REQUIRE(opened);
    reader = *std::move(opened);
  }

  event_history_page read(const event_history_query& query) {
    auto page = read_event_history(*reader, query, "/shop");
    BOOST_REQUIRE(page);
    return *std::move(page);
  }

  test::temporary_folder folder;
  std::unique_ptr<store> database;
  std::unique_ptr<store_reader> reader;
};

constexpr std::uint64_t bound = history_events_looked_at_max;

} // namespace

BOOST_AUTO_TEST_SUITE(event_history)

BOOST_AUTO_TEST_CASE(a_request_looks_at_so_many_events_and_says_where_to_go_on) {
  item_history past(2 * bound + 10, {2 * bound + 5});
  event_history_query query;
  auto page = past.read(query);
  BOOST_TEST(page.items.empty());
  BOOST_TEST(page.more);
  BOOST_TEST(to_text(page.looked_to) == to_text(event_position{bound, 0}));
  query.after = page.looked_to;
  page = past.read(query);
  // The event that it goes on behind is looked at once more.
  BOOST_TEST(page.items.empty());
  BOOST_TEST(page.more);
  query.after = page.looked_to;
  page = past.read(query);
  BOOST_REQUIRE_EQUAL(page.items.size(), 1U);
  BOOST_TEST(page.items[0].find(R"("source":"/shop")") != std::string::npos);
  BOOST_TEST(!page.more);
  BOOST_TEST(to_text(page.looked_to) == to_text(event_position{2 * bound + 10, 0}));
  query.after = page.looked_to;
  page = past.read(query);
  BOOST_TEST(page.items.empty());
  BOOST_TEST(!page.more);
  BOOST_TEST(to_text(page.looked_to) == to_text(query.after));
}

BOOST_AUTO_TEST_CASE(a_request_looks_at_no_more_events_than_its_caller_may_have_looked_at) {
  item_history past(600, {499, 501});
  event_history_query query;
  query.looked_at_max = history_events_looked_at_max_of_customers;
  const auto page = past.read(query);
  BOOST_TEST(page.items.size() == 1U);
  BOOST_TEST(page.more);
  BOOST_TEST(to_text(page.looked_to) == to_text(event_position{500, 0}));
}

BOOST_AUTO_TEST_CASE(a_filter_for_a_customer_without_a_name_lets_nothing_through) {
  cloud_event of_nobody;
  event_filter filter;
  BOOST_TEST(filter.lets_through(of_nobody));
  filter.customer_id = "";
  BOOST_TEST(!filter.lets_through(of_nobody));
}

BOOST_AUTO_TEST_CASE(pages_of_any_size_show_each_event_once) {
  const std::vector<std::uint64_t> low = {1, 2, 3, 200, 201, 399, 400, 401, 450};
  item_history past(450, low);
  for (const std::size_t limit : {1U, 2U, 4U, 9U, 100U}) {
    event_history_query query;
    query.limit = limit;
    std::vector<std::uint64_t> shown;
    for (bool more = true; more;) {
      const auto page = past.read(query);
      BOOST_TEST(page.items.size() <= limit);
      for (const auto& item : page.items) {
        const auto at = item.find(R"("on_hand":)");
        BOOST_REQUIRE(at != std::string::npos);
        shown.push_back(std::stoull(item.substr(at + 10)));
      }
      more = page.more;
      query.after = page.looked_to;
    }
    BOOST_TEST(shown == low, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_position_behind_the_history_shows_nothing_and_stays) {
  item_history past(3, {1, 2, 3});
  event_history_query query;
  query.after = {1'000, 2};
  auto page = past.read(query);
  BOOST_TEST(page.items.empty());
  BOOST_TEST(!page.more);
  BOOST_TEST(to_text(page.looked_to) == "1000.2");
  query.after = {};
  query.filter.subject = "GADGET";
  page = past.read(query);
  BOOST_TEST(page.items.empty());
  query.filter.subject = "WIDGET";
  query.filter.types = {"order_created"};
  page = past.read(query);
  BOOST_TEST(page.items.empty());
  BOOST_TEST(to_text(page.looked_to) == "3.0");
}

BOOST_AUTO_TEST_SUITE_END()

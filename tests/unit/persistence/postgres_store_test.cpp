#include "persistence/postgres_migrations.hpp"
#include "tests/unit/persistence/postgres_database.hpp"

namespace orderd {
namespace {

using test::must;
using test::opened_store;
using test::postgres_database;
using test::refusal_of;

#define CONTRACT(rule)                                                                                       \
  BOOST_AUTO_TEST_CASE(rule) {                                                                               \
    postgres_database database;                                                                              \
    test::store_contract::rule(database);                                                                    \
  }

BOOST_AUTO_TEST_SUITE(postgres_store_contract)
CONTRACT(what_is_applied_is_read_back)
CONTRACT(any_split_into_batches_gives_the_same_rows)
CONTRACT(applying_again_changes_nothing)
CONTRACT(an_overlapping_batch_applies_only_what_is_new)
CONTRACT(placing_replaces_all_lines)
CONTRACT(unknown_ids_are_nothing)
CONTRACT(orders_are_listed_newest_first)
CONTRACT(pages_by_key_stay_stable_while_orders_arrive)
CONTRACT(filters_are_combined)
CONTRACT(pages_by_number_have_a_total)
CONTRACT(stock_is_listed_by_sku)
CONTRACT(a_timeline_continues_behind_a_version)
CONTRACT(obligations_are_replaced)
CONTRACT(identity_and_position_survive_reopening)
CONTRACT(deadlines_are_those_of_free_reservations)
CONTRACT(product_ids_may_be_traded_within_one_batch)
CONTRACT(reservations_that_ended_long_ago_are_purged)
CONTRACT(a_checkpoint_covers_what_was_applied)
CONTRACT(a_gap_in_front_of_a_batch_says_behind)
CONTRACT(an_identity_is_adopted_before_the_first_event_only)
CONTRACT(a_refused_row_changes_nothing)
CONTRACT(a_change_of_a_missing_row_is_refused)
CONTRACT(an_event_aside_blocks_nothing_but_its_entity)
CONTRACT(an_order_aside_is_read_whole_and_comes_back)
CONTRACT(an_order_whose_later_events_are_aside_is_read_whole)
CONTRACT(an_item_aside_is_read_whole_and_comes_back)
CONTRACT(an_item_whose_later_events_are_aside_is_read_whole)
CONTRACT(what_is_aside_is_known_after_reopening)
CONTRACT(what_is_still_refused_stays_aside)
CONTRACT(setting_aside_again_changes_nothing)
CONTRACT(entities_aside_are_bounded)
CONTRACT(any_number_of_events_may_follow_one_aside)
CONTRACT(history_tells_every_event_in_order)
CONTRACT(history_ends_with_the_first_refusal)
BOOST_AUTO_TEST_SUITE_END()

#undef CONTRACT

BOOST_AUTO_TEST_SUITE(postgres_store)

BOOST_AUTO_TEST_CASE(a_reader_before_the_first_writer_is_refused) {
  postgres_database database;
  BOOST_TEST((refusal_of(database.open()->open_reader()).code == error_code::store_failed));
  BOOST_TEST(database.query("SELECT FROM pg_tables WHERE schemaname = 'public'").empty(), "nothing is made");
}

BOOST_AUTO_TEST_CASE(totals_count_no_further_than_a_page_may_begin) {
  const postgres_database database;
  must(migrate_postgres(database.options()));
  const std::string many = " FROM generate_series(1, " + std::to_string(rows_counted_max + 1) + ") i;";
  database.query(
      "INSERT INTO orders SELECT gen_random_uuid(), 'alice', 'draft', 'none', 1, 'EUR', 0, '{}', NULL, NULL, "
      "NULL, to_timestamp(i / 1000.0), to_timestamp(i / 1000.0)" +
      many + "INSERT INTO products SELECT lpad(i::text, 8, '0'), NULL, 'x', 1, 0, 0, 0, 0, 0, 1, now()" +
      many);
  const auto whole = make_postgres_store(database.options());
  const auto reader = must(whole->open_reader());
  order_query orders;
  orders.limit = 100;
  orders.page = rows_counted_max / orders.limit;
  for (const bool of_one : {false, true}) {
    orders.customer_id = of_one ? std::optional<std::string>("alice") : std::nullopt;
    orders.status = of_one ? std::optional(order_status::draft) : std::nullopt;
    const auto page = must(reader->list_orders(orders));
    BOOST_TEST(page.total.value() == rows_counted_max);
    BOOST_TEST(page.items.size() == orders.limit);
    BOOST_TEST(page.more);
  }
  orders.created_after = timestamp(std::chrono::milliseconds(2));
  BOOST_TEST(must(reader->list_orders(orders)).total.value() == rows_counted_max - 1);
  stock_query stock;
  stock.limit = orders.limit;
  stock.page = orders.page;
  const auto shown = must(reader->list_stock(stock));
  BOOST_TEST(shown.total.value() == rows_counted_max);
  BOOST_TEST(shown.items.back().product.sku == "00100000");
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_refused_with_both_numbers) {
  postgres_database database;
  { const opened_store s(database); }
  database.query("INSERT INTO schema_migrations (version, description) VALUES (77, 'from the future')");
  const auto refusal = refusal_of(database.open()->open_reader());
  BOOST_TEST((refusal.code == error_code::newer_format));
  BOOST_TEST(refusal.detail.find("77") != std::string::npos);
  BOOST_TEST(refusal.detail.find(std::to_string(postgres_migrations().back().number)) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

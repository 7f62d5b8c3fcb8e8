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
ORDERD_STORE_CONTRACT(CONTRACT)
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

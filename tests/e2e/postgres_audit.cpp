#include "tests/e2e/postgres_audit.hpp"

namespace orderd::test {
namespace {

/// Each finds rows that must not be there.
const char* const contradictions[] = {
    "SELECT 'reserved of a product', sku, p.reserved, r.qty FROM products p FULL JOIN "
    "(SELECT sku, sum(qty) AS qty FROM reservations WHERE state = 'active' GROUP BY sku) r USING (sku) "
    "WHERE p.reserved IS DISTINCT FROM coalesce(r.qty, 0)",

    "SELECT 'committed of a product', sku, p.committed, r.qty FROM products p FULL JOIN "
    "(SELECT sku, sum(qty) AS qty FROM reservations WHERE state = 'committed' GROUP BY sku) r USING (sku) "
    "WHERE p.committed IS DISTINCT FROM coalesce(r.qty, 0)",

    "SELECT 'sums of a product', sku, on_hand FROM products "
    "WHERE received - committed - adjusted_out <> on_hand OR reserved > on_hand OR reserved < 0",

    "SELECT 'version of an order', id, o.version, e.count FROM orders o FULL JOIN "
    "(SELECT order_id AS id, count(*), max(version) FROM events WHERE order_id IS NOT NULL GROUP BY 1) e "
    "USING (id) WHERE o.version IS DISTINCT FROM e.count OR o.version IS DISTINCT FROM e.max",

    "SELECT 'version of a product', sku, p.version, e.count FROM products p FULL JOIN "
    "(SELECT sku, count(*), max(version) FROM events WHERE sku IS NOT NULL GROUP BY 1) e "
    "USING (sku) WHERE p.version IS DISTINCT FROM e.count OR p.version IS DISTINCT FROM e.max",

    "SELECT 'an order without lines', id FROM orders WHERE id NOT IN (SELECT order_id FROM order_items)",

    "SELECT 'event numbers', count(*), min(seq), max(seq), count(DISTINCT seq), applied_seq FROM node, "
    "(SELECT seq FROM events UNION ALL SELECT seq FROM events_aside) e GROUP BY applied_seq "
    "HAVING count(*) <> applied_seq OR count(DISTINCT seq) <> applied_seq OR min(seq) <> 1 "
    "OR max(seq) <> applied_seq",
};

/// So does this one, but for a moment after a crash: then orders and stock still settle what was in flight.
const char* const units_held_wrongly =
    "SELECT 'units of an order', id, held.sku, held.qty, kept.sku, kept.qty FROM "
    "(SELECT i.reservation_id AS id, i.sku, i.qty FROM order_items i JOIN orders o ON o.id = i.order_id "
    "WHERE o.status IN ('processed', 'accepted')) held FULL JOIN "
    "(SELECT id, sku, qty FROM reservations WHERE state = 'active' AND order_id IS NOT NULL) kept USING (id) "
    "WHERE held.sku IS DISTINCT FROM kept.sku OR held.qty IS DISTINCT FROM kept.qty";

std::string text_of(const text_rows& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (const auto& field : row)
      text += field + ' ';
    text += '\n';
  }
  return text;
}

void check_none(const std::string& url, const std::string& sql) {
  const auto found = text_of(query_postgres(url, sql));
  BOOST_TEST(found.empty(), "the tables contradict each other:\n" << found);
}

void check_order(const booked_order& booked, const stored_row& row) {
  BOOST_TEST_CONTEXT("acknowledged as " << booked.body << ", stored with " << row.status << ' '
                                        << row.version) {
    const bool as_told = row.version == booked.version && row.status == booked.status;
    const bool as_asked =
        booked.in_flight && row.version == booked.version + 1 && row.status == *booked.in_flight;
    BOOST_TEST((as_told || as_asked));
  }
}

void check_orders(const std::string& url, const order_load& load) {
  auto stored = stored_orders(url);
  std::size_t unanswered = 0;
  for (const auto& book : load.books()) {
    unanswered += book.creations_in_flight;
    for (const auto& [id, booked] : book.orders) {
      const auto found = stored.find(id);
      BOOST_REQUIRE_MESSAGE(found != stored.end(), "an acknowledged order is not stored: " << booked.body);
      check_order(booked, found->second);
      stored.erase(found);
    }
  }
  BOOST_TEST(stored.size() <= unanswered, "orders are stored that nobody asked for");
}

void check_reservations(const std::string& url, const order_load& load) {
  std::map<std::string, std::vector<std::string>> active;
  for (auto& row : query_postgres(url, "SELECT id, sku, qty FROM reservations WHERE state = 'active' AND "
                                       "sku LIKE 'RES-%'"))
    active.emplace(row[0], row);
  std::int64_t unanswered = 0;
  for (const auto& book : load.books()) {
    unanswered += book.units_in_flight;
    for (const auto& [id, booked] : book.reservations) {
      const auto found = active.find(id);
      BOOST_TEST((found != active.end() || booked.in_flight), "a reservation is not stored: " << id);
      if (found == active.end())
        continue;
      BOOST_TEST(found->second[1] == booked.sku);
      BOOST_TEST(found->second[2] == std::to_string(booked.qty));
      active.erase(found);
    }
  }
  std::int64_t unknown = 0;
  for (const auto& [id, row] : active)
    unknown += std::stoll(row[2]);
  BOOST_TEST(unknown <= unanswered, "units are reserved that nobody asked for");
}

} // namespace

std::map<std::string, stored_row> stored_orders(const std::string& url) {
  std::map<std::string, stored_row> all;
  for (const auto& row : query_postgres(url, "SELECT id, customer_id, status, version FROM orders"))
    all[row[0]] = {row[1], row[2], std::stoll(row[3])};
  return all;
}

void wait_for_store(api_client& api) {
  eventually("a store that has everything", [&] {
    const auto health = api.get("/health").json();
    return health["store_error"].is_null() &&
           health["applied_seq"].integer() == health["durable_seq"].integer();
  });
}

void check_tables(const std::string& url, api_client& api) {
  text_rows held_wrongly;
  BOOST_CHECK_NO_THROW(eventually(
      "units that fit the orders",
      [&] {
        held_wrongly = query_postgres(url, units_held_wrongly);
        return held_wrongly.empty();
      },
      20));
  BOOST_TEST(held_wrongly.empty(), "the tables contradict each other:\n" << text_of(held_wrongly));
  wait_for_store(api);
  for (const auto* sql : contradictions)
    check_none(url, sql);
  for (const auto& row : query_postgres(url, "SELECT sku, on_hand, reserved FROM products"))
    check_stock(api, row[0], std::stoll(row[1]), std::stoll(row[2]));
  check_audited(api);
}

void check_books(const std::string& url, const order_load& load) {
  check_orders(url, load);
  check_reservations(url, load);
}

} // namespace orderd::test

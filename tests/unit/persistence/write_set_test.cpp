#include "persistence/write_set.hpp"
#include "tests/unit/persistence/legal_history.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd {
namespace {

BOOST_AUTO_TEST_SUITE(write_set_of_a_batch)

BOOST_AUTO_TEST_CASE(a_thousand_reservations_of_one_item_are_one_stock_row) {
  test::legal_history history(1);
  history.define("A", 2'000);
  for (int i = 0; i < 1'000; ++i) {
    history.reserve("A", 1);
  }
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 0);
  BOOST_REQUIRE_EQUAL(rows.stock.size(), 1U);
  BOOST_TEST(rows.stock[0].levels.reserved == 1'000);
  BOOST_TEST(rows.stock[0].version == 1'001U);
  BOOST_TEST(rows.stock[0].product != nullptr);
  BOOST_TEST(rows.reservations.size() == 1'000U);
  BOOST_TEST(rows.events.size() == 1'001U);
}

BOOST_AUTO_TEST_CASE(a_reservation_made_and_ended_in_one_batch_is_one_row_in_its_final_state) {
  test::legal_history history(1);
  history.define("A", 10);
  const uuid id = history.reserve("A", 2);
  history.extend("A", id, std::chrono::minutes(20));
  history.release("A", id);
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 0);
  BOOST_REQUIRE_EQUAL(rows.reservations.size(), 1U);
  const reservation_row& row = rows.reservations[0];
  BOOST_TEST(row.made != nullptr);
  BOOST_TEST((row.state == reservation_state::released));
  BOOST_TEST((row.ended_at == history.now()));
  BOOST_TEST((row.deadline == history.now() + std::chrono::minutes(20)));
  BOOST_TEST(row.version == 4U);
}

BOOST_AUTO_TEST_CASE(an_order_created_in_the_batch_has_every_field) {
  test::legal_history history(1);
  history.define("A", 10);
  const uuid id = history.place("alice", "A");
  history.change(id, order_status::accepted);
  history.change(id, order_status::completed);
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 0);
  BOOST_REQUIRE_EQUAL(rows.orders.size(), 1U);
  const order_row& row = rows.orders[0];
  BOOST_TEST(row.created != nullptr);
  BOOST_TEST((row.status == order_status::completed));
  BOOST_TEST(*row.runner_id == "runner-1");
  BOOST_TEST(row.version == 3U);
  BOOST_TEST(row.lines->size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_order_of_an_earlier_batch_changes_only_what_its_events_say) {
  test::legal_history history(1);
  history.define("A", 10);
  const uuid id = history.place("alice", "A");
  const std::uint64_t before = history.last_seq();
  history.change(id, order_status::accepted);
  const store_batch batch = history.batch(before, history.last_seq());
  const write_set rows = make_write_set(batch, before);
  BOOST_REQUIRE_EQUAL(rows.orders.size(), 1U);
  const order_row& row = rows.orders[0];
  BOOST_TEST(row.created == nullptr);
  BOOST_TEST(row.lines == nullptr);
  BOOST_TEST(row.metadata == nullptr);
  BOOST_TEST(!row.total);
  BOOST_TEST((row.status == order_status::accepted));
}

BOOST_AUTO_TEST_CASE(events_that_are_applied_already_make_no_rows) {
  test::legal_history history(1);
  history.define("A", 10);
  history.reserve("A", 1);
  const store_batch batch = history.all();
  const write_set rest = make_write_set(batch, 1);
  BOOST_TEST(rest.events.size() == 1U);
  BOOST_TEST(rest.stock.at(0).product == nullptr);
  const write_set none = make_write_set(batch, 2);
  BOOST_TEST(none.events.empty());
  BOOST_TEST(none.stock.empty());
  BOOST_TEST(!none.newest);
}

BOOST_AUTO_TEST_CASE(a_claim_keeps_the_deadline_to_return_to) {
  reservation r;
  const timestamp deadline{std::chrono::milliseconds(5)};
  set_expiry(r, deadline);
  BOOST_TEST((r.expires_at == deadline && !r.claimed_expiry));
  r.order_id.bytes[0] = 1;
  set_expiry(r, deadline);
  BOOST_TEST((r.claimed_expiry == deadline && !r.expires_at));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

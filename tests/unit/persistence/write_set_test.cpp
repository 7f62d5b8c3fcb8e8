#include "persistence/write_set.hpp"
#include "tests/unit/persistence/legal_history.hpp"
#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/sample_events.hpp"

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

BOOST_AUTO_TEST_CASE(a_withdrawn_order_is_one_row_that_says_so) {
  test::life_history history(1);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::withdraw)});
  history.add(id, order_withdrawn{{"payment_declined", "no"}, history.orders().at(id).placing.lines});
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 0);
  BOOST_REQUIRE_EQUAL(rows.orders.size(), 1U);
  BOOST_TEST(rows.orders[0].withdrawn);
  BOOST_TEST(rows.orders[0].created != nullptr);
  BOOST_TEST((rows.orders[0].step == saga_step::none));
  BOOST_TEST((rows.orders[0].payment == payment_status::failed));
}

BOOST_AUTO_TEST_CASE(a_refused_order_is_an_event_and_no_row) {
  const order_event refused{test::id_of(1), 1, test::at_ms(5), "alice",
                            order_refused{"alice", {}, {"insufficient_stock", "none left"}}};
  const store_batch batch{{{1, refused}}, 1, {}};
  const write_set rows = make_write_set(batch, 0);
  BOOST_TEST(rows.orders.empty());
  BOOST_REQUIRE_EQUAL(rows.events.size(), 1U);
  BOOST_TEST((rows.newest == test::at_ms(5)));
}

BOOST_AUTO_TEST_CASE(a_delay_is_over_with_the_next_step) {
  test::life_history history(1);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
  history.add(id, saga_delayed{{3, history.now(), "away", true}});
  const std::uint64_t delayed = history.last_seq();
  history.add(id, order_amended{"{}"});
  history.add(id, payment_authorized{true});
  const store_batch batch = history.all();
  const store_batch before = history.batch(0, delayed + 1);
  BOOST_TEST(make_write_set(before, 0).orders.at(0).delay->rounds == 3U, "metadata changes nothing of it");
  const write_set rows = make_write_set(batch, 0);
  BOOST_TEST((rows.orders.at(0).delay == saga_delay{}));
  BOOST_TEST((rows.orders.at(0).step == saga_step::escrowing));
  BOOST_TEST(rows.orders.at(0).attempt.value() == 2U);
}

BOOST_AUTO_TEST_CASE(an_accounts_events_are_one_row_and_one_a_hold) {
  test::life_history history(1);
  history.deposit("alice", 1'000);
  const uuid id = history.create("alice", order_status::registered);
  history.add(id, order_reserved{history.placing_of(id, refusal_outcome::fail)});
  history.hold(id);
  history.escrow(id);
  const std::uint64_t held = history.last_seq();
  history.give_back(id);
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 0);
  BOOST_REQUIRE_EQUAL(rows.accounts.size(), 1U);
  BOOST_TEST(rows.accounts[0].version == 5U);
  BOOST_TEST((rows.accounts[0].levels == account_levels{1'000, 0}));
  BOOST_TEST((rows.accounts[0].created_at == history.now()));
  BOOST_REQUIRE_EQUAL(rows.holds.size(), 1U);
  BOOST_TEST(rows.holds[0].made != nullptr);
  BOOST_TEST(rows.holds[0].ended);
  const write_set end = make_write_set(batch, held);
  BOOST_TEST(!end.accounts.at(0).created_at.has_value());
  BOOST_TEST(end.holds.at(0).made == nullptr);
  BOOST_TEST(end.holds.at(0).ended);
}

BOOST_AUTO_TEST_CASE(requests_are_kept_of_events_aside_too_and_only_the_last_of_a_key) {
  test::life_history history(1);
  const uuid id = history.create("mallory", order_status::draft);
  const request_record claim = history.record(0);
  request_record answer = claim;
  answer.status = 200;
  history.add(id, order_amended{"{}"}, std::make_shared<const request_record>(claim));
  history.add(id, order_amended{"{}"}, std::make_shared<const request_record>(answer));
  history.remember(history.record(409));
  aside_entities aside;
  aside.insert(history.events().front().event);
  const store_batch batch = history.all();
  const write_set rows = make_write_set(batch, 1, aside);
  BOOST_TEST(rows.orders.empty());
  BOOST_TEST(rows.aside.size() == 2U);
  BOOST_REQUIRE_EQUAL(rows.requests.size(), 2U);
  BOOST_TEST((*rows.requests[0] == answer));
  BOOST_TEST(rows.events.size() == 1U, "a mere record is never aside");
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

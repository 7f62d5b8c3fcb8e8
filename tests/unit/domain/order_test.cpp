#include "domain/order.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <map>
#include <set>

using namespace orderd;
using namespace orderd::test;
using enum order_status;

namespace {

template <class What> order_event next_of(const order& state, What what) {
  order_event e;
  e.order_id = state.id;
  e.version = state.version + 1;
  e.at = after_s(50);
  e.actor = "someone";
  e.what = std::move(what);
  return e;
}

template <class What> bool is_refused_by_evolve(order_status from, What what) {
  auto state = order_in(from);
  return aborts([&] { evolve(state, next_of(state, std::move(what))); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(orders)

BOOST_AUTO_TEST_CASE(the_whole_transition_table) {
  const std::map<order_status, std::vector<order_status>> table = {
      {draft, {registered, cancelled}},
      {registered, {processed, cancelled, failed}},
      {processed, {accepted, cancelled}},
      {accepted, {completed, cancelled}},
      {completed, {}},
      {cancelled, {}},
      {failed, {}}};
  for (const auto from : all_statuses) {
    const auto next = successors(from);
    BOOST_TEST((std::vector(next.begin(), next.end()) == table.at(from)), to_text(from));
    for (const auto to : all_statuses) {
      const auto& allowed = table.at(from);
      const bool legal = std::find(allowed.begin(), allowed.end(), to) != allowed.end();
      BOOST_TEST(may_follow(from, to) == legal, to_text(from) << " to " << to_text(to));
    }
  }
}

BOOST_AUTO_TEST_CASE(words_of_statuses_are_read_and_written) {
  std::set<std::string_view> words;
  for (const auto status : all_statuses) {
    words.insert(to_text(status));
    BOOST_TEST((parse_order_status(to_text(status)) == status));
  }
  BOOST_TEST(words.size() == std::size(all_statuses));
  BOOST_TEST((parse_order_status("placed") == registered));
  for (const char* unknown : {"", "Draft", "draft ", "shipped"})
    BOOST_TEST(!parse_order_status(unknown), unknown);
  BOOST_TEST(to_text(payment_status::none) == "none");
  BOOST_TEST(to_text(payment_status::failed) == "failed");
}

BOOST_AUTO_TEST_CASE(a_total_leaves_out_lines_without_a_price_and_never_wraps) {
  std::vector<order_line> lines = {line_of("A", 3), line_of("B", 2)};
  BOOST_TEST((total_of(lines) == 0));
  lines[0].price = 250;
  BOOST_TEST((total_of(lines) == 750));
  lines[1].price = std::numeric_limits<cents>::max() / 2;
  BOOST_TEST(!total_of(lines));
  lines[1].qty = 3;
  BOOST_TEST(!total_of(lines));
}

BOOST_AUTO_TEST_CASE(creation_fills_every_field) {
  const auto state = order_in(draft);
  BOOST_TEST((state.id == numbered(9)));
  BOOST_TEST(state.customer_id == "alice");
  BOOST_TEST(state.version == 1U);
  BOOST_TEST(state.currency == "EUR");
  BOOST_TEST(state.metadata == "{}");
  BOOST_TEST((state.payment == payment_status::none));
  BOOST_TEST((state.created_at == after_s(1) && state.updated_at == after_s(1)));
  BOOST_TEST((state.lines.at(0).created_at == after_s(1)));
}

BOOST_AUTO_TEST_CASE(each_end_leaves_its_mark) {
  BOOST_TEST(order_in(accepted).runner_id == "bob");
  BOOST_TEST(order_in(completed).runner_id == "bob");
  BOOST_TEST(!order_in(cancelled).failure);
  BOOST_TEST((order_in(failed).failure == order_failure{"failed_by_operator", "why"}));
  BOOST_TEST(order_in(processed).total == 600);
  BOOST_TEST((order_in(completed).updated_at == after_s(3)));
}

BOOST_AUTO_TEST_CASE(a_draft_may_be_placed_at_once) {
  auto state = order_in(draft);
  evolve(state, placed_event(state, processed, {reserved_line("A", 2, 250, 101)}, alice, after_s(2)));
  BOOST_TEST((state.status == processed));
  BOOST_TEST(state.total == 500);
  BOOST_TEST(state.version == 2U);
}

BOOST_AUTO_TEST_CASE(an_event_that_the_table_forbids_ends_the_process) {
  for (const auto from : all_statuses) {
    const auto lines = order_in(from).lines;
    const bool holds = from == processed || from == accepted;
    BOOST_TEST(is_refused_by_evolve(from, order_accepted{"bob"}) != may_follow(from, accepted));
    BOOST_TEST(is_refused_by_evolve(from, order_completed{lines}) != may_follow(from, completed));
    BOOST_TEST(is_refused_by_evolve(from, order_failed{{"x", "y"}}) != may_follow(from, failed));
    BOOST_TEST(is_refused_by_evolve(from, order_cancelled{"", holds ? lines : std::vector<order_line>{}}) !=
               may_follow(from, cancelled));
    BOOST_TEST(is_refused_by_evolve(from, order_amended{"{}"}) != !successors(from).empty());
    BOOST_TEST(is_refused_by_evolve(from, order_created{}));
  }
}

BOOST_AUTO_TEST_CASE(an_event_out_of_turn_or_of_another_order_ends_the_process) {
  auto state = order_in(draft);
  auto event = next_of(state, order_amended{"{\"a\":1}"});
  event.version = 3;
  BOOST_TEST(aborts([&] { evolve(state, event); }));
  event.version = 1;
  BOOST_TEST(aborts([&] { evolve(state, event); }));
  event.version = 2;
  event.order_id = numbered(10);
  BOOST_TEST(aborts([&] { evolve(state, event); }));
  event.order_id = numbered(9);
  evolve(state, event);
  BOOST_TEST(state.metadata == "{\"a\":1}");
}

BOOST_AUTO_TEST_CASE(units_without_reservation_or_a_wrong_total_end_the_process) {
  auto line = reserved_line("A", 2, 250, 101);
  BOOST_TEST(is_refused_by_evolve(registered, order_placed{processed, {line}, 499}));
  line.reservation.reset();
  BOOST_TEST(is_refused_by_evolve(registered, order_placed{processed, {line}, 500}));
  BOOST_TEST(is_refused_by_evolve(registered, order_placed{processed, {}, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

#include "domain/limits.hpp"
#include "domain/stock_rules.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/domain_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace orderd;
using namespace orderd::test;

namespace {

template <class Command>
rejection refusal(const stock_item& item, const Command& command, std::int64_t now_s = 1) {
  const auto decided = decide(item, command, after_s(now_s));
  BOOST_TEST_REQUIRE(!decided.has_value());
  return decided.error();
}

rejection refused_definition(const stock_item& item, const define_stock& command,
                             const std::string& sku = "A") {
  const auto decided = decide(item, sku, command, after_s(1));
  BOOST_TEST_REQUIRE(!decided.has_value());
  return decided.error();
}

define_stock with_on_hand(std::int64_t on_hand) {
  define_stock command;
  command.on_hand = on_hand;
  return command;
}

define_stock with_threshold(std::int64_t low_threshold) {
  define_stock command;
  command.low_threshold = low_threshold;
  return command;
}

void check_code(const rejection& r, rejection_code code, std::string_view field = {}) {
  BOOST_TEST(code_text(r.code) == code_text(code));
  BOOST_TEST(r.field == field);
  BOOST_TEST(!r.detail.empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(stock_rules)

BOOST_AUTO_TEST_CASE(a_new_item_is_named_after_its_sku_and_is_empty) {
  stock_item item;
  applied(item, decide(item, "A", define_stock{}, after_s(5)));
  BOOST_TEST((item.view() == stock_view{{"A", std::nullopt, "A", 0}, {0, 0}, 1, after_s(5)}));
}

BOOST_AUTO_TEST_CASE(absent_fields_keep_their_value) {
  stock_item item;
  applied(item, decide(item, "A", define_stock{"Lamp", 1999, 7, 42}, after_s(1)));
  applied(item, decide(item, "A", define_stock{}, after_s(2)));
  BOOST_TEST((item.view().product == product{"A", 42, "Lamp", 1999}));
  applied(item, decide(item, "A", define_stock{std::nullopt, 2099, std::nullopt, std::nullopt}, after_s(3)));
  BOOST_TEST((item.view() == stock_view{{"A", 42, "Lamp", 2099}, {7, 0}, 3, after_s(3)}));
}

BOOST_AUTO_TEST_CASE(more_units_count_as_received_fewer_as_taken_out) {
  auto item = item_with(10);
  applied(item, decide(item, "A", with_on_hand(14), after_s(1)));
  applied(item, decide(item, "A", with_on_hand(5), after_s(2)));
  applied(item, decide(item, adjust_stock{3, "found"}, after_s(3)));
  applied(item, decide(item, adjust_stock{-2, "broken"}, after_s(4)));
  BOOST_TEST((item.totals() == stock_totals{17, 0, 11}));
  BOOST_TEST(item.view().levels.on_hand == 6);
}

BOOST_AUTO_TEST_CASE(no_change_goes_below_what_is_reserved) {
  auto item = item_with(10);
  applied(item, decide(item, for_buyer(1, 6, 60), after_s(1)));
  const auto defined = refused_definition(item, with_on_hand(5));
  check_code(defined, rejection_code::insufficient_stock);
  BOOST_TEST((defined.shortages == std::vector<shortage>{{"A", 5, 4}}));
  const auto adjusted = refusal(item, adjust_stock{-5, ""});
  check_code(adjusted, rejection_code::insufficient_stock);
  BOOST_TEST((adjusted.shortages == std::vector<shortage>{{"A", 5, 4}}));
  applied(item, decide(item, adjust_stock{-4, ""}, after_s(1)));
  BOOST_TEST(item.view().levels.available() == 0);
}

BOOST_AUTO_TEST_CASE(extreme_adjustments_are_refused) {
  const auto item = item_with(10);
  using limits = std::numeric_limits<std::int64_t>;
  check_code(refusal(item, adjust_stock{limits::min(), ""}), rejection_code::insufficient_stock);
  check_code(refusal(item, adjust_stock{limits::max(), ""}), rejection_code::invalid_field, "delta");
  check_code(refusal(item, adjust_stock{on_hand_max - 9, ""}), rejection_code::invalid_field, "delta");
  check_code(refusal(item, adjust_stock{0, ""}), rejection_code::invalid_field, "delta");
  BOOST_TEST(decide(item, adjust_stock{on_hand_max - 10, ""}, after_s(1)).has_value());
}

BOOST_AUTO_TEST_CASE(values_out_of_bounds_are_refused) {
  const stock_item item;
  check_code(refused_definition(item, with_on_hand(-1)), rejection_code::invalid_field, "on_hand");
  check_code(refused_definition(item, with_on_hand(on_hand_max + 1)), rejection_code::invalid_field,
             "on_hand");
  define_stock price;
  price.price = -1;
  check_code(refused_definition(item, price), rejection_code::invalid_field, "price_cents");
  price.price = price_max + 1;
  check_code(refused_definition(item, price), rejection_code::invalid_field, "price_cents");
  check_code(refused_definition(item, {}, ""), rejection_code::invalid_field, "sku");
  check_code(refused_definition(item, {}, std::string(65, 'x')), rejection_code::invalid_field, "sku");
  check_code(refusal(item_with(1), for_buyer(1, 0, 60)), rejection_code::invalid_field, "qty");
  check_code(refusal(item_with(on_hand_max), for_buyer(1, qty_max + 1, 60)), rejection_code::invalid_field,
             "qty");
}

BOOST_AUTO_TEST_CASE(a_threshold_stays_until_another_one_or_none_is_named) {
  auto item = item_with(10);
  applied(item, decide(item, "A", with_threshold(3), after_s(1)));
  BOOST_TEST((item.view().product.low_threshold == 3));
  applied(item, decide(item, "A", with_on_hand(20), after_s(1)));
  BOOST_TEST((item.view().product.low_threshold == 3));
  applied(item, decide(item, "A", with_threshold(0), after_s(1)));
  BOOST_TEST((item.view().product.low_threshold == 0));
  define_stock none;
  none.drops_low_threshold = true;
  applied(item, decide(item, "A", none, after_s(1)));
  BOOST_TEST(!item.view().product.low_threshold);
  check_code(refused_definition(item, with_threshold(-1)), rejection_code::invalid_field,
             "low_stock_threshold");
  check_code(refused_definition(item, with_threshold(on_hand_max + 1)), rejection_code::invalid_field,
             "low_stock_threshold");
  BOOST_TEST(decide(item, "A", with_threshold(on_hand_max), after_s(1)).has_value());
}

BOOST_AUTO_TEST_CASE(an_item_becomes_low_by_the_event_that_reaches_its_threshold) {
  using threshold = std::optional<std::int64_t>;
  auto item = item_with(10);
  const auto low_by = [&](const auto& command) {
    return applied(item, decide(item, command, after_s(1))).low_at;
  };
  const auto low_by_definition = [&](const define_stock& command) {
    return applied(item, decide(item, "A", command, after_s(1))).low_at;
  };
  BOOST_TEST((low_by_definition(with_threshold(4)) == threshold{}));
  BOOST_TEST((low_by(for_buyer(1, 5, 60)) == threshold{}));
  BOOST_TEST((low_by(for_order(2, 1, 9)) == threshold{4}));
  // It is low already.
  BOOST_TEST((low_by(for_order(3, 1, 9)) == threshold{}));
  BOOST_TEST((low_by(adjust_stock{-1, ""}) == threshold{}));
  BOOST_TEST((low_by_definition(with_threshold(3)) == threshold{}));
  // Nor is it by what does not change how many are available.
  BOOST_TEST((low_by(commit_reservation{numbered(1)}) == threshold{}));
  // It was not, and is again.
  BOOST_TEST((low_by(adjust_stock{9, ""}) == threshold{}));
  BOOST_TEST((low_by(adjust_stock{-8, ""}) == threshold{3}));
  BOOST_TEST((low_by_definition(with_threshold(1)) == threshold{}));
  BOOST_TEST((low_by_definition(with_threshold(3)) == threshold{3}));
  define_stock fewer = with_on_hand(item.view().levels.reserved);
  fewer.low_threshold = 0;
  BOOST_TEST((low_by_definition(fewer) == threshold{}));
}

BOOST_AUTO_TEST_CASE(a_new_item_at_or_below_its_threshold_is_low) {
  for (const std::int64_t on_hand : {0, 3, 4}) {
    stock_item item;
    auto command = with_on_hand(on_hand);
    command.low_threshold = 3;
    const auto e = applied(item, decide(item, "A", command, after_s(1)));
    BOOST_TEST(e.low_at.has_value() == (on_hand <= 3));
  }
}

BOOST_AUTO_TEST_CASE(an_event_that_is_wrong_about_low_stock_ends_the_process) {
  auto item = item_with(10);
  applied(item, decide(item, "A", with_threshold(4), after_s(1)));
  auto e = decide(item, for_buyer(1, 6, 60), after_s(1)).value();
  BOOST_TEST((e.low_at == 4));
  e.low_at = 5;
  BOOST_TEST(aborts([&] { item.evolve(e); }));
  e.low_at.reset();
  BOOST_TEST(aborts([&] { item.evolve(e); }));
  auto harmless = decide(item, for_buyer(1, 1, 60), after_s(1)).value();
  harmless.low_at = 4;
  BOOST_TEST(aborts([&] { item.evolve(harmless); }));
}

BOOST_AUTO_TEST_CASE(history_that_would_overflow_is_refused) {
  auto view = item_with(10).view();
  const stock_item full(
      view, {std::numeric_limits<std::int64_t>::max(), 0, std::numeric_limits<std::int64_t>::max() - 10}, {});
  check_code(refusal(full, adjust_stock{1, ""}), rejection_code::invalid_field, "delta");
  check_code(refused_definition(full, with_on_hand(11)), rejection_code::invalid_field, "on_hand");
}

BOOST_AUTO_TEST_CASE(a_missing_item_is_not_found_or_for_an_order_an_unknown_product) {
  const stock_item missing(stock_view{{"A", std::nullopt, "", 0}, {}, 0, {}}, {}, {});
  check_code(refusal(missing, for_buyer(1, 1, 60)), rejection_code::not_found, "sku");
  check_code(refusal(missing, for_order(1, 1, 9)), rejection_code::unknown_product, "sku");
  check_code(refusal(missing, adjust_stock{1, ""}), rejection_code::not_found, "sku");
  BOOST_TEST(refusal(missing, for_order(1, 1, 9)).detail == "there is no product A");
}

BOOST_AUTO_TEST_CASE(a_shortage_names_sku_requested_and_available) {
  auto item = item_with(5);
  applied(item, decide(item, for_buyer(1, 3, 60), after_s(1)));
  const auto r = refusal(item, for_buyer(2, 3, 60));
  check_code(r, rejection_code::insufficient_stock);
  BOOST_TEST((r.shortages == std::vector<shortage>{{"A", 3, 2}}));
  BOOST_TEST(r.detail == "A: 3 requested, 2 available");
}

BOOST_AUTO_TEST_CASE(the_last_unit_sells_once) {
  auto item = item_with(1);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  check_code(refusal(item, for_buyer(2, 1, 60)), rejection_code::insufficient_stock);
  applied(item, decide(item, release_reservation{numbered(1)}, after_s(2)));
  applied(item, decide(item, for_buyer(2, 1, 60), after_s(3)));
  applied(item, decide(item, commit_reservation{numbered(2)}, after_s(4)));
  BOOST_TEST((item.view().levels == stock_levels{0, 0}));
  BOOST_TEST((item.totals() == stock_totals{1, 1, 0}));
  check_code(refusal(item, for_buyer(3, 1, 60)), rejection_code::insufficient_stock);
}

BOOST_AUTO_TEST_CASE(a_reservation_id_used_twice_ends_the_process) {
  auto item = item_with(5);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  BOOST_TEST(aborts([&] { static_cast<void>(decide(item, for_buyer(1, 1, 60), after_s(1))); }));
}

BOOST_AUTO_TEST_CASE(an_unknown_reservation_is_not_found) {
  const auto item = item_with(5);
  check_code(refusal(item, release_reservation{numbered(7)}), rejection_code::not_found, "id");
  check_code(refusal(item, commit_reservation{numbered(7)}), rejection_code::not_found, "id");
  check_code(refusal(item, extend_reservation{numbered(7), after_s(60)}), rejection_code::not_found, "id");
  check_code(refusal(item, claim_reservation{numbered(7), numbered(9), 0}), rejection_code::not_found, "id");
}

BOOST_AUTO_TEST_CASE(at_its_expiry_a_reservation_can_only_be_given_back) {
  auto item = item_with(5);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  const auto expired = rejection_code::reservation_expired;
  check_code(refusal(item, commit_reservation{numbered(1)}, 60), expired, "id");
  check_code(refusal(item, extend_reservation{numbered(1), after_s(90)}, 60), expired, "id");
  check_code(refusal(item, claim_reservation{numbered(1), numbered(9), 0}, 60), expired, "id");
  BOOST_TEST(decide(item, commit_reservation{numbered(1)}, after_s(59)).has_value());
  BOOST_TEST(decide(item, release_reservation{numbered(1)}, after_s(60)).has_value());
}

BOOST_AUTO_TEST_CASE(what_belongs_to_an_order_is_the_orders_to_decide) {
  auto item = item_with(5);
  applied(item, decide(item, for_order(1, 2, 9), after_s(1)));
  const auto illegal = rejection_code::illegal_transition;
  check_code(refusal(item, release_reservation{numbered(1)}), illegal, "id");
  check_code(refusal(item, commit_reservation{numbered(1)}), illegal, "id");
  check_code(refusal(item, extend_reservation{numbered(1), after_s(60)}), illegal, "id");
  check_code(refusal(item, claim_reservation{numbered(1), numbered(8), 0}), illegal, "id");
}

BOOST_AUTO_TEST_CASE(a_claim_takes_exactly_what_is_held) {
  auto item = item_with(5);
  applied(item, decide(item, for_buyer(1, 2, 60), after_s(1)));
  check_code(refusal(item, claim_reservation{numbered(1), numbered(9), 3}), rejection_code::invalid_field,
             "qty");
  applied(item, decide(item, claim_reservation{numbered(1), numbered(9), 2}, after_s(2)));
  const auto* const r = item.find(numbered(1));
  BOOST_TEST((r->order_id == numbered(9)));
  BOOST_TEST(!r->expires_at);
  BOOST_TEST((r->claimed_expiry == after_s(60)));
  BOOST_TEST(!expire_due(item, after_s(100), 10));
}

BOOST_AUTO_TEST_CASE(verdicts_of_the_order) {
  for (const auto verdict : {order_verdict::abandon, order_verdict::release, order_verdict::commit}) {
    auto item = item_with(5);
    applied(item, decide(item, for_order(1, 2, 9), after_s(1)));
    BOOST_TEST(!settle(item, numbered(1), numbered(8), verdict, after_s(2)));
    BOOST_TEST(!settle(item, numbered(2), numbered(9), verdict, after_s(2)));
    item.evolve(settle(item, numbered(1), numbered(9), verdict, after_s(2)).value());
    const bool sold = verdict == order_verdict::commit;
    BOOST_TEST((item.view().levels == stock_levels{sold ? 3 : 5, 0}));
    BOOST_TEST(item.totals().committed == (sold ? 2 : 0));
    BOOST_TEST(!settle(item, numbered(1), numbered(9), verdict, after_s(3)));
  }
}

BOOST_AUTO_TEST_CASE(an_abandoned_claim_is_the_buyers_again_with_its_old_expiry) {
  auto item = item_with(5);
  applied(item, decide(item, for_buyer(1, 2, 60), after_s(1)));
  const auto before = *item.find(numbered(1));
  applied(item, decide(item, claim_reservation{numbered(1), numbered(9), 0}, after_s(2)));
  item.evolve(settle(item, numbered(1), numbered(9), order_verdict::abandon, after_s(3)).value());
  BOOST_TEST((*item.find(numbered(1)) == before));
  BOOST_TEST(!settle(item, numbered(1), numbered(9), order_verdict::abandon, after_s(4)));
}

BOOST_AUTO_TEST_CASE(expired_units_sell_at_once) {
  auto item = item_with(2);
  applied(item, decide(item, for_buyer(1, 1, 60), after_s(1)));
  applied(item, decide(item, for_buyer(2, 1, 61), after_s(1)));
  BOOST_TEST(!expire_due(item, after_s(59), 10));
  item.evolve(expire_due(item, after_s(60), 10).value());
  BOOST_TEST(item.view().levels.available() == 1);
  BOOST_TEST((item.find(numbered(1)) == nullptr));
  item.evolve(expire_due(item, after_s(61), 10).value());
  BOOST_TEST(item.view().levels.available() == 2);
  BOOST_TEST(!expire_due(item, after_s(100), 10));
}

BOOST_AUTO_TEST_SUITE_END()

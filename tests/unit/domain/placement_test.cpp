#include "domain/limits.hpp"
#include "domain/placement.hpp"
#include "tests/support/aborts.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;
using namespace orderd::test;

namespace {

grant granted(const std::string& sku, std::int64_t qty, cents price, std::uint64_t id) {
  return {numbered(id), qty, product{sku, 42, sku, price}};
}

tl::unexpected<rejection> short_of(const std::string& sku, std::int64_t requested, std::int64_t available) {
  return tl::unexpected(rejection{
      rejection_code::insufficient_stock, sku + " is short", {}, {{sku, requested, available}}, {}});
}

order_line priced(const std::string& sku, std::int64_t qty, cents price) {
  auto line = line_of(sku, qty);
  line.price = price;
  line.price_given = true;
  return line;
}

order_line claiming(const std::string& sku, std::uint64_t reservation, std::int64_t qty = 0) {
  auto line = line_of(sku, qty);
  line.reservation = numbered(reservation);
  return line;
}

void check_refused(std::vector<order_line> lines, std::string_view field) {
  const auto merged = merge_lines(std::move(lines));
  BOOST_TEST_REQUIRE(!merged.has_value());
  BOOST_TEST((merged.error().code == rejection_code::invalid_field));
  BOOST_TEST(merged.error().field == field);
}

} // namespace

BOOST_AUTO_TEST_SUITE(placements)

BOOST_AUTO_TEST_CASE(all_granted_gives_lines_with_snapshots) {
  placement p({priced("A", 2, 250), line_of("B", 1)});
  BOOST_TEST(!p.complete());
  p.answer(1, granted("B", 1, 100, 12));
  p.answer(0, granted("A", 2, 250, 11));
  BOOST_TEST_REQUIRE(p.complete());
  const auto lines = p.outcome().value();
  BOOST_TEST(lines.size() == 2U);
  BOOST_TEST((lines[0].price == 250 && lines[0].reservation == numbered(11) && lines[0].product_id == 42));
  BOOST_TEST((lines[1].price == 100 && lines[1].reservation == numbered(12) && lines[1].sku == "B"));
  BOOST_TEST((total_of(lines) == 600));
}

BOOST_AUTO_TEST_CASE(one_refusal_refuses_all_and_names_what_to_give_back) {
  placement p({line_of("A", 2), line_of("B", 5), line_of("C", 7)});
  p.answer(0, granted("A", 2, 250, 11));
  p.answer(1, short_of("B", 5, 1));
  p.answer(2, short_of("C", 7, 0));
  const auto refused = p.outcome().error();
  BOOST_TEST((refused.code == rejection_code::insufficient_stock));
  BOOST_TEST((refused.shortages == std::vector<shortage>{{"B", 5, 1}, {"C", 7, 0}}));
  const auto back = p.granted();
  BOOST_TEST_REQUIRE(back.size() == 1U);
  BOOST_TEST((back[0].sku == "A" && back[0].reservation == numbered(11)));
}

BOOST_AUTO_TEST_CASE(the_refusal_with_precedence_wins_in_any_order_of_answers) {
  for (const bool shortage_first : {true, false}) {
    placement p({line_of("A", 2), line_of("B", 5)});
    if (shortage_first)
      p.answer(0, short_of("A", 2, 1));
    p.answer(1, refuse(rejection_code::unknown_product, "there is no product B", "sku"));
    if (!shortage_first)
      p.answer(0, short_of("A", 2, 1));
    BOOST_TEST((p.outcome().error().code == rejection_code::unknown_product));
  }
}

BOOST_AUTO_TEST_CASE(a_given_price_that_differs_is_refused_and_the_units_given_back) {
  placement p({priced("A", 2, 199), line_of("B", 5)});
  p.answer(1, short_of("B", 5, 1));
  p.answer(0, granted("A", 2, 250, 11));
  const auto refused = p.outcome().error();
  BOOST_TEST((refused.code == rejection_code::price_changed));
  BOOST_TEST(refused.detail == "A costs 2.50, not 1.99");
  BOOST_TEST(p.granted().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_quote_that_has_changed_is_no_reason_to_refuse) {
  auto line = line_of("A", 2);
  line.price = 199;
  placement p({line});
  p.answer(0, granted("A", 2, 250, 11));
  BOOST_TEST((p.outcome().value()[0].price == 250));
}

BOOST_AUTO_TEST_CASE(a_claimed_reservation_brings_its_quantity) {
  placement p({claiming("A", 31), claiming("A", 32), line_of("A", 1)});
  p.answer(0, granted("A", 4, 250, 31));
  p.answer(1, granted("A", 5, 250, 32));
  p.answer(2, granted("A", 1, 250, 33));
  const auto lines = p.outcome().value();
  BOOST_TEST((lines[0].qty == 4 && lines[1].qty == 5 && lines[2].qty == 1));
}

BOOST_AUTO_TEST_CASE(a_total_beyond_int64_is_refused) {
  placement p({line_of("A", qty_max)});
  p.answer(0, granted("A", qty_max, price_max, 11));
  BOOST_TEST((p.outcome().error().code == rejection_code::invalid_field));
  BOOST_TEST(p.granted().size() == 1U);
}

BOOST_AUTO_TEST_CASE(misuse_ends_the_process) {
  placement p({line_of("A", 2), line_of("B", 2)});
  BOOST_TEST(aborts([&] { static_cast<void>(p.outcome()); }));
  BOOST_TEST(aborts([&] { p.answer(0, granted("B", 2, 1, 11)); }));
  BOOST_TEST(aborts([&] { p.answer(0, granted("A", 3, 1, 11)); }));
  BOOST_TEST(aborts([&] { p.answer(2, granted("A", 2, 1, 11)); }));
  p.answer(0, granted("A", 2, 1, 11));
  BOOST_TEST(aborts([&] { p.answer(0, granted("A", 2, 1, 11)); }));
  BOOST_TEST(aborts([] { placement({line_of("A", 1), line_of("A", 2)}); }));
  BOOST_TEST(aborts([] { placement({claiming("A", 1), claiming("A", 1)}); }));
  BOOST_TEST(aborts([] { placement({}); }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(merging_lines)

BOOST_AUTO_TEST_CASE(the_same_product_becomes_one_line) {
  auto by_number = line_of("", 1);
  by_number.product_id = 2;
  const auto merged =
      merge_lines({line_of("A", 2), by_number, priced("B", 1, 100), priced("A", 3, 250), by_number}).value();
  BOOST_TEST_REQUIRE(merged.size() == 3U);
  BOOST_TEST((merged[0].sku == "A" && merged[0].qty == 5 && merged[0].price == 250 && merged[0].price_given));
  BOOST_TEST((merged[1].product_id == 2 && merged[1].qty == 2));
  BOOST_TEST((merged[2].sku == "B" && merged[2].qty == 1));
}

BOOST_AUTO_TEST_CASE(a_given_price_goes_before_a_quote) {
  auto quoted = line_of("A", 1);
  quoted.price = 100;
  for (const auto& lines :
       {std::vector{quoted, priced("A", 1, 250)}, std::vector{priced("A", 1, 250), quoted}}) {
    const auto merged = merge_lines(lines).value();
    BOOST_TEST_REQUIRE(merged.size() == 1U);
    BOOST_TEST((merged[0].price == 250 && merged[0].price_given));
  }
}

BOOST_AUTO_TEST_CASE(claims_stay_apart) {
  const auto merged =
      merge_lines({claiming("A", 1), line_of("A", 2), claiming("A", 2), line_of("A", 1)}).value();
  BOOST_TEST_REQUIRE(merged.size() == 3U);
  BOOST_TEST(merged[1].qty == 3);
  placement accepted_as_is(merged);
  BOOST_TEST(accepted_as_is.lines().size() == 3U);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_combined_is_refused) {
  check_refused({priced("A", 1, 100), priced("A", 1, 101)}, "items[1].price");
  check_refused({line_of("A", qty_max), line_of("A", 1)}, "items[1].qty");
  check_refused({line_of("A", 0)}, "items[0].qty");
  check_refused({line_of("A", -1)}, "items[0].qty");
  check_refused({line_of("A", qty_max + 1)}, "items[0].qty");
  check_refused({priced("A", 1, -1)}, "items[0].price");
  check_refused({priced("A", 1, price_max + 1)}, "items[0].price");
  check_refused({claiming("A", 1), claiming("A", 1)}, "reservations");
  check_refused({priced("A", qty_max, price_max)}, "items");
  check_refused(std::vector<order_line>(order_lines_max + 1, line_of("A", 1)), "items");
  BOOST_TEST(merge_lines({line_of("A", qty_max - 1), line_of("A", 1)}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

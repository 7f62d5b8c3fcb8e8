#include "tests/unit/actors/engine_fixture.hpp"

namespace orderd::test {

namespace {

struct shop : engine_fixture {
  shop() : engine_fixture(small_engine(), printed_seed()) {
    ask<defined_stock>(definition("A", 10, 250));
    ask<defined_stock>(definition("B", 10, 100, 7));
  }
  [[nodiscard]] stock_levels levels(const std::string& sku) {
    return ask<stock_view>(to_stock(sku, get_stock{})).levels;
  }
  [[nodiscard]] order_ptr place(std::vector<order_line> lines,
                                order_status wanted = order_status::processed) {
    return ask(creation(fresh_uuid(), std::move(lines), wanted));
  }
};

[[nodiscard]] stock_levels of(std::int64_t on_hand, std::int64_t reserved) { return {on_hand, reserved}; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(orders, shop)

BOOST_AUTO_TEST_CASE(an_immediate_order_snapshots_prices_and_reserves) {
  const auto placed = place({line_of("A", 2), line_of("B", 3)});
  BOOST_CHECK(placed->status == order_status::processed);
  BOOST_CHECK_EQUAL(placed->total, 800);
  BOOST_CHECK_EQUAL(placed->version, 1U);
  BOOST_CHECK(placed->lines[1].product_id == 7);
  BOOST_CHECK(levels("A") == of(10, 2));
  BOOST_CHECK(levels("B") == of(10, 3));
  BOOST_CHECK(*ask(look(placed->id)) == *placed);
  audit();
}

BOOST_AUTO_TEST_CASE(a_refused_basket_leaves_no_order_and_nothing_reserved) {
  const auto id = fresh_uuid();
  const auto slot = submit(creation(id, {line_of("A", 2), line_of("B", 11)}));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  BOOST_CHECK(levels("A") == of(10, 0));
  BOOST_CHECK(levels("B") == of(10, 0));
  CHECK_REFUSED(([&] {
                  auto gone = submit(look(id));
                  run();
                  return gone;
                }()),
                rejection_code::not_found);
  audit();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

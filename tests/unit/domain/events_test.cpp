#include "domain/events.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;

namespace {

template <class What> event_tag stock_tag(What what) {
  stock_event e;
  e.what = std::move(what);
  return tag_of(e);
}

template <class What> order_event order_event_of(What what) {
  order_event e;
  e.what = std::move(what);
  return e;
}

template <class What>
void check(What what, event_tag tag, std::string_view name, std::optional<order_status> status) {
  const auto e = order_event_of(std::move(what));
  BOOST_TEST((tag_of(e) == tag), name);
  BOOST_TEST(name_of(e) == name);
  BOOST_TEST((status_after(e) == status), name);
}

} // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(stock_tags_never_change) {
  BOOST_TEST((static_cast<int>(stock_tag(stock_defined{})) == 1));
  BOOST_TEST((static_cast<int>(stock_tag(stock_adjusted{})) == 2));
  BOOST_TEST((static_cast<int>(stock_tag(stock_reserved{})) == 3));
  BOOST_TEST((static_cast<int>(stock_tag(reservation_extended{})) == 4));
  BOOST_TEST((static_cast<int>(stock_tag(reservation_released{})) == 5));
  BOOST_TEST((static_cast<int>(stock_tag(reservation_committed{})) == 6));
  BOOST_TEST((static_cast<int>(stock_tag(reservations_expired{})) == 7));
  BOOST_TEST((static_cast<int>(stock_tag(reservation_claimed{})) == 8));
  BOOST_TEST((static_cast<int>(stock_tag(reservation_unclaimed{})) == 9));
}

BOOST_AUTO_TEST_CASE(order_tags_names_and_statuses) {
  using enum order_status;
  check(order_created{{}, draft, {}, {}, 0, {}}, event_tag{32}, "order_created", draft);
  check(order_placed{registered, {}, 0}, event_tag{33}, "order_registered", registered);
  check(order_placed{processed, {}, 0}, event_tag{33}, "order_processed", processed);
  check(order_accepted{}, event_tag{34}, "order_accepted", accepted);
  check(order_completed{}, event_tag{35}, "order_completed", completed);
  check(order_cancelled{}, event_tag{36}, "order_cancelled", cancelled);
  check(order_failed{}, event_tag{37}, "order_failed", failed);
  check(order_amended{}, event_tag{38}, "order_amended", std::nullopt);
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/model/saga_world.hpp"
#include "tests/support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace orderd;
using namespace orderd::test;

namespace {

/// What the lives of many worlds have seen: a run is worth nothing if it never came to anything.
struct experience {
  std::size_t crashes = 0;
  std::size_t completed = 0;
  std::size_t cancelled = 0;
  std::size_t failed = 0;
};

[[nodiscard]] experience live(money_mover mover, std::uint64_t seed) {
  experience all;
  std::mt19937_64 when(seed);
  for (int life = 0; life < 20; ++life) {
    saga_world w(mover, when());
    for (int i = 0; i < 400; ++i) {
      w.step();
      if (when() % 25 == 0)
        w.crash();
    }
    w.finish();
    all.crashes += w.crashes_within_sagas();
    all.completed += w.orders_in(order_status::completed);
    all.cancelled += w.orders_in(order_status::cancelled);
    all.failed += w.orders_in(order_status::failed);
  }
  return all;
}

void check_sagas(money_mover mover) {
  for (const auto seed : seeds(20)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      const auto seen = live(mover, seed);
      BOOST_TEST(seen.completed > 0U);
      BOOST_TEST(seen.cancelled > 20U);
      BOOST_TEST(seen.failed > 5U);
      BOOST_TEST((seen.crashes > 20U || mover == money_mover::nobody));
    }
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(saga_model)

BOOST_AUTO_TEST_CASE(without_payments_no_crash_parts_an_order_from_its_units) {
  check_sagas(money_mover::nobody);
}

BOOST_AUTO_TEST_CASE(with_the_ledger_no_crash_charges_without_units_or_twice) {
  check_sagas(money_mover::ledger);
}

BOOST_AUTO_TEST_CASE(with_a_service_outside_no_crash_charges_without_units_or_twice) {
  check_sagas(money_mover::service);
}

BOOST_AUTO_TEST_SUITE_END()

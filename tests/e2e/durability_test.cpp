#include "tests/e2e/order_load.hpp"
#include "tests/support/seed.hpp"

#include <cstdlib>
#include <random>

using namespace orderd::test;

namespace {

constexpr std::uint64_t rounds_usual = 20;
constexpr std::uint64_t recovery_ms_at_most = 25;

std::uint64_t rounds() {
  const char* const text = std::getenv("ORDERD_KILL_ROUNDS");
  return text == nullptr ? rounds_usual : std::strtoull(text, nullptr, 10);
}

} // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(killed_under_load_it_keeps_what_it_acknowledged) {
  for (const auto seed : seeds(1)) {
    ORDERD_TEST_SEED_CONTEXT(seed) {
      std::mt19937_64 random(seed);
      // Entities leave memory at once, so that they are also read back from the store under load.
      running_orderd engine({"--entity-idle-ms", "20"});
      order_load::define_stock(engine.api);
      order_load load(seed);
      for (std::uint64_t round = 1; round <= rounds(); ++round) {
        BOOST_TEST_CONTEXT("round " << round) {
          load.start(engine.program.port());
          load.wait_for_answers(100 + random() % 1'500);
          engine.program.kill();
          load.join();
          // A recovery may be cut short as well.
          for (auto times = random() % 3; times > 0; --times)
            engine.program.start_and_kill(static_cast<int>(random() % recovery_ms_at_most));
          engine.program.start();
          load.check_and_adopt(engine.program.port());
        }
      }
      BOOST_TEST((load.statuses() ==
                  std::set<std::string>{"draft", "processed", "accepted", "completed", "cancelled"}));
      BOOST_TEST(engine.program.stop() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(asked_to_end_under_load_it_keeps_what_it_acknowledged) {
  running_orderd engine;
  order_load::define_stock(engine.api);
  order_load load(7);
  for (int round = 1; round <= 2; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      load.start(engine.program.port());
      load.wait_for_answers(1'000);
      BOOST_TEST(engine.program.stop() == 0);
      load.join();
      engine.program.start();
      load.check_and_adopt(engine.program.port());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

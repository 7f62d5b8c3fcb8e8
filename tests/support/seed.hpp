/// Seeds of randomised tests: printed, so that a failure can be repeated, and taken from ORDERD_TEST_SEED if
/// set.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace orderd::test {

/// The seeds to run a randomised test with: the one of the environment, else 1 to `count`.
inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* const text = std::getenv("ORDERD_TEST_SEED"))
    return {std::strtoull(text, nullptr, 10)};
  std::vector<std::uint64_t> all;
  for (std::uint64_t seed = 1; seed <= count; ++seed)
    all.push_back(seed);
  return all;
}

} // namespace orderd::test

/// Prints the seed, and names it in every failure of the scope.
#define ORDERD_TEST_SEED_CONTEXT(seed)                                                                       \
  std::cout << "ORDERD_TEST_SEED=" << (seed) << '\n';                                                        \
  BOOST_TEST_CONTEXT("ORDERD_TEST_SEED=" << (seed))

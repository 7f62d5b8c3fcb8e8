/// Events for tests: one fixed event of each tag, and random ones that need not be legal.
#pragma once

#include "domain/events.hpp"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace orderd::test {

/// The seed of this run: ORDERD_TEST_SEED, or a fresh one. Prints it.
[[nodiscard]] std::uint64_t test_seed();

/// An id of sixteen times the same byte.
[[nodiscard]] uuid id_of(std::uint8_t byte);
[[nodiscard]] timestamp at_ms(std::int64_t ms);

/// One event of each tag but the keyed one, in the order of the tags; never changes.
[[nodiscard]] std::vector<event> one_of_each();

/// The one of a mere record.
[[nodiscard]] request_record one_record();
[[nodiscard]] request_record random_record(std::mt19937_64& random);

/// A random event of each tag: extreme numbers, empty and odd texts, absent and present fields.
[[nodiscard]] std::vector<event> random_of_each(std::mt19937_64& random);

/// A random order of the same kind of fields.
[[nodiscard]] order random_order(std::mt19937_64& random);

} // namespace orderd::test

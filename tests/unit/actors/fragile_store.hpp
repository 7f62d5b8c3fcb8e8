/// A store that fails on demand, in front of a real one.
#pragma once

#include "persistence/store.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace orderd::test {

/// Set by the test, read by the store. Each number counts down to zero.
struct store_faults {
  bool away = false; ///< all but what a start asks for fails, until told otherwise
  std::uint64_t applies = 0;
  std::uint64_t applies_that_commit = 0; ///< fail after the transaction has been committed
  std::uint64_t checkpoints = 0;
  error_code checkpoint_error = error_code::store_failed;
  std::uint64_t partial_checkpoints = 0; ///< leave the last event out
  std::uint64_t loads = 0;
  std::uint64_t retries_aside = 0;
  std::uint64_t damaged_loads = 0;
  std::uint64_t saves = 0;                                                      ///< of positions of sinks
  std::uint64_t pages = 0;                                                      ///< of the outbox
  std::uint64_t events_in_time_max = std::numeric_limits<std::uint64_t>::max(); ///< larger batches time out
  std::function<bool(const event&)> refuses; ///< by itself and within any batch
  bool refuses_records = false;              ///< of requests, unless the batch leaves them out
  store_writer* writer = nullptr;            ///< the one that is open
  std::uint64_t applied_batches = 0;
  std::uint64_t tries = 0;
  std::uint64_t saved_positions = 0; ///< calls that kept them
  std::uint64_t finished_checkpoints = 0;
  std::optional<error_code> drop_error; ///< of every drop of old events
  std::uint64_t drops_that_commit = 0;  ///< fail after the transaction has been committed
};

[[nodiscard]] std::unique_ptr<store> make_fragile_store(std::unique_ptr<store> real,
                                                        std::shared_ptr<store_faults> faults);

} // namespace orderd::test

/// A payment service outside the engine, with an actor in the place of the way to it.
#pragma once

#include "actors/payment_messages.hpp"
#include "tests/support/saga_books.hpp"

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>

namespace orderd::test {

/// Its books outlive every crash of the engine. It keeps its contract: each call is idempotent by order and
/// attempt. Everything else may go wrong until it is calm.
class outside_service {
 public:
  explicit outside_service(std::uint64_t seed) : random_(seed) {}

  struct reply {
    std::optional<payment_verdict> verdict; ///< nothing: none ever comes
    int times = 1;
    std::uint32_t delay_ms = 0;
  };
  /// Does the work, or not, and says what is heard of it.
  [[nodiscard]] reply take(const payment_call& call);

  /// From now on nothing goes wrong.
  void calm_down() { calm_ = true; }
  [[nodiscard]] outside_books books() const;
  /// A capture came of what was not authorized, or a call that no service gets.
  [[nodiscard]] bool was_misused() const { return misused_; }
  /// Some call was never answered: who waits for it waits for the next life.
  [[nodiscard]] bool was_silent() const { return silent_; }

 private:
  enum class state : std::uint8_t { nothing, authorized, captured, returned };

  /// False if it refuses the payer.
  [[nodiscard]] bool work(const payment_call& call);

  std::mt19937_64 random_;
  std::map<std::pair<uuid, std::uint64_t>, state> payments_; ///< by order and attempt
  bool calm_ = false;
  bool misused_ = false;
  bool silent_ = false;
};

[[nodiscard]] caf::actor spawn_way_to(caf::actor_system& system, std::shared_ptr<outside_service> service);

} // namespace orderd::test

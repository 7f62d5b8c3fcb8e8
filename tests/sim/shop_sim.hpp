/// One run of the real engine under a scheduler that a seed drives: everything that may happen in any order
/// happens in the order of the seed, and so do crashes.
#pragma once

#include "tests/sim/outside_service.hpp"
#include "tests/support/saga_books.hpp"
#include "tests/unit/actors/engine_fixture.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace orderd::test {

/// What a run has come to: many runs together are worth nothing if some of this never happens.
struct sim_tally {
  std::size_t crashes_within_sagas = 0;
  std::size_t processed = 0; ///< orders that rest there or as accepted
  std::size_t completed = 0;
  std::size_t paid = 0; ///< completed ones that were charged
  std::size_t cancelled = 0;
  std::size_t failed = 0;
  std::size_t withdrawn = 0;
  std::size_t refunded = 0;

  sim_tally& operator+=(const sim_tally& other);
};

/// The checks end the test case where they fail.
class shop_sim {
 public:
  /// `trace`: tell on stdout what happens.
  shop_sim(std::uint64_t seed, bool trace);

  /// Opens a shop, lets it live and crash, brings it to rest, and checks everything.
  [[nodiscard]] sim_tally run();

 private:
  /// What somebody asked for, and is answered.
  struct asked {
    std::string what;
    uuid order_id; ///< nil for others
    bool creates = false;
    answer_slot answer;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }
  void say(const std::string& line) const;
  [[nodiscard]] static engine_options options_of(std::uint64_t seed);
  [[nodiscard]] static money_mover mover_of(std::uint64_t seed);
  void prepare(caf::actor_system& system, engine_ground& ground);
  [[nodiscard]] uuid fresh_id();

  // ---- what happens ----
  void open_shop();
  void step();
  void command();
  void create();
  void change();
  [[nodiscard]] order_status some_target(const order* known);
  void buy();
  void retry(const uuid& id);
  void lose_power();
  void restart();
  /// Brings every saga to its end, all troubles being over.
  void come_to_rest();
  [[nodiscard]] const std::string& some_buyer();
  void submit(order_request request, std::string what, bool creates = false);

  // ---- what must be true ----
  /// Reads on in the journal, and checks after each event.
  void follow();
  void check_answers() const;
  void check_creation(const asked& each) const;
  [[nodiscard]] bool is_at_rest() const;
  [[nodiscard]] sim_tally tally() const;

  bool trace_;
  std::mt19937_64 random_;
  std::mt19937_64 ids_; ///< apart, so that no id depends on what else is decided
  std::uint64_t last_id_ = 0;
  bool crashes_; ///< else all comes in any order, but nothing dies: that is cheaper
  money_mover mover_;
  std::shared_ptr<outside_service> service_;
  std::optional<engine_fixture> shop_;
  saga_books books_;
  std::uint64_t followed_ = 0; ///< events
  std::vector<asked> asked_;
  std::vector<uuid> orders_;
  std::size_t crashes_within_sagas_ = 0;
};

} // namespace orderd::test

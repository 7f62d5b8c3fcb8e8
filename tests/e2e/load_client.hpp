/// One client of the load.
#pragma once

#include "tests/e2e/order_load.hpp"

#include <atomic>
#include <cstdint>
#include <random>
#include <string>

namespace orderd::test {

struct client_rules {
  bool never_refused = false; ///< every answer of 5xx is a surprise
  bool only_buys = false;     ///< places orders and reserves
};

/// Asks until the server is gone. For one thread.
class load_client {
 public:
  load_client(std::uint16_t port, std::uint64_t seed, client_book& book, std::atomic<std::uint64_t>& answers)
      : random_(seed), book_(book), answers_(answers), api_(port, "operator") {}

  void run(client_rules rules);

 private:
  /// What a request has done, as far as its answer says.
  enum class verdict { done, refused, unknown };

  [[nodiscard]] int any(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void step();
  void create_order();
  void change_order();
  void reserve();
  void settle_reservation();
  /// Books what neither `expected`, nor want of room, nor the end of the server explains.
  verdict judge(const api_answer& answer, int expected);

  std::mt19937_64 random_;
  client_book& book_;
  std::atomic<std::uint64_t>& answers_;
  api_client api_;
  client_rules rules_;
  bool server_is_gone_ = false;
};

} // namespace orderd::test

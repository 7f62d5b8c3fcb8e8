/// Orders that the processor places, sent while the program is killed, and the books that they must leave.
#pragma once

#include "tests/e2e/with_ledger.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace orderd::test {

/// Ten SKUs, three of them scarce; twenty customers, five of them poor. Every order has a key of its own, so
/// that each is one order however often its client had to ask.
class deferred_load {
 public:
  static constexpr int skus = 10;
  static constexpr int customers = 20;
  static constexpr std::int64_t price = 1'000;

  explicit deferred_load(int orders) : orders_(orders) {}
  deferred_load(const deferred_load&) = delete;
  deferred_load& operator=(const deferred_load&) = delete;
  ~deferred_load() { join(); }

  void prepare(api_client& operators) const;
  /// Starts clients that send all the orders, over every restart.
  void start(std::uint16_t port);
  /// Where the program listens now; 0 while it does not.
  void moved_to(std::uint16_t port) { port_ = port; }
  /// Waits until so many orders are processed or failed.
  void await_ended(int count);
  /// Waits until all are sent and over.
  void await_all();

  /// Every order is processed, or failed and says why; stock and accounts are what the orders add up to.
  void check_books(api_client& operators) const;

 private:
  static constexpr int clients = 4;
  static constexpr int scarce = 3;
  static constexpr int poor = 5;

  void join();
  void send(int index);
  /// How many are processed or failed; what is not answered counts as none.
  [[nodiscard]] int ended() const;
  [[nodiscard]] std::int64_t on_hand(int sku) const { return sku < scarce ? orders_ / 25 : orders_ * 4; }
  [[nodiscard]] std::int64_t funds(int customer) const {
    return price * (customer < poor ? orders_ / 50 : orders_ * 4);
  }

  int orders_;
  std::atomic<std::uint16_t> port_{0};
  std::atomic<bool> gives_up_{false};
  std::atomic<int> done_{0}; ///< clients that have sent all of theirs
  std::vector<std::thread> running_;
};

} // namespace orderd::test

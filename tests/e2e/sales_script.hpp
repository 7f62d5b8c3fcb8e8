/// One customer after another, always in the same way, and the books of what they were answered.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace orderd::test {

/// Orders that are placed, completed and cancelled, reservations that are kept, committed, released and
/// claimed, orders of `mallory`, whom a test may have the database refuse, and orders as large as they may
/// be. One request at a time: when the server dies, the outcome of one is unknown. One thread.
class sales_script {
 public:
  /// The items, of `units` each. Before anything else.
  static void define_stock(api_client& api);

  /// Goes through all of it again and again until the server is gone.
  void run_until_gone(std::uint16_t port);
  /// Goes through it once; the server must stay.
  void run_once(std::uint16_t port);

  /// Every answer still holds: each order is as it was answered, or as the one unanswered request wanted it,
  /// no order and no reservation is there that nobody asked for, and no unit is gone. Takes up what had
  /// become of that request. `url`: the database, in which the server has everything.
  void check_and_adopt(api_client& api, const std::string& url);

  /// As far as single orders go, which are shown whole even if the database refuses them.
  void check_shown_orders(api_client& api);

  [[nodiscard]] std::size_t orders() const { return orders_.size(); }

 private:
  /// By paths. `wanted`: the status asked for and not answered.
  struct known_order {
    std::string body;
    std::optional<std::string> wanted;
  };
  struct known_reservation {
    std::string state;
    std::optional<std::string> wanted;
  };

  std::string create(api_client& buyer, const std::string& body);
  void change(api_client& user, const std::string& path, const std::string& action,
              const std::string& status);
  std::string reserve(api_client& buyer, const std::string& sku);
  void end(api_client& buyer, const std::string& path, const std::string& state);
  void claim(api_client& buyer, const std::string& sku);

  void adopt_unknown_orders(api_client& api);
  void check_reservations(api_client& api);
  void check_unclaimed(api_client& api, const std::string& url);

  std::map<std::string, known_order> orders_;
  std::map<std::string, known_reservation> reservations_;
  std::size_t creations_in_flight_ = 0;
  std::size_t reservations_in_flight_ = 0;
};

} // namespace orderd::test

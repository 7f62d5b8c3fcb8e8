/// Customers who pay for their orders, one after another, and the books of what they were answered.
#pragma once

#include "tests/support/api_client.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orderd::test {

/// Each way that money can take: orders placed at once or by the processor, as the server is set up, and from
/// a draft; completed and cancelled; and those of a customer who cannot pay. One request at a time: when the
/// server dies, the outcome of one is unknown. One thread.
class paid_sales {
 public:
  static constexpr std::int64_t units = 100'000; ///< of each SKU at the beginning
  static const std::vector<std::string>& skus();

  static void define_stock(api_client& api);

  /// Goes through all of it again and again until the server is gone. Nothing it is answered ends it: whoever
  /// moves the money may be away.
  void run_until_gone(std::uint16_t port);
  /// Goes through it once; the server must stay.
  void run_once(std::uint16_t port);

  /// Every order that anybody was told of is there, as it was answered or as the one unanswered request
  /// wanted it.
  void check(const std::map<std::string, json_view>& shown);

 private:
  /// `wanted`: what may have become of it by what was asked for last.
  struct known_order {
    std::string status;
    std::optional<std::string> wanted;
  };

  /// The order's id, if it is refused neither for now nor for good. `buy`: once it is processed.
  std::optional<std::string> create(api_client& buyer, const std::string& body);
  std::optional<std::string> buy(api_client& buyer, const std::string& body);
  /// False if it is refused for now.
  bool change(api_client& user, const std::string& id, const std::string& action, const std::string& status);
  /// Waits for the processor if the order is its business.
  bool is_processed(api_client& buyer, const std::string& id);

  const api_client* poor_ = nullptr;          ///< in a round: whose payments are declined
  std::map<std::string, known_order> orders_; ///< by id
};

} // namespace orderd::test

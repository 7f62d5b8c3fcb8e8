/// Clients that change orders and stock all the time, and their books of what they were answered.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace orderd::test {

/// What a client knows of one order.
struct booked_order {
  std::int64_t version = 0;
  std::string status;
  std::string body;                     ///< of the last answer
  std::optional<std::string> in_flight; ///< the status asked for and not answered
};

/// What a client knows of one reservation. Only active ones are kept.
struct booked_reservation {
  std::string sku;
  std::int64_t qty = 0;
  std::optional<std::string> in_flight; ///< `commit` or `release`, asked for and not answered
};

/// What one client was answered, over all rounds. Belongs to its thread while that runs.
struct client_book {
  std::map<std::string, booked_order> orders;
  std::map<std::string, booked_reservation> reservations;
  std::uint64_t creations_in_flight = 0; ///< of orders, since the last check
  std::int64_t units_in_flight = 0;      ///< of reservations that were asked for and never answered
  std::int64_t units_committed = 0;
  std::vector<std::string> surprises; ///< answers that nothing the client did explains
};

/// What is asked of the server, and by whom.
struct load_rules {
  bool never_refused = false; ///< every answer of 5xx is a surprise
  std::size_t buyers = 0;     ///< so many of the clients place orders and reserve, and do nothing else
};

/// Orders use the SKUs `ORD-n` and reservations `RES-n`, so that what is reserved of the first can be
/// recomputed from the orders alone.
class order_load {
 public:
  static constexpr int skus = 5;
  static constexpr std::int64_t units = 1'000'000; ///< of each SKU at the beginning
  static constexpr int clients = 6;

  explicit order_load(std::uint64_t seed, load_rules rules = {}) : seed_(seed), rules_(rules) {}
  order_load(const order_load&) = delete;
  order_load& operator=(const order_load&) = delete;
  ~order_load() { join(); }

  static void define_stock(api_client& api);

  /// Starts the clients. Each ends when the server does.
  void start(std::uint16_t port);
  /// Waits until the clients of this round have had so many answers.
  void wait_for_answers(std::uint64_t count) const;
  /// Waits for so many more.
  void wait_for_more_answers(std::uint64_t count) const { wait_for_answers(answers_ + count); }
  /// Waits for the end of the clients: the server is gone.
  void join();

  /// Compares all that was answered with what the server shows, takes up what had become of the requests in
  /// flight, and checks the sums of the stock.
  void check_and_adopt(std::uint16_t port);

  /// What the clients know. Not while they run.
  [[nodiscard]] const std::array<client_book, clients>& books() const { return books_; }
  /// The statuses that orders were in at the last check: a load that never got far would prove nothing.
  [[nodiscard]] std::set<std::string> statuses() const;

 private:
  using shown_orders = std::map<std::string, json_view>;

  static void check_order(const std::string& id, booked_order& booked, const json_view& shown);
  void adopt_unknown(const shown_orders& shown);
  static void check_stock_of_orders(api_client& api, const shown_orders& shown);
  void check_reservations(api_client& api);

  std::uint64_t seed_;
  load_rules rules_;
  std::uint64_t round_ = 0;
  std::atomic<std::uint64_t> answers_{0};
  std::array<client_book, clients> books_;
  std::vector<std::thread> running_;
};

} // namespace orderd::test

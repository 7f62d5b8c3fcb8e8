/// What a history comes to, and whether a store's rows come to the same.
#pragma once

#include "config/result.hpp"
#include "domain/account.hpp"
#include "domain/order.hpp"
#include "domain/stock.hpp"
#include "persistence/file_system.hpp"
#include "persistence/history_file.hpp"
#include "persistence/store.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

namespace orderd {

/// How many events go by between two looks at whether the task is to end.
inline constexpr std::uint64_t events_a_question = 1024;

/// An item's row, as far as it is compared.
struct stock_sum {
  stock_levels levels;
  std::uint64_t version = 0;

  bool operator==(const stock_sum&) const = default;
};

/// An account's row, as far as it is compared.
struct account_sum {
  account_levels levels;
  std::uint64_t version = 0;

  bool operator==(const account_sum&) const = default;
};

/// Sums of a whole history. Memory: an entry an item, as in the catalogue, and one an account.
struct history_sums {
  std::array<std::uint64_t, 7> orders_by_status{};
  std::uint64_t order_versions = 0; ///< the sum of all orders' versions: their events but for withdrawn ones
  std::unordered_map<std::string, stock_sum> stock;
  std::unordered_map<std::string, account_sum> accounts;
};

/// Follows the events of the file, in as many passes as keep at most `orders_a_pass` orders in memory.
/// `interrupted` is asked now and then. Errors: those of `history_reader`; timed_out, once interrupted.
[[nodiscard]] result<history_sums> sums_of(file_system& files, const std::string& path,
                                           const std::function<bool()>& interrupted,
                                           std::uint64_t orders_a_pass = 1'000'000);

/// Reads the store's lists page by page, and the accounts one by one, and compares. `damaged` names the first
/// thing that differs.
[[nodiscard]] result<void> compare(const history_sums& wanted, store_reader& stored,
                                   const std::function<bool()>& interrupted);

/// For people: `processed 12, cancelled 3`.
[[nodiscard]] std::string describe_orders(const history_sums& sums);
/// For people: `4 items, 900 units on hand, 17 reserved`.
[[nodiscard]] std::string describe_stock(const history_sums& sums);

} // namespace orderd

/// Which products exist, and which SKU a product id stands for.
#pragma once

#include "domain/stock.hpp"

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

namespace orderd {

/// A directory of the catalogue in memory (some 150 bytes a product). Stock actors write it as they change;
/// the edge reads it to resolve product ids and to quote prices. What it says is not durable: only the stock
/// item decides. Any thread.
class catalogue_index {
 public:
  /// The product of a SKU, or of a product id.
  [[nodiscard]] std::optional<product> find(const std::string& sku) const;
  [[nodiscard]] std::optional<product> find(std::int64_t product_id) const;
  [[nodiscard]] bool contains(const std::string& sku) const;
  [[nodiscard]] std::size_t size() const;

  /// Enters or replaces a product. False, and nothing changed, if another SKU has its product id.
  /// A former product id of the SKU stays taken until it is freed.
  [[nodiscard]] bool put(const product& p);
  /// Makes the id anybody's again. To be called once the event that gives it up is on its way to the journal.
  void free(std::int64_t product_id);

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, product> by_sku_;
  std::unordered_map<std::int64_t, std::string> sku_of_;
};

} // namespace orderd

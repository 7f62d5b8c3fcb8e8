#include "actors/catalogue_index.hpp"

#include <mutex>

namespace orderd {

std::optional<product> catalogue_index::find(const std::string& sku) const {
  const std::shared_lock lock{mutex_};
  const auto found = by_sku_.find(sku);
  return found == by_sku_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<product> catalogue_index::find(std::int64_t product_id) const {
  const std::shared_lock lock{mutex_};
  const auto alias = sku_of_.find(product_id);
  return alias == sku_of_.end() ? std::nullopt : std::optional{by_sku_.at(alias->second)};
}

bool catalogue_index::contains(const std::string& sku) const {
  const std::shared_lock lock{mutex_};
  return by_sku_.contains(sku);
}

std::size_t catalogue_index::size() const {
  const std::shared_lock lock{mutex_};
  return by_sku_.size();
}

bool catalogue_index::put(const product& p) {
  const std::unique_lock lock{mutex_};
  if (p.product_id) {
    const auto owner = sku_of_.find(*p.product_id);
    if (owner != sku_of_.end() && owner->second != p.sku)
      return false;
  }
  auto& entry = by_sku_[p.sku];
  if (p.product_id)
    sku_of_[*p.product_id] = p.sku;
  entry = p;
  return true;
}

void catalogue_index::free(std::int64_t product_id) {
  const std::unique_lock lock{mutex_};
  sku_of_.erase(product_id);
}

} // namespace orderd

#include "domain/placement.hpp"

#include "domain/assert.hpp"
#include "domain/limits.hpp"

#include <unordered_set>
#include <utility>

namespace orderd {

namespace {

[[nodiscard]] bool names_each_product_once(const std::vector<order_line>& lines) {
  std::unordered_set<std::string_view> skus;
  std::unordered_set<uuid> claims;
  for (const auto& line : lines) {
    const bool fresh =
        line.reservation ? claims.insert(*line.reservation).second : skus.insert(line.sku).second;
    if (!fresh || line.sku.empty())
      return false;
  }
  return true;
}

[[nodiscard]] rejection price_changed(const order_line& line, cents price) {
  return {rejection_code::price_changed,
          line.sku + " costs " + to_decimal(price) + ", not " + to_decimal(*line.price),
          "price",
          {},
          {}};
}

[[nodiscard]] rejection item_refused(std::size_t index, const char* member, std::string detail) {
  return {rejection_code::invalid_field,
          std::move(detail),
          "items[" + std::to_string(index) + "]." + member,
          {},
          {}};
}

[[nodiscard]] auto total_too_large() {
  return refuse(rejection_code::invalid_field, "the order's total would pass 2^63 - 1 minor units", "items");
}

[[nodiscard]] std::string product_text(const order_line& line) {
  return line.sku.empty() ? "product " + std::to_string(line.product_id.value_or(0)) : line.sku;
}

[[nodiscard]] bool same_product(const order_line& a, const order_line& b) noexcept {
  return a.sku == b.sku && (!a.sku.empty() || a.product_id == b.product_id);
}

/// Checks the request's item `index` by itself. A claim may leave its quantity to the reservation.
[[nodiscard]] std::optional<rejection> check_line(const order_line& line, std::size_t index) {
  const std::int64_t qty_min = line.reservation ? 0 : 1;
  if (line.qty < qty_min || line.qty > qty_max)
    return item_refused(index, "qty",
                        product_text(line) + ": the quantity is " + std::to_string(line.qty) +
                            " and must be from " + std::to_string(qty_min) + " to " +
                            std::to_string(qty_max));
  if (line.price && (*line.price < 0 || *line.price > price_max))
    return item_refused(index, "price",
                        product_text(line) + ": the price is " + to_decimal(*line.price) +
                            " and must be from 0.00 to " + to_decimal(price_max));
  return std::nullopt;
}

/// Adds `line`, the request's item `index`, to an earlier line of the same product.
[[nodiscard]] std::optional<rejection> combine(order_line& into, const order_line& line, std::size_t index) {
  if (into.price_given && line.price_given && into.price != line.price)
    return item_refused(index, "price", product_text(line) + " is given two prices");
  const auto qty = checked_add(into.qty, line.qty);
  if (!qty || *qty > qty_max)
    return item_refused(index, "qty",
                        "the quantities of " + product_text(line) + " add up to more than " +
                            std::to_string(qty_max));
  into.qty = *qty;
  if (line.price_given || !into.price) {
    into.price = line.price;
    into.price_given = line.price_given;
  }
  if (!into.product_id)
    into.product_id = line.product_id;
  return std::nullopt;
}

/// The line that `line` is to be combined with, or nothing. Linear: an order has at most order_lines_max
/// lines.
[[nodiscard]] order_line* find_twin(std::vector<order_line>& lines, const order_line& line) {
  for (auto& each : lines) {
    if (!each.reservation && same_product(each, line))
      return &each;
  }
  return nullptr;
}

} // namespace

placement::placement(std::vector<order_line> lines)
    : lines_(std::move(lines)), grants_(lines_.size()), answered_(lines_.size(), false),
      outstanding_(lines_.size()) {
  ORDERD_ASSERT(!lines_.empty() && lines_.size() <= order_lines_max);
  ORDERD_ASSERT(names_each_product_once(lines_));
}

void placement::answer(std::size_t index, decision<grant> result) {
  ORDERD_ASSERT(index < lines_.size() && !answered_[index]);
  answered_[index] = true;
  --outstanding_;
  const auto& line = lines_[index];
  std::optional<rejection> refused;
  if (result) {
    ORDERD_ASSERT(result->product.sku == line.sku && !result->reservation_id.is_nil());
    ORDERD_ASSERT(line.reservation ? *line.reservation == result->reservation_id : line.qty == result->qty);
    if (line.price_given && line.price != result->product.price)
      refused = price_changed(line, result->product.price);
    grants_[index] = *std::move(result);
  } else {
    refused = std::move(result).error();
  }
  if (!refused)
    return;
  if (refusal_)
    merge_rejection(*refusal_, *std::move(refused));
  else
    refusal_ = std::move(refused);
}

decision<std::vector<order_line>> placement::outcome() const {
  ORDERD_ASSERT(complete());
  if (refusal_)
    return tl::unexpected(*refusal_);
  auto lines = granted();
  if (!total_of(lines))
    return total_too_large();
  return lines;
}

std::vector<order_line> placement::granted() const {
  std::vector<order_line> lines;
  lines.reserve(lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (!grants_[i])
      continue;
    auto& line = lines.emplace_back(lines_[i]);
    line.qty = grants_[i]->qty;
    line.product_id = grants_[i]->product.product_id;
    line.price = grants_[i]->product.price;
    line.reservation = grants_[i]->reservation_id;
  }
  return lines;
}

decision<std::vector<order_line>> merge_lines(std::vector<order_line> lines) {
  if (lines.size() > order_lines_max)
    return refuse(rejection_code::invalid_field,
                  "the order has " + std::to_string(lines.size()) + " lines and may have " +
                      std::to_string(order_lines_max),
                  "items");
  std::vector<order_line> merged;
  merged.reserve(lines.size());
  std::unordered_set<uuid> claims;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (auto refused = check_line(lines[i], i))
      return tl::unexpected(*std::move(refused));
    if (lines[i].reservation && !claims.insert(*lines[i].reservation).second)
      return refuse(rejection_code::invalid_field,
                    "reservation " + to_string(*lines[i].reservation) + " is named twice", "reservations");
    auto* const twin = lines[i].reservation ? nullptr : find_twin(merged, lines[i]);
    if (twin == nullptr)
      merged.push_back(std::move(lines[i]));
    else if (auto refused = combine(*twin, lines[i], i))
      return tl::unexpected(*std::move(refused));
  }
  if (!total_of(merged))
    return total_too_large();
  return merged;
}

} // namespace orderd

/// Gathers what the stock items answered to the lines of one order, and decides: all or nothing.
#pragma once

#include "domain/order.hpp"
#include "domain/rejection.hpp"
#include "domain/stock.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace orderd {

/// A stock item's answer to a line: what was reserved, at which price.
struct grant {
  uuid reservation_id;
  std::int64_t qty = 0;
  orderd::product product;
};

class placement {
 public:
  /// Lines must name a SKU each, no SKU twice unless by different reservations.
  explicit placement(std::vector<order_line> lines);

  [[nodiscard]] const std::vector<order_line>& lines() const noexcept { return lines_; }

  /// Takes the answer to line `index`. Each line is answered once (asserted).
  void answer(std::size_t index, decision<grant> result);

  [[nodiscard]] bool complete() const noexcept { return outstanding_ == 0; }

  /// Once complete: the lines with price snapshots and reservations, or the merged refusal. A price given by
  /// the client that differs from the catalogue's is `price_changed`; a total beyond int64 is
  /// `invalid_field`.
  [[nodiscard]] decision<std::vector<order_line>> outcome() const;

  /// The lines that hold units, to be given back when the outcome is a refusal.
  [[nodiscard]] std::vector<order_line> granted() const;

 private:
  std::vector<order_line> lines_;
  std::vector<std::optional<grant>> grants_;
  std::vector<bool> answered_;
  std::optional<rejection> refusal_;
  std::size_t outstanding_;
};

/// Combines lines with the same product: quantities are added, a given price goes before a quote; lines that
/// claim a reservation stay apart. Refuses (invalid_field) more than order_lines_max lines, a quantity or sum
/// of quantities out of bounds, two given prices for one product, a reservation named twice, and a total
/// beyond int64.
[[nodiscard]] decision<std::vector<order_line>> merge_lines(std::vector<order_line> lines);

} // namespace orderd

/// How often one caller may ask, and what it is told of that.
#pragma once

#include "config/rate_table.hpp"
#include "domain/order_rules.hpp"
#include "http/problem.hpp"

#include <optional>
#include <string_view>

namespace orderd::http {

/// Limits the requests of each caller: by name, or where none was given by address (of IPv6 its first half,
/// which is one customer's network). Any thread.
class caller_rates {
 public:
  explicit caller_rates(rate_terms terms);

  /// Counts one request of `who` (null: it could not be told) from `peer`. Nothing for an operator who gave a
  /// name: back offices and dashboards are not to be locked out by their own limit.
  [[nodiscard]] std::optional<rate_standing> take(const caller* who, std::string_view peer,
                                                  timestamp now) noexcept;

  [[nodiscard]] const rate_terms& terms() const noexcept { return table_.terms(); }

 private:
  static constexpr std::size_t callers_max = 65'536; ///< 1.5 MiB

  uuid seed_; ///< so that nobody outside knows which callers share a place
  rate_table table_;
};

/// 429.
[[nodiscard]] problem rate_limited(const rate_terms& terms);

/// Tells a limited caller where it stands: `RateLimit` and `RateLimit-Policy` as the IETF's draft has them
/// now, and `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) as clients know them from earlier ones.
void append_rate(response& answer, const std::optional<rate_standing>& stands);

} // namespace orderd::http

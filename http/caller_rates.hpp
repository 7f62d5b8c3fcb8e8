/// How often one caller may ask, and what it is told of that.
#pragma once

#include "config/rate_table.hpp"
#include "domain/order_rules.hpp"
#include "http/problem.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace orderd::http {

/// Whether a caller is who it says: a name that anybody can make up tells no caller from another.
enum class caller_names : std::uint8_t { believed, made_up };

/// Limits the requests of each caller: by name, or where none was given or is believed by address (of IPv6
/// its first half, which is one customer's network). Any thread.
class caller_rates {
 public:
  caller_rates(rate_terms terms, caller_names names);

  /// Counts one request of `who` (null: it could not be told) from `peer`. Nothing for an operator whose name
  /// is believed: back offices and dashboards are not to be locked out by their own limit.
  [[nodiscard]] std::optional<rate_standing> take(const caller* who, std::string_view peer,
                                                  timestamp now) noexcept;

  [[nodiscard]] const rate_terms& terms() const noexcept { return table_.terms(); }

 private:
  static constexpr std::size_t callers_max = 65'536; ///< 1.5 MiB

  caller_names names_;
  uuid seed_; ///< so that nobody outside knows which callers share a place
  rate_table table_;
};

/// 429.
[[nodiscard]] problem rate_limited(const rate_terms& terms);

/// Tells a limited caller where it stands: `RateLimit` and `RateLimit-Policy` as the IETF's draft has them
/// now, and `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) as clients know them from earlier ones.
void append_rate(response& answer, const std::optional<rate_standing>& stands);

} // namespace orderd::http

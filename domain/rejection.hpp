/// Refusals of the rules, as values. A refusal is an answer, not an error of the program.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

/// Why a command was refused, in order of precedence: where several apply, the first one is answered.
enum class rejection_code : std::uint8_t {
  shutting_down,
  overloaded,
  backlog_full,
  store_unavailable,
  audit_running,        ///< one at a time
  payment_unavailable,  ///< the payment could not be decided in time; nothing is charged in the end
  idempotency_mismatch, ///< the key came with another request before
  missing_user,
  not_found,
  forbidden,
  version_mismatch,
  illegal_transition,
  invalid_field,
  product_id_taken,
  unknown_product,
  reservation_expired,
  price_changed,
  insufficient_stock,
  payment_declined,
};

/// A line that asked for more than there was.
struct shortage {
  std::string sku;
  std::int64_t requested = 0;
  std::int64_t available = 0;

  bool operator==(const shortage&) const = default;
};

struct rejection {
  rejection_code code = rejection_code::overloaded;
  std::string detail;              ///< a sentence naming the value at fault
  std::string field;               ///< the field at fault, empty if none
  std::vector<shortage> shortages; ///< insufficient_stock: every short line
  std::vector<std::string_view>
      alternatives; ///< illegal_transition: the statuses that are allowed (literals)
};

/// What a rule decides: a value, or a refusal.
template <class T> using decision = tl::expected<T, rejection>;

[[nodiscard]] inline tl::unexpected<rejection> refuse(rejection_code code, std::string detail,
                                                      std::string field = {}) {
  return tl::unexpected<rejection>(rejection{code, std::move(detail), std::move(field), {}, {}});
}

/// Merges the refusals of one command's lines: the first code by precedence is kept; shortages are gathered.
void merge_rejection(rejection& into, rejection&& other);

/// The stable snake_case word for clients, e.g. `insufficient_stock`.
[[nodiscard]] std::string_view code_text(rejection_code code) noexcept;

} // namespace orderd

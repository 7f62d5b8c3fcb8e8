/// Money in minor units, and its exact decimal text. No value ever passes through a floating-point number.
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// Minor units (hundredths of the currency).
using cents = std::int64_t;

enum class decimal_error : std::uint8_t {
  malformed,         ///< not a JSON number in plain or exponent form
  too_many_decimals, ///< finer than one minor unit
  out_of_range,      ///< beyond int64 minor units
};

/// Reads a JSON number's text exactly: `19.99`, `5`, `1e2`, `-0.5`, `1.50`, `19.990` (trailing zeros are
/// exact).
[[nodiscard]] tl::expected<cents, decimal_error> parse_decimal(std::string_view text);

/// Appends the amount with two decimals: `19.99`, `-0.05`, `0.00`. The text is a valid JSON number.
void append_decimal(std::string& out, cents amount);
[[nodiscard]] std::string to_decimal(cents amount);

/// Sum and product, or nothing on overflow.
[[nodiscard]] std::optional<cents> checked_add(cents a, cents b) noexcept;
[[nodiscard]] std::optional<cents> checked_multiply(cents a, std::int64_t factor) noexcept;

} // namespace orderd

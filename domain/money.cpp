#include "domain/money.hpp"

#include <algorithm>
#include <limits>

namespace orderd {

namespace {

[[nodiscard]] bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Takes the leading digits off `rest`.
[[nodiscard]] std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count]))
    ++count;
  const auto digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

[[nodiscard]] bool take(std::string_view& rest, char a, char b) noexcept {
  if (rest.empty() || (rest.front() != a && rest.front() != b))
    return false;
  rest.remove_prefix(1);
  return true;
}

/// Larger exponents all mean the same: beyond every amount, or finer than every unit.
constexpr std::int64_t exponent_max = 1'000'000'000'000;

/// A JSON number, taken apart: (-) whole.fraction x 10^exponent.
struct number_parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

[[nodiscard]] std::optional<number_parts> take_apart(std::string_view rest) noexcept {
  number_parts parts;
  parts.negative = take(rest, '-', '-');
  parts.whole = take_digits(rest);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0'))
    return std::nullopt;
  if (take(rest, '.', '.')) {
    parts.fraction = take_digits(rest);
    if (parts.fraction.empty())
      return std::nullopt;
  }
  if (take(rest, 'e', 'E')) {
    const bool negative = take(rest, '-', '-');
    if (!negative)
      static_cast<void>(take(rest, '+', '+'));
    const auto digits = take_digits(rest);
    if (digits.empty())
      return std::nullopt;
    for (const char c : digits)
      parts.exponent = std::min(parts.exponent * 10 + (c - '0'), exponent_max);
    if (negative)
      parts.exponent = -parts.exponent;
  }
  return rest.empty() ? std::optional(parts) : std::nullopt;
}

/// The digit at `index` of whole and fraction written without the point.
[[nodiscard]] char digit_at(const number_parts& parts, std::size_t index) noexcept {
  return index < parts.whole.size() ? parts.whole[index] : parts.fraction[index - parts.whole.size()];
}

} // namespace

tl::expected<cents, decimal_error> parse_decimal(std::string_view text) {
  const auto parts = take_apart(text);
  if (!parts)
    return tl::unexpected(decimal_error::malformed);
  std::size_t begin = 0;
  std::size_t end = parts->whole.size() + parts->fraction.size();
  // The value is digits[begin, end) x 10^shift minor units; zeros at either end carry no information.
  auto shift = parts->exponent - static_cast<std::int64_t>(parts->fraction.size()) + 2;
  while (begin < end && digit_at(*parts, begin) == '0')
    ++begin;
  for (; end > begin && digit_at(*parts, end - 1) == '0'; --end)
    ++shift;
  if (begin == end)
    return 0;
  if (shift < 0)
    return tl::unexpected(decimal_error::too_many_decimals);
  // Nineteen digits always fit into 64 bits without a sign.
  if (static_cast<std::int64_t>(end - begin) + shift > 19)
    return tl::unexpected(decimal_error::out_of_range);
  std::uint64_t amount = 0;
  for (std::size_t i = begin; i < end; ++i)
    amount = amount * 10 + static_cast<std::uint64_t>(digit_at(*parts, i) - '0');
  for (; shift > 0; --shift)
    amount *= 10;
  constexpr auto positive_max = static_cast<std::uint64_t>(std::numeric_limits<cents>::max());
  if (amount > positive_max + (parts->negative ? 1 : 0))
    return tl::unexpected(decimal_error::out_of_range);
  return static_cast<cents>(parts->negative ? 0 - amount : amount);
}

void append_decimal(std::string& out, cents amount) {
  char text[24];
  char* const end = text + sizeof text;
  char* begin = end;
  // Negation without a sign also holds for the lowest amount.
  std::uint64_t rest =
      amount < 0 ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  for (int written = 0; rest != 0 || written < 3; ++written) {
    if (written == 2)
      *--begin = '.';
    *--begin = static_cast<char>('0' + rest % 10);
    rest /= 10;
  }
  if (amount < 0)
    *--begin = '-';
  out.append(begin, end);
}

std::string to_decimal(cents amount) {
  std::string out;
  append_decimal(out, amount);
  return out;
}

std::optional<cents> checked_add(cents a, cents b) noexcept {
  cents sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

std::optional<cents> checked_multiply(cents a, std::int64_t factor) noexcept {
  cents product = 0;
  return __builtin_mul_overflow(a, factor, &product) ? std::nullopt : std::optional(product);
}

} // namespace orderd

#include "domain/time.hpp"

#include "domain/assert.hpp"

namespace orderd {

namespace {

void append_digits(std::string& out, unsigned value, int width) {
  char digits[4];
  for (int i = width - 1; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  out.append(digits, static_cast<std::size_t>(width));
}

/// Walks over the text; each step says whether it matched.
class cursor {
 public:
  explicit cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool number(int width, unsigned& value) {
    if (rest_.size() < static_cast<std::size_t>(width))
      return false;
    value = 0;
    for (int i = 0; i < width; ++i) {
      if (!is_digit(rest_[static_cast<std::size_t>(i)]))
        return false;
      value = value * 10 + static_cast<unsigned>(rest_[static_cast<std::size_t>(i)] - '0');
    }
    rest_.remove_prefix(static_cast<std::size_t>(width));
    return true;
  }

  [[nodiscard]] bool one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// One to nine digits, of which those beyond milliseconds are cut.
  [[nodiscard]] bool fraction(unsigned& milliseconds) {
    std::size_t count = 0;
    unsigned weight = 100;
    milliseconds = 0;
    while (count < rest_.size() && is_digit(rest_[count])) {
      milliseconds += static_cast<unsigned>(rest_[count] - '0') * weight;
      weight /= 10;
      ++count;
    }
    rest_.remove_prefix(count);
    return count >= 1 && count <= 9;
  }

  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
};

/// Reads `Z` or `+hh:mm` up to the end of the text.
[[nodiscard]] std::optional<std::chrono::minutes> parse_offset(cursor& in) {
  if (in.one_of("Zz"))
    return in.done() ? std::optional(std::chrono::minutes{0}) : std::nullopt;
  const bool east = in.one_of("+");
  unsigned hours = 0;
  unsigned minutes = 0;
  if (!east && !in.one_of("-"))
    return std::nullopt;
  if (!in.number(2, hours) || !in.one_of(":") || !in.number(2, minutes) || !in.done())
    return std::nullopt;
  if (hours > 23 || minutes > 59)
    return std::nullopt;
  const std::chrono::minutes offset{hours * 60 + minutes};
  return east ? offset : -offset;
}

[[nodiscard]] std::chrono::sys_days first_day() { return std::chrono::year{0} / std::chrono::January / 1; }
[[nodiscard]] std::chrono::sys_days day_after_last() {
  return std::chrono::year{10'000} / std::chrono::January / 1;
}

} // namespace

void append_rfc3339(std::string& out, timestamp at) {
  ORDERD_ASSERT(at >= first_day() && at < day_after_last());
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const auto in_day = static_cast<unsigned>((at - day).count());
  append_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out.push_back('-');
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out.push_back('T');
  append_digits(out, in_day / 3'600'000, 2);
  out.push_back(':');
  append_digits(out, in_day / 60'000 % 60, 2);
  out.push_back(':');
  append_digits(out, in_day / 1'000 % 60, 2);
  out.push_back('.');
  append_digits(out, in_day % 1'000, 3);
  out.push_back('Z');
}

std::string to_rfc3339(timestamp at) {
  std::string out;
  out.reserve(24);
  append_rfc3339(out, at);
  return out;
}

std::optional<timestamp> parse_rfc3339(std::string_view text) {
  cursor in(text);
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  unsigned millisecond = 0;
  if (!in.number(4, year) || !in.one_of("-") || !in.number(2, month) || !in.one_of("-") ||
      !in.number(2, day) || !in.one_of("Tt") || !in.number(2, hour) || !in.one_of(":") ||
      !in.number(2, minute) || !in.one_of(":") || !in.number(2, second))
    return std::nullopt;
  if (in.one_of(".") && !in.fraction(millisecond))
    return std::nullopt;
  const auto offset = parse_offset(in);
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month},
                                         std::chrono::day{day}};
  // A leap second has no instant of its own in UTC milliseconds since 1970, so `:60` is refused.
  if (!offset || !date.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  const timestamp at = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                       std::chrono::seconds{second} + std::chrono::milliseconds{millisecond} - *offset;
  if (at < first_day() || at >= day_after_last())
    return std::nullopt;
  return at;
}

} // namespace orderd

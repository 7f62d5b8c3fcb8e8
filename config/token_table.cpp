#include "config/token_table.hpp"

#include "config/limits.hpp"
#include "config/settings_sources.hpp"
#include "config/small_file.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace orderd {

namespace {

constexpr std::string_view blanks = " \t\r";

/// Takes the first word off the front of `rest`; empty if there is none.
[[nodiscard]] std::string_view take_word(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
  const auto word = rest.substr(0, rest.find_first_of(blanks));
  rest.remove_prefix(word.size());
  return word;
}

[[nodiscard]] bool is_name(std::string_view word) noexcept {
  return word.size() <= limits::user_bytes_max &&
         std::all_of(word.begin(), word.end(), [](char each) { return each > 0x20 && each < 0x7f; });
}

[[nodiscard]] std::optional<std::uint8_t> hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9')
    return static_cast<std::uint8_t>(digit - '0');
  const char lower = static_cast<char>(digit | 0x20);
  if (lower >= 'a' && lower <= 'f')
    return static_cast<std::uint8_t>(lower - 'a' + 10);
  return std::nullopt;
}

/// False, with `bytes` undefined, unless `word` is exactly so many bytes in hex digits.
template <std::size_t Size>
[[nodiscard]] bool parse_hex(std::string_view word, std::array<std::uint8_t, Size>& bytes) noexcept {
  if (word.size() != 2 * Size)
    return false;
  for (std::size_t i = 0; i < Size; ++i) {
    const auto high = hex_value(word[2 * i]);
    const auto low = hex_value(word[2 * i + 1]);
    if (!high || !low)
      return false;
    bytes[i] = static_cast<std::uint8_t>(*high << 4U | *low);
  }
  return true;
}

} // namespace

std::uint64_t token_table::place_of(const digest& of_token) noexcept {
  std::uint64_t front = 0;
  std::memcpy(&front, of_token.data(), sizeof front);
  return front;
}

// Whoever tries tokens and takes the time learns at most how much of a stored digest agrees with that of a
// token tried. A digest does not lead back to its token, so that is worth nothing; and it is little, since
// the place is either empty or shared in 64 bits, and the rest is compared in one time whatever agrees.
const token_table::entry* token_table::find(const digest& wanted) const noexcept {
  const auto [first, last] = entries_.equal_range(place_of(wanted));
  for (auto at = first; at != last; ++at)
    if (CRYPTO_memcmp(at->second.of_token.data(), wanted.data(), wanted.size()) == 0)
      return &at->second;
  return nullptr;
}

result<void> token_table::take_line(std::string_view line, std::size_t number) {
  const auto wrong = [number](const std::string& why) {
    return fail(error_code::invalid_setting, "line " + std::to_string(number) + " " + why);
  };
  const auto user = take_word(line);
  if (user.empty() || user.starts_with('#'))
    return {};
  if (!is_name(user))
    return wrong("begins with " + in_quotes(user) + ", which is no name of 1.." +
                 std::to_string(limits::user_bytes_max) + " printable characters");
  entry made{{}, std::string(user), number};
  if (!parse_hex(take_word(line), made.of_token))
    return wrong("does not have a SHA-256 digest in 64 hex digits behind " + in_quotes(user));
  if (!take_word(line).empty())
    return wrong("has more than a name and a digest");
  if (const auto* const known = find(made.of_token))
    return wrong("has the digest of line " + std::to_string(known->line) + " again");
  entries_.emplace(place_of(made.of_token), std::move(made));
  return {};
}

result<token_table> token_table::parse(std::string_view text) {
  token_table made;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    if (auto taken = made.take_line(line, number); !taken)
      return tl::unexpected(std::move(taken).error());
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return made;
}

const std::string* token_table::user_of(std::string_view token) const {
  const auto* const found = find(sha256{}.update(token).finish());
  return found == nullptr ? nullptr : &found->user;
}

result<token_table> read_token_file(const std::string& path) {
  const auto text = read_small_file(path, limits::token_file_bytes_max);
  if (!text)
    return fail(error_code::io_failed, "token file " + in_quotes(path) + " " + text.error());
  auto table = token_table::parse(*text);
  if (!table)
    return fail(table.error().code, "token file " + in_quotes(path) + ": " + table.error().detail);
  return table;
}

} // namespace orderd

#include "http/cursor.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "persistence/store.hpp"

#include <charconv>
#include <cstring>
#include <limits>

namespace orderd::http {
namespace {

/// The first byte of a cursor. A changed layout takes a new letter, so that an old cursor is refused.
constexpr char order_kind = 'o';
constexpr char stock_kind = 's';
constexpr char timeline_kind = 't';
constexpr char event_kind = 'e';

/// Beyond this no offset of a page is ever computed from it.
constexpr std::size_t page_max = 1'000'000'000;

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

[[nodiscard]] std::string to_base64url(std::string_view bytes) {
  std::string text;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    pending = (pending << 8U) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6)
      text += alphabet[(pending >> (bits - 6)) & 63U];
    pending &= 0x3FU;
  }
  if (bits > 0)
    text += alphabet[(pending << (6 - bits)) & 63U];
  return text;
}

[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    pending = ((pending << 6U) | static_cast<unsigned>(digit)) & 0x3FFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((pending >> bits) & 0xFFU);
    }
  }
  // One spelling for each key: what does not come out again was not made here.
  return to_base64url(bytes) == text ? std::optional(std::move(bytes)) : std::nullopt;
}

void append_big_endian(std::string& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((number >> shift) & 0xFFU);
}

[[nodiscard]] std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (const char c : bytes.substr(0, 8))
    number = (number << 8U) | static_cast<unsigned char>(c);
  return number;
}

/// The key behind the kind, if the cursor is of that kind.
[[nodiscard]] std::optional<std::string> key_of(std::string_view text, char kind) {
  auto bytes = from_base64url(text);
  if (!bytes || bytes->empty() || bytes->front() != kind)
    return std::nullopt;
  bytes->erase(0, 1);
  return bytes;
}

[[nodiscard]] checked<std::size_t> read_number(std::string_view name, std::string_view text,
                                               std::size_t max) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 1 || number > max)
    return tl::unexpected(bad_parameter(std::string(name) + " is an integer from 1 to " +
                                            std::to_string(max) + ", not \"" +
                                            std::string(cut_utf8(text, 80)) + '"',
                                        std::string(name)));
  return number;
}

[[nodiscard]] problem beyond_counted(std::size_t page, std::size_t limit) {
  return bad_parameter("page " + std::to_string(page) + " of " + std::to_string(limit) +
                           " begins behind the first " + std::to_string(rows_counted_max) +
                           " items, where page numbers end: go on with next_cursor",
                       "page");
}

} // namespace

std::string encode_cursor(const order_position& last) {
  std::string key(1, order_kind);
  append_big_endian(key, static_cast<std::uint64_t>(last.created_at.time_since_epoch().count()));
  key.append(last.id.bytes.begin(), last.id.bytes.end());
  return to_base64url(key);
}

std::string encode_stock_cursor(std::string_view last_sku) {
  return to_base64url(stock_kind + std::string(last_sku));
}

std::string encode_timeline_cursor(std::uint64_t last_version) {
  std::string key(1, timeline_kind);
  append_big_endian(key, last_version);
  return to_base64url(key);
}

std::string encode_event_cursor(const event_position& looked_to) {
  std::string key(1, event_kind);
  append_big_endian(key, looked_to.seq);
  append_big_endian(key, looked_to.index);
  return to_base64url(key);
}

std::optional<order_position> decode_order_cursor(std::string_view text) {
  const auto key = key_of(text, order_kind);
  if (!key || key->size() != 8 + 16)
    return std::nullopt;
  order_position last;
  last.created_at = timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(big_endian(*key))));
  std::memcpy(last.id.bytes.data(), key->data() + 8, 16);
  return last;
}

std::optional<std::string> decode_stock_cursor(std::string_view text) {
  auto key = key_of(text, stock_kind);
  if (!key || !is_printable(*key, limits::sku_bytes_max))
    return std::nullopt;
  return key;
}

std::optional<std::uint64_t> decode_timeline_cursor(std::string_view text) {
  const auto key = key_of(text, timeline_kind);
  if (!key || key->size() != 8)
    return std::nullopt;
  return big_endian(*key);
}

std::optional<event_position> decode_event_cursor(std::string_view text) {
  const auto key = key_of(text, event_kind);
  if (!key || key->size() != 8 + 8)
    return std::nullopt;
  const auto index = big_endian(std::string_view(*key).substr(8));
  if (index > std::numeric_limits<std::uint32_t>::max())
    return std::nullopt;
  return event_position{big_endian(*key), static_cast<std::uint32_t>(index)};
}

checked<paging> read_paging(const query_parameters& query) {
  paging asked;
  asked.limit = limits::page_limit_default;
  if (const auto text = query.find("limit")) {
    const auto limit = read_number("limit", *text, limits::page_limit_max);
    if (!limit)
      return tl::unexpected(limit.error());
    asked.limit = *limit;
  }
  if (const auto text = query.find("page")) {
    const auto page = read_number("page", *text, page_max);
    if (!page)
      return tl::unexpected(page.error());
    if (!is_counted(*page, asked.limit))
      return tl::unexpected(beyond_counted(*page, asked.limit));
    asked.page = *page;
  }
  if (const auto text = query.find("cursor"))
    asked.cursor = std::string(*text);
  if (asked.page && asked.cursor)
    return tl::unexpected(bad_parameter("page and cursor exclude each other", "cursor"));
  return asked;
}

problem bad_cursor(std::string_view text) {
  return bad_parameter("\"" + std::string(cut_utf8(text, 80)) + "\" is no cursor of this list", "cursor");
}

} // namespace orderd::http

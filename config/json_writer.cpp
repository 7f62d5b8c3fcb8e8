#include "config/json_writer.hpp"

#include "config/utf8.hpp"
#include "domain/assert.hpp"

#include <array>
#include <charconv>
#include <cstddef>

namespace orderd {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

/// Bytes that stand for themselves inside a string and are a character of their own.
constexpr std::array<bool, 256> stands_for_itself = [] {
  std::array<bool, 256> table{};
  for (std::size_t byte = 0x20; byte < 0x80; ++byte)
    table[byte] = byte != '"' && byte != '\\';
  return table;
}();

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '\\';
  switch (byte) {
  case '"':
  case '\\':
    out += static_cast<char>(byte);
    return;
  case '\n':
    out += 'n';
    return;
  case '\r':
    out += 'r';
    return;
  case '\t':
    out += 't';
    return;
  default:
    out += "u00";
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
}

} // namespace

json_writer& json_writer::open(char bracket, bool object) {
  before_value();
  ORDERD_ASSERT(depth_ < depth_max);
  out_ += bracket;
  ++depth_;
  objects_ = (objects_ << 1U) | (object ? 1U : 0U);
  filled_ <<= 1U;
  return *this;
}

json_writer& json_writer::close(char bracket, bool object) {
  ORDERD_ASSERT(depth_ > 0 && !key_written_ && ((objects_ & 1U) != 0) == object);
  out_ += bracket;
  --depth_;
  objects_ >>= 1U;
  filled_ >>= 1U;
  after_value();
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  ORDERD_ASSERT(depth_ > 0 && (objects_ & 1U) != 0 && !key_written_);
  if ((filled_ & 1U) != 0)
    out_ += ',';
  append_string(name);
  out_ += ':';
  key_written_ = true;
  return *this;
}

json_writer& json_writer::value(std::string_view text) {
  before_value();
  append_string(text);
  after_value();
  return *this;
}

json_writer& json_writer::value(timestamp at) {
  before_value();
  out_ += '"';
  append_rfc3339(out_, at);
  out_ += '"';
  after_value();
  return *this;
}

json_writer& json_writer::value(const uuid& id) {
  before_value();
  out_ += '"';
  append_uuid(out_, id);
  out_ += '"';
  after_value();
  return *this;
}

json_writer& json_writer::decimal(cents amount) {
  before_value();
  append_decimal(out_, amount);
  after_value();
  return *this;
}

json_writer& json_writer::plain(std::string_view text) {
  ORDERD_ASSERT(!text.empty());
  before_value();
  out_ += text;
  after_value();
  return *this;
}

json_writer& json_writer::signed_integer(std::int64_t number) {
  std::array<char, 24> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return plain({digits.data(), written.ptr});
}

json_writer& json_writer::unsigned_integer(std::uint64_t number) {
  std::array<char, 24> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  return plain({digits.data(), written.ptr});
}

void json_writer::before_value() {
  if (depth_ == 0) {
    ORDERD_ASSERT(!done_);
    return;
  }
  if ((objects_ & 1U) != 0) {
    ORDERD_ASSERT(key_written_);
    key_written_ = false;
  } else if ((filled_ & 1U) != 0) {
    out_ += ',';
  }
}

void json_writer::after_value() noexcept {
  filled_ |= 1U;
  if (depth_ == 0)
    done_ = true;
}

void json_writer::append_string(std::string_view text) {
  out_ += '"';
  std::size_t clean = 0; // where the run of bytes that need no care begins
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (stands_for_itself[byte]) {
      ++at;
      continue;
    }
    const auto length = byte < 0x80 ? 0 : utf8_sequence_length(text.substr(at));
    if (length > 0) {
      at += length;
      continue;
    }
    out_.append(text, clean, at - clean);
    if (byte < 0x80)
      append_escape(out_, byte);
    else
      out_ += replacement_character;
    clean = ++at;
  }
  out_.append(text, clean, at - clean);
  out_ += '"';
}

} // namespace orderd

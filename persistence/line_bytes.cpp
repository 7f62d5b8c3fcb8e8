#include "persistence/line_bytes.hpp"

namespace orderd {

namespace {

/// The shortest line: an id, five empty or absent fields, a flag, an absent reservation and a time.
constexpr std::size_t line_bytes_min = 16 + 1 + 1 + 1 + 1 + 1 + 1 + 1;

} // namespace

void put(byte_writer& out, const std::optional<std::int64_t>& value) {
  out.flag(value.has_value());
  if (value) {
    out.signed_varint(*value);
  }
}

void put(byte_writer& out, const std::optional<timestamp>& value) {
  out.flag(value.has_value());
  if (value) {
    out.time(*value);
  }
}

void put(byte_writer& out, const std::optional<uuid>& value) {
  out.flag(value.has_value());
  if (value) {
    out.id(*value);
  }
}

void put(byte_writer& out, const std::vector<order_line>& lines) {
  out.varint(lines.size());
  for (const order_line& line : lines) {
    out.id(line.id);
    out.text(line.sku);
    put(out, line.product_id);
    out.signed_varint(line.qty);
    put(out, line.price);
    out.flag(line.price_given);
    put(out, line.reservation);
    out.time(line.created_at);
  }
}

void put(byte_writer& out, const order_placing& placing) {
  put(out, placing.lines);
  out.signed_varint(placing.total);
  out.byte(static_cast<std::uint8_t>(placing.on_refusal));
}

std::optional<std::int64_t> optional_number(byte_reader& in) {
  return in.flag() ? std::optional(in.signed_varint()) : std::nullopt;
}

std::optional<timestamp> optional_time(byte_reader& in) {
  return in.flag() ? std::optional(in.time()) : std::nullopt;
}

std::optional<uuid> optional_id(byte_reader& in) { return in.flag() ? std::optional(in.id()) : std::nullopt; }

order_status read_status(byte_reader& in) {
  return static_cast<order_status>(in.up_to(static_cast<std::uint8_t>(order_status::failed)));
}

payment_keeper read_keeper(byte_reader& in) {
  return static_cast<payment_keeper>(in.up_to(static_cast<std::uint8_t>(payment_keeper::service)));
}

std::vector<order_line> read_lines(byte_reader& in) {
  const std::size_t count = in.count(line_bytes_min);
  std::vector<order_line> read;
  read.reserve(count);
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    order_line& line = read.emplace_back();
    line.id = in.id();
    line.sku = in.text();
    line.product_id = optional_number(in);
    line.qty = in.signed_varint();
    line.price = optional_number(in);
    line.price_given = in.flag();
    line.reservation = optional_id(in);
    line.created_at = in.time();
  }
  return read;
}

order_placing read_placing(byte_reader& in) {
  order_placing placing;
  placing.lines = read_lines(in);
  placing.total = in.signed_varint();
  placing.on_refusal =
      static_cast<refusal_outcome>(in.up_to(static_cast<std::uint8_t>(refusal_outcome::withdraw)));
  return placing;
}

} // namespace orderd

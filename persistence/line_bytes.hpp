/// What events and whole orders have in common as bytes: optional values, statuses and lines. Format:
/// event_codec.md.
#pragma once

#include "domain/order.hpp"
#include "persistence/event_bytes.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace orderd {

void put(byte_writer& out, const std::optional<std::int64_t>& value);
void put(byte_writer& out, const std::optional<timestamp>& value);
void put(byte_writer& out, const std::optional<uuid>& value);
void put(byte_writer& out, const std::vector<order_line>& lines);
void put(byte_writer& out, const order_placing& placing);

// As the reader's own: what is malformed fails the reader.
[[nodiscard]] std::optional<std::int64_t> optional_number(byte_reader& in);
[[nodiscard]] std::optional<timestamp> optional_time(byte_reader& in);
[[nodiscard]] std::optional<uuid> optional_id(byte_reader& in);
[[nodiscard]] order_status read_status(byte_reader& in);
[[nodiscard]] payment_keeper read_keeper(byte_reader& in);
[[nodiscard]] std::vector<order_line> read_lines(byte_reader& in);
[[nodiscard]] order_placing read_placing(byte_reader& in);

} // namespace orderd

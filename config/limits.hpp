/// Bounds that are fixed when the program is built. What an operator may turn is in the settings table
/// instead. Every bound carries its unit in its name; bytes are bytes of UTF-8, not characters.
#pragma once

#include "domain/limits.hpp"

#include <cstddef>
#include <cstdint>

namespace orderd::limits {

// What the rules themselves refuse is theirs to bound.
using orderd::metadata_bytes_max;
using orderd::on_hand_max;
using orderd::order_lines_max;
using orderd::qty_max;
using orderd::sku_bytes_max;

// One request.
inline constexpr std::size_t name_bytes_max = 256;
inline constexpr std::size_t user_bytes_max = 64;
inline constexpr std::size_t reason_bytes_max = 256;
inline constexpr std::int64_t reservation_ttl_seconds_max = 86'400;
inline constexpr std::int64_t reservation_ttl_seconds_default = 600;

// Lists.
inline constexpr std::size_t page_limit_max = 100;
inline constexpr std::size_t page_limit_default = 20;
inline constexpr std::size_t timeline_page_max = 100;

// Queues inside the process.
inline constexpr std::size_t activation_buffer_messages_max = 1024;

// Import of a catalogue.
inline constexpr std::size_t import_errors_reported_max = 20;
inline constexpr std::size_t import_rows_in_flight_max = 256;
inline constexpr std::size_t imports_at_once_max = 8;

// Setting up and logging.
inline constexpr std::size_t config_file_bytes_max = 1024 * 1024;
inline constexpr std::size_t token_file_bytes_max = 1024 * 1024;
inline constexpr std::size_t operators_max = 1000;
inline constexpr std::size_t trusted_proxies_max = 1000;
inline constexpr std::size_t log_string_bytes_max = 4096;
inline constexpr std::size_t quoted_value_bytes_max = 200;

static_assert(page_limit_default >= 1 && page_limit_default <= page_limit_max);
static_assert(timeline_page_max <= page_limit_max, "a timeline pages like every other list");
static_assert(reservation_ttl_seconds_default >= 1 &&
              reservation_ttl_seconds_default <= reservation_ttl_seconds_max);
static_assert(on_hand_max < (std::int64_t{1} << 53), "JavaScript clients read the count without rounding");
static_assert(qty_max < on_hand_max, "one line can never overflow the sum with what is on hand");
static_assert(static_cast<std::int64_t>(order_lines_max) * qty_max < on_hand_max,
              "lines of one product that are combined stay countable");
static_assert(sku_bytes_max <= name_bytes_max && user_bytes_max <= name_bytes_max);
static_assert(activation_buffer_messages_max >= import_rows_in_flight_max,
              "an import that waits for one sleeping item cannot overflow its buffer by itself");
static_assert(activation_buffer_messages_max >= order_lines_max);
static_assert(import_errors_reported_max <= import_rows_in_flight_max);
static_assert(quoted_value_bytes_max <= log_string_bytes_max, "a reported value is never cut a second time");

} // namespace orderd::limits

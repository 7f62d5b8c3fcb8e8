/// How orders' parts look in JSON, in answers and in events alike.
#pragma once

#include "config/json_writer.hpp"
#include "domain/order.hpp"

#include <optional>
#include <string_view>

namespace orderd {

/// An amount twice: in minor units, and as an exact decimal; null for none.
void write_money(json_writer& json, std::string_view minor_name, std::string_view decimal_name,
                 std::optional<cents> amount);

/// A line with all that clients are shown of it.
void write_order_line(json_writer& json, const order_line& line);

/// Text, or null if it is empty.
void write_text_or_null(json_writer& json, std::string_view name, std::string_view text);

/// What of a failure's detail is for those who do not run the engine: a fixed sentence where it may tell of
/// what is behind it. Borrows from `detail`.
[[nodiscard]] std::string_view public_detail(std::string_view code, std::string_view detail) noexcept;

} // namespace orderd

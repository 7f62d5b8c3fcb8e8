/// What clients are shown of orders, stock and reservations, as JSON. Pure functions of domain values.
#pragma once

#include "actors/reply.hpp"
#include "config/json_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd::http {

/// Who is shown something: what went wrong behind the engine is for operators alone.
enum class audience : std::uint8_t { customers, operators };

/// The detail of a refusal or a failure, as far as it is for `to`: a fixed sentence where it may tell of what
/// is behind the engine. Borrows from `detail`.
[[nodiscard]] std::string_view detail_for(audience to, std::string_view code,
                                          std::string_view detail) noexcept;

void write(json_writer& json, const order& shown, audience to);
void write(json_writer& json, const stock_view& shown);
void write(json_writer& json, const reservation_view& shown);
void write(json_writer& json, const account_view& shown);
/// An entry of an account: what happened, and the two sides of it.
void write(json_writer& json, const account_event& shown);
/// A timeline's entry: what happened, when, by whom, and the status afterwards if it changed.
void write(json_writer& json, const order_event& shown, audience to);

/// The entity tag of a version: `"7"`.
[[nodiscard]] std::string etag_of(std::uint64_t version);

/// How a list was asked for, which decides what its answer tells beside the items.
struct list_frame {
  std::string path;                ///< as the client wrote it
  std::string filters;             ///< the query without `cursor` and `page`
  std::size_t limit = 0;           ///< items on a page
  std::optional<std::size_t> page; ///< from 1; else the list goes by cursor
};

/// What follows the items of a list: `next_cursor`, or `total`, `pages` and `page`; a total that says no more
/// than "that many at least" is marked by `total_capped`.
void write_list_end(json_writer& json, const list_frame& frame, const std::string& next_cursor,
                    std::uint64_t total);
/// The value of the Link header (RFC 8288); empty if there is nowhere to go.
[[nodiscard]] std::string link_header(const list_frame& frame, const std::string& next_cursor,
                                      std::uint64_t total);

} // namespace orderd::http

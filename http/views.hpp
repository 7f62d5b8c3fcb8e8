/// Entities as the JSON of the HTTP contract.
#pragma once

#include "actors/reply.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace orderd::http {

[[nodiscard]] std::string order_json(const order& shown);
[[nodiscard]] std::string stock_json(const stock_view& shown);
[[nodiscard]] std::string reservation_json(const reservation_view& shown);

/// What surrounds a list: the cursor of the next page (`null` without one), or page numbers.
struct list_frame {
  std::optional<std::string> next_cursor;
  std::optional<std::size_t> page; ///< then `total`, `pages`, `page` are shown
  std::uint64_t total = 0;
  std::size_t limit = 20;
};
[[nodiscard]] std::string orders_json(const order_page& shown, const list_frame& frame);
[[nodiscard]] std::string stock_list_json(const stock_page& shown, const list_frame& frame);
/// `{"items":[{"sequence","type","at","actor","status",…what happened…}],"next_cursor":…}`, oldest first.
[[nodiscard]] std::string timeline_json(const timeline_page& shown, const list_frame& frame);

} // namespace orderd::http

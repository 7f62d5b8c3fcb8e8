/// The chain that binds each event to those before it of the same order, stock item or account: whoever
/// changes one that is stored has to change every later one as well.
#pragma once

#include "domain/events.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace orderd {

/// What an event happens to. The numbers are those of the column `kind` in SQLite. Records of requests are of
/// no entity.
enum class entity_kind : std::uint8_t { stock = 0, order = 1, account = 2 };

/// `stock`, `order` or `account`.
[[nodiscard]] std::string_view to_text(entity_kind kind) noexcept;

/// Names an entity: by SKU, by the 16 bytes of an order's id, by an account's id. Ordered by kind, then by
/// the bytes of the key, as every store orders its rows.
struct entity_key {
  entity_kind kind = entity_kind::stock;
  std::string key;

  auto operator<=>(const entity_key&) const = default;
};

/// Whose event it is. Not of a mere record (asserted).
[[nodiscard]] entity_key key_of(const event& e);
/// The key as people and JSON show it: an order's id in its 36 characters. Bytes of any other length are
/// shown in hex.
[[nodiscard]] std::string shown_key(const entity_key& key);

/// A link of the chain. All zero before the first event.
using chain_link = std::array<std::uint8_t, 32>;

/// The link of an event: SHA-256 over the link of the entity's event before it (32 bytes), the event's tag (2
/// bytes, little-endian) and its payload as the history keeps it (event_codec.md). The payload begins with
/// the entity's name and the event's version, so that neither can be moved.
[[nodiscard]] chain_link next_link(const chain_link& before, event_tag tag, std::string_view payload);
/// The same of an event that is encoded for it. Not of a mere record (asserted).
[[nodiscard]] chain_link next_link(const chain_link& before, const event& e);

/// 64 hexadecimal digits in lower case.
[[nodiscard]] std::string to_text(const chain_link& link);

} // namespace orderd

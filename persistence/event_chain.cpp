#include "persistence/event_chain.hpp"

#include "config/sha256.hpp"
#include "domain/assert.hpp"
#include "domain/uuid.hpp"
#include "persistence/event_codec.hpp"

#include <algorithm>

namespace orderd {
namespace {

[[nodiscard]] std::string_view bytes_of(const chain_link& link) noexcept {
  return {reinterpret_cast<const char*>(link.data()), link.size()};
}

[[nodiscard]] std::string in_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char each : bytes) {
    const auto value = static_cast<std::uint8_t>(each);
    out += digits[value >> 4U];
    out += digits[value & 0x0FU];
  }
  return out;
}

} // namespace

std::string_view to_text(entity_kind kind) noexcept {
  switch (kind) {
  case entity_kind::stock:
    return "stock";
  case entity_kind::order:
    return "order";
  case entity_kind::account:
    break;
  }
  return "account";
}

entity_key key_of(const event& e) {
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    return {entity_kind::stock, of_stock->sku};
  if (const auto* of_order = std::get_if<order_event>(&e))
    return {entity_kind::order, std::string(bytes_of(of_order->order_id))};
  const auto* of_account = std::get_if<account_event>(&e);
  ORDERD_ASSERT(of_account != nullptr);
  return {entity_kind::account, of_account->account_id};
}

std::string shown_key(const entity_key& key) {
  if (key.kind != entity_kind::order)
    return key.key;
  uuid id;
  if (key.key.size() != id.bytes.size())
    return in_hex(key.key);
  std::copy(key.key.begin(), key.key.end(), id.bytes.begin());
  return to_string(id);
}

chain_link next_link(const chain_link& before, event_tag tag, std::string_view payload) {
  const auto number = static_cast<std::uint16_t>(tag);
  const char tag_bytes[2] = {static_cast<char>(number & 0xFFU), static_cast<char>(number >> 8U)};
  return sha256{}.update(bytes_of(before)).update({tag_bytes, sizeof tag_bytes}).update(payload).finish();
}

chain_link next_link(const chain_link& before, const event& e) {
  ORDERD_ASSERT(!std::holds_alternative<request_record>(e));
  std::string payload;
  encode_for_history(payload, e);
  return next_link(before, tag_of(e), payload);
}

std::string to_text(const chain_link& link) { return in_hex(bytes_of(link)); }

} // namespace orderd

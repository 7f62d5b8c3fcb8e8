#include "persistence/event_renderer.hpp"

#include "config/sha256.hpp"
#include "persistence/event_payloads.hpp"
#include "persistence/history_checkpoint.hpp"

#include <algorithm>

namespace orderd {

namespace {

constexpr std::size_t timeline_page = 100;
/// More than one event tells of at once, so that their numbers never meet those of the next.
constexpr std::uint64_t told_at_once_max = 10;

/// A UUID of version 8 (RFC 9562) made of what happened: whoever is told twice can see it.
[[nodiscard]] std::string event_id_of(std::string_view kind, std::string_view entity, std::uint64_t version,
                                      std::uint32_t index, timestamp at) {
  constexpr std::string_view divider{"\0", 1};
  sha256 hash;
  hash.update(kind).update(divider).update(std::to_string(version)).update(divider);
  hash.update(std::to_string(index)).update(divider);
  hash.update(std::to_string(at.time_since_epoch().count())).update(divider).update(entity);
  const auto digest = hash.finish();
  uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | 0x80U);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
  return to_string(id);
}

/// With zeros in front: CloudEvents' sequences are compared as text.
[[nodiscard]] std::string padded(std::uint64_t number) {
  constexpr std::size_t digits = 20;
  auto text = std::to_string(number);
  return std::string(digits - text.size(), '0') + text;
}

[[nodiscard]] cloud_event headed(public_event_type type, std::uint64_t seq, std::uint32_t index,
                                 std::string_view kind, std::string entity, std::uint64_t version,
                                 timestamp at) {
  cloud_event told;
  told.position = {seq, index};
  told.id = event_id_of(kind, entity, version, index, at);
  told.type = to_text(type);
  told.key = entity;
  told.subject = std::move(entity);
  told.sequence = padded(version * told_at_once_max + index);
  told.time = at;
  return told;
}

[[nodiscard]] std::vector<cloud_event> render_stock(std::uint64_t seq, const stock_event& e) {
  std::vector<cloud_event> told;
  for (const auto type : told_of(e)) {
    auto next = headed(type, seq, static_cast<std::uint32_t>(told.size()), "stock", e.sku, e.version, e.at);
    if (const auto* made = std::get_if<stock_reserved>(&e.what))
      next.customer_id = type == public_event_type::stock_reserved ? made->reservation.holder : "";
    next.data = payload_of(type, e);
    told.push_back(std::move(next));
  }
  return told;
}

} // namespace

event_renderer::event_renderer(store_reader& reader, std::size_t trails_max)
    : reader_(reader), trails_max_(trails_max) {}

result<std::vector<cloud_event>> event_renderer::render(const sequenced_event& e) {
  if (const auto* of_stock = std::get_if<stock_event>(&e.event))
    return render_stock(e.seq, *of_stock);
  const auto* of_order = std::get_if<order_event>(&e.event);
  if (of_order == nullptr)
    return std::vector<cloud_event>{};
  auto trail = trail_before(*of_order);
  if (!trail)
    return tl::unexpected{trail.error()};
  const auto types = told_of(*of_order, **trail);
  (*trail)->follow(*of_order);
  std::vector<cloud_event> told;
  told.reserve(types.size());
  for (const auto type : types) {
    auto next = headed(type, e.seq, static_cast<std::uint32_t>(told.size()), "order",
                       to_string(of_order->order_id), of_order->version, of_order->at);
    next.customer_id = (*trail)->customer_id;
    next.data = payload_of(type, *of_order, **trail);
    told.push_back(std::move(next));
  }
  return told;
}

result<order_trail*> event_renderer::trail_before(const order_event& e) {
  const auto known = by_order_.find(e.order_id);
  if (known != by_order_.end()) {
    trails_.splice(trails_.begin(), trails_, known->second);
  } else {
    if (trails_.size() >= trails_max_) {
      by_order_.erase(trails_.back().first);
      trails_.pop_back();
    }
    trails_.emplace_front(e.order_id, order_trail{});
    by_order_.emplace(e.order_id, trails_.begin());
  }
  auto& trail = trails_.front().second;
  if (trail.version + 1 == e.version)
    return &trail;
  auto read = read_trail(e);
  if (!read)
    return tl::unexpected{read.error()};
  trail = *std::move(read);
  return &trail;
}

/// What is stored of the order up to this event.
result<order_trail> event_renderer::read_trail(const order_event& e) {
  order_trail trail;
  auto whole = follow_to(e, trail);
  if (whole && !*whole) {
    // Its first events were dropped, or some are aside, and no timeline shows those.
    const auto from = reader_.checkpoint(key_of(e));
    if (!from)
      return tl::unexpected{from.error()};
    const auto state = *from && (*from)->version < e.version
                           ? decode_state(entity_kind::order, (*from)->state)
                           : result<entity_state>(order_ptr());
    // One that cannot be read is for an audit to find; sinks go on.
    if (const auto first = state ? std::get<order_ptr>(*state) : nullptr) {
      trail = trail_of(*first);
      whole = follow_to(e, trail);
    }
  }
  if (!whole)
    return tl::unexpected{whole.error()};
  if (*whole)
    return trail;
  // What never changes is with the order.
  const auto stored = reader_.load_order(e.order_id);
  if (!stored)
    return tl::unexpected{stored.error()};
  trail = {};
  trail.version = e.version - 1;
  trail.announced = true;
  if (*stored) {
    trail.customer_id = (*stored)->customer_id;
    trail.created_at = (*stored)->created_at;
    trail.status = (*stored)->status;
    trail.total = (*stored)->total;
    trail.lines = (*stored)->lines;
  }
  return trail;
}

/// Follows the stored events in front of this one. False if one of them is missing.
result<bool> event_renderer::follow_to(const order_event& e, order_trail& trail) {
  while (trail.version + 1 < e.version) {
    const auto earlier = reader_.timeline(e.order_id, trail.version, timeline_page);
    if (!earlier)
      return tl::unexpected{earlier.error()};
    for (const auto& each : *earlier) {
      if (each.version != trail.version + 1 || each.version >= e.version)
        return trail.version + 1 == e.version;
      trail.follow(each);
    }
    if (earlier->size() < timeline_page)
      break;
  }
  return trail.version + 1 == e.version;
}

} // namespace orderd

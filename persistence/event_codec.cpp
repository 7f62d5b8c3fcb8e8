#include "persistence/event_codec.hpp"

#include "persistence/event_bytes.hpp"
#include "persistence/line_bytes.hpp"

#include <type_traits>

namespace orderd {
namespace {

// ---- writing ----

void put(byte_writer& out, const stock_defined& e) {
  out.text(e.product.sku);
  put(out, e.product.product_id);
  out.text(e.product.name);
  out.signed_varint(e.product.price);
}

void put(byte_writer& out, const stock_adjusted& e) {
  out.signed_varint(e.delta);
  out.text(e.reason);
}

void put(byte_writer& out, const stock_reserved& e) {
  const reservation& r = e.reservation;
  out.id(r.id);
  out.signed_varint(r.qty);
  out.text(r.holder);
  out.time(r.created_at);
  put(out, r.expires_at);
  out.id(r.order_id);
  put(out, r.claimed_expiry);
}

void put(byte_writer& out, const reservation_extended& e) {
  out.id(e.id);
  out.time(e.expires_at);
}

void put(byte_writer& out, const reservation_released& e) { out.id(e.id); }
void put(byte_writer& out, const reservation_committed& e) { out.id(e.id); }
void put(byte_writer& out, const reservation_unclaimed& e) { out.id(e.id); }

void put(byte_writer& out, const reservations_expired& e) {
  out.varint(e.ids.size());
  for (const uuid& id : e.ids) {
    out.id(id);
  }
}

void put(byte_writer& out, const reservation_claimed& e) {
  out.id(e.id);
  out.id(e.order_id);
}

void put(byte_writer& out, const order_created& e) {
  out.text(e.customer_id);
  out.byte(static_cast<std::uint8_t>(e.status));
  out.text(e.currency);
  put(out, e.lines);
  out.signed_varint(e.total);
  out.text(e.metadata);
}

void put(byte_writer& out, const order_placed& e) {
  out.byte(static_cast<std::uint8_t>(e.status));
  put(out, e.lines);
  out.signed_varint(e.total);
}

void put(byte_writer& out, const order_accepted& e) { out.text(e.runner_id); }
void put(byte_writer& out, const order_completed& e) { put(out, e.lines); }

void put(byte_writer& out, const order_cancelled& e) {
  out.text(e.reason);
  put(out, e.lines);
}

void put(byte_writer& out, const order_failed& e) {
  out.text(e.failure.code);
  out.text(e.failure.detail);
}

void put(byte_writer& out, const order_amended& e) { out.text(e.metadata); }

void put(byte_writer& out, const stock_event& e) {
  out.text(e.sku);
  out.varint(e.version);
  out.time(e.at);
  out.signed_varint(e.after.on_hand);
  out.signed_varint(e.after.reserved);
  out.signed_varint(e.totals_after.received);
  out.signed_varint(e.totals_after.committed);
  out.signed_varint(e.totals_after.adjusted_out);
  std::visit([&](const auto& what) { put(out, what); }, e.what);
}

void put(byte_writer& out, const order_event& e) {
  out.id(e.order_id);
  out.varint(e.version);
  out.time(e.at);
  out.text(e.actor);
  std::visit([&](const auto& what) { put(out, what); }, e.what);
}

// ---- reading ----

void get(byte_reader& in, stock_defined& e) {
  e.product.sku = in.text();
  e.product.product_id = optional_number(in);
  e.product.name = in.text();
  e.product.price = in.signed_varint();
}

void get(byte_reader& in, stock_adjusted& e) {
  e.delta = in.signed_varint();
  e.reason = in.text();
}

void get(byte_reader& in, stock_reserved& e) {
  reservation& r = e.reservation;
  r.id = in.id();
  r.qty = in.signed_varint();
  r.holder = in.text();
  r.created_at = in.time();
  r.expires_at = optional_time(in);
  r.order_id = in.id();
  r.claimed_expiry = optional_time(in);
}

void get(byte_reader& in, reservation_extended& e) {
  e.id = in.id();
  e.expires_at = in.time();
}

void get(byte_reader& in, reservation_released& e) { e.id = in.id(); }
void get(byte_reader& in, reservation_committed& e) { e.id = in.id(); }
void get(byte_reader& in, reservation_unclaimed& e) { e.id = in.id(); }

void get(byte_reader& in, reservations_expired& e) {
  e.ids.resize(in.count(sizeof(uuid::bytes)));
  for (uuid& id : e.ids) {
    id = in.id();
  }
}

void get(byte_reader& in, reservation_claimed& e) {
  e.id = in.id();
  e.order_id = in.id();
}

void get(byte_reader& in, order_created& e) {
  e.customer_id = in.text();
  e.status = read_status(in);
  e.currency = in.text();
  e.lines = read_lines(in);
  e.total = in.signed_varint();
  e.metadata = in.text();
}

void get(byte_reader& in, order_placed& e) {
  e.status = read_status(in);
  e.lines = read_lines(in);
  e.total = in.signed_varint();
}

void get(byte_reader& in, order_accepted& e) { e.runner_id = in.text(); }
void get(byte_reader& in, order_completed& e) { e.lines = read_lines(in); }

void get(byte_reader& in, order_cancelled& e) {
  e.reason = in.text();
  e.lines = read_lines(in);
}

void get(byte_reader& in, order_failed& e) {
  e.failure.code = in.text();
  e.failure.detail = in.text();
}

void get(byte_reader& in, order_amended& e) { e.metadata = in.text(); }

void get_head(byte_reader& in, stock_event& e) {
  e.sku = in.text();
  e.version = in.varint();
  e.at = in.time();
  e.after.on_hand = in.signed_varint();
  e.after.reserved = in.signed_varint();
  e.totals_after.received = in.signed_varint();
  e.totals_after.committed = in.signed_varint();
  e.totals_after.adjusted_out = in.signed_varint();
}

void get_head(byte_reader& in, order_event& e) {
  e.order_id = in.id();
  e.version = in.varint();
  e.at = in.time();
  e.actor = in.text();
}

/// Reads an event whose `what` is a `What`.
template <class Event, class What> result<event> read_event(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<Event>};
  auto& typed = std::get<Event>(e);
  get_head(in, typed);
  get(in, typed.what.template emplace<What>());
  if (!in.ended_well()) {
    return fail(error_code::damaged, "the payload of an event with tag " +
                                         std::to_string(static_cast<unsigned>(tag)) + " and " +
                                         std::to_string(payload.size()) + " bytes is malformed");
  }
  return e;
}

} // namespace

void encode_event(std::string& out, const event& e) {
  byte_writer writer(out);
  std::visit([&](const auto& typed) { put(writer, typed); }, e);
}

result<event> decode_event(std::uint16_t tag, std::string_view payload) {
  const auto known = static_cast<event_tag>(tag);
  switch (known) {
  case event_tag::stock_defined_v1:
    return read_event<stock_event, stock_defined>(known, payload);
  case event_tag::stock_adjusted_v1:
    return read_event<stock_event, stock_adjusted>(known, payload);
  case event_tag::stock_reserved_v1:
    return read_event<stock_event, stock_reserved>(known, payload);
  case event_tag::reservation_extended_v1:
    return read_event<stock_event, reservation_extended>(known, payload);
  case event_tag::reservation_released_v1:
    return read_event<stock_event, reservation_released>(known, payload);
  case event_tag::reservation_committed_v1:
    return read_event<stock_event, reservation_committed>(known, payload);
  case event_tag::reservations_expired_v1:
    return read_event<stock_event, reservations_expired>(known, payload);
  case event_tag::reservation_claimed_v1:
    return read_event<stock_event, reservation_claimed>(known, payload);
  case event_tag::reservation_unclaimed_v1:
    return read_event<stock_event, reservation_unclaimed>(known, payload);
  case event_tag::order_created_v1:
    return read_event<order_event, order_created>(known, payload);
  case event_tag::order_placed_v1:
    return read_event<order_event, order_placed>(known, payload);
  case event_tag::order_accepted_v1:
    return read_event<order_event, order_accepted>(known, payload);
  case event_tag::order_completed_v1:
    return read_event<order_event, order_completed>(known, payload);
  case event_tag::order_cancelled_v1:
    return read_event<order_event, order_cancelled>(known, payload);
  case event_tag::order_failed_v1:
    return read_event<order_event, order_failed>(known, payload);
  case event_tag::order_amended_v1:
    return read_event<order_event, order_amended>(known, payload);
  }
  return fail(error_code::newer_format,
              "event tag " + std::to_string(tag) + " is not known here: a newer program wrote it");
}

} // namespace orderd

#include "persistence/event_codec.hpp"

#include "persistence/event_bytes.hpp"
#include "persistence/line_bytes.hpp"

namespace orderd {
namespace {

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
  if (e.accept_by)
    out.time(*e.accept_by);
}

void put(byte_writer& out, const order_placed& e) {
  out.byte(static_cast<std::uint8_t>(e.status));
  put(out, e.lines);
  out.signed_varint(e.total);
  if (e.accept_by)
    out.time(*e.accept_by);
}

void put(byte_writer& out, const order_accepted& e) { out.text(e.runner_id); }
/// Version 2 says that the payment was captured; version 1 is without one.
void put(byte_writer& out, const order_completed& e) { put(out, e.lines); }

void put(byte_writer& out, const order_cancelled& e) {
  out.text(e.reason);
  put(out, e.lines);
}

void put(byte_writer& out, const order_failure& e) {
  out.text(e.code);
  out.text(e.detail);
}

void put(byte_writer& out, const order_failed& e) {
  put(out, e.failure);
  if (!e.returns && e.lines.empty())
    return; // Version 1 says it all.
  put(out, e.lines);
  out.flag(e.returns);
}

void put(byte_writer& out, const order_amended& e) { out.text(e.metadata); }

void put(byte_writer& out, const order_reserved& e) {
  put(out, e.placing);
  out.byte(static_cast<std::uint8_t>(e.keeper));
}

void put(byte_writer& out, const payment_authorized& e) { out.flag(e.escrow_follows); }
void put(byte_writer&, const payment_escrowed&) {}

template <class Refusal> void put_refusal(byte_writer& out, const Refusal& e) {
  put(out, e.failure);
  put(out, e.lines);
}
void put(byte_writer& out, const payment_declined& e) { put_refusal(out, e); }
void put(byte_writer& out, const payment_abandoned& e) { put_refusal(out, e); }
void put(byte_writer& out, const order_withdrawn& e) { put_refusal(out, e); }

void put(byte_writer& out, const capture_started& e) { out.text(e.payee); }
void put(byte_writer&, const payment_returned&) {}

void put(byte_writer& out, const saga_delayed& e) {
  out.varint(e.delay.rounds);
  put(out, e.delay.due_at);
  out.text(e.delay.trouble);
  out.flag(e.delay.stuck);
}
void put(byte_writer&, const saga_retried&) {}

void put(byte_writer& out, const order_refused& e) {
  out.text(e.customer_id);
  put(out, e.lines);
  put(out, e.failure);
}

void put(byte_writer&, const account_opened&) {}

void put(byte_writer& out, const funds_deposited& e) {
  out.signed_varint(e.amount);
  out.text(e.reason);
}

void put(byte_writer& out, const funds_held& e) {
  out.id(e.order_id);
  out.varint(e.attempt);
  out.signed_varint(e.amount);
}

void put(byte_writer& out, const funds_escrowed& e) {
  out.id(e.order_id);
  out.signed_varint(e.amount);
}

void put(byte_writer& out, const funds_returned& e) {
  out.id(e.order_id);
  out.signed_varint(e.amount);
  out.flag(e.escrowed);
}

void put(byte_writer& out, const escrow_captured& e) {
  out.id(e.order_id);
  out.signed_varint(e.amount);
  out.text(e.payee);
}

void put(byte_writer& out, const payout_received& e) {
  out.id(e.order_id);
  out.signed_varint(e.amount);
  out.text(e.payer);
}

void put(byte_writer& out, const request_record& e) {
  out.id(e.key);
  out.id(e.fingerprint);
  out.id(e.subject);
  out.time(e.at);
  out.varint(e.status);
  out.text(e.headers);
  out.text(e.body);
}

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
  // What follows is version 2's alone.
  const auto* defined = std::get_if<stock_defined>(&e.what);
  if (defined != nullptr && (e.low_at || defined->product.low_threshold)) {
    put(out, defined->product.low_threshold);
    put(out, e.low_at);
  } else if (e.low_at) {
    out.signed_varint(*e.low_at);
  }
}

void put(byte_writer& out, const order_event& e) {
  out.id(e.order_id);
  out.varint(e.version);
  out.time(e.at);
  out.text(e.actor);
  std::visit([&](const auto& what) { put(out, what); }, e.what);
}

void put(byte_writer& out, const account_event& e) {
  out.text(e.account_id);
  out.varint(e.version);
  out.time(e.at);
  out.text(e.actor);
  out.signed_varint(e.after.balance);
  out.signed_varint(e.after.held);
  out.signed_varint(e.totals_after.deposited);
  out.signed_varint(e.totals_after.paid_in);
  out.signed_varint(e.totals_after.paid_out);
  std::visit([&](const auto& what) { put(out, what); }, e.what);
}

} // namespace

void encode_event(std::string& out, const event& e) {
  byte_writer writer(out);
  std::visit([&](const auto& typed) { put(writer, typed); }, e);
}

event_tag tag_of(const journal_entry& e) noexcept {
  return e.request ? event_tag::keyed_event_v1 : tag_of(e.event);
}

void encode_for_history(std::string& out, const event& e) {
  const auto* record = std::get_if<request_record>(&e);
  if (record == nullptr)
    return encode_event(out, e);
  encode_event(
      out,
      request_record{record->key, record->fingerprint, record->subject, record->at, record->status, {}, {}});
}

void encode_entry(std::string& out, const journal_entry& e) {
  if (e.request) {
    byte_writer writer(out);
    put(writer, *e.request);
    writer.varint(static_cast<std::uint64_t>(tag_of(e.event)));
  }
  encode_event(out, e.event);
}

} // namespace orderd

#include "persistence/event_bytes.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/line_bytes.hpp"

#include <array>
#include <limits>
#include <utility>

namespace orderd {
namespace {

template <class Number> Number number_up_to(byte_reader& in) {
  const std::uint64_t value = in.varint();
  if (value > std::numeric_limits<Number>::max())
    in.fail();
  return static_cast<Number>(value);
}

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

void get(byte_reader& in, order_failure& e) {
  e.code = in.text();
  e.detail = in.text();
}

void get(byte_reader& in, order_failed& e) { get(in, e.failure); }

template <class Refusal> void get_refusal(byte_reader& in, Refusal& e) {
  get(in, e.failure);
  e.lines = read_lines(in);
}
void get(byte_reader& in, payment_declined& e) { get_refusal(in, e); }
void get(byte_reader& in, payment_abandoned& e) { get_refusal(in, e); }
void get(byte_reader& in, order_withdrawn& e) { get_refusal(in, e); }

void get(byte_reader& in, order_reserved& e) {
  e.placing = read_placing(in);
  e.keeper = read_keeper(in);
}

void get(byte_reader& in, payment_authorized& e) { e.escrow_follows = in.flag(); }
void get(byte_reader&, payment_escrowed&) {}
void get(byte_reader& in, capture_started& e) { e.payee = in.text(); }
void get(byte_reader&, payment_returned&) {}

void get(byte_reader& in, saga_delayed& e) {
  e.delay.rounds = number_up_to<std::uint32_t>(in);
  e.delay.due_at = optional_time(in);
  e.delay.trouble = in.text();
  e.delay.stuck = in.flag();
}
void get(byte_reader&, saga_retried&) {}

void get(byte_reader& in, order_refused& e) {
  e.customer_id = in.text();
  e.lines = read_lines(in);
  get(in, e.failure);
}

// Later versions of the events above.

void get_low(byte_reader& in, stock_event& e, stock_defined& what) {
  what.product.low_threshold = optional_number(in);
  e.low_at = optional_number(in);
}
template <class What> void get_low(byte_reader& in, stock_event& e, What&) { e.low_at = in.signed_varint(); }

void get_v2(byte_reader& in, order_created& e) {
  get(in, e);
  e.accept_by = in.time();
}
void get_v2(byte_reader& in, order_placed& e) {
  get(in, e);
  e.accept_by = in.time();
}
void get_v2(byte_reader& in, order_completed& e) {
  get(in, e);
  e.captured = true;
}
void get_v2(byte_reader& in, order_cancelled& e) {
  get(in, e);
  e.returns = true;
}
void get_v2(byte_reader& in, order_failed& e) {
  get(in, e);
  e.lines = read_lines(in);
  e.returns = in.flag();
}

void get(byte_reader&, account_opened&) {}

void get(byte_reader& in, funds_deposited& e) {
  e.amount = in.signed_varint();
  e.reason = in.text();
}

void get(byte_reader& in, funds_held& e) {
  e.order_id = in.id();
  e.attempt = in.varint();
  e.amount = in.signed_varint();
}

void get(byte_reader& in, funds_escrowed& e) {
  e.order_id = in.id();
  e.amount = in.signed_varint();
}

void get(byte_reader& in, funds_returned& e) {
  e.order_id = in.id();
  e.amount = in.signed_varint();
  e.escrowed = in.flag();
}

void get(byte_reader& in, escrow_captured& e) {
  e.order_id = in.id();
  e.amount = in.signed_varint();
  e.payee = in.text();
}

void get(byte_reader& in, payout_received& e) {
  e.order_id = in.id();
  e.amount = in.signed_varint();
  e.payer = in.text();
}

void get(byte_reader& in, request_record& e) {
  e.key = in.id();
  e.fingerprint = in.id();
  e.subject = in.id();
  e.at = in.time();
  e.status = number_up_to<std::uint16_t>(in);
  e.headers = in.text();
  e.body = in.text();
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

void get_head(byte_reader& in, account_event& e) {
  e.account_id = in.text();
  e.version = in.varint();
  e.at = in.time();
  e.actor = in.text();
  e.after.balance = in.signed_varint();
  e.after.held = in.signed_varint();
  e.totals_after.deposited = in.signed_varint();
  e.totals_after.paid_in = in.signed_varint();
  e.totals_after.paid_out = in.signed_varint();
}

tl::unexpected<error> malformed(std::uint16_t tag, std::string_view payload) {
  return fail(error_code::damaged, "the payload of an event with tag " + std::to_string(tag) + " and " +
                                       std::to_string(payload.size()) + " bytes is malformed");
}

/// Whether what was read of an event with this tag is what the tag stands for: a later version that says no
/// more than an earlier one would be a second encoding of the same event.
result<event> checked(const byte_reader& in, event e, event_tag tag, std::string_view payload) {
  if (!in.ended_well() || tag_of(e) != tag)
    return malformed(static_cast<std::uint16_t>(tag), payload);
  return e;
}

/// Reads an event whose `what` is a `What`.
template <class Event, class What> result<event> read_event(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<Event>};
  auto& typed = std::get<Event>(e);
  get_head(in, typed);
  get(in, typed.what.template emplace<What>());
  return checked(in, std::move(e), tag, payload);
}

/// The same of the second version.
template <class What> result<event> read_order_v2(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<order_event>};
  auto& typed = std::get<order_event>(e);
  get_head(in, typed);
  get_v2(in, typed.what.emplace<What>());
  return checked(in, std::move(e), tag, payload);
}

/// An order that was created without anybody being told of it.
result<event> read_tentative(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<order_event>};
  auto& typed = std::get<order_event>(e);
  get_head(in, typed);
  auto& created = typed.what.emplace<order_created>();
  get(in, created);
  created.tentative = true;
  return checked(in, std::move(e), tag, payload);
}

/// An event of an item that has a threshold, or came down to it.
template <class What> result<event> read_low(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<stock_event>};
  auto& typed = std::get<stock_event>(e);
  get_head(in, typed);
  auto& what = typed.what.emplace<What>();
  get(in, what);
  get_low(in, typed, what);
  return checked(in, std::move(e), tag, payload);
}

result<event> read_record(event_tag tag, std::string_view payload) {
  byte_reader in(payload);
  event e{std::in_place_type<request_record>};
  get(in, std::get<request_record>(e));
  return checked(in, std::move(e), tag, payload);
}

using payload_reader = result<event> (*)(event_tag, std::string_view);

constexpr std::pair<event_tag, payload_reader> readers[] = {
    {event_tag::stock_defined_v1, read_event<stock_event, stock_defined>},
    {event_tag::stock_adjusted_v1, read_event<stock_event, stock_adjusted>},
    {event_tag::stock_reserved_v1, read_event<stock_event, stock_reserved>},
    {event_tag::reservation_extended_v1, read_event<stock_event, reservation_extended>},
    {event_tag::reservation_released_v1, read_event<stock_event, reservation_released>},
    {event_tag::reservation_committed_v1, read_event<stock_event, reservation_committed>},
    {event_tag::reservations_expired_v1, read_event<stock_event, reservations_expired>},
    {event_tag::reservation_claimed_v1, read_event<stock_event, reservation_claimed>},
    {event_tag::reservation_unclaimed_v1, read_event<stock_event, reservation_unclaimed>},
    {event_tag::stock_defined_v2, read_low<stock_defined>},
    {event_tag::stock_adjusted_v2, read_low<stock_adjusted>},
    {event_tag::stock_reserved_v2, read_low<stock_reserved>},
    {event_tag::order_created_v1, read_event<order_event, order_created>},
    {event_tag::order_placed_v1, read_event<order_event, order_placed>},
    {event_tag::order_accepted_v1, read_event<order_event, order_accepted>},
    {event_tag::order_completed_v1, read_event<order_event, order_completed>},
    {event_tag::order_cancelled_v1, read_event<order_event, order_cancelled>},
    {event_tag::order_failed_v1, read_event<order_event, order_failed>},
    {event_tag::order_amended_v1, read_event<order_event, order_amended>},
    {event_tag::order_created_v2, read_order_v2<order_created>},
    {event_tag::order_placed_v2, read_order_v2<order_placed>},
    {event_tag::order_completed_v2, read_order_v2<order_completed>},
    {event_tag::order_cancelled_v2, read_order_v2<order_cancelled>},
    {event_tag::order_failed_v2, read_order_v2<order_failed>},
    {event_tag::order_reserved_v1, read_event<order_event, order_reserved>},
    {event_tag::payment_authorized_v1, read_event<order_event, payment_authorized>},
    {event_tag::payment_escrowed_v1, read_event<order_event, payment_escrowed>},
    {event_tag::payment_declined_v1, read_event<order_event, payment_declined>},
    {event_tag::payment_abandoned_v1, read_event<order_event, payment_abandoned>},
    {event_tag::order_withdrawn_v1, read_event<order_event, order_withdrawn>},
    {event_tag::capture_started_v1, read_event<order_event, capture_started>},
    {event_tag::payment_returned_v1, read_event<order_event, payment_returned>},
    {event_tag::saga_delayed_v1, read_event<order_event, saga_delayed>},
    {event_tag::saga_retried_v1, read_event<order_event, saga_retried>},
    {event_tag::order_created_v3, read_tentative},
    {event_tag::order_refused_v1, read_event<order_event, order_refused>},
    {event_tag::account_opened_v1, read_event<account_event, account_opened>},
    {event_tag::funds_deposited_v1, read_event<account_event, funds_deposited>},
    {event_tag::funds_held_v1, read_event<account_event, funds_held>},
    {event_tag::funds_escrowed_v1, read_event<account_event, funds_escrowed>},
    {event_tag::funds_returned_v1, read_event<account_event, funds_returned>},
    {event_tag::escrow_captured_v1, read_event<account_event, escrow_captured>},
    {event_tag::payout_received_v1, read_event<account_event, payout_received>},
    {event_tag::request_record_v1, read_record},
};

/// The readers by tag; null where there is none. A keyed event has none: only an entry of the journal is one.
constexpr auto readers_by_tag = [] {
  std::array<payload_reader, static_cast<std::size_t>(event_tag::keyed_event_v1) + 1> all{};
  for (const auto& [tag, read] : readers)
    all[static_cast<std::size_t>(tag)] = read;
  return all;
}();

} // namespace

result<journal_entry> decode_entry(std::uint16_t tag, std::string_view payload) {
  journal_entry entry;
  if (tag == static_cast<std::uint16_t>(event_tag::keyed_event_v1)) {
    byte_reader in(payload);
    request_record record;
    get(in, record);
    const auto inner = in.varint();
    const bool nests = inner == static_cast<std::uint64_t>(event_tag::keyed_event_v1) ||
                       inner == static_cast<std::uint64_t>(event_tag::request_record_v1);
    if (in.failed() || nests || inner > UINT16_MAX)
      return malformed(tag, payload);
    entry.request = std::make_shared<const request_record>(std::move(record));
    payload.remove_prefix(payload.size() - in.remaining());
    tag = static_cast<std::uint16_t>(inner);
  }
  auto event = decode_event(tag, payload);
  if (!event)
    return tl::unexpected(event.error());
  entry.event = *std::move(event);
  return entry;
}

result<event> decode_event(std::uint16_t tag, std::string_view payload) {
  const payload_reader read = tag < readers_by_tag.size() ? readers_by_tag[tag] : nullptr;
  if (read != nullptr)
    return read(static_cast<event_tag>(tag), payload);
  return fail(error_code::newer_format,
              "event tag " + std::to_string(tag) + " is not known here: a newer program wrote it");
}

} // namespace orderd

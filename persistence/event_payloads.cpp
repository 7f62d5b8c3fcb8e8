#include "persistence/event_payloads.hpp"

#include "domain/assert.hpp"
#include "persistence/order_json.hpp"

namespace orderd {

namespace {

/// What a change of an order tells of itself.
struct change_details {
  std::string_view runner_id;
  std::string_view reason;
  const order_failure* failure = nullptr;

  void operator()(const order_accepted& e) { runner_id = e.runner_id; }
  void operator()(const order_cancelled& e) { reason = e.reason; }
  void operator()(const order_failed& e) { failure = &e.failure; }
  void operator()(const order_refused& e) { failure = &e.failure; }
  void operator()(const payment_declined& e) { failure = &e.failure; }
  void operator()(const payment_abandoned& e) { failure = &e.failure; }
  template <class Other> void operator()(const Other&) {}

  [[nodiscard]] static change_details of(const order_event& e) {
    change_details found;
    std::visit([&](const auto& what) { found(what); }, e.what);
    return found;
  }
};

void write_failure(json_writer& json, const order_failure& why) {
  json.begin_object().member("code", why.code);
  json.member("detail", public_detail(why.code, why.detail)).end_object();
}

/// Units of one product: what is held, or was asked for.
void write_units(json_writer& json, std::string_view sku, std::optional<std::int64_t> product_id,
                 std::int64_t qty) {
  write_text_or_null(json, "sku", sku);
  json.member("product_id", product_id).member("qty", qty);
}

void begin(json_writer& json, public_event_type type, const order_event& e, const order_trail& after) {
  json.begin_object().member("event_type", to_text(type)).member("order_id", e.order_id);
  json.member("customer_id", after.customer_id);
}

/// The shape is a contract with subscribers: nothing beside these members.
void write_created(json_writer& json, const order_trail& after) {
  constexpr auto type = public_event_type::order_created;
  json.member("status", to_text(after.status_for(type)));
  json.key("total_amount").decimal(after.total_for(type));
  json.key("items").begin_array();
  for (const auto& line : after.lines_for(type))
    write_order_line(json, line);
  json.end_array().member("created_at", after.created_at);
}

void write_updated(json_writer& json, const order_event& e, const order_trail& after) {
  const auto details = change_details::of(e);
  constexpr auto type = public_event_type::order_updated;
  json.member("change", name_of(e)).member("status", to_text(after.status_for(type)));
  json.member("version", e.version);
  write_money(json, "total_cents", "total_amount", after.total_for(type));
  write_text_or_null(json, "runner_id", details.runner_id);
  write_text_or_null(json, "reason", details.reason);
  json.key("failure");
  if (details.failure != nullptr)
    write_failure(json, *details.failure);
  else
    json.value(nullptr);
  json.member("updated_at", e.at);
}

void write_reserved(json_writer& json, const order_event& e, const order_trail& after) {
  json.member("holder", nullptr).key("items").begin_array();
  for (const auto& line : after.lines_for(public_event_type::stock_reserved)) {
    json.begin_object();
    write_units(json, line.sku, line.product_id, line.qty);
    json.member("reservation_id", line.reservation).end_object();
  }
  json.end_array().member("reserved_at", e.at);
}

void write_not_reserved(json_writer& json, const order_event& e, const order_trail& after) {
  const auto details = change_details::of(e);
  ORDERD_ASSERT(details.failure != nullptr);
  json.member("reason", details.failure->code)
      .member("detail", public_detail(details.failure->code, details.failure->detail));
  json.key("items").begin_array();
  for (const auto& line : after.lines_for(public_event_type::reservation_failed)) {
    json.begin_object();
    write_units(json, line.sku, line.product_id, line.qty);
    json.end_object();
  }
  json.end_array().member("failed_at", e.at);
}

void write_payment(json_writer& json, public_event_type type, const order_event& e,
                   const order_trail& after) {
  const auto details = change_details::of(e);
  write_money(json, "amount_cents", "amount", after.total_for(type));
  json.key("failure");
  if (details.failure != nullptr)
    write_failure(json, *details.failure);
  else
    json.value(nullptr);
  json.member("at", e.at);
}

} // namespace

std::string payload_of(public_event_type type, const order_event& e, const order_trail& after) {
  std::string out;
  json_writer json(out);
  begin(json, type, e, after);
  switch (type) {
  case public_event_type::order_created:
    write_created(json, after);
    break;
  case public_event_type::order_updated:
    write_updated(json, e, after);
    break;
  case public_event_type::stock_reserved:
    write_reserved(json, e, after);
    break;
  case public_event_type::reservation_failed:
    write_not_reserved(json, e, after);
    break;
  case public_event_type::payment_authorized:
  case public_event_type::payment_captured:
  case public_event_type::payment_failed:
  case public_event_type::payment_refunded:
    write_payment(json, type, e, after);
    break;
  case public_event_type::stock_low:
    assertion_failed("an event of an order", __FILE__, __LINE__);
  }
  json.end_object();
  return out;
}

std::string payload_of(public_event_type type, const stock_event& e) {
  std::string out;
  json_writer json(out);
  json.begin_object().member("event_type", to_text(type));
  if (type == public_event_type::stock_low) {
    ORDERD_ASSERT(e.low_at.has_value());
    json.member("sku", e.sku).member("on_hand", e.after.on_hand).member("reserved", e.after.reserved);
    json.member("available", e.after.available()).member("threshold", *e.low_at).member("at", e.at);
  } else {
    ORDERD_ASSERT(type == public_event_type::stock_reserved);
    const auto& held = std::get<stock_reserved>(e.what).reservation;
    json.member("order_id", nullptr).member("customer_id", nullptr).member("holder", held.holder);
    json.key("items").begin_array().begin_object();
    write_units(json, e.sku, std::nullopt, held.qty);
    json.member("reservation_id", held.id).end_object().end_array();
    json.member("reserved_at", e.at);
  }
  json.end_object();
  return out;
}

} // namespace orderd

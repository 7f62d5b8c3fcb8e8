#include "http/event_bodies.hpp"

#include "config/limits.hpp"
#include "http/event_message.hpp"
#include "http/field_reader.hpp"

#include <utility>

namespace orderd::http {

checked<stock_received_body> read_stock_received(json_value payload) {
  return read_object<stock_received_body>(payload, [](field_reader& fields, stock_received_body& read) {
    fields.require("sku");
    if (!fields.has("quantity"))
      fields.require("qty");
    read.sku = fields.text("sku", limits::sku_bytes_max).value_or("");
    const auto qty = fields.integer("qty", 1, limits::on_hand_max);
    const auto quantity = fields.integer("quantity", 1, limits::on_hand_max);
    if (qty && quantity && *qty != *quantity)
      fields.fail("quantity", "contradiction",
                  "quantity is " + std::to_string(*quantity) + " and qty " + std::to_string(*qty));
    read.change.delta = qty.value_or(quantity.value_or(0));
    read.change.reason = fields.text("reason", limits::reason_bytes_max).value_or("received");
  });
}

checked<payment_notice_body> read_payment_notice(json_value payload, noticed_payment finding) {
  return read_object<payment_notice_body>(payload, [&](field_reader& fields, payment_notice_body& read) {
    fields.require("order_id");
    read.order_id = fields.id("order_id").value_or(uuid{});
    read.notice.finding = finding;
    if (const auto attempt = fields.integer("attempt", 1, INT64_MAX))
      read.notice.attempt = static_cast<std::uint64_t>(*attempt);
    read.notice.reason = fields.text("reason", limits::reason_bytes_max).value_or("");
  });
}

checked<std::optional<std::string>> read_order_key(json_value payload) {
  return read_object<std::optional<std::string>>(payload,
                                                 [](field_reader& fields, std::optional<std::string>& read) {
                                                   read = fields.text("idempotency_key", event_id_bytes_max);
                                                 });
}

} // namespace orderd::http

#include "persistence/order_json.hpp"

#include "domain/rejection.hpp"

namespace orderd {

void write_money(json_writer& json, std::string_view minor_name, std::string_view decimal_name,
                 std::optional<cents> amount) {
  json.member(minor_name, amount);
  json.key(decimal_name);
  if (amount)
    json.decimal(*amount);
  else
    json.value(nullptr);
}

void write_order_line(json_writer& json, const order_line& line) {
  json.begin_object().member("id", line.id);
  // Only a draft may name a product that the catalogue does not know.
  write_text_or_null(json, "sku", line.sku);
  json.member("product_id", line.product_id);
  // A claimed reservation is taken whole unless told otherwise: how many units it holds is learned at
  // placement.
  json.key("qty");
  if (line.qty == 0)
    json.value(nullptr);
  else
    json.value(line.qty);
  write_money(json, "price_cents", "price", line.price);
  json.member("reservation_id", line.reservation).member("created_at", line.created_at).end_object();
}

void write_text_or_null(json_writer& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty())
    json.value(nullptr);
  else
    json.value(text);
}

std::string_view public_detail(std::string_view code, std::string_view detail) noexcept {
  if (code != code_text(rejection_code::payment_unavailable))
    return detail;
  return "the payment could not be decided in time";
}

} // namespace orderd

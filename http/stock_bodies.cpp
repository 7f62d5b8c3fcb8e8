#include "http/stock_bodies.hpp"

#include "config/limits.hpp"
#include "http/identity.hpp"

#include <utility>

namespace orderd::http {

define_stock read_stock_fields(field_reader& fields) {
  define_stock read;
  read.name = fields.text("name", limits::name_bytes_max);
  read.price = fields.price();
  read.on_hand = fields.integer("on_hand", 0, limits::on_hand_max);
  read.product_id = fields.integer("product_id", 0, INT64_MAX);
  read.low_threshold = fields.integer("low_stock_threshold", 0, limits::on_hand_max);
  read.drops_low_threshold = fields.is_null("low_stock_threshold");
  return read;
}

checked<define_stock> read_define_stock(json_value body) {
  return read_object<define_stock>(
      body, [](field_reader& fields, define_stock& read) { read = read_stock_fields(fields); });
}

checked<adjust_stock> read_adjustment(json_value body) {
  return read_object<adjust_stock>(body, [](field_reader& fields, adjust_stock& read) {
    fields.require("delta");
    const auto delta = fields.integer("delta", -limits::on_hand_max, limits::on_hand_max);
    if (delta == 0)
      fields.fail("delta", "out_of_range", "delta is 0 and would change nothing");
    read.delta = delta.value_or(0);
    read.reason = fields.text("reason", limits::reason_bytes_max).value_or("");
  });
}

checked<new_reservation_body> read_new_reservation(json_value body) {
  return read_object<new_reservation_body>(body, [](field_reader& fields, new_reservation_body& read) {
    fields.require("qty");
    read.qty = fields.integer("qty", 1, limits::qty_max).value_or(0);
    read.ttl = std::chrono::seconds(fields.integer("ttl_seconds", 1, limits::reservation_ttl_seconds_max)
                                        .value_or(limits::reservation_ttl_seconds_default));
    read.holder = canonical_name(fields.text("holder", limits::user_bytes_max).value_or(""));
  });
}

checked<std::chrono::seconds> read_extension(json_value body) {
  return read_object<std::chrono::seconds>(body, [](field_reader& fields, std::chrono::seconds& read) {
    fields.require("ttl_seconds");
    read = std::chrono::seconds(
        fields.integer("ttl_seconds", 1, limits::reservation_ttl_seconds_max).value_or(0));
  });
}

} // namespace orderd::http

#include "http/order_bodies.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "http/field_reader.hpp"
#include "http/identity.hpp"

#include <utility>

namespace orderd::http {
namespace {

using field_errors = std::vector<field_error>;

[[nodiscard]] problem not_an_object(json_value body) {
  return invalid_field("", "the body is " + quoted(body) + " and must be an object");
}

[[nodiscard]] order_line read_item(json_value item, const std::string& path, field_errors& errors) {
  order_line line;
  if (!item.is(json_type::object)) {
    errors.push_back({path, "wrong_type", path + " is " + quoted(item) + " and must be an object"});
    return line;
  }
  field_reader fields(item, path + '.', errors);
  if (!fields.has("product_id"))
    fields.require("sku");
  fields.require("qty");
  line.sku = fields.text("sku", limits::sku_bytes_max).value_or("");
  line.product_id = fields.integer("product_id", 0, INT64_MAX);
  line.qty = fields.integer("qty", 1, limits::qty_max).value_or(0);
  line.price = fields.price();
  line.price_given = line.price.has_value();
  return line;
}

/// A reservation that is to become a line. Without `qty` it is taken whole.
[[nodiscard]] order_line read_claim(json_value item, const std::string& path, field_errors& errors) {
  order_line line;
  if (!item.is(json_type::object)) {
    errors.push_back({path, "wrong_type", path + " is " + quoted(item) + " and must be an object"});
    return line;
  }
  field_reader fields(item, path + '.', errors);
  fields.require("sku");
  fields.require("id");
  line.sku = fields.text("sku", limits::sku_bytes_max).value_or("");
  line.reservation = fields.id("id");
  line.qty = fields.integer("qty", 1, limits::qty_max).value_or(0);
  return line;
}

template <class Read>
void read_lines(field_reader& fields, const char* name, Read read, std::vector<order_line>& into,
                field_errors& errors) {
  const auto array = fields.array(name, limits::order_lines_max);
  if (!array)
    return;
  std::size_t index = 0;
  for (const auto item : *array)
    into.push_back(read(item, std::string(name) + '[' + std::to_string(index++) + ']', errors));
}

void read_customer(field_reader& fields, const std::string& caller_name, new_order_body& into) {
  const auto given = fields.text("customer_id", limits::user_bytes_max);
  if (!given)
    return;
  into.customer_id = canonical_name(*given);
  if (*into.customer_id != caller_name && !parse_uuid(*given))
    fields.fail("customer_id", "not_a_uuid",
                "customer_id is \"" + *given + "\" and must be a UUID or the caller's own name");
}

/// Refused apart from the shape: a word that is no status has an answer of its own.
[[nodiscard]] std::optional<problem> read_initial_status(field_reader& fields, new_order_body& into) {
  const auto word = fields.word("status");
  if (!word)
    return std::nullopt;
  const auto status = read_status(*word);
  if (!status)
    return status.error();
  if (*status != order_status::draft && *status != order_status::registered)
    fields.fail("status", "not_initial",
                "a new order cannot be " + std::string(*word) + ": only draft or registered");
  into.status = *status;
  return std::nullopt;
}

} // namespace

checked<order_status> read_status(std::string_view text) {
  if (const auto status = parse_order_status(text))
    return *status;
  return tl::unexpected(
      problem{400,
              "unknown_status",
              '"' + std::string(cut_utf8(text, limits::quoted_value_bytes_max)) +
                  "\" is no status: draft, registered, processed, accepted, completed, cancelled or failed",
              {},
              {},
              {}});
}

checked<new_order_body> read_new_order(json_value body, const std::string& caller_name) {
  if (!body.is(json_type::object))
    return tl::unexpected(not_an_object(body));
  new_order_body read;
  field_errors errors;
  field_reader fields(body, "", errors);
  read_customer(fields, caller_name, read);
  if (!fields.has("reservations"))
    fields.require("items");
  read_lines(fields, "items", read_item, read.lines, errors);
  read_lines(fields, "reservations", read_claim, read.lines, errors);
  if (read.lines.size() > limits::order_lines_max)
    fields.fail("items", "too_many",
                "items and reservations together have " + std::to_string(read.lines.size()) +
                    " elements and may have " + std::to_string(limits::order_lines_max));
  if (auto text = fields.object_text("metadata", limits::metadata_bytes_max))
    read.metadata = *std::move(text);
  auto refused_status = read_initial_status(fields, read);
  if (!errors.empty())
    return tl::unexpected(invalid_fields(std::move(errors)));
  if (refused_status)
    return tl::unexpected(*std::move(refused_status));
  if (read.lines.empty())
    return tl::unexpected(
        problem{400, "empty_items", "items is empty: an order has at least one line", {}, {}, {}});
  return read;
}

checked<order_change_body> read_order_change(json_value body, change_form form) {
  if (!body.is(json_type::object))
    return tl::unexpected(not_an_object(body));
  order_change_body read;
  field_errors errors;
  field_reader fields(body, "", errors);
  if (form == change_form::whole || !fields.has("metadata"))
    fields.require("status");
  const auto word = fields.word("status");
  read.runner_id = canonical_name(fields.text("runner_id", limits::user_bytes_max).value_or(""));
  read.reason = fields.text("reason", limits::reason_bytes_max).value_or("");
  if (form == change_form::merge)
    read.metadata = fields.object_text("metadata", limits::metadata_bytes_max);
  if (!errors.empty())
    return tl::unexpected(invalid_fields(std::move(errors)));
  if (word) {
    const auto status = read_status(*word);
    if (!status)
      return tl::unexpected(status.error());
    read.status = *status;
  }
  return read;
}

checked<order_change_body> read_transition(json_value body) {
  if (!body.is(json_type::object))
    return tl::unexpected(not_an_object(body));
  order_change_body read;
  field_errors errors;
  field_reader fields(body, "", errors);
  read.runner_id = canonical_name(fields.text("runner_id", limits::user_bytes_max).value_or(""));
  read.reason = fields.text("reason", limits::reason_bytes_max).value_or("");
  if (!errors.empty())
    return tl::unexpected(invalid_fields(std::move(errors)));
  return read;
}

} // namespace orderd::http

#include "persistence/event_schemas.hpp"

#include "config/json_writer.hpp"
#include "domain/public_events.hpp"
#include "persistence/cloud_event.hpp"

#include <utility>

namespace orderd {

namespace {

/// A member of an object: its name, and its schema as JSON. Every member is always there.
struct member {
  std::string_view name;
  std::string_view schema;
};

/// What one schema says.
struct shape {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  std::vector<member> members; ///< `event_type` comes before them
  std::string example;         ///< JSON
};

constexpr std::string_view order_id = R"({"type": "string", "format": "uuid", "description": "The order."})";
constexpr std::string_view customer_id = R"({"type": "string", "description": "Whose order it is."})";
constexpr std::string_view status = R"({"enum": ["draft", "registered", "processed", "accepted", "completed",
  "cancelled", "failed"], "description": "The order's status afterwards."})";
constexpr std::string_view amount = R"({"type": "number", "minimum": 0,
  "description": "The order's total in units of its currency."})";
constexpr std::string_view amount_cents = R"({"type": "integer", "minimum": 0,
  "description": "The same in hundredths of a unit."})";
constexpr std::string_view happened_at =
    R"({"type": "string", "format": "date-time", "description": "When it happened."})";
constexpr std::string_view failure = R"({
  "type": ["object", "null"], "additionalProperties": false, "required": ["code", "detail"],
  "description": "Why it failed; null for whatever did not fail.",
  "properties": {
    "code": {"type": "string", "pattern": "^[a-z0-9_]+$", "description": "The reason, for programs."},
    "detail": {"type": "string", "description": "The reason, for people."}
  }
})";

constexpr std::string_view order_lines = R"({
  "type": "array", "description": "What is ordered.",
  "items": {
    "type": "object", "additionalProperties": false, "description": "One product.",
    "required": ["id", "sku", "product_id", "qty", "price_cents", "price", "reservation_id", "created_at"],
    "properties": {
      "id": {"type": "string", "format": "uuid", "description": "The line."},
      "sku": {"type": ["string", "null"],
        "description": "The product; null in a draft that names one the catalogue does not know."},
      "product_id": {"type": ["integer", "null"], "description": "The product's number, if it has one."},
      "qty": {"type": ["integer", "null"], "minimum": 1,
        "description": "Units; null while they are those of a reservation that is yet to be taken over."},
      "price_cents": {"type": ["integer", "null"], "minimum": 0,
        "description": "A unit's price in hundredths; null while it is not known."},
      "price": {"type": ["number", "null"], "minimum": 0, "description": "The same in units of the currency."},
      "reservation_id": {"type": ["string", "null"], "format": "uuid",
        "description": "What holds the units; null for none."},
      "created_at": {"type": "string", "format": "date-time", "description": "When the line was made."}
    }
  }
})";

constexpr std::string_view reserved_units = R"({
  "type": "array", "description": "The units that are held.",
  "items": {
    "type": "object", "additionalProperties": false, "description": "Units of one product.",
    "required": ["sku", "product_id", "qty", "reservation_id"],
    "properties": {
      "sku": {"type": ["string", "null"], "description": "The product."},
      "product_id": {"type": ["integer", "null"], "description": "The product's number, if it is known."},
      "qty": {"type": "integer", "minimum": 0, "description": "How many."},
      "reservation_id": {"type": ["string", "null"], "format": "uuid", "description": "What holds them."}
    }
  }
})";

constexpr std::string_view wanted_units = R"({
  "type": "array", "description": "The units that were asked for.",
  "items": {
    "type": "object", "additionalProperties": false, "description": "Units of one product.",
    "required": ["sku", "product_id", "qty"],
    "properties": {
      "sku": {"type": ["string", "null"],
        "description": "The product; null for one that the catalogue does not know."},
      "product_id": {"type": ["integer", "null"], "description": "The product's number, if it is known."},
      "qty": {"type": "integer", "minimum": 0,
        "description": "How many; 0 for all of a reservation that was to be taken over."}
    }
  }
})";

constexpr std::string_view created_example = R"({"event_type": "order_created",
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "status": "processed",
  "total_amount": 39.98, "items": [{"id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b7", "sku": "WIDGET",
  "product_id": 2, "qty": 2, "price_cents": 1999, "price": 19.99,
  "reservation_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b8", "created_at": "2026-01-31T12:00:00.000Z"}],
  "created_at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view updated_example = R"({"event_type": "order_updated",
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "change": "order_cancelled",
  "status": "cancelled", "version": 3, "total_cents": 3998, "total_amount": 39.98, "runner_id": null,
  "reason": "too late", "failure": null, "updated_at": "2026-01-31T12:05:00.000Z"})";

constexpr std::string_view reserved_example = R"({"event_type": "stock_reserved",
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "holder": null,
  "items": [{"sku": "WIDGET", "product_id": 2, "qty": 2,
  "reservation_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b8"}], "reserved_at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view refused_example = R"({"event_type": "reservation_failed",
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "reason": "insufficient_stock",
  "detail": "2 of WIDGET are wanted, and 1 is available",
  "items": [{"sku": "WIDGET", "product_id": 2, "qty": 2}], "failed_at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view low_example = R"({"event_type": "stock_low", "sku": "WIDGET", "on_hand": 12,
  "reserved": 3, "available": 9, "threshold": 10, "at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view payment_example = R"(
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "amount_cents": 3998,
  "amount": 39.98, "failure": null, "at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view failed_payment_example = R"(
  "order_id": "0192f0c1-2b3c-7d4e-8f50-61728394a5b6", "customer_id": "ada", "amount_cents": 3998,
  "amount": 39.98, "failure": {"code": "payment_declined", "detail": "the payment was declined"},
  "at": "2026-01-31T12:00:00.000Z"})";

constexpr std::string_view envelope_example = R"({"specversion": "1.0",
  "id": "7d6f1c1e-9a39-8c58-9f0b-1d2e3f405162", "source": "/orderd", "type": "stock_low", "subject": "WIDGET",
  "time": "2026-01-31T12:00:00.000Z", "dataschema": "urn:orderd:schema:stock_low:1", "sequence": "70",
  "partitionkey": "WIDGET", "datacontenttype": "application/json", "data": {"event_type": "stock_low",
  "sku": "WIDGET", "on_hand": 12, "reserved": 3, "available": 9, "threshold": 10,
  "at": "2026-01-31T12:00:00.000Z"}})";

[[nodiscard]] shape order_created_shape() {
  return {"order_created",
          "An order was created",
          "Comes once for each order, before anything else about it.",
          {{"order_id", order_id},
           {"customer_id", customer_id},
           {"status", status},
           {"total_amount", amount},
           {"items", order_lines},
           {"created_at", happened_at}},
          std::string(created_example)};
}

[[nodiscard]] shape order_updated_shape() {
  return {
      "order_updated",
      "An order was changed",
      "What became of an order: placed, accepted, completed, cancelled, failed, or amended.",
      {{"order_id", order_id},
       {"customer_id", customer_id},
       {"change", R"({"type": "string", "pattern": "^[a-z_]+$",
             "description": "What happened, in the words of the order's timeline."})"},
       {"status", status},
       {"version", R"({"type": "integer", "minimum": 1, "description": "The order's version afterwards."})"},
       {"total_cents", amount_cents},
       {"total_amount", amount},
       {"runner_id", R"({"type": ["string", "null"], "description": "Who accepted it; else null."})"},
       {"reason", R"({"type": ["string", "null"], "description": "Why it was cancelled; else null."})"},
       {"failure", failure},
       {"updated_at", happened_at}},
      std::string(updated_example)};
}

[[nodiscard]] shape stock_reserved_shape() {
  return {"stock_reserved",
          "Units are held",
          "All units of an order are held for it, or those of one product for a buyer without an order.",
          {{"order_id", R"({"type": ["string", "null"], "format": "uuid",
             "description": "The order; null for a reservation without one."})"},
           {"customer_id", R"({"type": ["string", "null"],
             "description": "Whose order it is; null for a reservation without one."})"},
           {"holder", R"({"type": ["string", "null"],
             "description": "Who holds the reservation; null for that of an order."})"},
           {"items", reserved_units},
           {"reserved_at", happened_at}},
          std::string(reserved_example)};
}

[[nodiscard]] shape reservation_failed_shape() {
  return {
      "reservation_failed",
      "Units could not be held",
      "What an order asked for was not there. An order that was refused at once is told of by this alone.",
      {{"order_id", order_id},
       {"customer_id", customer_id},
       {"reason", R"({"type": "string", "pattern": "^[a-z0-9_]+$",
             "description": "The reason, for programs."})"},
       {"detail", R"({"type": "string", "description": "The reason, for people."})"},
       {"items", wanted_units},
       {"failed_at", happened_at}},
      std::string(refused_example)};
}

[[nodiscard]] shape stock_low_shape() {
  return {
      "stock_low",
      "Few units are left",
      "Fewer units of a product are available than its threshold. Comes once until it is restocked.",
      {{"sku", R"({"type": "string", "minLength": 1, "description": "The product."})"},
       {"on_hand", R"({"type": "integer", "description": "Units in stock."})"},
       {"reserved", R"({"type": "integer", "minimum": 0, "description": "Those of them that are held."})"},
       {"available", R"({"type": "integer", "description": "Those that are not."})"},
       {"threshold", R"({"type": "integer", "description": "What it came down to or fell below."})"},
       {"at", happened_at}},
      std::string(low_example)};
}

[[nodiscard]] shape payment_shape(std::string_view name, std::string_view title,
                                  std::string_view description) {
  return {name,
          title,
          description,
          {{"order_id", order_id},
           {"customer_id", customer_id},
           {"amount_cents", amount_cents},
           {"amount", amount},
           {"failure", failure},
           {"at", happened_at}},
          R"({"event_type": ")" + std::string(name) + R"(",)" +
              std::string(name == "payment_failed" ? failed_payment_example : payment_example)};
}

[[nodiscard]] std::vector<shape> event_shapes() {
  return {order_created_shape(),
          order_updated_shape(),
          stock_reserved_shape(),
          reservation_failed_shape(),
          stock_low_shape(),
          payment_shape("payment_authorized", "A payment is authorized", "An order's total is held."),
          payment_shape("payment_captured", "A payment was taken", "An order's total went to its payee."),
          payment_shape("payment_failed", "A payment failed", "An order's total could not be held."),
          payment_shape("payment_refunded", "A payment was given back",
                        "Nothing is held for the order any more, and nothing was taken.")};
}

/// The attributes as CloudEvents 1.0 has them in structured mode.
[[nodiscard]] shape envelope_shape() {
  return {envelope_schema,
          "An event of orderd",
          "The envelope of every event: CloudEvents 1.0 in structured mode.",
          {{"specversion", R"({"const": "1.0", "description": "The version of CloudEvents."})"},
           {"id", R"({"type": "string", "format": "uuid",
             "description": "The event. The same one may come more than once, under the same id."})"},
           {"source", R"({"type": "string", "format": "uri-reference", "minLength": 1,
             "description": "Which orderd it comes from."})"},
           {"type", R"({"enum": ["order_created", "order_updated", "stock_reserved", "reservation_failed",
             "stock_low", "payment_authorized", "payment_captured", "payment_failed", "payment_refunded"],
             "description": "What happened."})"},
           {"subject", R"({"type": "string", "minLength": 1,
             "description": "What it happened to: the order's id, or the product's SKU."})"},
           {"time", happened_at},
           {"dataschema", R"({"type": "string", "pattern": "^urn:orderd:schema:[a-z_]+:1$",
             "description": "The id of the schema of the data."})"},
           {"sequence", R"({"type": "string", "pattern": "^[0-9]+$",
             "description": "A number that grows along the events of one subject, with gaps."})"},
           {"partitionkey", R"({"type": "string", "minLength": 1,
             "description": "Events with the same key come in the order in which they happened."})"},
           {"datacontenttype", R"({"const": "application/json", "description": "What the data is."})"},
           {"data", R"({"type": "object", "description": "The event itself, as its own schema says."})"}},
          std::string(envelope_example)};
}

/// On one line: none of the line breaks and indents above stands within a text.
[[nodiscard]] std::string on_one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool indent = false;
  for (const char c : text) {
    indent = c == '\n' || (indent && c == ' ');
    if (!indent)
      line += c;
  }
  return line;
}

[[nodiscard]] std::string text_of(const shape& what) {
  const bool is_event = what.name != envelope_schema;
  const auto type_is = R"({"const": ")" + std::string(what.name) + R"(", "description": "What happened."})";
  std::vector<member> members = what.members;
  if (is_event)
    members.insert(members.begin(), {"event_type", type_is});
  std::string text;
  json_writer json(text);
  json.begin_object().member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.member("$id", schema_urn(what.name)).member("title", what.title);
  json.member("description", what.description).member("type", "object");
  json.member("additionalProperties", false).key("required").begin_array();
  for (const auto& each : members)
    json.value(each.name);
  json.end_array().key("properties").begin_object();
  for (const auto& each : members)
    json.key(each.name).raw(each.schema);
  json.end_object().key("examples").begin_array().raw(what.example).end_array().end_object();
  return on_one_line(text);
}

/// All schemas by name. Made once.
[[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all_schemas() {
  static const auto made = [] {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& each : event_shapes())
      texts.emplace_back(each.name, text_of(each));
    texts.emplace_back(envelope_schema, text_of(envelope_shape()));
    return texts;
  }();
  return made;
}

} // namespace

const std::vector<std::string>& event_schema_names() {
  static const auto names = [] {
    std::vector<std::string> all;
    for (const auto& each : all_schemas())
      all.push_back(each.first);
    return all;
  }();
  return names;
}

std::optional<std::string> event_schema(std::string_view name) {
  for (const auto& [each, text] : all_schemas())
    if (each == name)
      return text;
  return std::nullopt;
}

} // namespace orderd

#include "http/field_reader.hpp"

#include "config/json_writer.hpp"
#include "config/limits.hpp"
#include "config/utf8.hpp"

namespace orderd::http {
namespace {

[[nodiscard]] bool is_plain_integer(std::string_view number) noexcept {
  return number.find_first_of(".eE") == std::string_view::npos;
}

} // namespace

std::string quoted(json_value value) {
  switch (value.type()) {
  case json_type::object:
    return "an object";
  case json_type::array:
    return "an array";
  case json_type::string:
    return '"' + std::string(cut_utf8(value.text(), limits::quoted_value_bytes_max)) + '"';
  default:
    return std::string(cut_utf8(value.text(), limits::quoted_value_bytes_max));
  }
}

std::optional<json_value> field_reader::find(std::string_view name) const noexcept {
  const auto found = object_.find(name);
  return found && !found->is(json_type::null) ? found : std::nullopt;
}

bool field_reader::is_null(std::string_view name) const noexcept {
  const auto found = object_.find(name);
  return found && found->is(json_type::null);
}

std::optional<std::int64_t> field_reader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  if (!found->is(json_type::number) || !is_plain_integer(found->text())) {
    wrong_type(name, *found, "an integer");
    return std::nullopt;
  }
  const auto number = found->integer();
  if (number && *number >= min && *number <= max)
    return number;
  fail(name, "out_of_range",
       path_of(name) + " is " + quoted(*found) + " and must be from " + std::to_string(min) + " to " +
           std::to_string(max));
  return std::nullopt;
}

std::optional<std::string_view> field_reader::word(std::string_view name) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  if (found->is(json_type::string))
    return found->text();
  wrong_type(name, *found, "a string");
  return std::nullopt;
}

std::optional<std::string> field_reader::text(std::string_view name, std::size_t bytes_max) {
  const auto found = word(name);
  if (!found)
    return std::nullopt;
  if (is_printable(*found, bytes_max))
    return std::string(*found);
  fail(name, "bad_text",
       path_of(name) + " has " + std::to_string(found->size()) + " bytes and must have 1 to " +
           std::to_string(bytes_max) + " without control characters");
  return std::nullopt;
}

std::optional<uuid> field_reader::id(std::string_view name) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  const auto parsed = found->is(json_type::string) ? parse_uuid(found->text()) : std::nullopt;
  if (!parsed)
    fail(name, "not_a_uuid", path_of(name) + " is " + quoted(*found) + " and must be a UUID");
  return parsed;
}

std::optional<cents> field_reader::decimal(std::string_view name, cents min, cents max) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  if (!found->is(json_type::number)) {
    wrong_type(name, *found, "a number");
    return std::nullopt;
  }
  const auto amount = parse_decimal(found->text());
  if (!amount && amount.error() == decimal_error::too_many_decimals) {
    fail(name, "too_many_decimals", path_of(name) + " is " + quoted(*found) + " and may have two decimals");
    return std::nullopt;
  }
  if (amount && *amount >= min && *amount <= max)
    return *amount;
  const auto lowest = min == 0 ? std::string("0") : to_decimal(min);
  fail(name, "out_of_range",
       path_of(name) + " is " + quoted(*found) + " and must be from " + lowest + " to " + to_decimal(max));
  return std::nullopt;
}

std::optional<cents> field_reader::money(std::string_view name, cents min, cents max) {
  const auto minor_name = std::string(name) + "_cents";
  const auto minor = integer(minor_name, min, max);
  const auto amount = decimal(name, min, max);
  if (minor && amount && *minor != *amount) {
    fail(name, "contradiction",
         path_of(name) + " is " + to_decimal(*amount) + " and " + minor_name + ' ' + std::to_string(*minor));
    return std::nullopt;
  }
  return minor ? minor : amount;
}

std::optional<json_value> field_reader::array(std::string_view name, std::size_t count_max) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  if (!found->is(json_type::array)) {
    wrong_type(name, *found, "an array");
    return std::nullopt;
  }
  if (found->count() <= count_max)
    return found;
  fail(name, "too_many",
       path_of(name) + " has " + std::to_string(found->count()) + " elements and may have " +
           std::to_string(count_max));
  return std::nullopt;
}

std::optional<std::string> field_reader::object_text(std::string_view name, std::size_t bytes_max) {
  const auto found = find(name);
  if (!found)
    return std::nullopt;
  if (!found->is(json_type::object)) {
    wrong_type(name, *found, "an object");
    return std::nullopt;
  }
  std::string text;
  json_writer writer(text);
  found->write(writer);
  if (text.size() <= bytes_max)
    return text;
  fail(name, "too_large",
       path_of(name) + " has " + std::to_string(text.size()) + " bytes and may have " +
           std::to_string(bytes_max));
  return std::nullopt;
}

void field_reader::require(std::string_view name) {
  if (!has(name))
    fail(name, "missing", path_of(name) + " is missing");
}

void field_reader::fail(std::string_view name, std::string_view code, std::string detail) {
  // A body of a hundred bad lines is refused with the first of its errors.
  constexpr std::size_t errors_max = 100;
  if (errors_.size() < errors_max)
    errors_.push_back({path_of(name), code, std::move(detail)});
}

void field_reader::wrong_type(std::string_view name, json_value found, std::string_view wanted) {
  fail(name, "wrong_type", path_of(name) + " is " + quoted(found) + " and must be " + std::string(wanted));
}

} // namespace orderd::http

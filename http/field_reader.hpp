/// Reads the members of a JSON object into checked values, and gathers all that is wrong with them.
#pragma once

#include "domain/limits.hpp"
#include "domain/money.hpp"
#include "domain/uuid.hpp"
#include "http/json_reader.hpp"
#include "http/problem.hpp"
#include "http/query_string.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

/// A member that is null counts as absent. Every reading of a wrong member adds one error and gives nothing.
/// Members that nobody asks for are ignored. Lives as long as the value and the errors it was given.
class field_reader {
 public:
  /// `path` is put before the names of members, e.g. `items[0].`.
  field_reader(json_value object, std::string path, std::vector<field_error>& errors)
      : object_(object), path_(std::move(path)), errors_(errors) {}

  [[nodiscard]] std::optional<json_value> find(std::string_view name) const noexcept;
  /// Whether the member is there and null, where that means something else than its absence.
  [[nodiscard]] bool is_null(std::string_view name) const noexcept;
  [[nodiscard]] bool has(std::string_view name) const noexcept { return find(name).has_value(); }

  /// An integer within [min, max], written as one: `2.0`, `1e0` and `true` are of the wrong type.
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  /// Any string, for a value whose content has a refusal of its own. Valid as long as the object.
  std::optional<std::string_view> word(std::string_view name);
  /// 1 to `bytes_max` bytes without control characters.
  std::optional<std::string> text(std::string_view name, std::size_t bytes_max);
  std::optional<uuid> id(std::string_view name);
  /// `price` (an exact decimal number) or `price_cents`, which must agree if both are there.
  std::optional<cents> price() { return money("price", 0, price_max); }
  /// The same of any name: `name` or `name` with `_cents`, within [min, max].
  std::optional<cents> money(std::string_view name, cents min, cents max);
  /// An array with at most `count_max` elements.
  std::optional<json_value> array(std::string_view name, std::size_t count_max);
  /// An object whose minified text has at most `bytes_max` bytes; gives that text.
  std::optional<std::string> object_text(std::string_view name, std::size_t bytes_max);

  /// Adds an error unless the member is there.
  void require(std::string_view name);
  void fail(std::string_view name, std::string_view code, std::string detail);
  /// `path_` and the name.
  [[nodiscard]] std::string path_of(std::string_view name) const { return path_ + std::string(name); }

 private:
  void wrong_type(std::string_view name, json_value found, std::string_view wanted);
  std::optional<cents> decimal(std::string_view name, cents min, cents max);

  json_value object_;
  std::string path_;
  std::vector<field_error>& errors_;
};

/// The value in a sentence: cut text in quotes, a number as sent, else what kind of value it is.
[[nodiscard]] std::string quoted(json_value value);

/// Reads an object by `fill(fields, value)`, or gives what is wrong with it.
template <class T, class Fill> [[nodiscard]] checked<T> read_object(json_value body, Fill fill) {
  if (!body.is(json_type::object))
    return tl::unexpected(invalid_field("", "the body is " + quoted(body) + " and must be an object"));
  T read{};
  std::vector<field_error> errors;
  field_reader fields(body, "", errors);
  fill(fields, read);
  if (!errors.empty())
    return tl::unexpected(invalid_fields(std::move(errors)));
  return read;
}

} // namespace orderd::http

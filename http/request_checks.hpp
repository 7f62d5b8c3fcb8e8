/// What every route with a body or an id asks of a request first.
#pragma once

#include "domain/order_rules.hpp"
#include "domain/uuid.hpp"
#include "http/api.hpp"
#include "http/json_reader.hpp"
#include "http/problem.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace orderd::http {

/// The caller, or why not.
[[nodiscard]] tl::expected<caller, problem> caller_of(const api_context& context, const call& from);
/// The caller, who must be an operator (403 `forbidden`).
[[nodiscard]] tl::expected<caller, problem> operator_of(const api_context& context, const call& from);

/// 415 unless the body's type, if named, is one of `accepted` (or a `+json` one where JSON is).
[[nodiscard]] std::optional<problem> check_media_type(const request& from,
                                                      std::span<const std::string_view> accepted);
[[nodiscard]] std::optional<problem> check_json_type(const request& from);

[[nodiscard]] body_view body_of(const request& from);

/// The problem of a reading: `malformed_json` or `invalid_field`.
template <class T> [[nodiscard]] std::optional<problem> fault_of(reading<T>& read) {
  if (!read.malformed.empty())
    return make_problem("malformed_json", "the body is not JSON: " + read.malformed);
  if (!read.errors.empty())
    return invalid_fields(std::move(read.errors));
  return std::nullopt;
}

/// An id in the path: 422 `invalid_field` unless it is a UUID.
[[nodiscard]] tl::expected<uuid, problem> id_of(const std::string& text, std::string_view field);
/// A SKU in the path: 422 `invalid_field` unless it is 1-64 printable characters.
[[nodiscard]] tl::expected<std::string, problem> sku_of(const std::string& text);

} // namespace orderd::http

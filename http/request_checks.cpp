#include "http/request_checks.hpp"

#include "config/limits.hpp"
#include "http/identity.hpp"

#include <algorithm>
#include <array>

namespace orderd::http {

namespace {

[[nodiscard]] char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// The type without parameters, in lower case.
[[nodiscard]] std::string media_type_of(std::string_view field) {
  std::string type{field.substr(0, field.find(';'))};
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
    type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(), lower);
  return type;
}

/// A value of the client's as it may stand in a sentence: bounded.
[[nodiscard]] std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 64;
  return '\'' + std::string{text.substr(0, shown_max)} + (text.size() > shown_max ? "…'" : "'");
}

} // namespace

tl::expected<caller, problem> caller_of(const api_context& context, const call& from) {
  return identify(from.request, context.operators);
}

tl::expected<caller, problem> operator_of(const api_context& context, const call& from) {
  auto who = caller_of(context, from);
  if (who && !who->is_operator)
    return tl::unexpected{
        make_problem("forbidden", "only operators may do this, and " + quoted(who->user) + " is none")};
  return who;
}

std::optional<problem> check_media_type(const request& from, std::span<const std::string_view> accepted) {
  const auto field = from.header("Content-Type");
  if (field.empty() || from.body.empty())
    return std::nullopt;
  const auto type = media_type_of(field);
  const bool takes_json = std::ranges::find(accepted, "application/json") != accepted.end();
  if (std::ranges::find(accepted, type) != accepted.end() || (takes_json && type.ends_with("+json")))
    return std::nullopt;
  return make_problem("unsupported_media_type",
                      "this takes " + std::string{accepted.front()} + ", not " + quoted(field));
}

std::optional<problem> check_json_type(const request& from) {
  static constexpr std::array<std::string_view, 1> json{"application/json"};
  return check_media_type(from, json);
}

body_view body_of(const request& from) { return {from.body, from.body_padding_bytes}; }

tl::expected<uuid, problem> id_of(const std::string& text, std::string_view field) {
  if (const auto id = parse_uuid(text))
    return *id;
  return tl::unexpected{invalid_fields({{std::string{field}, "malformed", quoted(text) + " is not a UUID"}})};
}

tl::expected<std::string, problem> sku_of(const std::string& text) {
  if (is_printable(text, limits::sku_bytes_max))
    return text;
  return tl::unexpected{
      invalid_fields({{"sku", text.size() > limits::sku_bytes_max ? "too_long" : "malformed",
                       "a SKU has 1 to 64 printable characters, and " + quoted(text) + " has not"}})};
}

} // namespace orderd::http

#include "http/identity.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "domain/assert.hpp"
#include "domain/uuid.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace orderd::http {
namespace {

constexpr std::string_view scheme = "Bearer";

/// The caller that X-User names, which is there.
[[nodiscard]] tl::expected<caller, problem> caller_in(std::string_view x_user,
                                                      const operator_names& operators) {
  if (!is_printable(x_user, limits::user_bytes_max))
    return tl::unexpected(bad_parameter("X-User has 1 to " + std::to_string(limits::user_bytes_max) +
                                            " bytes of UTF-8 without control characters",
                                        "X-User"));
  return operators.caller_named(x_user);
}

/// The token in `Authorization: Bearer <token>`; nothing for another scheme or none.
[[nodiscard]] std::optional<std::string_view> bearer_token(const request& from) noexcept {
  const auto credentials = from.header("Authorization");
  const auto end = std::min(credentials.find(' '), credentials.size());
  if (!same_field(credentials.substr(0, end), scheme))
    return std::nullopt;
  auto token = credentials.substr(end);
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  return token;
}

[[nodiscard]] problem unauthorized(std::string_view code, std::string detail) {
  return {401, code, std::move(detail), {}, {}, {}};
}

} // namespace

operator_names::operator_names(const std::vector<std::string>& names) {
  for (const auto& name : names)
    names_.insert(canonical_name(name));
}

caller operator_names::caller_named(std::string_view name) const {
  auto user = canonical_name(name);
  const bool is_operator = names_.contains(user);
  return {std::move(user), is_operator};
}

tl::expected<caller, problem> open_identity::identify(const request& from) const {
  const auto name = from.header("X-User");
  if (name.data() == nullptr)
    return caller{{}, true};
  return caller_in(name, operators_);
}

gateway_identity::gateway_identity(const std::vector<std::string>& operators,
                                   const std::vector<std::string>& proxies)
    : operators_(operators) {
  for (const auto& each : proxies) {
    const auto network = ip_network::parse(each);
    ORDERD_ASSERT(network.has_value());
    proxies_.push_back(*network);
  }
}

bool gateway_identity::trusts(std::string_view peer) const noexcept {
  const auto address = parse_ip_address(peer);
  return address && std::any_of(proxies_.begin(), proxies_.end(),
                                [&](const ip_network& each) { return each.contains(*address); });
}

tl::expected<caller, problem> gateway_identity::identify(const request& from) const {
  const auto name = from.header("X-User");
  if (name.data() == nullptr)
    return tl::unexpected(unauthorized("missing_user", "the request needs an identity (X-User)"));
  if (!trusts(from.peer))
    return tl::unexpected(problem{403,
                                  "untrusted_peer",
                                  "X-User is believed from the gateway only, and " + std::string(from.peer) +
                                      " is not trusted as one",
                                  {},
                                  {},
                                  {}});
  return caller_in(name, operators_);
}

token_identity::token_identity(const std::vector<std::string>& operators, token_table tokens)
    : operators_(operators), tokens_(std::make_shared<const token_table>(std::move(tokens))) {}

void token_identity::replace(token_table tokens) {
  auto fresh = std::make_shared<const token_table>(std::move(tokens));
  const std::lock_guard lock{mutex_};
  tokens_.swap(fresh);
}

std::shared_ptr<const token_table> token_identity::tokens() const {
  const std::lock_guard lock{mutex_};
  return tokens_;
}

tl::expected<caller, problem> token_identity::identify(const request& from) const {
  const auto token = bearer_token(from);
  if (!token) {
    auto refused = unauthorized("missing_user", "the request needs an identity (Authorization: Bearer)");
    refused.challenge = R"(Bearer realm="orderd")";
    return tl::unexpected(std::move(refused));
  }
  const auto known = tokens();
  if (const auto* const user = token->empty() ? nullptr : known->user_of(*token))
    return operators_.caller_named(*user);
  auto refused = unauthorized("invalid_token", "the bearer token is not known, or no longer");
  refused.challenge = R"(Bearer realm="orderd", error="invalid_token")";
  return tl::unexpected(std::move(refused));
}

std::string canonical_name(std::string_view text) {
  const auto id = parse_uuid(text);
  return id ? to_string(*id) : std::string(text);
}

} // namespace orderd::http

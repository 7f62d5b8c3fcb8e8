/// Who is calling.
#pragma once

#include "config/ip_network.hpp"
#include "config/token_table.hpp"
#include "domain/order_rules.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace orderd::http {

/// How the caller of a request is told. Any thread asks.
class identity_port {
 public:
  virtual ~identity_port() = default;

  /// Who calls, or the refusal: 401 with its challenge where nobody is named, 400 for a name that can be
  /// nobody's.
  [[nodiscard]] virtual tl::expected<caller, problem> identify(const request& from) const = 0;
};

/// Which names are operators'. Immutable: any thread.
class operator_names {
 public:
  explicit operator_names(const std::vector<std::string>& names);

  /// An operator, if the name is among them; else a customer. A UUID is taken in lower case.
  [[nodiscard]] caller caller_named(std::string_view name) const;

 private:
  std::unordered_set<std::string> names_;
};

/// `X-User` is believed as it is (`AUTH=open`). Immutable.
class open_identity final : public identity_port {
 public:
  explicit open_identity(const std::vector<std::string>& operators) : operators_(operators) {}

  /// No X-User: the operator, without a name. A name has 1-64 bytes and no control character, else
  /// `bad_parameter`.
  [[nodiscard]] tl::expected<caller, problem> identify(const request& from) const override;

 private:
  operator_names operators_;
};

/// `X-User` is required, and believed from proxies that are trusted (`AUTH=gateway`). Immutable.
class gateway_identity final : public identity_port {
 public:
  /// `proxies` are networks that `ip_network` reads.
  gateway_identity(const std::vector<std::string>& operators, const std::vector<std::string>& proxies);

  /// No X-User: 401 `missing_user`. One from anybody else: 403 `untrusted_peer`, since whoever gets around
  /// the gateway could call himself anything.
  [[nodiscard]] tl::expected<caller, problem> identify(const request& from) const override;

 private:
  [[nodiscard]] bool trusts(std::string_view peer) const noexcept;

  operator_names operators_;
  std::vector<ip_network> proxies_;
};

/// Whoever has a token is whose it is (`AUTH=token`, RFC 6750). X-User is not looked at.
class token_identity final : public identity_port {
 public:
  token_identity(const std::vector<std::string>& operators, token_table tokens);

  /// No bearer token: 401 `missing_user`. One that is unknown: 401 `invalid_token`.
  [[nodiscard]] tl::expected<caller, problem> identify(const request& from) const override;

  /// Later requests are judged by `tokens`. Any thread.
  void replace(token_table tokens);

 private:
  [[nodiscard]] std::shared_ptr<const token_table> tokens() const;

  operator_names operators_;
  mutable std::mutex mutex_;
  std::shared_ptr<const token_table> tokens_; ///< under `mutex_`
};

/// The one spelling of a name that may be a UUID: lower case if it is one, else as it is.
[[nodiscard]] std::string canonical_name(std::string_view text);

} // namespace orderd::http

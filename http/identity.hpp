/// Who is calling.
#pragma once

#include "domain/order_rules.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace orderd::http {

/// Identity by the `X-User` header, believed as it is (`AUTH=open`). Immutable: any thread.
class open_identity {
 public:
  explicit open_identity(const std::vector<std::string>& operators);

  /// No X-User: the operator, without a name. A name among the operators: that operator. Any other name: a
  /// customer. Names have 1-64 bytes and no control character, else `bad_parameter`; a UUID is taken in lower
  /// case.
  [[nodiscard]] tl::expected<caller, problem> identify(const request& from) const;

 private:
  std::unordered_set<std::string> operators_;
};

/// The one spelling of a name that may be a UUID: lower case if it is one, else as it is.
[[nodiscard]] std::string canonical_name(std::string_view text);

} // namespace orderd::http

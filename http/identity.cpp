#include "http/identity.hpp"

#include "config/limits.hpp"
#include "domain/uuid.hpp"
#include "http/utf8.hpp"

namespace orderd::http {

open_identity::open_identity(const std::vector<std::string>& operators) {
  for (const auto& name : operators)
    operators_.insert(canonical_name(name));
}

tl::expected<caller, problem> open_identity::identify(const request& from) const {
  const auto name = from.header("X-User");
  if (name.data() == nullptr)
    return caller{{}, true};
  if (!is_printable(name, limits::user_bytes_max))
    return tl::unexpected(bad_parameter("X-User has 1 to " + std::to_string(limits::user_bytes_max) +
                                            " bytes of UTF-8 without control characters",
                                        "X-User"));
  auto user = canonical_name(name);
  const bool is_operator = operators_.contains(user);
  return caller{std::move(user), is_operator};
}

std::string canonical_name(std::string_view text) {
  const auto id = parse_uuid(text);
  return id ? to_string(*id) : std::string(text);
}

} // namespace orderd::http

/// Headers of messages and requests, as they came.
#pragma once

#include <strings.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::test {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// The first value of exactly that name; empty if there is none.
[[nodiscard]] inline std::string header_of(const header_list& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

/// The first value of that name in any case of letters, as HTTP has it; empty if there is none.
[[nodiscard]] inline std::string field_of(const header_list& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0)
      return value;
  return {};
}

} // namespace orderd::test

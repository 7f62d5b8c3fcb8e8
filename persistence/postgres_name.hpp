/// Names of schemas, tables and the like in the texts of statements.
#pragma once

#include <string>
#include <string_view>

namespace orderd {

/// The name as a quoted identifier: taken to the letter, whatever is in it.
[[nodiscard]] inline std::string quoted_name(std::string_view name) {
  std::string whole = "\"";
  for (const char each : name)
    whole.append(each == '"' ? 2 : 1, each);
  return whole + '"';
}

} // namespace orderd

/// Paths and queries, decoded.
#pragma once

#include "http/problem.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd::http {

/// A problem, or a value that passed the edge's checks.
template <class T> using checked = tl::expected<T, problem>;

/// Decodes `%XX`. Nothing if an escape is cut or not hexadecimal, or the result is not UTF-8.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Appends `text` with everything but unreserved characters escaped.
void append_percent_encoded(std::string& out, std::string_view text);

/// The parameters of a query. Unknown ones are ignored, like unknown fields of a body.
class query_parameters {
 public:
  /// Refused with `bad_parameter`: bad escapes, and a name that is given twice.
  [[nodiscard]] static checked<query_parameters> parse(std::string_view query);

  /// The decoded value, which may be empty.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// The query without the parameters `cursor` and `page`, fit for a link.
[[nodiscard]] std::string without_position(std::string_view query);

} // namespace orderd::http

/// Figures in the text format that Prometheus reads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace orderd {

enum class metric_type : std::uint8_t {
  counter, ///< only ever rises while the process lives
  gauge,
};

/// What tells figures of one name apart. Literals; an empty key is none.
struct metric_label {
  std::string_view key;
  std::string_view value;
};

/// One figure. Name and help are literals, the help of one line. Those of one name follow each other.
struct metric {
  std::string_view name;
  std::string_view help;
  metric_type type;
  std::uint64_t value = 0; ///< exact up to 2^53
  metric_label label = {};
};

/// What the text is, for whoever sends it. A literal.
inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4";

/// The page that is scraped, in the order given. Any thread.
[[nodiscard]] std::string metrics_text(std::span<const metric> all);

} // namespace orderd

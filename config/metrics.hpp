/// Figures in the text format that Prometheus reads.
#pragma once

#include "config/histogram.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace orderd {

enum class metric_type : std::uint8_t {
  counter, ///< only ever rises while the process lives
  gauge,
  histogram,
};

/// One of the labels that tell figures of one name apart.
struct metric_label {
  std::string_view key; ///< a literal
  std::string_view value;
};

/// The labels of one figure, at most four. Views: what they show must live until the page is made.
class metric_labels {
 public:
  static constexpr std::size_t count_max = 4;

  constexpr metric_labels() noexcept = default;
  constexpr metric_labels(std::string_view key, std::string_view value) noexcept
      : held_{{{key, value}}}, count_(1) {}
  /// Throws nothing; more than `count_max` do not fit, and the process ends.
  metric_labels(std::initializer_list<metric_label> all) noexcept;

  [[nodiscard]] std::span<const metric_label> all() const noexcept { return {held_.data(), count_}; }

 private:
  std::array<metric_label, count_max> held_{};
  std::size_t count_ = 0;
};

/// A number of any kind. Whole ones are exact up to 2^53.
class metric_value {
 public:
  constexpr metric_value() noexcept = default;
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  constexpr metric_value(Number number) noexcept : held_(static_cast<double>(number)) {}

  [[nodiscard]] constexpr double get() const noexcept { return held_; }

 private:
  double held_ = 0;
};

/// One figure. Name and help are literals, the help of one line. Those of one name follow each other.
struct metric {
  std::string_view name;
  std::string_view help;
  metric_type type;
  metric_value value = {}; ///< of a counter or a gauge
  metric_labels labels = {};
  histogram_snapshot counted = {}; ///< of a histogram
};

/// A histogram among the figures.
[[nodiscard]] metric histogram_metric(std::string_view name, std::string_view help,
                                      histogram_snapshot counted, metric_labels labels = {});

/// What the text is, for whoever sends it. A literal.
inline constexpr std::string_view metrics_media_type = "text/plain; version=0.0.4";

/// The page that is scraped, in the order given; label values are escaped. Any thread.
[[nodiscard]] std::string metrics_text(std::span<const metric> all);

} // namespace orderd

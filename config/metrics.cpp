#include "config/metrics.hpp"

#include "domain/assert.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

namespace {

[[nodiscard]] prometheus::MetricType type_of(metric_type type) {
  switch (type) {
  case metric_type::counter:
    return prometheus::MetricType::Counter;
  case metric_type::gauge:
    return prometheus::MetricType::Gauge;
  case metric_type::histogram:
    return prometheus::MetricType::Histogram;
  }
  assertion_failed("known metric_type", __FILE__, __LINE__);
}

prometheus::MetricFamily begin_family(const metric& one) {
  ORDERD_ASSERT(one.help.find('\n') == std::string_view::npos); // the serializer would write it as it is
  prometheus::MetricFamily family;
  family.name = one.name;
  family.help = one.help;
  family.type = type_of(one.type);
  return family;
}

/// The format's buckets count all that is below their bound; the last one, of everything, the serializer
/// adds.
void fill(prometheus::ClientMetric::Histogram& into, const histogram_snapshot& counted) {
  ORDERD_ASSERT(counted.counts.size() == counted.bounds.size() + 1);
  std::uint64_t below = 0;
  into.bucket.reserve(counted.bounds.size());
  for (std::size_t i = 0; i < counted.bounds.size(); ++i) {
    below += counted.counts[i];
    into.bucket.push_back({below, counted.bounds[i]});
  }
  into.sample_count = below + counted.counts.back();
  into.sample_sum = counted.sum;
}

void append(prometheus::MetricFamily& family, const metric& one) {
  auto& last = family.metric.emplace_back();
  switch (one.type) {
  case metric_type::counter:
    last.counter.value = one.value.get();
    break;
  case metric_type::gauge:
    last.gauge.value = one.value.get();
    break;
  case metric_type::histogram:
    fill(last.histogram, one.counted);
    break;
  }
  for (const auto& label : one.labels.all())
    last.label.push_back({std::string(label.key), std::string(label.value)});
}

} // namespace

metric_labels::metric_labels(std::initializer_list<metric_label> all) noexcept : count_(all.size()) {
  ORDERD_ASSERT(all.size() <= count_max);
  std::copy(all.begin(), all.end(), held_.begin());
}

metric histogram_metric(std::string_view name, std::string_view help, histogram_snapshot counted,
                        metric_labels labels) {
  return {name, help, metric_type::histogram, {}, labels, std::move(counted)};
}

std::string metrics_text(std::span<const metric> all) {
  std::vector<prometheus::MetricFamily> families;
  for (const metric& one : all) {
    if (families.empty() || families.back().name != one.name)
      families.push_back(begin_family(one));
    append(families.back(), one);
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

} // namespace orderd

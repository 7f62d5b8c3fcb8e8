#include "config/metrics.hpp"

#include "domain/assert.hpp"

#include <prometheus/text_serializer.h>

#include <vector>

namespace orderd {

namespace {

prometheus::MetricFamily to_family(const metric& one) {
  ORDERD_ASSERT(one.help.find('\n') == std::string_view::npos); // the serializer would write it as it is
  prometheus::MetricFamily family;
  family.name = one.name;
  family.help = one.help;
  auto& only = family.metric.emplace_back();
  if (one.type == metric_type::counter) {
    family.type = prometheus::MetricType::Counter;
    only.counter.value = static_cast<double>(one.value);
  } else {
    family.type = prometheus::MetricType::Gauge;
    only.gauge.value = static_cast<double>(one.value);
  }
  return family;
}

} // namespace

std::string metrics_text(std::span<const metric> all) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(all.size());
  for (const metric& one : all)
    families.push_back(to_family(one));
  return prometheus::TextSerializer{}.Serialize(families);
}

} // namespace orderd

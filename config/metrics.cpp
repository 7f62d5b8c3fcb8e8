#include "config/metrics.hpp"

#include "domain/assert.hpp"

#include <prometheus/text_serializer.h>

#include <string>
#include <vector>

namespace orderd {

namespace {

prometheus::MetricFamily begin_family(const metric& one) {
  ORDERD_ASSERT(one.help.find('\n') == std::string_view::npos); // the serializer would write it as it is
  prometheus::MetricFamily family;
  family.name = one.name;
  family.help = one.help;
  family.type =
      one.type == metric_type::counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
  return family;
}

void append(prometheus::MetricFamily& family, const metric& one) {
  auto& last = family.metric.emplace_back();
  if (one.type == metric_type::counter)
    last.counter.value = static_cast<double>(one.value);
  else
    last.gauge.value = static_cast<double>(one.value);
  if (!one.label.key.empty())
    last.label.push_back({std::string(one.label.key), std::string(one.label.value)});
}

} // namespace

std::string metrics_text(std::span<const metric> all) {
  std::vector<prometheus::MetricFamily> families;
  families.reserve(all.size());
  for (const metric& one : all) {
    if (families.empty() || families.back().name != one.name)
      families.push_back(begin_family(one));
    append(families.back(), one);
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

} // namespace orderd

/// How events go out and come in, as the API shows it, and what receivers must have got.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace orderd::test {

/// An event as a receiver got it.
struct seen_event {
  std::string id;
  std::string key; ///< the partition key
  std::uint64_t sequence = 0;
  std::string type;
};

/// The events in the order of their arrival, repetitions left out; of each key their numbers must grow.
inline std::vector<seen_event> distinct_events(const std::vector<seen_event>& all) {
  std::set<std::string> ids;
  std::map<std::string, std::uint64_t> last_of;
  std::vector<seen_event> distinct;
  for (const auto& each : all) {
    if (!ids.insert(each.id).second)
      continue;
    BOOST_TEST_CONTEXT(each.type << " of " << each.key)
    BOOST_TEST(each.sequence > last_of[each.key]);
    last_of[each.key] = each.sequence;
    distinct.push_back(each);
  }
  return distinct;
}

/// The keys of the events of that type.
inline std::multiset<std::string> keys_of(const std::vector<seen_event>& events, std::string_view type) {
  std::multiset<std::string> keys;
  for (const auto& each : events)
    if (each.type == type)
      keys.insert(each.key);
  return keys;
}

/// The ids of all orders.
inline std::multiset<std::string> ids_of_orders(api_client& api) {
  std::multiset<std::string> ids;
  for (const auto& each : api.list("/orders"))
    ids.insert(each["id"].text());
  return ids;
}

/// A figure of /metrics, by its name with the labels. Throws if it is not there.
inline std::int64_t metric(api_client& api, const std::string& name) {
  const auto text = api.get("/metrics").raw.body;
  const auto at = text.find('\n' + name + ' ');
  if (at == std::string::npos)
    throw std::runtime_error("/metrics lacks " + name);
  return std::stoll(text.substr(at + name.size() + 2));
}

/// A figure of what is consumed: `up`, `done_total`, …
inline std::int64_t source_figure(api_client& api, const std::string& figure,
                                  const std::string& source = "nats") {
  return metric(api, "orderd_source_" + figure + "{source=\"" + source + "\"}");
}

/// Waits until a sink has got everything.
inline void await_drained(api_client& api, const std::string& sink) {
  json_view shown = api.get("/sinks/" + sink).json();
  const auto drained = [&] {
    shown = api.get("/sinks/" + sink).json();
    return shown["lag_events"].integer() == 0 && shown["status"].text() == "up";
  };
  try {
    eventually("all events are published", drained);
  } catch (const std::runtime_error& late) {
    throw std::runtime_error(late.what() + ("; the sink is " + shown.minified()));
  }
}

/// Whether /health/ready names this as degraded; it must say that the process is ready all the same.
inline bool is_degraded(api_client& api, const std::string& what) {
  const auto ready = api.get("/health/ready");
  BOOST_TEST(ready.status == 200);
  for (const auto& each : ready["degraded"].texts())
    if (each == what)
      return true;
  return false;
}

} // namespace orderd::test

#include "persistence/cloud_event.hpp"

#include "config/json_writer.hpp"

namespace orderd {

std::string schema_urn(std::string_view type) { return "urn:orderd:schema:" + std::string(type) + ":1"; }

std::vector<std::pair<std::string_view, std::string>> attributes_of(const cloud_event& event,
                                                                    std::string_view source) {
  return {{"specversion", "1.0"},
          {"id", event.id},
          {"source", std::string(source)},
          {"type", event.type},
          {"subject", event.subject},
          {"time", to_rfc3339(event.time)},
          {"dataschema", schema_urn(event.type)},
          {"sequence", event.sequence},
          {"partitionkey", event.key}};
}

std::string structured(const cloud_event& event, std::string_view source) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  for (const auto& [name, value] : attributes_of(event, source))
    json.member(name, value);
  json.member("datacontenttype", event_data_type);
  json.key("data").raw(event.data);
  json.end_object();
  return out;
}

} // namespace orderd

#include "http/schema_routes.hpp"

#include "config/utf8.hpp"
#include "http/call.hpp"
#include "persistence/cloud_event.hpp"
#include "persistence/event_schemas.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// They change with the program alone.
constexpr std::string_view caching = "public, max-age=3600";
constexpr std::string_view file_ending = ".json";

void list_schemas(call& c) {
  response answer;
  json_writer json(answer.body);
  json.begin_object().key("items").begin_array();
  for (const auto& name : event_schema_names()) {
    json.begin_object().member("name", name).member("id", schema_urn(name));
    json.member("url", "/schemas/" + name + std::string(file_ending)).end_object();
  }
  json.end_array().member("next_cursor", nullptr).end_object();
  answer.headers.emplace_back("Cache-Control", caching);
  c.answer(std::move(answer));
}

void show_schema(call& c) {
  auto name = c.parameters.values[0];
  if (name.ends_with(file_ending))
    name.remove_suffix(file_ending.size());
  auto text = event_schema(name);
  if (!text)
    return c.refuse(
        {404, "not_found", "there is no schema \"" + std::string(cut_utf8(name, 80)) + '"', {}, {}, {}});
  response answer;
  answer.content_type = "application/schema+json";
  answer.body = *std::move(text);
  answer.headers.emplace_back("Cache-Control", caching);
  c.answer(std::move(answer));
}

} // namespace

void add_schema_routes(std::vector<route>& table) {
  table.push_back({method::get, "/schemas", list_schemas, false});
  table.push_back({method::get, "/schemas/{name}", show_schema, false});
}

} // namespace orderd::http

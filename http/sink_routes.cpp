#include "http/sink_routes.hpp"

#include "http/call.hpp"
#include "http/field_reader.hpp"
#include "persistence/order_json.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace orderd::http {
namespace {

constexpr int accepted = 202;

/// `up`, `away` while nothing is taken, `disabled` until an operator says so.
[[nodiscard]] std::string_view state_of(const sink_status& sink) noexcept {
  if (sink.disabled)
    return "disabled";
  return sink.trouble.empty() ? "up" : "away";
}

void begin(json_writer& json, const sink_status& sink) {
  json.begin_object().member("name", sink.name).member("status", state_of(sink));
  json.member("lag_events", sink.lag_events);
  json.member("lag_seconds", static_cast<std::uint64_t>(sink.lag_seconds));
}

void write(json_writer& json, const sink_status& sink) {
  begin(json, sink);
  write_text_or_null(json, "error", sink.trouble);
  json.member("position", sink.position).member("published", sink.published);
  json.member("failed", sink.failed).member("skipped", sink.skipped).end_object();
}

void begin(json_writer& json, const source_status& source) {
  json.begin_object().member("name", source.name);
  json.member("status", source.figures.trouble.empty() ? "up" : "away");
  json.member("dead_letters", source.figures.dead_letters);
}

void write(json_writer& json, const source_status& source) {
  begin(json, source);
  const auto& figures = source.figures;
  write_text_or_null(json, "error", figures.trouble);
  json.member("done", figures.done).member("retried", figures.retried);
  json.member("in_flight", figures.in_flight).end_object();
}

[[nodiscard]] response shown(std::string body, int status = 200) {
  response answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

[[nodiscard]] bool may_look(call& c) {
  if (!c.who.is_operator)
    c.refuse(forbidden("only operators see to sinks, and " + c.who.user + " is none"));
  return c.who.is_operator;
}

void list(call& c) {
  if (!may_look(c))
    return;
  std::string body;
  json_writer json(body);
  json.begin_object().key("sinks").begin_array();
  for (const auto& sink : c.api.core.status().sinks)
    write(json, sink);
  json.end_array().key("sources").begin_array();
  for (const auto& source : sources_of(c))
    write(json, source);
  json.end_array().end_object();
  c.answer(shown(std::move(body)));
}

/// Answers with the sink in the path, or 404.
void show(call& c, int status_code) {
  const auto status = c.api.core.status();
  const auto found = std::find_if(status.sinks.begin(), status.sinks.end(), [&](const sink_status& each) {
    return each.name == c.parameters.values[0];
  });
  if (found == status.sinks.end())
    return c.refuse({404, "not_found", "there is no sink of this name", {}, {}, {}});
  std::string body;
  json_writer json(body);
  write(json, *found);
  c.answer(shown(std::move(body), status_code));
}

void get(call& c) {
  if (may_look(c))
    show(c, 200);
}

struct replay_command {
  std::optional<std::uint64_t> from;
};

void replay(call& c) {
  if (!may_look(c))
    return;
  const auto json = read_optional_json_body(c.in);
  if (!json)
    return c.refuse(json.error());
  replay_command asked;
  if (*json) {
    const auto read = read_object<replay_command>(**json, [](field_reader& fields, replay_command& into) {
      if (const auto from = fields.integer("from", 0, std::numeric_limits<std::int64_t>::max()))
        into.from = static_cast<std::uint64_t>(*from);
    });
    if (!read)
      return c.refuse(read.error());
    asked = *read;
  }
  // `from` names the first event that is wanted; a position is the last one that is not.
  if (asked.from && *asked.from > 0)
    --*asked.from;
  if (c.api.core.replay(std::string(c.parameters.values[0]), asked.from))
    return show(c, accepted);
  c.refuse({404, "not_found", "there is no sink of this name", {}, {}, {}});
}

} // namespace

std::vector<source_status> sources_of(const call& c) {
  return c.api.links != nullptr ? c.api.links->sources() : std::vector<source_status>{};
}

void write_sinks(json_writer& json, const engine_status& status) {
  json.key("sinks").begin_array();
  for (const auto& sink : status.sinks) {
    begin(json, sink);
    json.end_object();
  }
  json.end_array();
}

void write_links(json_writer& json, const engine_status& status, const std::vector<source_status>& sources) {
  write_sinks(json, status);
  json.key("sources").begin_array();
  for (const auto& source : sources) {
    begin(json, source);
    json.end_object();
  }
  json.end_array();
}

void add_sink_routes(std::vector<route>& table) {
  table.push_back({method::get, "/sinks", list});
  table.push_back({method::get, "/sinks/{name}", get});
  table.push_back({method::post, "/sinks/{name}/replay", replay});
}

} // namespace orderd::http

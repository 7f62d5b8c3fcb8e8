#include "http/status_bodies.hpp"

#include "http/health_routes.hpp"
#include "http/sink_routes.hpp"
#include "persistence/order_json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace orderd::http {
namespace {

/// The text of a finite number; 0 for one that is none.
void write_number(json_writer& json, double number, int decimals) {
  std::array<char, 64> text{};
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), std::isfinite(number) ? number : 0.0,
                    std::chars_format::fixed, decimals);
  json.raw(written.ec == std::errc{} ? std::string_view(text.data(), written.ptr) : std::string_view("0"));
}

/// A bound as it was written in the program: the shortest text that means this number.
void write_bound(json_writer& json, double bound) {
  std::array<char, 64> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::fixed);
  json.raw(std::string_view(text.data(), written.ptr));
}

template <std::size_t Count>
void write_named(json_writer& json, std::string_view name, const std::array<std::string_view, Count>& names,
                 const std::array<std::uint64_t, Count>& values) {
  json.key(name).begin_object();
  for (std::size_t i = 0; i < Count; ++i)
    json.member(names[i], values[i]);
  json.end_object();
}

void write_journal(json_writer& json, const engine_status& now) {
  json.key("journal").begin_object();
  json.member("durable_seq", now.durable_seq).member("syncs", now.journal_syncs);
  write_histogram(json, "sync", now.journal.seconds);
  json.member("accepts_writes", now.accepts_writes).end_object();
}

void write_store(json_writer& json, const engine_status& now) {
  json.key("store").begin_object().member("up", now.store_error.empty());
  write_text_or_null(json, "error", now.store_error);
  json.member("applied_seq", now.applied_seq);
  write_thousandths(json, "lag_seconds", now.lag_seconds);
  json.member("backlog_events", backlog_events(now)).member("backlog_bytes", now.backlog_bytes);
  write_histogram(json, "transaction", now.store.seconds);
  json.end_object();
}

void write_entities(json_writer& json, const engine_status& now) {
  const auto live = [&](entity_kind kind) { return now.entities[static_cast<std::size_t>(kind)].live; };
  json.key("entities").begin_object().member("orders", live(entity_kind::order));
  json.member("stock", live(entity_kind::stock)).member("accounts", live(entity_kind::account)).end_object();
}

void write_sagas(json_writer& json, const engine_status& now) {
  json.key("sagas").begin_object();
  json.member("stuck", now.sagas_stuck > 0 ? now.sagas_stuck : 0).member("ready", now.processor_ready);
  json.member("in_flight", now.processor_in_flight).member("due", now.processor_due);
  json.key("steps").begin_object();
  for (std::size_t i = 1; i < saga_steps; ++i)
    json.member(to_text(static_cast<saga_step>(i)), now.sagas[i]);
  json.end_object().end_object();
}

void write_hot_skus(json_writer& json, const engine_status& now) {
  json.key("hot_skus").begin_array();
  for (const auto& each : now.hot_skus) {
    json.begin_object().member("sku", each.sku);
    json.member("requests", std::llround(each.requests)).member("refusals", std::llround(each.refusals));
    write_thousandths(json, "wait_ms", each.wait_seconds * 1'000);
    write_thousandths(json, "waiting", each.waiting);
    json.end_object();
  }
  json.end_array();
}

} // namespace

void write_thousandths(json_writer& json, std::string_view name, double number) {
  json.key(name);
  write_number(json, number, 3);
}

void write_histogram(json_writer& json, std::string_view name, const histogram_snapshot& counted) {
  json.key(name).begin_object().key("bounds_seconds").begin_array();
  for (const double bound : counted.bounds)
    write_bound(json, bound);
  json.end_array().key("counts").begin_array();
  for (const auto count : counted.counts)
    json.value(count);
  json.end_array().end_object();
}

void write_engine_status(json_writer& json, const engine_status& now) {
  write_named(json, "reservations", reservation_results, now.reservations);
  write_journal(json, now);
  write_store(json, now);
  write_entities(json, now);
  write_sagas(json, now);
  json.member("event_streams", now.event_clients);
  write_hot_skus(json, now);
  write_sinks(json, now);
}

} // namespace orderd::http

#include "http/process_options.hpp"

#include "http/identity.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace orderd::http {
namespace {

/// Appends `keyword='value'` as libpq reads it; nothing for an empty value, which leaves libpq its default.
void append_keyword(std::string& conninfo, std::string_view keyword, std::string_view value) {
  if (value.empty())
    return;
  if (!conninfo.empty())
    conninfo += ' ';
  (conninfo += keyword) += "='";
  for (const char each : value) {
    if (each == '\'' || each == '\\')
      conninfo += '\\';
    conninfo += each;
  }
  conninfo += '\'';
}

[[nodiscard]] std::string conninfo_of(const settings& s) {
  if (!s.database_url.empty())
    return s.database_url;
  if (s.db_host.empty() && s.db_name.empty())
    return {};
  std::string conninfo;
  append_keyword(conninfo, "host", s.db_host);
  append_keyword(conninfo, "port", std::to_string(s.db_port));
  append_keyword(conninfo, "dbname", s.db_name);
  append_keyword(conninfo, "user", s.db_user);
  append_keyword(conninfo, "password", s.db_pass);
  return conninfo;
}

/// A catalogue may be far longer than any other body.
[[nodiscard]] bool takes_catalogue(std::string_view path) {
  if (path.starts_with("/api/"))
    path.remove_prefix(4);
  if (path.ends_with('/'))
    path.remove_suffix(1);
  return path == "/stock/import";
}

} // namespace

std::optional<postgres_options> database_of(const settings& s) {
  postgres_options options;
  options.conninfo = conninfo_of(s);
  if (options.conninfo.empty())
    return std::nullopt;
  options.schema = s.db_schema;
  options.connect_timeout = s.db_connect_timeout;
  options.statement_timeout = s.db_statement_timeout;
  options.tcp_timeout = s.db_tcp_timeout;
  return options;
}

engine_options engine_options_of(const settings& s) {
  engine_options options;
  options.data_dir = s.data_dir.string();
  options.database = database_of(s);
  options.durability = s.durability;
  options.shards = s.shards;
  options.scheduler_threads = s.scheduler_threads;
  options.scheduler_policy = s.scheduler_policy == scheduler_policy::stealing ? "stealing" : "sharing";
  options.live_entities_max = s.live_entities_max;
  options.entity_idle = s.entity_idle;
  options.tick = s.expiry_tick;
  options.journal_segment_bytes = s.journal_segment_bytes;
  options.journal_backlog_bytes_max = s.journal_backlog_bytes_max;
  options.store_batch_events_max = s.store_batch_events_max;
  options.store_batch_latency = s.store_batch_latency;
  options.store_readers = s.store_readers;
  options.history_kept = std::chrono::days{s.history_days};
  options.list_wait = s.list_wait;
  options.store_wait = s.store_wait;
  options.finish_patience = s.drain_timeout;
  options.requests_in_flight_max = s.requests_in_flight_max;
  options.accept_timeout = s.accept_timeout;
  options.processor_interval = s.processor_interval;
  options.processor_in_flight_max = s.processor_in_flight_max;
  options.processor_queue_max = s.processor_queue_max;
  options.error_rate = s.error_rate;
  options.error_seed = s.error_seed;
  options.refusal_events_per_second = s.refusal_events_per_second;
  options.payments = s.payments;
  options.currency = s.currency;
  if (s.payments == payments_mode::http)
    options.payment_service = {s.payment_service_url, s.payment_service_token, s.payment_timeout,
                               s.payment_wait, s.payments_in_flight_max};
  if (s.payee == payee_choice::merchant)
    options.merchant = canonical_name(s.merchant_account);
  options.sagas.rounds_max = static_cast<std::uint32_t>(s.payment_rounds_max);
  options.sagas.pause_max = s.payment_retry_max;
  options.sagas.pause_min = std::min(options.sagas.pause_min, options.sagas.pause_max);
  options.idempotency_keys_max = s.idempotency_keys_max;
  options.idempotency_bytes_max = s.idempotency_bytes_max;
  options.event_source = s.event_source;
  options.events_rate_max = s.events_rate_max;
  options.events_age_max = s.events_age_max;
  options.events_waiting_max = s.events_waiting_max;
  options.event_clients_max = s.event_clients_max;
  options.event_client_bytes_max = s.event_client_bytes_max;
  return options;
}

server_limits server_limits_of(const settings& s) {
  server_limits limits;
  limits.workers = s.http_workers;
  limits.connections_max = s.connections_max;
  limits.body_bytes_max = s.body_bytes_max;
  limits.large_body_bytes_max = s.import_bytes_max;
  limits.body_bytes_total_max = std::max(limits.body_bytes_total_max, 2 * s.import_bytes_max);
  limits.takes_large_body = takes_catalogue;
  limits.head_timeout = s.head_timeout;
  limits.body_timeout = s.body_timeout;
  limits.idle_timeout = s.idle_timeout;
  // The feed drops a slow client, and tells it so, before the server cuts it: one event may come on top.
  limits.stream_output_bytes_max = std::max(limits.stream_output_bytes_max, 2 * s.event_client_bytes_max);
  return limits;
}

} // namespace orderd::http

#include "config/settings_table.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <limits>

namespace orderd {

namespace {

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t hour_ms = 3'600'000;
constexpr std::uint64_t processor_interval_seconds_max = 86'400;
constexpr std::uint64_t accept_timeout_seconds_max = 30 * 86'400;

constexpr std::size_t path_bytes_max = 4000;
constexpr std::size_t service_name_bytes_max = 200;

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char each) { return each >= 'A' && each <= 'Z'; });
}

bool is_path(std::string_view text) {
  return !text.empty() && text.size() <= path_bytes_max && text.find('\0') == std::string_view::npos;
}

bool is_text(std::string_view text) {
  return text.size() <= path_bytes_max && text.find('\0') == std::string_view::npos;
}

bool is_schema_name(std::string_view text) {
  constexpr std::size_t identifier_bytes_max = 63;
  return !text.empty() && text.size() <= identifier_bytes_max && text.find('\0') == std::string_view::npos;
}

bool is_service_name(std::string_view text) { return is_printable(text, service_name_bytes_max); }

void add_server(std::vector<setting>& rows) {
  constexpr auto group = setting_group::server;
  rows.push_back({"HOST", group,
                  text_kind(&settings::host, "address", "an IPv4 or IPv6 address, or localhost", is_host),
                  "Address to listen on; 0.0.0.0 or :: for all."});
  rows.push_back({"PORT",
                  group,
                  number_kind(&settings::port, "TCP port", 0, 65535),
                  "Port to listen on; 0 takes any free one.",
                  {"LISTEN_PORT", "SERVICE_PORT"}});
  rows.push_back({"ORDERD_HTTP_WORKERS", group, number_kind(&settings::http_workers, "threads", 1, 64),
                  "Threads that read requests and write answers."});
  rows.push_back({"ORDERD_CONNECTIONS_MAX", group,
                  number_kind(&settings::connections_max, "connections", 1, 1'000'000),
                  "Open connections; one more is answered 503."});
  rows.push_back({"ORDERD_REQUESTS_IN_FLIGHT_MAX", group,
                  number_kind(&settings::requests_in_flight_max, "requests", 1, 1'000'000),
                  "Requests that wait for their answer; one more is answered 503."});
  rows.push_back({"ORDERD_IDEMPOTENCY_KEYS_MAX", group,
                  number_kind(&settings::idempotency_keys_max, "keys", 1'000, 1'000'000'000),
                  "Idempotency keys remembered at once, each about 100 bytes; beyond, the oldest go."});
  rows.push_back(
      {"ORDERD_IDEMPOTENCY_BYTES_MAX", group,
       number_kind(&settings::idempotency_bytes_max, "bytes", mib, 1024 * gib),
       "Answers kept for these keys until the store has them; beyond, new keys are answered 503."});
  rows.push_back({"ORDERD_BODY_BYTES_MAX", group,
                  number_kind(&settings::body_bytes_max, "bytes", kib, 64 * mib),
                  "Longest body of a request; a longer one is answered 413."});
  rows.push_back({"ORDERD_IMPORT_BYTES_MAX", group,
                  number_kind(&settings::import_bytes_max, "bytes", kib, gib),
                  "Longest body of a catalogue import."});
  rows.push_back({"ORDERD_HEAD_TIMEOUT_MS", group, milliseconds_kind(&settings::head_timeout, 10, hour_ms),
                  "From the first byte of a request to the end of its header; then 408."});
  rows.push_back({"ORDERD_BODY_TIMEOUT_MS", group, milliseconds_kind(&settings::body_timeout, 10, hour_ms),
                  "From the end of the header to the end of the body; then 408."});
  rows.push_back({"ORDERD_IDLE_TIMEOUT_MS", group, milliseconds_kind(&settings::idle_timeout, 10, hour_ms),
                  "A connection without a request is closed after this."});
  rows.push_back({"ORDERD_DRAIN_TIMEOUT_MS", group, milliseconds_kind(&settings::drain_timeout, 0, hour_ms),
                  "Longest wait at the end of the process for requests under way, and then for the store."});
  rows.push_back(
      {"ORDERD_LIST_WAIT_MS", group, milliseconds_kind(&settings::list_wait, 0, 60'000),
       "Longest wait of a list for the store to catch up and for a reader; then 503. The same again for "
       "its reading, if the store is a database that does not answer."});
}

void add_callers(std::vector<setting>& rows) {
  constexpr auto group = setting_group::callers;
  rows.push_back({"AUTH", group,
                  choice_kind<auth_mode>(&settings::auth, {{"open", auth_mode::open},
                                                           {"gateway", auth_mode::gateway},
                                                           {"token", auth_mode::token}}),
                  "Who is believed to be the caller. open: X-User is believed, and without it the caller is "
                  "the operator, as behind a private network; gateway: X-User is required, and believed from "
                  "TRUSTED_PROXIES only; token: whose token stands in `Authorization: Bearer`."});
  rows.push_back(
      {"ORDERD_ALLOW_PUBLIC_OPEN", group, boolean_kind(&settings::allow_public_open),
       "Lets AUTH=open start on a HOST that is not loopback: whoever reaches it is the operator."});
  rows.push_back(
      {"OPERATORS", group, names_kind(&settings::operators, limits::operators_max, limits::user_bytes_max),
       "Callers who may change stock and accounts, import, see every order and account, and have the step of "
       "an order tried again."});
  rows.push_back({"TRUSTED_PROXIES", group,
                  networks_kind(&settings::trusted_proxies, limits::trusted_proxies_max),
                  "Peers whose X-User is believed with AUTH=gateway."});
  rows.push_back({"ORDERD_TOKEN_FILE", group,
                  text_kind(&settings::token_file, "path", "a path of at most 4000 bytes", is_text),
                  "File of AUTH=token: lines of a name and the SHA-256 of a token in hex. Read again on "
                  "SIGHUP."});
  rows.push_back(
      {"RATE_LIMIT_RPS", group, number_kind(&settings::rate_limit_per_second, "requests/s", 0, 1'000'000),
       "Requests a second of one caller in the long run, by its name or else its address; one more "
       "is answered 429. Operators who give their name are exempt. With AUTH=open, where a name is "
       "whatever the caller says, all go by address and nobody is exempt. 0: no limit."});
  rows.push_back(
      {"ORDERD_RATE_LIMIT_BURST", group, number_kind(&settings::rate_limit_burst, "requests", 0, 10'000'000),
       "Requests that a caller may make at once after a pause, beside RATE_LIMIT_RPS; 0: as many as "
       "in two seconds."});
}

void add_orders(std::vector<setting>& rows) {
  constexpr auto group = setting_group::orders;
  rows.push_back(
      {"ORDER_PLACEMENT", group,
       choice_kind<placement_mode>(&settings::order_placement, {{"immediate", placement_mode::immediate},
                                                                {"draft", placement_mode::draft},
                                                                {"deferred", placement_mode::deferred}}),
       "What becomes of a new order that names no status. immediate: stock is reserved before the "
       "answer; draft: nothing is reserved; deferred: it waits for the processor."});
  rows.push_back({"ORDERD_CURRENCY", group,
                  text_kind(&settings::currency, "ISO 4217", "3 capital letters", is_currency),
                  "Currency of every price."});
  rows.push_back({"ACCEPT_TIMEOUT_SECONDS", group,
                  seconds_kind(&settings::accept_timeout, 0, accept_timeout_seconds_max),
                  "A processed order that nobody accepts for so long is cancelled and refunded; 0: never."});
}

void add_processor(std::vector<setting>& rows) {
  constexpr auto group = setting_group::processor;
  rows.push_back({"INTERVAL_SECONDS", group,
                  seconds_kind(&settings::processor_interval, 0, processor_interval_seconds_max),
                  "Registered orders are processed in rounds, this far apart; 0: each at once."});
  rows.push_back({"ORDERD_PROCESSOR_IN_FLIGHT_MAX", group,
                  number_kind(&settings::processor_in_flight_max, "orders", 1, 10'000),
                  "Orders that the processor attends to at the same time."});
  rows.push_back({"ORDERD_PROCESSOR_QUEUE_MAX", group,
                  number_kind(&settings::processor_queue_max, "orders", 100, 10'000'000),
                  "Orders that the processor keeps in mind; it looks for more in the store."});
  rows.push_back({"ERROR_RATE", group, share_kind(&settings::error_rate, "share"),
                  "Of the steps that reserve an order's stock or write down that it is placed, so many are "
                  "made to fail, to try what happens then."});
  rows.push_back({"ORDERD_ERROR_SEED", group,
                  number_kind(&settings::error_seed, "seed", 0, std::numeric_limits<std::uint32_t>::max()),
                  "Which of them fail; 0: others each time."});
}

void add_durability(std::vector<setting>& rows) {
  constexpr auto group = setting_group::durability;
  rows.push_back({"ORDERD_DATA_DIR", group,
                  text_kind(&settings::data_dir, "path", "a path of 1..4000 bytes", is_path),
                  "Folder of the journal and the embedded store; made if it is missing."});
  rows.push_back({"ORDERD_DURABILITY", group,
                  choice_kind<durability_mode>(&settings::durability, {{"journal", durability_mode::journal},
                                                                       {"store", durability_mode::store},
                                                                       {"memory", durability_mode::memory}}),
                  "When an answer is sent. journal: once the local journal is synced; store: once the store "
                  "has committed it too; memory: once it is decided, and a crash loses at most the last "
                  "unsynced batch. A request may ask for more by `Prefer: durability=store`."});
  rows.push_back({"ORDERD_JOURNAL_SEGMENT_BYTES", group,
                  number_kind(&settings::journal_segment_bytes, "bytes", mib, gib),
                  "Size of one journal file."});
  rows.push_back({"ORDERD_JOURNAL_BACKLOG_BYTES_MAX", group,
                  number_kind(&settings::journal_backlog_bytes_max, "bytes", 2 * mib, 1024 * gib),
                  "Journal that the store has not applied yet; beyond it changes are answered 503."});
  rows.push_back({"ORDERD_STORE_BATCH_EVENTS_MAX", group,
                  number_kind(&settings::store_batch_events_max, "events", 1, 1'000'000),
                  "Most events that go to the store in one transaction."});
  rows.push_back({"ORDERD_STORE_BATCH_LATENCY_MS", group,
                  milliseconds_kind(&settings::store_batch_latency, 0, 10'000),
                  "Longest wait of an event for more to share its transaction."});
  rows.push_back({"ORDERD_STORE_WAIT_MS", group, milliseconds_kind(&settings::store_wait, 0, 60'000),
                  "Longest wait of a sleeping entity, or of an answer that must be in the store, while the "
                  "store is away; then 503."});
  rows.push_back({"ORDERD_HISTORY_DAYS", group, number_kind(&settings::history_days, "days", 0, 36'500),
                  "Days for which the store keeps every event. Older ones that all sinks have passed are "
                  "dropped, and a checkpoint of each order, item and account stays. 0: for ever."});
  rows.push_back({"ORDERD_STORE_READERS", group, number_kind(&settings::store_readers, "threads", 1, 64),
                  "Threads that read lists from the store. One more loads sleeping entities."});
}

void add_database(std::vector<setting>& rows) {
  constexpr auto group = setting_group::database;
  constexpr std::uint64_t timeout_ms_max = 10 * 60'000;
  const auto plain_text = [](std::string settings::*member, std::string unit) {
    return text_kind(member, std::move(unit), "at most 4000 bytes", is_text);
  };
  rows.push_back({"DATABASE_URL",
                  group,
                  plain_text(&settings::database_url, "postgresql:// URI, or libpq's keywords"),
                  "PostgreSQL database behind the engine. Without it and without DB_HOST and DB_NAME the "
                  "store is an embedded file in the data folder.",
                  {},
                  true});
  rows.push_back({"DB_HOST", group, plain_text(&settings::db_host, "host"),
                  "Server of the database, where DATABASE_URL is not given."});
  rows.push_back(
      {"DB_PORT", group, number_kind(&settings::db_port, "TCP port", 1, 65535), "Its port, beside DB_HOST."});
  rows.push_back({"DB_NAME", group, plain_text(&settings::db_name, "name"), "Its database, beside DB_HOST."});
  rows.push_back({"DB_USER", group, plain_text(&settings::db_user, "name"), "Its role, beside DB_HOST."});
  rows.push_back({"DB_PASS",
                  group,
                  plain_text(&settings::db_pass, "password"),
                  "The role's password, beside DB_HOST.",
                  {},
                  true});
  rows.push_back({"DB_SCHEMA", group, text_kind(&settings::db_schema, "name", "1..63 bytes", is_schema_name),
                  "Schema of the tables; made if it is missing."});
  rows.push_back({"ORDERD_DB_CONNECT_TIMEOUT_MS", group,
                  milliseconds_kind(&settings::db_connect_timeout, 100, timeout_ms_max),
                  "Longest wait for a connection; then the database counts as away."});
  rows.push_back({"ORDERD_DB_STATEMENT_TIMEOUT_MS", group,
                  milliseconds_kind(&settings::db_statement_timeout, 100, timeout_ms_max),
                  "Longest wait for the answer to a read or a batch; then the connection is given up."});
  rows.push_back({"ORDERD_DB_TCP_TIMEOUT_MS", group,
                  milliseconds_kind(&settings::db_tcp_timeout, 1000, timeout_ms_max),
                  "Longest silence of the network before a connection is given up."});
}

void add_actors(std::vector<setting>& rows) {
  constexpr auto group = setting_group::actors;
  rows.push_back({"ORDERD_SCHEDULER_THREADS", group,
                  number_kind(&settings::scheduler_threads, "threads", 0, 256),
                  "Threads that run the actors; 0: one on 1 or 2 cores, else half as many as cores."});
  rows.push_back(
      {"ORDERD_SCHEDULER_POLICY", group,
       choice_kind<scheduler_policy>(&settings::scheduler_policy, {{"by_cores", scheduler_policy::by_cores},
                                                                   {"sharing", scheduler_policy::sharing},
                                                                   {"stealing", scheduler_policy::stealing}}),
       "How these threads share the work; by_cores: sharing on at most 4 cores, else stealing."});
  rows.push_back({"ORDERD_SHARDS", group, number_kind(&settings::shards, "shards", 1, 1024),
                  "Parts that the entities are divided into inside the process."});
  rows.push_back(
      {"ORDERD_LIVE_ENTITIES_MAX", group,
       // Half is for stock items: all that the largest order names must be able to live at once.
       number_kind(&settings::live_entities_max, "entities", 2 * limits::order_lines_max, 100'000'000),
       "Orders, stock items and accounts in memory at once: half of it for stock items, and half for orders, "
       "or a quarter each for orders and accounts with PAYMENTS=ledger."});
  rows.push_back(
      {"ORDERD_ENTITY_IDLE_MS", group, milliseconds_kind(&settings::entity_idle, 10, 24 * hour_ms),
       "An order or account that is idle this long leaves memory; stock items stay while there is room."});
  rows.push_back({"ORDERD_EXPIRY_TICK_MS", group, milliseconds_kind(&settings::expiry_tick, 10, 60'000),
                  "How often reservations are looked through for expired ones."});
}

void add_log(std::vector<setting>& rows) {
  constexpr auto group = setting_group::log;
  rows.push_back(
      {"OTEL_SERVICE_NAME", group,
       text_kind(&settings::service_name, "name", "1..200 bytes without control characters", is_service_name),
       "What this service is called in figures and traces."});
  rows.push_back({"LOG_LEVEL", group,
                  choice_kind<log::level>(&settings::log_level, {{"trace", log::level::trace},
                                                                 {"debug", log::level::debug},
                                                                 {"info", log::level::info},
                                                                 {"warn", log::level::warn},
                                                                 {"error", log::level::error}}),
                  "Least level that is written to stderr. Read again from the file on SIGHUP."});
  rows.push_back({"ORDERD_LOG_FORMAT", group,
                  choice_kind<log::format>(&settings::log_format,
                                           {{"json", log::format::json}, {"text", log::format::text}}),
                  "json: one object a line, for collectors; text: for people."});
}

} // namespace

settings_table_view settings_table() {
  static const std::vector<setting> rows = [] {
    std::vector<setting> made;
    add_server(made);
    add_callers(made);
    add_orders(made);
    add_processor(made);
    add_payments(made);
    add_events(made);
    add_durability(made);
    add_database(made);
    add_actors(made);
    add_traces(made);
    add_log(made);
    return made;
  }();
  return rows;
}

std::string_view title_of(setting_group group) noexcept {
  switch (group) {
  case setting_group::server:
    return "Server";
  case setting_group::callers:
    return "Callers";
  case setting_group::orders:
    return "Orders";
  case setting_group::processor:
    return "Processor";
  case setting_group::payments:
    return "Payments";
  case setting_group::events:
    return "Events";
  case setting_group::durability:
    return "Durability";
  case setting_group::database:
    return "Database";
  case setting_group::actors:
    return "Actors";
  case setting_group::traces:
    return "Traces";
  case setting_group::log:
    return "Log";
  }
  return {};
}

std::string_view short_name(std::string_view name) noexcept {
  constexpr std::string_view prefix = "ORDERD_";
  return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

std::string flag_of(const setting& row) {
  std::string flag = "--" + file_key_of(row);
  std::replace(flag.begin() + 2, flag.end(), '_', '-');
  return flag;
}

std::string file_key_of(const setting& row) { return folded(short_name(row.name)); }

std::string folded(std::string_view name) {
  std::string out(name);
  for (char& each : out) {
    if (each >= 'A' && each <= 'Z')
      each = static_cast<char>(each - 'A' + 'a');
    else if (each == '-')
      each = '_';
  }
  return out;
}

} // namespace orderd

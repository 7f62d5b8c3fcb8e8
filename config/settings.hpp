/// What one process is set up from. Every row of the settings table fills one member here; its range, help
/// and names are in `settings_table.cpp`, its default is the member initialiser and nowhere else.
#pragma once

#include "config/durability.hpp"
#include "config/log.hpp"
#include "config/result.hpp"
#include "config/trace_sampler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace orderd {

/// What becomes of a new order that names no status.
enum class placement_mode : std::uint8_t { immediate, draft, deferred };
/// Who is believed to be the caller.
enum class auth_mode : std::uint8_t { open, gateway, token };
/// Who moves the money of orders: nobody, the ledger inside the engine, or an outside service.
enum class payments_mode : std::uint8_t { none, ledger, http };
/// Who is paid when an order is completed.
enum class payee_choice : std::uint8_t { runner, merchant };
/// How actors are shared among threads. `by_cores` never leaves `read_settings`.
enum class scheduler_policy : std::uint8_t { by_cores, sharing, stealing };

/// What the process is to do: serve, or one piece of upkeep and then end.
enum class process_task : std::uint8_t {
  serve,
  migrate,
  begin_journal,
  export_history,
  import_history,
  verify,
};

/// Plain values, checked one by one and against each other. Safe to copy to any thread.
struct settings {
  std::string host = "127.0.0.1";          ///< an IPv4 or IPv6 literal, or `localhost`
  std::uint16_t port = 8080;               ///< 0: any free one
  std::uint64_t rate_limit_per_second = 0; ///< of one caller; 0: no limit
  std::uint64_t rate_limit_burst = 0;      ///< at once; 0: two seconds' worth
  std::size_t http_workers = 1;
  std::size_t connections_max = 4096;
  std::size_t requests_in_flight_max = 4096;
  std::size_t idempotency_keys_max = 1'000'000;
  std::uint64_t idempotency_bytes_max = 256ULL * 1024 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  std::size_t import_bytes_max = 64 * 1024 * 1024;
  std::chrono::milliseconds head_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds drain_timeout{10'000};
  std::chrono::milliseconds list_wait{5'000}; ///< longest wait of a list for the store to catch up

  auth_mode auth = auth_mode::open;
  bool allow_public_open = false; ///< permits `auth_mode::open` on a host that others can reach
  std::vector<std::string> operators{"operator"};
  std::vector<std::string> trusted_proxies{"127.0.0.0/8", "::1"}; ///< networks; of `auth_mode::gateway`
  std::filesystem::path token_file; ///< set with `auth_mode::token` and never else

  placement_mode order_placement = placement_mode::immediate;
  std::string currency = "USD";               ///< ISO 4217
  std::chrono::seconds accept_timeout{0};     ///< of a processed order, until it is cancelled; 0: never
  std::chrono::seconds processor_interval{5}; ///< between rounds of registered orders; 0: no rounds, at once
  std::size_t processor_in_flight_max = 64;
  std::size_t processor_queue_max = 100'000;
  double error_rate = 0;        ///< of the saga steps that are made to fail; 0..1
  std::uint32_t error_seed = 0; ///< 0: a random one

  payments_mode payments = payments_mode::none;
  std::string payment_service_url; ///< set with `payments_mode::http` and never else
  std::string payment_service_token;
  std::chrono::milliseconds payment_timeout{5'000}; ///< of one try
  std::chrono::milliseconds payment_wait{10'000};   ///< of one step, with all its tries
  std::size_t payments_in_flight_max = 256;
  payee_choice payee = payee_choice::runner;
  std::string merchant_account = "merchant";
  std::size_t payment_rounds_max = 8; ///< after so many an order counts as stuck
  std::chrono::milliseconds payment_retry_max{60'000};

  std::string event_source = "/orderd";   ///< CloudEvents' `source`
  std::uint64_t events_rate_max = 20'000; ///< a second, of one sink
  std::size_t events_in_flight_max = 256;
  std::chrono::seconds events_age_max{7 * 86'400};
  std::uint64_t events_waiting_max = 10'000'000;
  std::size_t refusal_events_per_second = 10;
  std::size_t event_clients_max = 100;
  std::size_t event_client_bytes_max = 256 * 1024;
  std::string nats_url;                   ///< empty: no NATS
  std::filesystem::path nats_credentials; ///< empty: none
  std::filesystem::path nats_ca_file;     ///< empty: whom this machine trusts
  std::string nats_stream = "orders";
  std::string nats_inbound_stream = "orders_inbound";
  std::string kafka_brokers; ///< empty: no Kafka
  std::string kafka_options; ///< of librdkafka: `name=value`, divided by `;`
  std::string kafka_topic = "order-events";
  std::string consumer_group = "orderd";
  std::string kafka_dead_letter_topic = "order-events.dead-letters";
  bool consume = true; ///< from the brokers that are named
  std::size_t consume_in_flight_max = 64;
  std::uint32_t consume_tries_max = 5;
  std::string webhook_url;    ///< empty: no webhook
  std::string webhook_secret; ///< set with `webhook_url` and never else
  bool webhook_allow_private = false;
  std::chrono::milliseconds webhook_timeout{10'000};
  std::size_t webhook_in_flight_max = 8;
  std::chrono::seconds webhook_disable_after{86'400};

  std::filesystem::path data_dir = "./data"; ///< as given, not made absolute
  durability_mode durability = durability_mode::journal;
  std::size_t journal_segment_bytes = 32 * 1024 * 1024;
  std::size_t journal_backlog_bytes_max = 1024 * 1024 * 1024;
  std::size_t store_batch_events_max = 10'000;
  std::chrono::milliseconds store_batch_latency{50};
  std::size_t store_readers = 2;
  std::uint64_t history_days = 0; ///< 0: for ever

  std::string database_url; ///< libpq's URI or keywords; empty: made of the next ones, if any of them is set
  std::string db_host;
  std::uint16_t db_port = 5432;
  std::string db_name;
  std::string db_user;
  std::string db_pass;
  std::string db_schema = "public";
  std::chrono::milliseconds db_connect_timeout{5'000};
  std::chrono::milliseconds db_statement_timeout{10'000};
  std::chrono::milliseconds db_tcp_timeout{10'000};
  std::chrono::milliseconds store_wait{
      10'000}; ///< of answers that wait for the store, and of sleeping entities

  std::size_t scheduler_threads = 0; ///< at least 1 when `read_settings` has returned
  orderd::scheduler_policy scheduler_policy = scheduler_policy::by_cores;
  std::size_t shards = 8;
  std::size_t live_entities_max = 100'000;
  std::chrono::milliseconds entity_idle{30'000}; ///< idle this long, an order passivates
  std::chrono::milliseconds expiry_tick{250};

  std::string traces_endpoint; ///< of a collector that speaks OTLP/HTTP; empty: nothing is traced
  std::string traces_headers;  ///< `name=value`, divided by `,`
  orderd::trace_sampler trace_sampler = orderd::trace_sampler::parent_always_on;
  double trace_ratio = 1;
  std::size_t traces_per_second_max = 100;

  std::string service_name = "orderd"; ///< in figures and traces
  log::level log_level = log::level::info;
  log::format log_format = log::format::json;

  process_task task = process_task::serve;
  std::string task_file; ///< of an export or an import, or the folder or file to verify

  friend bool operator==(const settings&, const settings&) = default;
};

/// What a process finds around it. Passed in, so that tests need no environment of their own.
struct process_environment {
  std::map<std::string, std::string, std::less<>> variables;
  std::size_t cores = 1; ///< that this process may run on
};

/// Reads the real environment. Call it before any thread could change it.
[[nodiscard]] process_environment this_process_environment();

/// The command line asked a question instead of for a server: print `text` to stdout and exit with the
/// status.
struct printed_answer {
  std::string text;
  int exit_status = 0;
};

/// Either what to run with, or what to print instead.
using settings_outcome = std::variant<settings, printed_answer>;

/// Everything that is wrong, each a sentence that names the setting, its source, the value and what is
/// allowed.
using settings_problems = std::vector<error>;

inline constexpr int exit_status_of_bad_settings = 2;

/// Reads flags, environment and file (`--config` or ORDERD_CONFIG), each stronger than the next, over the
/// defaults. Every value given is checked, also one that a stronger source overrides. Resolves what depends
/// on the number of cores. Reads at most the one file, opens and creates nothing else, and never throws or
/// exits. An empty environment variable counts as absent.
[[nodiscard]] tl::expected<settings_outcome, settings_problems>
read_settings(int argc, const char* const* argv, const process_environment& environment);

/// The problems as text for stderr, one a line.
[[nodiscard]] std::string describe(const settings_problems& problems);

} // namespace orderd

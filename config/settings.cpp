#include "config/settings.hpp"

#include "config/log_level_reading.hpp"
#include "config/settings_sources.hpp"
#include "config/settings_table.hpp"
#include "config/settings_text.hpp"
#include "config/version.hpp"

#include <algorithm>
#include <set>

namespace orderd {

namespace {

/// The settings as they come together, and what was wrong on the way.
struct gathered {
  settings values;
  std::vector<std::string> where; ///< beside the table
  std::set<std::string_view> bad; ///< names of settings whose value was refused
  settings_problems problems;
};

std::string complaint(const setting& row, const given_value& given) {
  return std::string(row.name) + ": " + (row.secret ? std::string("the value") : in_quotes(given.text)) +
         " (" + given.where + ") is not allowed; allowed: " + row.kind.allowed + " (" + row.kind.unit + ")";
}

/// Lays one source over what weaker ones have given.
void lay_over(settings_table_view table, source_reading&& source, gathered& into) {
  for (error& each : source.problems)
    into.problems.push_back(std::move(each));
  for (const given_value& given : source.values) {
    const setting& row = table[given.row];
    if (row.kind.assign(into.values, given.text)) {
      into.where[given.row] = given.where;
    } else {
      into.bad.insert(row.name);
      into.problems.push_back({error_code::invalid_setting, complaint(row, given)});
    }
  }
}

/// Whether what was given for all these settings was taken. A relation is only judged where all its sides are
/// good themselves.
bool are_good(const gathered& found, std::initializer_list<std::string_view> names) {
  return std::none_of(names.begin(), names.end(),
                      [&](std::string_view name) { return found.bad.contains(name); });
}

void complain(gathered& found, std::string sentence) {
  found.problems.push_back({error_code::invalid_setting, std::move(sentence)});
}

void check_callers(gathered& found) {
  const settings& values = found.values;
  if (are_good(found, {"AUTH", "HOST", "ORDERD_ALLOW_PUBLIC_OPEN"}) && values.auth == auth_mode::open &&
      !values.allow_public_open && !is_loopback(values.host))
    complain(found, "AUTH: 'open' makes everybody the operator who can reach HOST, and " +
                        in_quotes(values.host) +
                        " is not loopback; listen on 127.0.0.1 behind a gateway, or set "
                        "ORDERD_ALLOW_PUBLIC_OPEN=true if the network is private");
  // Whoever names proxies expects that nobody else is believed. The default is no such word: printed settings
  // have it too, and read back.
  if (are_good(found, {"AUTH", "TRUSTED_PROXIES"}) && values.auth != auth_mode::gateway &&
      values.trusted_proxies != settings{}.trusted_proxies)
    complain(found, "TRUSTED_PROXIES: proxies are named, and X-User would be believed or ignored whoever "
                    "sends it; set AUTH=gateway to use them, or name none");
  if (are_good(found, {"RATE_LIMIT_RPS", "ORDERD_RATE_LIMIT_BURST"}) && values.rate_limit_per_second == 0 &&
      values.rate_limit_burst != 0)
    complain(found, "ORDERD_RATE_LIMIT_BURST: a burst is given that would never limit anybody; set "
                    "RATE_LIMIT_RPS to use it, or give none");
  if (!are_good(found, {"AUTH", "ORDERD_TOKEN_FILE"}))
    return;
  const bool by_token = values.auth == auth_mode::token;
  const bool is_named = !values.token_file.empty();
  if (by_token && !is_named)
    complain(found, "ORDERD_TOKEN_FILE: AUTH is 'token' and nothing says where the tokens are; "
                    "allowed: the path of a file");
  // Whoever names tokens expects that nobody gets in without one.
  if (!by_token && is_named)
    complain(found, "ORDERD_TOKEN_FILE: tokens are named that would never be asked for; set "
                    "AUTH=token to use them, or name none");
}

void check_payments(gathered& found) {
  const settings& values = found.values;
  const bool outside = values.payments == payments_mode::http;
  if (are_good(found, {"PAYMENTS", "PAYMENT_SERVICE_URL"})) {
    if (outside && values.payment_service_url.empty())
      complain(found, "PAYMENT_SERVICE_URL: PAYMENTS is 'http' and nothing says where the "
                      "service is; allowed: its http:// or https:// URL");
    // Whoever names a service expects that customers are charged.
    if (!outside && !values.payment_service_url.empty())
      complain(found, "PAYMENT_SERVICE_URL: a service is named that would never be asked; set "
                      "PAYMENTS=http to use it, or name none");
  }
  if (are_good(found, {"PAYMENTS", "PAYMENT_SERVICE_TOKEN"}) && !outside &&
      !values.payment_service_token.empty())
    complain(found, "PAYMENT_SERVICE_TOKEN: a token is given that would never be sent; set PAYMENTS=http to "
                    "use it, or give none");
  // As with the proxies, the default is no wish.
  if (are_good(found, {"ORDERD_PAYEE", "ORDERD_MERCHANT_ACCOUNT"}) &&
      values.payee != payee_choice::merchant && values.merchant_account != settings{}.merchant_account)
    complain(found, "ORDERD_MERCHANT_ACCOUNT: an account is named that would never be paid; set "
                    "ORDERD_PAYEE=merchant to pay it, or name none");
}

void check_events(gathered& found) {
  const settings& values = found.values;
  if (!are_good(found, {"WEBHOOK_URL", "WEBHOOK_SECRET"}))
    return;
  if (!values.webhook_url.empty() && values.webhook_secret.empty())
    complain(found, "WEBHOOK_SECRET: WEBHOOK_URL is set, and nothing is there to sign with; allowed: whsec_ "
                    "and at least 24 bytes in Base64");
  if (values.webhook_url.empty() && !values.webhook_secret.empty())
    complain(found, "WEBHOOK_SECRET: a secret is given that would never be used; set WEBHOOK_URL to use it, "
                    "or give none");
}

/// Whoever names these expects that they guard something.
void check_brokers(gathered& found) {
  const settings& values = found.values;
  if (are_good(found, {"NATS_URL", "ORDERD_NATS_CREDENTIALS"}) && values.nats_url.empty() &&
      !values.nats_credentials.empty())
    complain(found, "ORDERD_NATS_CREDENTIALS: a file is named that would never be used; set NATS_URL to use "
                    "it, or name none");
  if (are_good(found, {"NATS_URL", "ORDERD_NATS_CA_FILE"}) && !values.nats_ca_file.empty() &&
      values.nats_url.find("tls://") == std::string::npos)
    complain(found, "ORDERD_NATS_CA_FILE: a file is named that would never be used; set NATS_URL to tls:// "
                    "servers to use it, or name none");
  if (are_good(found, {"KAFKA_BROKERS", "ORDERD_KAFKA_OPTIONS"}) && values.kafka_brokers.empty() &&
      !values.kafka_options.empty())
    complain(found, "ORDERD_KAFKA_OPTIONS: options are given that would never be used; set KAFKA_BROKERS to "
                    "use them, or give none");
}

/// What must hold between settings.
void check_relations(gathered& found) {
  check_callers(found);
  check_payments(found);
  check_events(found);
  check_brokers(found);
  const settings& values = found.values;
  // Segments go only whole, so a backlog must hold the one being written and one to give back.
  if (are_good(found, {"ORDERD_JOURNAL_SEGMENT_BYTES", "ORDERD_JOURNAL_BACKLOG_BYTES_MAX"}) &&
      values.journal_backlog_bytes_max < 2 * values.journal_segment_bytes)
    complain(found, "ORDERD_JOURNAL_BACKLOG_BYTES_MAX: '" + std::to_string(values.journal_backlog_bytes_max) +
                        "' is less than two segments; allowed: at least " +
                        std::to_string(2 * values.journal_segment_bytes) +
                        " (twice ORDERD_JOURNAL_SEGMENT_BYTES)");
}

void resolve_by_cores(settings& values, std::size_t cores) {
  if (values.scheduler_threads == 0)
    values.scheduler_threads = cores <= 2 ? 1 : cores / 2;
  if (values.scheduler_policy == scheduler_policy::by_cores)
    values.scheduler_policy = cores <= 4 ? scheduler_policy::sharing : scheduler_policy::stealing;
}

std::optional<std::string> config_file(const command_line& line, const process_environment& environment) {
  if (line.config_file)
    return line.config_file;
  const auto named = environment.variables.find(config_file_variable);
  if (named != environment.variables.end() && !named->second.empty())
    return named->second;
  return std::nullopt;
}

/// What all sources give together, each checked.
gathered gather(settings_table_view table, command_line& line, const process_environment& environment) {
  gathered found;
  found.where.assign(table.size(), "default");
  if (const auto path = config_file(line, environment))
    lay_over(table, read_file(table, *path), found);
  lay_over(table, read_environment(table, environment.variables), found);
  lay_over(table, std::move(line.reading), found);
  check_relations(found);
  return found;
}

} // namespace

tl::expected<settings_outcome, settings_problems> read_settings(settings_table_view table, int argc,
                                                                const char* const* argv,
                                                                const process_environment& environment) {
  command_line line = read_flags(table, argc, argv);
  if (line.help)
    return printed_answer{help_text(table), 0};
  if (line.version)
    return printed_answer{"orderd " + std::string(program_version()) + "\n", 0};
  auto found = gather(table, line, environment);
  if (!found.problems.empty())
    return tl::unexpected(std::move(found.problems));
  resolve_by_cores(found.values, environment.cores);
  if (line.check_config)
    return printed_answer{"# These settings are good.\n" + config_text(table, found.values, found.where), 0};
  if (line.print_config)
    return printed_answer{config_text(table, found.values, found.where), 0};
  found.values.task = line.task;
  found.values.task_file = line.task_file;
  return std::move(found.values);
}

tl::expected<settings_outcome, settings_problems> read_settings(int argc, const char* const* argv,
                                                                const process_environment& environment) {
  return read_settings(settings_table(), argc, argv, environment);
}

tl::expected<log_level_reading, settings_problems> read_log_level(int argc, const char* const* argv,
                                                                  const process_environment& environment) {
  const auto table = settings_table();
  command_line line = read_flags(table, argc, argv);
  auto found = gather(table, line, environment);
  if (!found.problems.empty())
    return tl::unexpected(std::move(found.problems));
  const auto row =
      std::find_if(table.begin(), table.end(), [](const setting& each) { return each.name == "LOG_LEVEL"; });
  return log_level_reading{found.values.log_level, found.where[static_cast<std::size_t>(row - table.begin())],
                           config_file(line, environment).value_or("")};
}

std::string describe(const settings_problems& problems) {
  std::string out;
  for (const error& each : problems)
    ((out += "orderd: ") += each.detail) += '\n';
  return out;
}

} // namespace orderd

#include "persistence/postgres_connect.hpp"

#include "config/log.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string_view>

namespace orderd {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

struct option_list_closer {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using option_list = std::unique_ptr<PQconninfoOption, option_list_closer>;

[[nodiscard]] std::string_view option(const option_list& options, std::string_view keyword) {
  for (const PQconninfoOption* each = options.get(); each->keyword != nullptr; ++each)
    if (each->keyword == keyword && each->val != nullptr)
      return each->val;
  return {};
}

[[nodiscard]] tl::unexpected<error> invalid_text(const std::string& reason) {
  return fail(error_code::invalid_setting, "the connection text of the database cannot be used: " + reason);
}

/// What libpq says of a text that it cannot parse quotes parts of it, and those may be of the password.
[[nodiscard]] std::string without_quotes(std::string message) {
  const auto first = message.find('"');
  if (first != std::string::npos)
    message.replace(first + 1, message.rfind('"') - first, "...\"");
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  return message;
}

[[nodiscard]] bool is_uri(const std::string& conninfo) {
  return conninfo.starts_with("postgresql://") || conninfo.starts_with("postgres://");
}

/// In a URI whose password holds `@`, `:` or `/` unescaped, a part of it passes for the host, the port or the
/// database. libpq would show it in its messages, so such a text is refused here.
[[nodiscard]] bool shows_password(const std::string& conninfo, const option_list& options) {
  const auto host = option(options, "host");
  return is_uri(conninfo) &&
         (host.find('@', 1) != std::string_view::npos ||
          option(options, "dbname").find('@') != std::string_view::npos ||
          option(options, "port").find_first_not_of("0123456789,") != std::string_view::npos);
}

[[nodiscard]] result<void> check_text(const std::string& conninfo) {
  // Any other text would be taken for the name of a database.
  if (conninfo.find('=') == std::string::npos && !is_uri(conninfo))
    return invalid_text("it is neither a URI nor keyword=value pairs");
  char* reason = nullptr;
  const option_list options(PQconninfoParse(conninfo.c_str(), &reason));
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(reason, &PQfreemem);
  if (!options)
    return invalid_text(without_quotes(reason == nullptr ? "out of memory" : reason));
  if (shows_password(conninfo, options))
    return invalid_text("reserved characters of a user name or password must be percent-encoded in a URI");
  return {};
}

[[nodiscard]] std::string at_least_a_second(milliseconds time) {
  return std::to_string(std::max<std::int64_t>(1, duration_cast<seconds>(time).count()));
}

[[nodiscard]] PGconn* start(const postgres_options& options) {
  const auto idle = at_least_a_second(options.tcp_timeout / 2);
  const auto interval = at_least_a_second(options.tcp_timeout / 6);
  const auto unacknowledged = std::to_string(options.tcp_timeout.count());
  // A later one wins, so the user's text overrules what stands before it.
  const std::array keywords{"fallback_application_name",
                            "target_session_attrs",
                            "keepalives_idle",
                            "keepalives_interval",
                            "keepalives_count",
                            "tcp_user_timeout",
                            "dbname",
                            "client_encoding",
                            static_cast<const char*>(nullptr)};
  const std::array values{"orderd",
                          "read-write",
                          idle.c_str(),
                          interval.c_str(),
                          "3",
                          unacknowledged.c_str(),
                          options.conninfo.c_str(),
                          "UTF8",
                          static_cast<const char*>(nullptr)};
  return PQconnectStartParams(keywords.data(), values.data(), 1);
}

void log_notice(void*, const PGresult* notice) {
  if (!log::enabled(log::level::debug))
    return;
  const char* const text = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
  log::debug("notice of PostgreSQL", {{"notice", text == nullptr ? "" : text}});
}

} // namespace

void postgres_closer::operator()(pg_conn* connection) const noexcept { PQfinish(connection); }

bool await_postgres(const pg_conn* connection, short events, postgres_deadline deadline,
                    const stop_signal* stop) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0)
      return false;
    // One without a descriptor is passed over.
    std::array<pollfd, 2> either{
        {{PQsocket(connection), events, 0}, {stop == nullptr ? -1 : stop->fd(), POLLIN, 0}}};
    const int wait = static_cast<int>(std::min<std::int64_t>(left, std::numeric_limits<int>::max()));
    const int ready = ::poll(either.data(), either.size(), wait);
    if (either[1].revents != 0)
      return false;
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return true;
  }
}

tl::unexpected<error> not_awaited(const stop_signal* stop, const std::string& late) {
  const bool stopped = stop != nullptr && stop->is_raised();
  return fail(error_code::timed_out, stopped ? "PostgreSQL is waited for no longer: the process ends" : late);
}

std::string postgres_message(const pg_conn* connection) {
  std::string line;
  for (const char* letter = PQerrorMessage(connection); *letter != '\0'; ++letter)
    if (*letter != '\n' && *letter != '\t')
      line += *letter;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

result<postgres_handle> connect_postgres(const postgres_options& options, postgres_deadline deadline) {
  if (auto checked = check_text(options.conninfo); !checked)
    return tl::unexpected(checked.error());
  postgres_handle connection(start(options));
  if (!connection)
    return fail(error_code::store_failed, "no memory for a connection to PostgreSQL");
  auto wanted = PQstatus(connection.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
    const short events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!await_postgres(connection.get(), events, deadline, options.stop.get()))
      return not_awaited(options.stop.get(), "PostgreSQL did not answer within the connect timeout of " +
                                                 std::to_string(options.connect_timeout.count()) + " ms");
    wanted = PQconnectPoll(connection.get());
  }
  if (wanted != PGRES_POLLING_OK)
    return fail(error_code::store_failed, postgres_message(connection.get()));
  PQsetNoticeReceiver(connection.get(), log_notice, nullptr);
  if (PQsetnonblocking(connection.get(), 1) != 0)
    return fail(error_code::store_failed, postgres_message(connection.get()));
  return connection;
}

} // namespace orderd

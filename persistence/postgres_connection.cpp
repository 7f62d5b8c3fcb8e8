#include "persistence/postgres_connection.hpp"

#include "domain/assert.hpp"
#include "persistence/postgres_name.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace orderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How much later than the server this side gives up: the server's own timeout keeps the connection.
constexpr milliseconds answer_grace{500};

/// `off` would let the server forget a commit that it has answered, and the journal is released on that.
constexpr const char* session_sql =
    "SELECT set_config('search_path', $1, false), set_config('statement_timeout', $2, false),"
    " set_config('lock_timeout', $3, false), set_config('idle_in_transaction_session_timeout', $4, false),"
    " CASE current_setting('synchronous_commit') WHEN 'off'"
    " THEN set_config('synchronous_commit', 'on', false) END";

struct result_closer {
  void operator()(PGresult* answer) const noexcept { PQclear(answer); }
};
using answer_handle = std::unique_ptr<PGresult, result_closer>;

[[nodiscard]] error_code code_of(std::string_view sqlstate) noexcept {
  if (sqlstate == "53100")
    return error_code::no_space;
  if (sqlstate == "57014")
    return error_code::timed_out;
  if (sqlstate == "55P03")
    return error_code::locked;
  const auto kind = sqlstate.substr(0, 2);
  const bool of_the_values = kind == "22" || kind == "23" || kind == "54" || kind == "P0";
  return of_the_values ? error_code::refused : error_code::store_failed;
}

[[nodiscard]] error error_of(const PGconn* connection, const PGresult* answer) {
  const char* const sqlstate = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate == nullptr || message == nullptr)
    return {error_code::store_failed, postgres_message(connection)};
  return {code_of(sqlstate), std::string(message) + " (SQLSTATE " + sqlstate + ")"};
}

[[nodiscard]] bool is_error(ExecStatusType status) noexcept {
  return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

[[nodiscard]] tl::unexpected<error> closed() {
  return fail(error_code::store_failed, "the connection to PostgreSQL is closed");
}

} // namespace

result<postgres_connection> postgres_connection::open(const postgres_options& options,
                                                      std::span<const postgres_statement> statements) {
  ORDERD_ASSERT(options.connect_timeout.count() > 0 && options.statement_timeout.count() > 0);
  const auto deadline = steady_clock::now() + options.connect_timeout;
  auto handle = connect_postgres(options, deadline);
  if (!handle)
    return tl::unexpected(std::move(handle.error()));
  postgres_connection connection;
  connection.handle_ = std::move(*handle);
  connection.statement_timeout_ = options.statement_timeout;
  connection.stop_ = options.stop;
  if (auto ready = connection.set_up(options, statements, deadline); !ready)
    return tl::unexpected(std::move(ready.error()));
  return connection;
}

result<void> postgres_connection::set_up(const postgres_options& options,
                                         std::span<const postgres_statement> statements,
                                         postgres_deadline deadline) {
  PGconn* const connection = handle_.get();
  if (PQenterPipelineMode(connection) == 0)
    return lost();
  const auto schema = quoted_name(options.schema);
  const auto statement = std::to_string(options.statement_timeout.count());
  const auto lock = std::to_string(std::max<std::int64_t>(1, options.statement_timeout.count() / 2));
  const auto idle = std::to_string(2 * options.statement_timeout.count());
  const std::array values{schema.c_str(), statement.c_str(), lock.c_str(), idle.c_str()};
  auto sent = queued(PQsendQueryParams(connection, session_sql, static_cast<int>(values.size()), nullptr,
                                       values.data(), nullptr, nullptr, 1));
  for (auto each = statements.begin(); sent && each != statements.end(); ++each)
    sent = queued(PQsendPrepare(connection, each->name, each->sql, 0, nullptr));
  if (!sent)
    return sent;
  if (auto answers = exchange(deadline); !answers)
    return tl::unexpected(std::move(answers.error()));
  return {};
}

result<postgres_rows> postgres_connection::run(const postgres_statement& statement,
                                               const postgres_parameters& parameters) {
  ORDERD_ASSERT(!handle_ || queued_ == 0);
  if (auto sent = queue(statement, parameters); !sent)
    return tl::unexpected(std::move(sent.error()));
  auto answers = sync();
  if (!answers)
    return tl::unexpected(std::move(answers.error()));
  return std::move(answers->front());
}

result<void> postgres_connection::execute(const std::string& sql) {
  if (!handle_)
    return closed();
  ORDERD_ASSERT(queued_ == 0);
  // The simple protocol, which alone takes several statements in a text, knows no pipeline.
  if (PQexitPipelineMode(handle_.get()) == 0 || PQsendQuery(handle_.get(), sql.c_str()) == 0)
    return lost();
  const auto deadline = statement_deadline();
  result<void> outcome;
  for (;;) {
    auto next = next_answer(deadline);
    if (!next)
      return tl::unexpected(outcome ? std::move(next.error()) : std::move(outcome.error()));
    const answer_handle answer(*next);
    if (!answer)
      break;
    const auto status = PQresultStatus(answer.get());
    ORDERD_ASSERT(status != PGRES_COPY_IN && status != PGRES_COPY_OUT && status != PGRES_COPY_BOTH);
    if (outcome && is_error(status))
      outcome = tl::unexpected(error_of(handle_.get(), answer.get()));
  }
  if (PQstatus(handle_.get()) != CONNECTION_OK || PQenterPipelineMode(handle_.get()) == 0) {
    auto reason = lost();
    return outcome ? result<void>(std::move(reason)) : outcome;
  }
  return outcome;
}

result<void> postgres_connection::queue(const postgres_statement& statement,
                                        const postgres_parameters& parameters) {
  if (!handle_)
    return closed();
  const std::size_t count = parameters.size();
  std::vector<const char*> values(count);
  std::vector<int> lengths(count);
  const std::vector<int> formats(count, 1);
  for (std::size_t i = 0; i < count; ++i)
    if (const auto& value = parameters.value(i)) {
      ORDERD_ASSERT(value->size() <= std::numeric_limits<int>::max());
      values[i] = value->data();
      lengths[i] = static_cast<int>(value->size());
    }
  return queued(PQsendQueryPrepared(handle_.get(), statement.name, static_cast<int>(count), values.data(),
                                    lengths.data(), formats.data(), 1));
}

result<void> postgres_connection::queued(int accepted) {
  if (accepted == 0)
    return lost();
  ++queued_;
  return {};
}

result<void> postgres_connection::flush() {
  if (!handle_)
    return closed();
  // Answers are read meanwhile: a server that cannot write them stops reading.
  const auto deadline = statement_deadline();
  for (;;) {
    const int unsent = PQflush(handle_.get());
    if (unsent < 0)
      return lost();
    if (unsent == 0)
      return {};
    if (!await_postgres(handle_.get(), POLLIN | POLLOUT, deadline, stop_.get()))
      return late();
    if (PQconsumeInput(handle_.get()) == 0)
      return lost();
  }
}

result<std::vector<postgres_rows>> postgres_connection::sync() {
  if (!handle_)
    return closed();
  return exchange(statement_deadline());
}

result<std::vector<postgres_rows>> postgres_connection::exchange(postgres_deadline deadline) {
  if (PQpipelineSync(handle_.get()) == 0)
    return lost();
  std::vector<postgres_rows> rows;
  rows.reserve(queued_);
  std::optional<error> first_error;
  for (;;) {
    auto next = next_answer(deadline);
    if (!next)
      return tl::unexpected(first_error ? std::move(*first_error) : std::move(next.error()));
    answer_handle answer(*next);
    const auto status = answer ? PQresultStatus(answer.get()) : PGRES_EMPTY_QUERY;
    if (status == PGRES_PIPELINE_SYNC)
      break;
    if (is_error(status) && !first_error)
      first_error = error_of(handle_.get(), answer.get());
    else if (answer)
      rows.emplace_back(answer.release());
    else if (PQstatus(handle_.get()) != CONNECTION_OK) {
      auto reason = lost();
      return first_error ? tl::unexpected(std::move(*first_error)) : std::move(reason);
    }
  }
  const auto expected = std::exchange(queued_, 0);
  if (first_error)
    return tl::unexpected(std::move(*first_error));
  ORDERD_ASSERT(rows.size() == expected);
  return rows;
}

/// The next result, null behind the last one of a statement. Writes what is left while it waits, so that
/// neither side stops for a full buffer.
result<pg_result*> postgres_connection::next_answer(postgres_deadline deadline) {
  PGconn* const connection = handle_.get();
  for (;;) {
    const int unsent = PQflush(connection);
    if (unsent < 0)
      return lost();
    if (PQisBusy(connection) == 0)
      return PQgetResult(connection);
    const auto events = static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0));
    if (!await_postgres(connection, events, deadline, stop_.get()))
      return late();
    // The last words of a server that has closed the connection are still answers.
    if (PQconsumeInput(connection) == 0 && PQisBusy(connection) != 0)
      return lost();
  }
}

postgres_deadline postgres_connection::statement_deadline() const {
  return steady_clock::now() + statement_timeout_ + answer_grace;
}

tl::unexpected<error> postgres_connection::lost() {
  auto reason = fail(error_code::store_failed, postgres_message(handle_.get()));
  close();
  return reason;
}

tl::unexpected<error> postgres_connection::late() {
  close();
  return not_awaited(stop_.get(),
                     "PostgreSQL did not answer in " + std::to_string(statement_timeout_.count()) + " ms");
}

} // namespace orderd

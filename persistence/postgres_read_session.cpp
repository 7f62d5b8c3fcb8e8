#include "persistence/postgres_read_session.hpp"

#include "persistence/postgres_queries.hpp"

#include <algorithm>

namespace orderd {
namespace {

/// After a first failure to connect and after many, nothing is tried for so long.
constexpr std::chrono::milliseconds pause_min{250};
constexpr std::chrono::milliseconds pause_max{1'000};

namespace sql = postgres_queries;

} // namespace

result<void> postgres_read_session::open() {
  if (connection_.is_open()) {
    return {};
  }
  if (std::chrono::steady_clock::now() < retry_at_) {
    return tl::unexpected(away_);
  }
  auto connected = connect();
  if (connected) {
    pause_ = std::chrono::milliseconds(0);
    return connected;
  }
  connection_.close();
  away_ = connected.error();
  pause_ = std::clamp(2 * pause_, pause_min, pause_max);
  retry_at_ = std::chrono::steady_clock::now() + pause_;
  return connected;
}

result<void> postgres_read_session::connect() {
  const auto committed = position_->seq();
  auto opened = postgres_connection::open(options_, sql::all);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  connection_ = std::move(*opened);
  if (auto set = connection_.execute(sql::session); !set) {
    return set;
  }
  const auto rows = connection_.run(sql::last_seq, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const auto stored = static_cast<std::uint64_t>(rows->size() == 1 ? rows->integer(0, 0) : 0);
  if (stored < committed) {
    return fail(error_code::behind, "the database has gone back from event " + std::to_string(committed) +
                                        " to " + std::to_string(stored));
  }
  return {};
}

result<postgres_rows> postgres_read_session::run(const postgres_statement& statement,
                                                 const postgres_parameters& parameters) {
  return attempt([&] { return connection_.run(statement, parameters); });
}

result<std::vector<postgres_rows>> postgres_read_session::run_together(std::span<const postgres_call> calls) {
  const postgres_parameters nothing;
  std::vector<postgres_call> all;
  all.reserve(calls.size() + 2);
  all.push_back({sql::begin, nothing});
  for (const postgres_call& call : calls) {
    all.push_back(call);
  }
  all.push_back({sql::end, nothing});
  auto answers = attempt([&] { return pipeline(all); });
  if (answers) {
    answers->pop_back();
    answers->erase(answers->begin());
  }
  return answers;
}

result<postgres_rows> postgres_read_session::begin_snapshot(const postgres_statement& statement,
                                                            const postgres_parameters& parameters) {
  const postgres_parameters nothing;
  const postgres_call calls[] = {{sql::begin, nothing}, {statement, parameters}};
  auto answers = attempt([&] { return pipeline(calls); });
  return answers ? result<postgres_rows>(std::move(answers->back())) : tl::unexpected(answers.error());
}

result<postgres_rows> postgres_read_session::run_within(const postgres_statement& statement,
                                                        const postgres_parameters& parameters) {
  return connection_.run(statement, parameters);
}

result<postgres_rows> postgres_read_session::try_within(const postgres_statement& statement,
                                                        const postgres_parameters& parameters) {
  if (auto set = connection_.execute("SAVEPOINT before_statement"); !set) {
    return tl::unexpected(set.error());
  }
  auto rows = connection_.run(statement, parameters);
  if (!rows && rows.error().code == error_code::refused) {
    if (auto back = connection_.execute("ROLLBACK TO SAVEPOINT before_statement"); !back) {
      return tl::unexpected(back.error());
    }
  }
  return rows;
}

void postgres_read_session::end_snapshot() {
  // A transaction that cannot be ended ends with its connection.
  if (connection_.is_open() && !connection_.execute("ROLLBACK")) {
    connection_.close();
  }
}

result<std::vector<postgres_rows>> postgres_read_session::pipeline(std::span<const postgres_call> calls) {
  result<void> queued;
  for (const postgres_call& call : calls) {
    if (queued = connection_.queue(call.statement, call.parameters); !queued) {
      connection_.close();
      return tl::unexpected(queued.error());
    }
  }
  auto answers = connection_.sync();
  if (!answers) {
    end_snapshot();
  }
  return answers;
}

} // namespace orderd

#include "persistence/postgres_transaction.hpp"

#include "config/fault_point.hpp"
#include "domain/assert.hpp"

#include <array>
#include <string>

namespace orderd {
namespace {

// The database's default may be another level, and under a stricter one a fenced writer would be told of a
// serialization failure instead of the row that fences it.
constexpr postgres_statement begin = {"begin", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
constexpr postgres_statement commit_it = {"commit", "COMMIT"};
constexpr std::array<postgres_statement, 2> all = {begin, commit_it};

} // namespace

std::span<const postgres_statement> postgres_transaction::statements() noexcept { return all; }

postgres_transaction::postgres_transaction(postgres_connection& connection) : connection_(connection) {
  add(begin, {});
}

postgres_transaction::~postgres_transaction() {
  if (!is_open_ || !connection_.is_open()) {
    return;
  }
  // What is still queued cannot be taken back, and a failed rollback leaves no better way either.
  if (!queued_ || !connection_.execute("ROLLBACK")) {
    connection_.close();
  }
}

std::size_t postgres_transaction::add(const postgres_statement& statement,
                                      const postgres_parameters& parameters, std::optional<std::size_t> rows,
                                      const char* what) {
  if (queued_) {
    queued_ = connection_.queue(statement, parameters);
  }
  if (rows) {
    expected_.push_back({count_, *rows, what});
  }
  return count_++;
}

void postgres_transaction::pass(std::string_view fault_point) {
  if (queued_ && fault_point_armed()) {
    queued_ = connection_.flush();
  }
  pass_fault_point(fault_point);
}

result<std::vector<postgres_rows>> postgres_transaction::run() {
  if (!queued_) {
    return tl::unexpected(queued_.error());
  }
  auto answers = connection_.sync();
  if (!answers) {
    return answers;
  }
  ORDERD_ASSERT(answers->size() == count_);
  for (const expected_rows& each : expected_) {
    const std::uint64_t changed = (*answers)[each.place].changed();
    if (changed != each.rows) {
      return fail(error_code::refused, std::string("the database lacks ") + each.what + ": " +
                                           std::to_string(changed) + " of " + std::to_string(each.rows) +
                                           " rows were there to be changed");
    }
  }
  return answers;
}

result<void> postgres_transaction::commit() {
  auto sent = connection_.queue(commit_it, {});
  if (sent && fault_point_armed()) {
    sent = connection_.flush();
  }
  pass_fault_point("batch.commit_sent");
  const auto answer = sent ? connection_.sync() : tl::unexpected(sent.error());
  if (!answer) {
    return tl::unexpected(answer.error());
  }
  is_open_ = false;
  return {};
}

postgres_parameters columns(std::initializer_list<postgres_array*> arrays) {
  postgres_parameters all_of_them;
  for (postgres_array* each : arrays) {
    ORDERD_ASSERT(each->size() == (*arrays.begin())->size());
    all_of_them.add(*each);
  }
  return all_of_them;
}

} // namespace orderd

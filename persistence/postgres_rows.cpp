#include "persistence/postgres_rows.hpp"

#include "domain/assert.hpp"
#include "persistence/postgres_binary.hpp"
#include "persistence/postgres_parameters.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <initializer_list>

namespace orderd {
namespace {

// What statements and catalogues select beside the types that are sent.
constexpr auto int4 = static_cast<postgres_type>(23);
constexpr auto name = static_cast<postgres_type>(19);
constexpr auto varchar = static_cast<postgres_type>(1043);

/// The bytes of one field, whose column must be of one of the types.
[[nodiscard]] std::string_view field(const pg_result* rows, std::size_t row, int column,
                                     std::initializer_list<postgres_type> types) noexcept {
  ORDERD_ASSERT(row < static_cast<std::size_t>(PQntuples(rows)) && column < PQnfields(rows));
  ORDERD_ASSERT(PQfformat(rows, column) == 1);
  bool matches = false;
  for (const auto each : types)
    matches |= PQftype(rows, column) == static_cast<Oid>(each);
  ORDERD_ASSERT(matches);
  const int at = static_cast<int>(row);
  return {PQgetvalue(rows, at, column), static_cast<std::size_t>(PQgetlength(rows, at, column))};
}

} // namespace

void postgres_rows::closer::operator()(pg_result* result) const noexcept { PQclear(result); }

std::size_t postgres_rows::size() const noexcept {
  return static_cast<std::size_t>(PQntuples(handle_.get()));
}

std::uint64_t postgres_rows::changed() const noexcept {
  const std::string_view digits = PQcmdTuples(handle_.get());
  std::uint64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

bool postgres_rows::is_null(std::size_t row, int column) const noexcept {
  return PQgetisnull(handle_.get(), static_cast<int>(row), column) != 0;
}

std::int64_t postgres_rows::integer(std::size_t row, int column) const {
  const auto bytes = field(handle_.get(), row, column,
                           {postgres_type::int8, postgres_type::int2, int4, postgres_type::boolean});
  return bytes.empty() ? 0 : postgres_binary::get(bytes.data(), bytes.size());
}

std::optional<std::int64_t> postgres_rows::optional_integer(std::size_t row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(integer(row, column));
}

std::string_view postgres_rows::text(std::size_t row, int column) const noexcept {
  return field(handle_.get(), row, column,
               {postgres_type::text, postgres_type::json, postgres_type::bytea, name, varchar});
}

uuid postgres_rows::id(std::size_t row, int column) const {
  const auto bytes = field(handle_.get(), row, column, {postgres_type::uuid});
  uuid id;
  if (!bytes.empty())
    std::memcpy(id.bytes.data(), bytes.data(), id.bytes.size());
  return id;
}

timestamp postgres_rows::time(std::size_t row, int column) const {
  const auto bytes = field(handle_.get(), row, column, {postgres_type::timestamptz});
  return bytes.empty() ? timestamp{}
                       : postgres_binary::to_timestamp(postgres_binary::get(bytes.data(), bytes.size()));
}

std::optional<timestamp> postgres_rows::optional_time(std::size_t row, int column) const {
  return is_null(row, column) ? std::nullopt : std::optional(time(row, column));
}

} // namespace orderd

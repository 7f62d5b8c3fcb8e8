#include "persistence/list_bounds.hpp"
#include "persistence/postgres_queries.hpp"
#include "persistence/postgres_reader.hpp"
#include "persistence/postgres_rows_read.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <limits>

// Accounts, remembered requests, and the orders that are to be looked after.

namespace orderd {
namespace {

namespace sql = postgres_queries;

/// What is read at once of the remembered requests: some hundred KiB.
constexpr std::size_t requests_at_once = 5'000;

} // namespace

// ---- accounts ----

result<std::optional<account>> postgres_reader::load_account(const std::string& id) {
  postgres_parameters of_account;
  of_account.add(std::string_view(id));
  const auto rows = session_.run(sql::load_account, of_account);
  if (rows && rows->integer(0, postgres_account_columns) == 0) {
    return account_of(*rows);
  }
  if (!rows && !is_refused(rows)) {
    return tl::unexpected(rows.error());
  }
  if (auto begun = session_.begin_snapshot(sql::last_seq, {}); !begun) {
    return tl::unexpected(begun.error());
  }
  auto found = account_aside(id);
  session_.end_snapshot();
  return found;
}

result<std::optional<account>> postgres_reader::account_aside(const std::string& id) {
  postgres_parameters of_account;
  of_account.add(std::string_view(id));
  const auto rows = session_.try_within(sql::load_account, of_account);
  auto shown = rows               ? account_of(*rows)
               : is_refused(rows) ? result<std::optional<account>>()
                                  : tl::unexpected(rows.error());
  return shown ? with_aside(std::move(*shown), aside_of(id, "account")) : shown;
}

result<account_entries_page> postgres_reader::account_entries(const account_entries_query& query) {
  const std::size_t limit = std::min(query.limit, list_rows_max);
  constexpr std::uint64_t behind_all = std::numeric_limits<std::uint64_t>::max();
  postgres_parameters of_account;
  // One more than wanted tells whether there are more.
  of_account.add(std::string_view(query.account_id))
      .add(signed_number(query.before_version.value_or(behind_all)))
      .add(static_cast<std::int64_t>(limit + 1));
  const auto rows = session_.run(sql::account_entries, of_account);
  account_entries_page page;
  if (is_refused(rows)) {
    return page;
  }
  auto events = rows ? events_of(*rows) : tl::unexpected(rows.error());
  if (!events) {
    return tl::unexpected(events.error());
  }
  for (event& e : *events) {
    auto* of_this = std::get_if<account_event>(&e);
    if (of_this == nullptr) {
      return damaged_rows("another event in an account's history");
    }
    page.items.push_back(std::move(*of_this));
  }
  page.more = page.items.size() > limit;
  page.items.resize(std::min(page.items.size(), limit));
  return page;
}

// ---- requests ----

result<std::optional<request_record>> postgres_reader::load_request(const uuid& key) {
  postgres_parameters of_request;
  of_request.add(key);
  const auto rows = session_.run(sql::load_request, of_request);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  if (rows->size() == 0) {
    return std::nullopt;
  }
  auto record = request_of(*rows, 0);
  return record ? result<std::optional<request_record>>(std::move(*record)) : tl::unexpected(record.error());
}

result<void> postgres_reader::each_request(const std::function<void(const remembered_key&)>& visit) {
  if (auto begun = session_.begin_snapshot(sql::last_seq, {}); !begun) {
    return tl::unexpected(begun.error());
  }
  auto visited = visit_requests(visit);
  session_.end_snapshot();
  return visited;
}

result<void> postgres_reader::visit_requests(const std::function<void(const remembered_key&)>& visit) {
  remembered_key behind;
  behind.at = timestamp::min();
  for (std::size_t read = requests_at_once; read == requests_at_once;) {
    postgres_parameters page;
    page.add(behind.at).add(behind.key).add(static_cast<std::int64_t>(requests_at_once));
    const auto rows = session_.run_within(sql::each_request, page);
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    for (std::size_t row = 0; row < rows->size(); ++row) {
      behind = {rows->id(row, 0), rows->id(row, 1), rows->id(row, 2), rows->time(row, 3),
                rows->integer(row, 4) != 0};
      visit(behind);
    }
    read = rows->size();
  }
  return {};
}

// ---- orders to be looked after ----

result<std::vector<unfinished_order>> postgres_reader::unfinished(const std::optional<uuid>& after,
                                                                  std::size_t limit) {
  postgres_parameters page;
  page.add(after.value_or(uuid{})).add(signed_number(limit));
  const auto rows = session_.run(sql::unfinished, page);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<unfinished_order> found;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    // An order that is aside is told without.
    const bool is_aside = rows->is_null(row, 3);
    const auto step = is_aside ? saga_step::none : named(rows->text(row, 3), saga_step::returning);
    if (!step) {
      return damaged_rows("an order whose saga is at an unknown step");
    }
    found.push_back({rows->id(row, 0), rows->optional_time(row, 1), rows->integer(row, 2) != 0,
                     !is_aside && step == saga_step::none, *step});
  }
  return found;
}

result<std::vector<acceptance_due>>
postgres_reader::to_be_accepted(const std::optional<acceptance_due>& after, std::size_t limit) {
  postgres_parameters page;
  page.add(after ? after->at : timestamp::min()).add(after ? after->id : uuid{}).add(signed_number(limit));
  const auto rows = session_.run(sql::to_be_accepted, page);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<acceptance_due> found;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    found.push_back({rows->id(row, 0), rows->time(row, 1)});
  }
  return found;
}

} // namespace orderd

#include "persistence/list_bounds.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_reader.hpp"
#include "persistence/sqlite_rows.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

// ---- sagas ----

result<std::vector<unfinished_order>> sqlite_reader::unfinished(const std::optional<uuid>& after,
                                                                std::size_t limit) {
  // Every id is behind no bytes at all.
  const blob_view behind{after ? bytes_of(*after) : std::string_view()};
  std::vector<unfinished_order> found;
  auto read = unfinished_.bind(behind, signed_number(std::min(limit, list_rows_max)))
                  .each([&](const sqlite_statement& row) {
                    const auto step = row.optional_integer(3);
                    found.push_back({row.id(0), row.optional_time(1), row.integer(2) != 0, step == 0,
                                     static_cast<saga_step>(step.value_or(0))});
                  });
  return read ? result<std::vector<unfinished_order>>(std::move(found)) : tl::unexpected(read.error());
}

result<std::vector<acceptance_due>> sqlite_reader::to_be_accepted(const std::optional<acceptance_due>& after,
                                                                  std::size_t limit) {
  const timestamp from = after ? after->at : timestamp::min();
  const blob_view behind{after ? bytes_of(after->id) : std::string_view()};
  std::vector<acceptance_due> found;
  auto read = to_be_accepted_.bind(from, behind, signed_number(std::min(limit, list_rows_max)))
                  .each([&](const sqlite_statement& row) {
                    found.push_back({row.id(0), row.time(1)});
                  });
  return read ? result<std::vector<acceptance_due>>(std::move(found)) : tl::unexpected(read.error());
}

// ---- accounts ----

result<std::optional<account>> sqlite_reader::load_account(const std::string& id) {
  const auto snapshot = sqlite_transaction::begin(connection_, false);
  auto shown = snapshot ? account_of_rows(id) : tl::unexpected(snapshot.error());
  return shown ? with_aside(std::move(*shown), events_.aside_of_account(id)) : shown;
}

result<std::optional<account>> sqlite_reader::account_of_rows(const std::string& id) {
  account_view view;
  account_totals totals;
  auto read = load_account_.bind(std::string_view(id)).each([&](const sqlite_statement& row) {
    view = account_of(id, row);
    totals = account_totals_of(row);
  });
  std::unordered_map<uuid, account_hold> holds;
  if (read) {
    read = load_holds_.bind(std::string_view(id)).each([&](const sqlite_statement& row) {
      holds.emplace(row.id(0), hold_of(row));
    });
  }
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (view.version == 0 && holds.empty()) {
    return std::nullopt;
  }
  if (view.version == 0 || !adds_up(view, totals, holds)) {
    return damaged("money of the account " + id);
  }
  return account(std::move(view), totals, std::move(holds));
}

result<account_entries_page> sqlite_reader::account_entries(const account_entries_query& query) {
  account_entries_query bounded = query;
  bounded.limit = std::min(query.limit, list_rows_max);
  return events_.account_entries(bounded);
}

// ---- remembered requests ----

result<std::optional<request_record>> sqlite_reader::load_request(const uuid& key) {
  std::optional<request_record> found;
  auto read = load_request_.bind(key).each([&](const sqlite_statement& row) {
    found = request_record{row.id(0),
                           row.id(1),
                           row.id(2),
                           row.time(3),
                           static_cast<std::uint16_t>(row.integer(4)),
                           std::string(row.text(5)),
                           std::string(row.text(6))};
  });
  return read ? result<std::optional<request_record>>(std::move(found)) : tl::unexpected(read.error());
}

result<void> sqlite_reader::each_request(const std::function<void(const remembered_key&)>& visit) {
  return each_request_.bind().each([&](const sqlite_statement& row) {
    visit({row.id(0), row.id(1), row.id(2), row.time(3), row.integer(4) != 0});
  });
}

} // namespace orderd

#include "persistence/audit_compare.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace orderd {

namespace {

[[nodiscard]] std::string words(const stock_levels& levels) {
  return std::to_string(levels.on_hand) + " on hand and " + std::to_string(levels.reserved) + " reserved";
}

[[nodiscard]] std::string words(const stock_totals& totals) {
  return std::to_string(totals.received) + " received, " + std::to_string(totals.committed) +
         " committed and " + std::to_string(totals.adjusted_out) + " adjusted out";
}

[[nodiscard]] std::string words(const account_levels& levels) {
  return "a balance of " + std::to_string(levels.balance) + " and " + std::to_string(levels.held) +
         " cents held";
}

[[nodiscard]] std::string words(const account_totals& totals) {
  return std::to_string(totals.deposited) + " cents deposited, " + std::to_string(totals.paid_in) +
         " paid in and " + std::to_string(totals.paid_out) + " paid out";
}

[[nodiscard]] std::string words(const product& p) {
  return "product " + p.name + " at " + std::to_string(p.price) + " cents, id " +
         (p.product_id ? std::to_string(*p.product_id) : "none") + ", low at " +
         (p.low_threshold ? std::to_string(*p.low_threshold) : "nothing");
}

[[nodiscard]] std::string words(const order& o) {
  return std::string(to_text(o.status)) + " with payment " + std::string(to_text(o.payment)) +
         " and a total of " + std::to_string(o.total) + " cents";
}

[[nodiscard]] std::string words(const shown_order& o) {
  return std::string(to_text(o.status)) + " with payment " + std::string(to_text(o.payment)) +
         " and a total of " + std::to_string(o.total) + " cents";
}

[[nodiscard]] std::string words(timestamp at) { return "last changed at " + to_rfc3339(at); }
[[nodiscard]] std::string words(std::uint64_t version) { return "version " + std::to_string(version); }

/// Compares one thing at a time, with the row on one side and its events on the other.
struct comparison {
  const entity_key& entity;
  audit_report& report;

  template <class T> void operator()(const T& row, const T& folded, std::string_view code) const {
    if (row != folded)
      report.add(entity, code, "the row shows " + words(row) + ", its events come to " + words(folded));
  }
};

/// Both sides of what belongs to a row, matched by `id_of`; each difference by its `describe`.
template <class Part, class Id, class Describe>
void compare_parts(const comparison& compared, std::string_view code, const std::vector<Part>& row,
                   const std::unordered_map<uuid, Part>& folded, Id id_of, Describe describe) {
  std::unordered_set<uuid> stored;
  stored.reserve(row.size());
  for (const auto& each : row) {
    stored.insert(id_of(each));
    const auto found = folded.find(id_of(each));
    const Part* const known = found == folded.end() ? nullptr : &found->second;
    if (known == nullptr || *known != each)
      compared.report.add(compared.entity, code, [&] { return describe(&each, known); });
  }
  if (stored.size() == folded.size() && stored.size() == row.size())
    return;
  for (const auto& [id, each] : folded)
    if (!stored.contains(id))
      compared.report.add(compared.entity, code, [&, known = &each] { return describe(nullptr, known); });
}

/// One side may be missing.
[[nodiscard]] std::string words(const reservation* row, const reservation* folded) {
  const auto of = [](const reservation& each) {
    return "reservation " + to_string(each.id) + " of " + std::to_string(each.qty) + " units";
  };
  if (row == nullptr)
    return of(*folded) + " is active, and is not stored as such";
  if (folded == nullptr)
    return of(*row) + " is stored as active, and its events know no such one";
  return of(*row) + " is stored, and its events made it otherwise, of " + std::to_string(folded->qty);
}

[[nodiscard]] std::string words(const account_hold* row, const account_hold* folded) {
  const auto of = [](const account_hold& each) {
    return std::to_string(each.amount) + " cents for order " + to_string(each.order_id);
  };
  if (row == nullptr)
    return "the hold of " + of(*folded) + " is not stored";
  return "a hold of " + of(*row) + " is stored, which its events " +
         (folded == nullptr ? "do not know" : "made otherwise");
}

void compare_reservations(const comparison& compared, const std::vector<reservation>& row,
                          const std::unordered_map<uuid, reservation>& folded) {
  compare_parts(
      compared, "reservations_differ", row, folded, [](const reservation& each) { return each.id; },
      [](const reservation* stored, const reservation* known) { return words(stored, known); });
}

void compare_holds(const comparison& compared, const std::vector<account_hold>& row,
                   const std::unordered_map<uuid, account_hold>& folded) {
  compare_parts(
      compared, "holds_differ", row, folded, [](const account_hold& each) { return each.order_id; },
      [](const account_hold* stored, const account_hold* known) { return words(stored, known); });
}

void compare_stock(const comparison& compared, const stored_stock& row, const stock_item& folded) {
  compared(row.view.version, folded.view().version, "version_differs");
  compared(row.view.levels, folded.view().levels, "levels_differ");
  compared(row.totals, folded.totals(), "totals_differ");
  compared(row.view.product, folded.view().product, "product_differs");
  compared(row.view.updated_at, folded.view().updated_at, "time_differs");
  compare_reservations(compared, row.active, folded.active());
}

/// Which field it is, of those that have no code of their own.
[[nodiscard]] std::string differing_fields(const order& row, const order& folded) {
  std::string fields;
  const auto look = [&](bool same, std::string_view name) {
    if (!same)
      (fields += fields.empty() ? "" : ", ") += name;
  };
  look(row.customer_id == folded.customer_id, "customer_id");
  look(row.currency == folded.currency, "currency");
  look(row.lines == folded.lines, "lines");
  look(row.metadata == folded.metadata, "metadata");
  look(row.runner_id == folded.runner_id, "runner_id");
  look(row.failure == folded.failure, "failure");
  look(row.step == folded.step, "step");
  look(row.placing == folded.placing, "placement");
  look(row.attempt == folded.attempt && row.keeper == folded.keeper && row.payee == folded.payee, "payment");
  look(row.delay == folded.delay, "delay");
  look(row.accept_by == folded.accept_by, "accept_by");
  look(row.created_at == folded.created_at, "created_at");
  look(row.updated_at == folded.updated_at, "updated_at");
  return fields;
}

void compare_order(const comparison& compared, const order& row, const order& folded) {
  compared(row.version, folded.version, "version_differs");
  if (row.status != folded.status || row.payment != folded.payment || row.total != folded.total)
    compared.report.add(compared.entity, "status_differs",
                        "the row shows " + words(row) + ", its events come to " + words(folded));
  if (const auto fields = differing_fields(row, folded); !fields.empty())
    compared.report.add(compared.entity, "order_differs",
                        "the row differs from what its events come to in " + fields);
}

void compare_account(const comparison& compared, const stored_account& row, const account& folded) {
  compared(row.view.version, folded.view().version, "version_differs");
  compared(row.view.levels, folded.view().levels, "balance_differs");
  compared(row.totals, folded.totals(), "totals_differ");
  compared(row.view.updated_at, folded.view().updated_at, "time_differs");
  compared(row.view.created_at, folded.view().created_at, "time_differs");
  compare_holds(compared, row.holds, folded.holds());
}

} // namespace

void compare(const stored_entity& row, const entity_state& folded, audit_report& report) {
  const comparison compared{row.key, report};
  if (const auto* item = std::get_if<stock_item>(&folded))
    compare_stock(compared, std::get<stored_stock>(row.row), *item);
  else if (const auto* whole = std::get_if<order_ptr>(&folded))
    compare_order(compared, *std::get<order_ptr>(row.row), **whole);
  else
    compare_account(compared, std::get<stored_account>(row.row), std::get<account>(folded));
}

void check_alone(const stored_entity& row, audit_report& report) {
  if (const auto* item = std::get_if<stored_stock>(&row.row)) {
    std::int64_t reserved = 0;
    for (const auto& each : item->active)
      reserved += each.qty;
    const auto& levels = item->view.levels;
    if (reserved != levels.reserved || levels.reserved < 0 || levels.available() < 0)
      report.add(row.key, "row_does_not_add_up",
                 "the row shows " + words(levels) + ", its active reservations come to " +
                     std::to_string(reserved));
  } else if (const auto* of_account = std::get_if<stored_account>(&row.row)) {
    std::unordered_map<uuid, account_hold> holds;
    for (const auto& each : of_account->holds)
      holds.emplace(each.order_id, each);
    if (!adds_up(of_account->view, of_account->totals, holds))
      report.add(row.key, "row_does_not_add_up",
                 "the row shows " + words(of_account->view.levels) + " and " + words(of_account->totals));
  }
}

void compare(const entity_key& entity, const shown_entity& shown, const entity_state& folded,
             audit_report& report) {
  const auto look = [&](const auto& live, const auto& stored) {
    if (live != stored)
      report.add(entity, "live_differs",
                 "in memory it was " + words(live) + " at version " + std::to_string(shown.version) +
                     ", its events come to " + words(stored));
  };
  if (const auto* item = std::get_if<stock_item>(&folded))
    look(std::get<stock_levels>(shown.what), item->view().levels);
  else if (const auto* whole = std::get_if<order_ptr>(&folded))
    look(std::get<shown_order>(shown.what),
         shown_order{(*whole)->status, (*whole)->payment, (*whole)->total});
  else
    look(std::get<account_levels>(shown.what), std::get<account>(folded).view().levels);
}

std::uint64_t version_of(const stored_entity& row) {
  if (const auto* item = std::get_if<stored_stock>(&row.row))
    return item->view.version;
  if (const auto* whole = std::get_if<order_ptr>(&row.row))
    return (*whole)->version;
  return std::get<stored_account>(row.row).view.version;
}

} // namespace orderd

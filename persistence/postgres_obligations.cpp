#include "persistence/postgres_obligations.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace orderd {
namespace {

constexpr postgres_statement read_obligations = {
    "read_obligations", "SELECT reservation_id, sku, order_id, verdict FROM obligations"};
constexpr postgres_statement drop_obligations = {
    "drop_obligations", "DELETE FROM obligations WHERE reservation_id = ANY ($1::uuid[])"};
constexpr postgres_statement put_obligations = {"put_obligations", R"sql(
INSERT INTO obligations (reservation_id, sku, order_id, verdict)
SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::text[])
ON CONFLICT (reservation_id) DO UPDATE
  SET sku = EXCLUDED.sku, order_id = EXCLUDED.order_id, verdict = EXCLUDED.verdict)sql"};

constexpr postgres_statement read_payouts = {"read_payouts",
                                             "SELECT order_id, payer, payee, amount_cents FROM payouts_due"};
constexpr postgres_statement drop_payouts = {"drop_payouts",
                                             "DELETE FROM payouts_due WHERE order_id = ANY ($1::uuid[])"};
constexpr postgres_statement put_payouts = {"put_payouts", R"sql(
INSERT INTO payouts_due (order_id, payer, payee, amount_cents)
SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::int8[])
ON CONFLICT (order_id) DO UPDATE
  SET payer = EXCLUDED.payer, payee = EXCLUDED.payee, amount_cents = EXCLUDED.amount_cents)sql"};

constexpr std::array<postgres_statement, 6> all = {read_obligations, drop_obligations, put_obligations,
                                                   read_payouts,     drop_payouts,     put_payouts};

constexpr std::array<std::string_view, 3> verdict_texts = {"abandon", "release", "commit"};

std::string_view text_of(order_verdict verdict) noexcept {
  return verdict_texts.at(static_cast<std::size_t>(verdict));
}

} // namespace

std::span<const postgres_statement> postgres_obligations::statements() noexcept { return all; }

result<void> postgres_obligations::load(postgres_connection& connection) {
  const auto rows = connection.run(read_obligations, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  stored_.clear();
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const auto* const verdict = std::find(verdict_texts.begin(), verdict_texts.end(), rows->text(row, 3));
    if (verdict == verdict_texts.end()) {
      return fail(error_code::damaged,
                  "the table obligations has the verdict " + std::string(rows->text(row, 3)));
    }
    const obligation each{std::string(rows->text(row, 1)), rows->id(row, 0), rows->id(row, 2),
                          static_cast<order_verdict>(verdict - verdict_texts.begin())};
    stored_.emplace(each.reservation_id, each);
  }
  return load_payouts(connection);
}

result<void> postgres_obligations::load_payouts(postgres_connection& connection) {
  const auto rows = connection.run(read_payouts, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  payouts_.clear();
  for (std::size_t row = 0; row < rows->size(); ++row) {
    const payout_due each{rows->id(row, 0), std::string(rows->text(row, 1)), std::string(rows->text(row, 2)),
                          rows->integer(row, 3)};
    payouts_.emplace(each.order_id, each);
  }
  return {};
}

void postgres_obligations::add(postgres_transaction& to, const store_batch& batch) const {
  add_open(to, batch.obligations);
  add_payouts(to, batch.payouts);
}

/// Writes only what differs from the stored set: most of what is in flight stays in flight over several
/// batches.
void postgres_obligations::add_open(postgres_transaction& to, const std::vector<obligation>& open) const {
  using type = postgres_type;
  postgres_array id(type::uuid), sku(type::bytea), order(type::uuid), verdict(type::text), ended(type::uuid);
  std::unordered_map<uuid, const obligation*> wanted;
  wanted.reserve(open.size());
  for (const obligation& each : open) {
    const auto stored = stored_.find(each.reservation_id);
    const bool is_first = wanted.emplace(each.reservation_id, &each).second;
    ORDERD_ASSERT(is_first);
    if (stored != stored_.end() && stored->second == each) {
      continue;
    }
    id.add(each.reservation_id);
    sku.add(std::string_view(each.sku));
    order.add(each.order_id);
    verdict.add(text_of(each.verdict));
  }
  for (const auto& [stored, each] : stored_) {
    if (!wanted.contains(stored)) {
      ended.add(stored);
    }
  }
  if (ended.size() > 0) {
    to.add(drop_obligations, columns({&ended}));
  }
  if (id.size() > 0) {
    to.add(put_obligations, columns({&id, &sku, &order, &verdict}), id.size(), "obligations");
  }
}

/// The same of payouts.
void postgres_obligations::add_payouts(postgres_transaction& to,
                                       const std::vector<payout_due>& payouts) const {
  using type = postgres_type;
  postgres_array order(type::uuid), payer(type::bytea), payee(type::bytea), amount(type::int8),
      ended(type::uuid);
  std::unordered_map<uuid, const payout_due*> wanted;
  for (const payout_due& each : payouts) {
    const auto stored = payouts_.find(each.order_id);
    const bool is_first = wanted.emplace(each.order_id, &each).second;
    ORDERD_ASSERT(is_first);
    if (stored != payouts_.end() && stored->second == each) {
      continue;
    }
    order.add(each.order_id);
    payer.add(std::string_view(each.payer));
    payee.add(std::string_view(each.payee));
    amount.add(each.amount);
  }
  for (const auto& [stored, each] : payouts_) {
    if (!wanted.contains(stored)) {
      ended.add(stored);
    }
  }
  if (ended.size() > 0) {
    to.add(drop_payouts, columns({&ended}));
  }
  if (order.size() > 0) {
    to.add(put_payouts, columns({&order, &payer, &payee, &amount}), order.size(), "payouts");
  }
}

void postgres_obligations::note(const store_batch& batch) {
  stored_.clear();
  for (const obligation& each : batch.obligations) {
    stored_.emplace(each.reservation_id, each);
  }
  payouts_.clear();
  for (const payout_due& each : batch.payouts) {
    payouts_.emplace(each.order_id, each);
  }
}

std::vector<payout_due> postgres_obligations::payouts() const {
  std::vector<payout_due> payouts;
  payouts.reserve(payouts_.size());
  for (const auto& [id, each] : payouts_) {
    payouts.push_back(each);
  }
  std::sort(payouts.begin(), payouts.end(),
            [](const payout_due& left, const payout_due& right) { return left.order_id < right.order_id; });
  return payouts;
}

std::vector<obligation> postgres_obligations::open() const {
  std::vector<obligation> open;
  open.reserve(stored_.size());
  for (const auto& [id, each] : stored_) {
    open.push_back(each);
  }
  std::sort(open.begin(), open.end(), [](const obligation& left, const obligation& right) {
    return left.reservation_id < right.reservation_id;
  });
  return open;
}

} // namespace orderd

#include "domain/account_rules.hpp"

#include "domain/assert.hpp"
#include "domain/limits.hpp"

#include <utility>

namespace orderd {

namespace {

/// Who causes what an order's saga does.
constexpr const char* engine_itself = "orderd";

/// The account's next event, before it is said what happens and what that changes.
[[nodiscard]] account_event next_event(const account& state, std::string actor, timestamp now) {
  account_event e;
  e.account_id = state.view().id;
  e.version = state.view().version + 1;
  e.at = now;
  e.actor = std::move(actor);
  e.after = state.view().levels;
  e.totals_after = state.totals();
  return e;
}

[[nodiscard]] auto bad_amount(cents amount, cents most) {
  return refuse(rejection_code::invalid_field,
                "amount_cents is " + std::to_string(amount) + " and must be from 1 to " +
                    std::to_string(most),
                "amount_cents");
}

} // namespace

std::optional<account_event> decide(const account& state, const open_account&, const std::string& actor,
                                    timestamp now) {
  if (state.exists())
    return std::nullopt;
  auto e = next_event(state, actor, now);
  e.what = account_opened{};
  return e;
}

decision<account_event> decide(const account& state, const deposit_funds& command, const std::string& actor,
                               timestamp now) {
  if (!state.exists())
    return refuse(rejection_code::not_found, "there is no account " + state.view().id);
  const auto& levels = state.view().levels;
  // What was paid in may have taken it beyond what may be deposited.
  const auto room = account_balance_max - levels.balance - levels.held;
  if (room < 1)
    return refuse(rejection_code::invalid_field, "account " + state.view().id + " is full", "amount_cents");
  if (command.amount < 1 || command.amount > room)
    return bad_amount(command.amount, room);
  if (state.totals().deposited > account_deposits_max - command.amount)
    return refuse(rejection_code::invalid_field, "the sum of all deposits would be too large to count",
                  "amount_cents");
  auto e = next_event(state, actor, now);
  e.after.balance += command.amount;
  e.totals_after = with_room_for(command.amount, e.totals_after);
  e.totals_after.deposited += command.amount;
  e.what = funds_deposited{command.amount, command.reason};
  return e;
}

decision<std::optional<account_event>> hold_funds(const account& state, const uuid& order_id,
                                                  std::uint64_t attempt, cents amount, timestamp now) {
  ORDERD_ASSERT(!order_id.is_nil() && amount >= 0);
  if (const auto* held = state.find(order_id)) {
    ORDERD_ASSERT(held->attempt == attempt && held->amount == amount);
    return std::nullopt;
  }
  if (!state.exists())
    return refuse(rejection_code::payment_declined, "there is no account " + state.view().id);
  if (amount > state.view().levels.balance)
    return refuse(rejection_code::payment_declined,
                  "account " + state.view().id + " has too little: " + to_decimal(amount) + " needed, " +
                      to_decimal(state.view().levels.balance) + " there");
  auto e = next_event(state, engine_itself, now);
  e.after.balance -= amount;
  e.after.held += amount;
  e.what = funds_held{order_id, attempt, amount};
  return e;
}

std::optional<account_event> escrow_funds(const account& state, const uuid& order_id, timestamp now) {
  const auto* const held = state.find(order_id);
  ORDERD_ASSERT(held != nullptr);
  if (held->escrowed)
    return std::nullopt;
  auto e = next_event(state, engine_itself, now);
  e.what = funds_escrowed{order_id, held->amount};
  return e;
}

std::optional<account_event> capture_escrow(const account& state, const uuid& order_id,
                                            const std::string& payee, timestamp now) {
  const auto* const held = state.find(order_id);
  if (held == nullptr)
    return std::nullopt;
  ORDERD_ASSERT(held->escrowed);
  auto e = next_event(state, engine_itself, now);
  e.after.held -= held->amount;
  // No overflow: what goes out of an account came in before.
  e.totals_after.paid_out += held->amount;
  e.what = escrow_captured{order_id, held->amount, payee};
  return e;
}

std::optional<account_event> return_funds(const account& state, const uuid& order_id, timestamp now) {
  const auto* const held = state.find(order_id);
  if (held == nullptr)
    return std::nullopt;
  auto e = next_event(state, engine_itself, now);
  e.after.held -= held->amount;
  e.after.balance += held->amount;
  e.what = funds_returned{order_id, held->amount, held->escrowed};
  return e;
}

account_event receive_payout(const account& state, const uuid& order_id, const std::string& payer,
                             cents amount, timestamp now) {
  ORDERD_ASSERT(!order_id.is_nil() && amount >= 0);
  auto e = next_event(state, engine_itself, now);
  e.totals_after = with_room_for(amount, e.totals_after);
  const auto balance = checked_add(e.after.balance, amount);
  const auto paid_in = checked_add(e.totals_after.paid_in, amount);
  // Only more money than can be counted, deposited into other accounts, could take the balance so far.
  ORDERD_ASSERT(balance && paid_in);
  e.after.balance = *balance;
  e.totals_after.paid_in = *paid_in;
  e.what = payout_received{order_id, amount, payer};
  return e;
}

} // namespace orderd

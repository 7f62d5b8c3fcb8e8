/// What may happen to an account: commands to events or refusals. Pure; `now` is an argument.
#pragma once

#include "domain/account_events.hpp"
#include "domain/rejection.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace orderd {

struct open_account {};
struct deposit_funds {
  cents amount = 0;
  std::string reason;
};

/// Opening an account that exists is no event. Refusals of a deposit, in order: not_found, invalid_field (not
/// above zero, or the balance would pass account_balance_max, or all deposits account_deposits_max).
[[nodiscard]] std::optional<account_event> decide(const account& state, const open_account& command,
                                                  const std::string& actor, timestamp now);
[[nodiscard]] decision<account_event> decide(const account& state, const deposit_funds& command,
                                             const std::string& actor, timestamp now);

// What an order's saga asks of its payer's account. Each is idempotent: what is done already is no event.

/// An amount of 0 holds nothing but is remembered like any other. Refused with `payment_declined` if there is
/// no such account or it has too little.
[[nodiscard]] decision<std::optional<account_event>>
hold_funds(const account& state, const uuid& order_id, std::uint64_t attempt, cents amount, timestamp now);
/// Asserts that the payment is held: the order knows that it was.
[[nodiscard]] std::optional<account_event> escrow_funds(const account& state, const uuid& order_id,
                                                        timestamp now);
/// Nothing is held any more: it was captured before.
[[nodiscard]] std::optional<account_event> capture_escrow(const account& state, const uuid& order_id,
                                                          const std::string& payee, timestamp now);
/// Nothing is held: it was never, or it went back before.
[[nodiscard]] std::optional<account_event> return_funds(const account& state, const uuid& order_id,
                                                        timestamp now);
/// To be asked once for each capture.
[[nodiscard]] account_event receive_payout(const account& state, const uuid& order_id,
                                           const std::string& payer, cents amount, timestamp now);

} // namespace orderd

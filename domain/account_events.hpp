/// Everything that can happen to an account of the ledger.
#pragma once

#include "domain/account.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace orderd {

struct account_opened {
  bool operator==(const account_opened&) const = default;
};
struct funds_deposited {
  cents amount = 0;
  std::string reason;
  bool operator==(const funds_deposited&) const = default;
};
/// An order's payment was authorized.
struct funds_held {
  uuid order_id;
  std::uint64_t attempt = 0;
  cents amount = 0;
  bool operator==(const funds_held&) const = default;
};
/// The hold of an order became its escrow.
struct funds_escrowed {
  uuid order_id;
  cents amount = 0;
  bool operator==(const funds_escrowed&) const = default;
};
/// The hold or escrow of an order went back to the owner.
struct funds_returned {
  uuid order_id;
  cents amount = 0;
  bool escrowed = false; ///< where it was
  bool operator==(const funds_returned&) const = default;
};
/// The escrow of an order left for the payee. Until `payout_received` follows there, it is on its way.
struct escrow_captured {
  uuid order_id;
  cents amount = 0;
  std::string payee;
  bool operator==(const escrow_captured&) const = default;
};
/// The payout of an order arrived. Opens the account if there is none yet.
struct payout_received {
  uuid order_id;
  cents amount = 0;
  std::string payer;
  bool operator==(const payout_received&) const = default;
};

struct account_event {
  std::string account_id;
  std::uint64_t version = 0; ///< the account's, after the event
  timestamp at;
  std::string actor; ///< who caused it: a user, or `orderd`
  account_levels after;
  account_totals totals_after;
  std::variant<account_opened, funds_deposited, funds_held, funds_escrowed, funds_returned, escrow_captured,
               payout_received>
      what;
  bool operator==(const account_event&) const = default;
};

/// The word for an account's event, e.g. `funds_held`.
[[nodiscard]] std::string_view name_of(const account_event& e) noexcept;

/// The two sides of an event: `amount` leaves `from` and arrives at `to`.
struct ledger_transfer {
  std::string_view from; ///< `world`, `balance`, `held`, `escrow` or `payout`
  std::string_view to;
  cents amount = 0;
  uuid order_id; ///< nil for none

  bool operator==(const ledger_transfer&) const = default;
};
/// An opened account moves nothing: from `world` to `balance`, amount 0.
[[nodiscard]] ledger_transfer transfer_of(const account_event& e) noexcept;

} // namespace orderd

#include "domain/events.hpp"

#include "domain/assert.hpp"

namespace orderd {

namespace {

/// Says something of each event; one overload for each kind.
struct tagger {
  event_tag operator()(const stock_event& e) const noexcept {
    return e.low_at ? low(e) : std::visit(*this, e.what);
  }
  event_tag operator()(const order_event& e) const noexcept { return std::visit(*this, e.what); }
  event_tag operator()(const account_event& e) const noexcept { return std::visit(*this, e.what); }
  event_tag operator()(const request_record&) const noexcept { return event_tag::request_record_v1; }

  event_tag operator()(const stock_defined& e) const noexcept {
    return e.product.low_threshold ? event_tag::stock_defined_v2 : event_tag::stock_defined_v1;
  }
  event_tag operator()(const stock_adjusted&) const noexcept { return event_tag::stock_adjusted_v1; }
  event_tag operator()(const stock_reserved&) const noexcept { return event_tag::stock_reserved_v1; }
  event_tag operator()(const reservation_extended&) const noexcept {
    return event_tag::reservation_extended_v1;
  }
  event_tag operator()(const reservation_released&) const noexcept {
    return event_tag::reservation_released_v1;
  }
  event_tag operator()(const reservation_committed&) const noexcept {
    return event_tag::reservation_committed_v1;
  }
  event_tag operator()(const reservations_expired&) const noexcept {
    return event_tag::reservations_expired_v1;
  }
  event_tag operator()(const reservation_claimed&) const noexcept {
    return event_tag::reservation_claimed_v1;
  }
  event_tag operator()(const reservation_unclaimed&) const noexcept {
    return event_tag::reservation_unclaimed_v1;
  }
  event_tag operator()(const order_created& e) const noexcept {
    if (e.tentative)
      return event_tag::order_created_v3;
    return e.accept_by ? event_tag::order_created_v2 : event_tag::order_created_v1;
  }
  event_tag operator()(const order_placed& e) const noexcept {
    return e.accept_by ? event_tag::order_placed_v2 : event_tag::order_placed_v1;
  }
  event_tag operator()(const order_accepted&) const noexcept { return event_tag::order_accepted_v1; }
  event_tag operator()(const order_completed& e) const noexcept {
    return e.captured ? event_tag::order_completed_v2 : event_tag::order_completed_v1;
  }
  event_tag operator()(const order_cancelled& e) const noexcept {
    return e.returns ? event_tag::order_cancelled_v2 : event_tag::order_cancelled_v1;
  }
  event_tag operator()(const order_failed& e) const noexcept {
    return e.returns || !e.lines.empty() ? event_tag::order_failed_v2 : event_tag::order_failed_v1;
  }
  event_tag operator()(const order_amended&) const noexcept { return event_tag::order_amended_v1; }
  event_tag operator()(const order_reserved&) const noexcept { return event_tag::order_reserved_v1; }
  event_tag operator()(const payment_authorized&) const noexcept { return event_tag::payment_authorized_v1; }
  event_tag operator()(const payment_escrowed&) const noexcept { return event_tag::payment_escrowed_v1; }
  event_tag operator()(const payment_declined&) const noexcept { return event_tag::payment_declined_v1; }
  event_tag operator()(const payment_abandoned&) const noexcept { return event_tag::payment_abandoned_v1; }
  event_tag operator()(const order_withdrawn&) const noexcept { return event_tag::order_withdrawn_v1; }
  event_tag operator()(const capture_started&) const noexcept { return event_tag::capture_started_v1; }
  event_tag operator()(const payment_returned&) const noexcept { return event_tag::payment_returned_v1; }
  event_tag operator()(const saga_delayed&) const noexcept { return event_tag::saga_delayed_v1; }
  event_tag operator()(const saga_retried&) const noexcept { return event_tag::saga_retried_v1; }
  event_tag operator()(const order_refused&) const noexcept { return event_tag::order_refused_v1; }
  event_tag operator()(const account_opened&) const noexcept { return event_tag::account_opened_v1; }
  event_tag operator()(const funds_deposited&) const noexcept { return event_tag::funds_deposited_v1; }
  event_tag operator()(const funds_held&) const noexcept { return event_tag::funds_held_v1; }
  event_tag operator()(const funds_escrowed&) const noexcept { return event_tag::funds_escrowed_v1; }
  event_tag operator()(const funds_returned&) const noexcept { return event_tag::funds_returned_v1; }
  event_tag operator()(const escrow_captured&) const noexcept { return event_tag::escrow_captured_v1; }
  event_tag operator()(const payout_received&) const noexcept { return event_tag::payout_received_v1; }

  static event_tag low(const stock_event& e) noexcept {
    if (std::holds_alternative<stock_defined>(e.what))
      return event_tag::stock_defined_v2;
    if (std::holds_alternative<stock_adjusted>(e.what))
      return event_tag::stock_adjusted_v2;
    ORDERD_ASSERT(std::holds_alternative<stock_reserved>(e.what));
    return event_tag::stock_reserved_v2;
  }
};

struct namer {
  std::string_view operator()(const stock_defined&) const noexcept { return "stock_defined"; }
  std::string_view operator()(const stock_adjusted&) const noexcept { return "stock_adjusted"; }
  std::string_view operator()(const stock_reserved&) const noexcept { return "stock_reserved"; }
  std::string_view operator()(const reservation_extended&) const noexcept { return "reservation_extended"; }
  std::string_view operator()(const reservation_released&) const noexcept { return "reservation_released"; }
  std::string_view operator()(const reservation_committed&) const noexcept { return "reservation_committed"; }
  std::string_view operator()(const reservations_expired&) const noexcept { return "reservations_expired"; }
  std::string_view operator()(const reservation_claimed&) const noexcept { return "reservation_claimed"; }
  std::string_view operator()(const reservation_unclaimed&) const noexcept { return "reservation_unclaimed"; }
  std::string_view operator()(const order_created&) const noexcept { return "order_created"; }
  std::string_view operator()(const order_placed& e) const noexcept {
    return e.status == order_status::processed ? "order_processed" : "order_registered";
  }
  std::string_view operator()(const order_accepted&) const noexcept { return "order_accepted"; }
  std::string_view operator()(const order_completed&) const noexcept { return "order_completed"; }
  std::string_view operator()(const order_cancelled&) const noexcept { return "order_cancelled"; }
  std::string_view operator()(const order_failed&) const noexcept { return "order_failed"; }
  std::string_view operator()(const order_amended&) const noexcept { return "order_amended"; }
  std::string_view operator()(const order_reserved&) const noexcept { return "stock_reserved"; }
  std::string_view operator()(const payment_authorized&) const noexcept { return "payment_authorized"; }
  std::string_view operator()(const payment_escrowed&) const noexcept { return "payment_escrowed"; }
  std::string_view operator()(const payment_declined&) const noexcept { return "payment_declined"; }
  std::string_view operator()(const payment_abandoned&) const noexcept { return "payment_abandoned"; }
  std::string_view operator()(const order_withdrawn&) const noexcept { return "order_withdrawn"; }
  std::string_view operator()(const capture_started&) const noexcept { return "capture_started"; }
  std::string_view operator()(const payment_returned&) const noexcept { return "payment_refunded"; }
  std::string_view operator()(const saga_delayed&) const noexcept { return "step_delayed"; }
  std::string_view operator()(const saga_retried&) const noexcept { return "step_retried"; }
  std::string_view operator()(const order_refused&) const noexcept { return "order_refused"; }
  std::string_view operator()(const account_opened&) const noexcept { return "account_opened"; }
  std::string_view operator()(const funds_deposited&) const noexcept { return "funds_deposited"; }
  std::string_view operator()(const funds_held&) const noexcept { return "funds_held"; }
  std::string_view operator()(const funds_escrowed&) const noexcept { return "funds_escrowed"; }
  std::string_view operator()(const funds_returned&) const noexcept { return "funds_returned"; }
  std::string_view operator()(const escrow_captured&) const noexcept { return "escrow_captured"; }
  std::string_view operator()(const payout_received&) const noexcept { return "payout_received"; }
};

struct status_reader {
  using status = std::optional<order_status>;

  status operator()(const order_created& e) const noexcept { return e.status; }
  status operator()(const order_placed& e) const noexcept { return e.status; }
  status operator()(const order_accepted&) const noexcept { return order_status::accepted; }
  status operator()(const order_completed&) const noexcept { return order_status::completed; }
  status operator()(const order_cancelled&) const noexcept { return order_status::cancelled; }
  status operator()(const order_failed&) const noexcept { return order_status::failed; }
  status operator()(const order_withdrawn&) const noexcept { return order_status::failed; }
  status operator()(const order_refused&) const noexcept { return order_status::failed; }
  template <class Other> status operator()(const Other&) const noexcept { return std::nullopt; }
};

struct payment_reader {
  using status = std::optional<payment_status>;

  status operator()(const order_reserved&) const noexcept { return payment_status::pending; }
  status operator()(const payment_authorized&) const noexcept { return payment_status::authorized; }
  status operator()(const payment_declined&) const noexcept { return payment_status::failed; }
  status operator()(const order_withdrawn&) const noexcept { return payment_status::failed; }
  status operator()(const payment_returned&) const noexcept { return payment_status::refunded; }
  status operator()(const order_completed& e) const noexcept {
    return e.captured ? status(payment_status::captured) : std::nullopt;
  }
  template <class Other> status operator()(const Other&) const noexcept { return std::nullopt; }
};

struct step_reader {
  using step = std::optional<saga_step>;

  step operator()(const order_placed&) const noexcept { return saga_step::none; }
  step operator()(const order_completed&) const noexcept { return saga_step::none; }
  step operator()(const order_cancelled& e) const noexcept { return after_end(e.returns); }
  step operator()(const order_failed& e) const noexcept { return after_end(e.returns); }
  step operator()(const order_withdrawn&) const noexcept { return saga_step::none; }
  step operator()(const order_reserved&) const noexcept { return saga_step::authorizing; }
  step operator()(const payment_authorized& e) const noexcept {
    return e.escrow_follows ? saga_step::escrowing : saga_step::placing;
  }
  step operator()(const payment_escrowed&) const noexcept { return saga_step::placing; }
  step operator()(const payment_declined&) const noexcept { return saga_step::none; }
  step operator()(const payment_abandoned&) const noexcept { return saga_step::returning; }
  step operator()(const capture_started&) const noexcept { return saga_step::capturing; }
  step operator()(const payment_returned&) const noexcept { return saga_step::none; }
  template <class Other> step operator()(const Other&) const noexcept { return std::nullopt; }

  static step after_end(bool returns) noexcept { return returns ? saga_step::returning : saga_step::none; }
};

} // namespace

event_tag tag_of(const event& e) noexcept { return std::visit(tagger{}, e); }

bool is_first(const order_event& e) noexcept {
  return std::holds_alternative<order_created>(e.what) || std::holds_alternative<order_refused>(e.what);
}

std::string_view name_of(const stock_event& e) noexcept { return std::visit(namer{}, e.what); }
std::string_view name_of(const order_event& e) noexcept { return std::visit(namer{}, e.what); }

std::string_view name_of(const account_event& e) noexcept { return std::visit(namer{}, e.what); }

std::string_view name_of(const event& e) noexcept {
  struct {
    std::string_view operator()(const request_record&) const noexcept { return "request_remembered"; }
    std::string_view operator()(const stock_event& typed) const noexcept { return name_of(typed); }
    std::string_view operator()(const order_event& typed) const noexcept { return name_of(typed); }
    std::string_view operator()(const account_event& typed) const noexcept { return name_of(typed); }
  } name;
  return std::visit(name, e);
}

std::uint64_t version_of(const event& e) noexcept {
  struct {
    std::uint64_t operator()(const request_record&) const noexcept { return 0; }
    std::uint64_t operator()(const stock_event& typed) const noexcept { return typed.version; }
    std::uint64_t operator()(const order_event& typed) const noexcept { return typed.version; }
    std::uint64_t operator()(const account_event& typed) const noexcept { return typed.version; }
  } version;
  return std::visit(version, e);
}

timestamp time_of(const event& e) noexcept {
  return std::visit([](const auto& typed) { return typed.at; }, e);
}

std::optional<order_status> status_after(const order_event& e) noexcept {
  return std::visit(status_reader{}, e.what);
}

std::optional<payment_status> payment_after(const order_event& e) noexcept {
  return std::visit(payment_reader{}, e.what);
}

std::optional<saga_step> step_after(const order_event& e) noexcept {
  return std::visit(step_reader{}, e.what);
}

std::optional<saga_delay> delay_after(const order_event& e) {
  if (const auto* delayed = std::get_if<saga_delayed>(&e.what))
    return delayed->delay;
  // What the client writes beside the order changes nothing about the step.
  if (std::holds_alternative<order_amended>(e.what))
    return std::nullopt;
  return saga_delay{};
}

} // namespace orderd

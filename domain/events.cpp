#include "domain/events.hpp"

namespace orderd {

namespace {

/// Says something of each event; one overload for each kind.
struct tagger {
  event_tag operator()(const stock_event& e) const noexcept { return std::visit(*this, e.what); }
  event_tag operator()(const order_event& e) const noexcept { return std::visit(*this, e.what); }

  event_tag operator()(const stock_defined&) const noexcept { return event_tag::stock_defined_v1; }
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
  event_tag operator()(const order_created&) const noexcept { return event_tag::order_created_v1; }
  event_tag operator()(const order_placed&) const noexcept { return event_tag::order_placed_v1; }
  event_tag operator()(const order_accepted&) const noexcept { return event_tag::order_accepted_v1; }
  event_tag operator()(const order_completed&) const noexcept { return event_tag::order_completed_v1; }
  event_tag operator()(const order_cancelled&) const noexcept { return event_tag::order_cancelled_v1; }
  event_tag operator()(const order_failed&) const noexcept { return event_tag::order_failed_v1; }
  event_tag operator()(const order_amended&) const noexcept { return event_tag::order_amended_v1; }
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
};

struct status_reader {
  using status = std::optional<order_status>;

  status operator()(const order_created& e) const noexcept { return e.status; }
  status operator()(const order_placed& e) const noexcept { return e.status; }
  status operator()(const order_accepted&) const noexcept { return order_status::accepted; }
  status operator()(const order_completed&) const noexcept { return order_status::completed; }
  status operator()(const order_cancelled&) const noexcept { return order_status::cancelled; }
  status operator()(const order_failed&) const noexcept { return order_status::failed; }
  status operator()(const order_amended&) const noexcept { return std::nullopt; }
};

} // namespace

event_tag tag_of(const event& e) noexcept { return std::visit(tagger{}, e); }

std::string_view name_of(const stock_event& e) noexcept { return std::visit(namer{}, e.what); }
std::string_view name_of(const order_event& e) noexcept { return std::visit(namer{}, e.what); }

std::optional<order_status> status_after(const order_event& e) noexcept {
  return std::visit(status_reader{}, e.what);
}

} // namespace orderd

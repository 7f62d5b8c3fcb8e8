#include "domain/public_events.hpp"

#include <array>

namespace orderd {

namespace {

using told = std::vector<public_event_type>;
using kind = public_event_type;

constexpr std::array<std::string_view, public_event_types> type_texts = {
    "order_created",      "order_updated",    "stock_reserved", "reservation_failed", "stock_low",
    "payment_authorized", "payment_captured", "payment_failed", "payment_refunded"};

[[nodiscard]] bool is_of_payment(const order_failure& why) noexcept {
  return std::string_view(why.code).starts_with("payment_");
}

/// Whether the event is of what a placement holds.
[[nodiscard]] bool is_of_placement(public_event_type type) noexcept {
  return type == kind::stock_reserved || type == kind::payment_authorized || type == kind::payment_captured ||
         type == kind::payment_failed || type == kind::payment_refunded;
}

/// Whether the outside does not know of the order, whatever a trail says that lacks its beginning.
[[nodiscard]] bool is_of_tentative(const order_reserved& e) noexcept {
  return e.placing.on_refusal == refusal_outcome::withdraw;
}

/// What is told of an order that the outside knows.
struct teller {
  const order_trail& before;

  told operator()(const order_reserved& e) const {
    return is_of_tentative(e) ? told{} : told{kind::stock_reserved};
  }
  told operator()(const payment_authorized&) const { return {kind::payment_authorized}; }
  told operator()(const payment_declined&) const { return {kind::payment_failed}; }
  told operator()(const payment_abandoned&) const { return {kind::payment_failed}; }
  told operator()(const order_placed& e) const {
    if (e.status == order_status::processed && !before.reserved)
      return {kind::stock_reserved, kind::order_updated};
    return {kind::order_updated};
  }
  told operator()(const order_accepted&) const { return {kind::order_updated}; }
  told operator()(const order_amended&) const { return {kind::order_updated}; }
  told operator()(const order_cancelled&) const { return {kind::order_updated}; }
  told operator()(const order_completed& e) const {
    return e.captured ? told{kind::payment_captured, kind::order_updated} : told{kind::order_updated};
  }
  told operator()(const order_failed& e) const {
    if (e.failure.code == "insufficient_stock")
      return {kind::reservation_failed, kind::order_updated};
    if (is_of_payment(e.failure) && !before.payment_failed)
      return {kind::payment_failed, kind::order_updated};
    return {kind::order_updated};
  }
  told operator()(const payment_returned&) const {
    return before.authorized ? told{kind::payment_refunded} : told{};
  }
  /// What is left is the saga's own business, or the first event of an order that is not known yet.
  template <class Other> told operator()(const Other&) const { return {}; }
};

/// What is told of an order that the outside does not know.
struct announcer {
  const order_trail& before;

  told operator()(const order_created& e) const {
    if (e.tentative)
      return {};
    if (e.status == order_status::processed)
      return {kind::order_created, kind::stock_reserved};
    return {kind::order_created};
  }
  told operator()(const order_placed& e) const {
    told all{kind::order_created};
    if (e.status == order_status::processed)
      all.push_back(kind::stock_reserved);
    if (before.authorized)
      all.push_back(kind::payment_authorized);
    return all;
  }
  told operator()(const order_failed& e) const { return with_the_order(teller{before}(e)); }
  told operator()(const order_cancelled& e) const { return with_the_order(teller{before}(e)); }
  told operator()(const order_refused&) const { return {kind::reservation_failed}; }
  template <class Other> told operator()(const Other&) const { return {}; }

  static told with_the_order(told all) {
    all.insert(all.begin(), kind::order_created);
    return all;
  }
};

/// Whether the outside knows of the order once it has happened.
[[nodiscard]] bool announces(const order_event& e) noexcept {
  if (const auto* created = std::get_if<order_created>(&e.what))
    return !created->tentative;
  return std::holds_alternative<order_placed>(e.what) || std::holds_alternative<order_failed>(e.what) ||
         std::holds_alternative<order_cancelled>(e.what);
}

/// What an event changes of a trail; one overload for each that changes anything but version and status.
struct follower {
  order_trail& trail;
  timestamp at;

  void operator()(const order_created& e) const { begin(e.customer_id, e.lines, e.total); }
  void operator()(const order_refused& e) const {
    begin(e.customer_id, e.lines, total_of(e.lines).value_or(0));
  }
  void operator()(const order_placed& e) const {
    trail.lines = e.lines;
    trail.total = e.total;
    trail.placing = {};
    trail.reserved = false;
  }
  void operator()(const order_reserved& e) const {
    trail.placing = e.placing;
    trail.reserved = true;
    trail.announced = trail.announced && !is_of_tentative(e);
    trail.authorized = false;
    trail.payment_failed = false;
  }
  void operator()(const payment_authorized&) const { trail.authorized = true; }
  void operator()(const payment_declined&) const { fail_payment(); }
  void operator()(const payment_abandoned&) const { fail_payment(); }
  void operator()(const order_withdrawn&) const { trail.reserved = false; }
  void operator()(const order_failed&) const { end(); }
  void operator()(const order_cancelled&) const { end(); }
  void operator()(const order_completed&) const { trail.authorized = false; }
  void operator()(const payment_returned&) const { trail.authorized = false; }
  template <class Other> void operator()(const Other&) const {}

  void begin(const std::string& customer_id, const std::vector<order_line>& lines, cents total) const {
    trail.customer_id = customer_id;
    trail.created_at = at;
    trail.lines = lines;
    trail.total = total;
  }
  void fail_payment() const {
    trail.reserved = false;
    trail.payment_failed = trail.announced;
  }
  /// What was authorized before the order was announced by its end is never told.
  void end() const {
    trail.reserved = false;
    trail.authorized = trail.authorized && trail.announced;
  }
};

} // namespace

std::string_view to_text(public_event_type type) noexcept {
  return type_texts.at(static_cast<std::size_t>(type));
}

void order_trail::follow(const order_event& e) {
  std::visit(follower{*this, e.at}, e.what);
  status = status_after(e).value_or(status);
  announced = announced || announces(e);
  version = e.version;
}

order_trail trail_of(const order& state) {
  const bool is_placing = is_placement(state.step);
  order_trail trail;
  trail.version = state.version;
  trail.customer_id = state.customer_id;
  trail.created_at = state.created_at;
  trail.status = state.status;
  trail.total = state.total;
  trail.lines = state.lines;
  trail.placing = state.placing;
  trail.announced = !is_placing || state.placing.on_refusal != refusal_outcome::withdraw;
  trail.reserved = is_placing;
  trail.authorized = state.payment == payment_status::authorized;
  trail.payment_failed = state.payment == payment_status::failed;
  return trail;
}

const std::vector<order_line>& order_trail::lines_for(public_event_type type) const noexcept {
  return is_of_placement(type) && !placing.lines.empty() ? placing.lines : lines;
}

cents order_trail::total_for(public_event_type type) const noexcept {
  return is_of_placement(type) && !placing.lines.empty() ? placing.total : total;
}

order_status order_trail::status_for(public_event_type type) const noexcept {
  const bool has_ended = status == order_status::failed || status == order_status::cancelled;
  return type == kind::order_created && has_ended ? order_status::registered : status;
}

std::vector<public_event_type> told_of(const order_event& e, const order_trail& before) {
  return before.announced ? std::visit(teller{before}, e.what) : std::visit(announcer{before}, e.what);
}

std::vector<public_event_type> told_of(const stock_event& e) {
  told all;
  const auto* reserved = std::get_if<stock_reserved>(&e.what);
  if (reserved != nullptr && reserved->reservation.order_id.is_nil())
    all.push_back(kind::stock_reserved);
  if (e.low_at)
    all.push_back(kind::stock_low);
  return all;
}

} // namespace orderd

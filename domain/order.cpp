#include "domain/order.hpp"

#include "domain/assert.hpp"
#include "domain/events.hpp"
#include "domain/limits.hpp"

#include <algorithm>
#include <array>

namespace orderd {

namespace {

constexpr std::array<std::string_view, 7> status_texts = {"draft",     "registered", "processed", "accepted",
                                                          "completed", "cancelled",  "failed"};
constexpr std::array<std::string_view, 6> step_texts = {"none",    "authorizing", "escrowing",
                                                        "placing", "capturing",   "returning"};
constexpr std::array<std::string_view, 6> payment_texts = {"none",     "pending",  "authorized",
                                                           "captured", "refunded", "failed"};
constexpr std::array<std::string_view, 3> keeper_texts = {"none", "ledger", "service"};

constexpr std::array after_draft = {order_status::registered, order_status::cancelled};
constexpr std::array after_registered = {order_status::processed, order_status::cancelled,
                                         order_status::failed};
constexpr std::array after_processed = {order_status::accepted, order_status::cancelled};
constexpr std::array after_accepted = {order_status::completed, order_status::cancelled};

[[nodiscard]] bool holds_units(order_status status) noexcept {
  return status == order_status::processed || status == order_status::accepted;
}

/// Lines of an order with this status: an order that holds units has a reservation and a price in every line.
void check_lines(order_status status, const std::vector<order_line>& lines, cents total) {
  ORDERD_ASSERT(!lines.empty() && lines.size() <= order_lines_max);
  ORDERD_ASSERT(total_of(lines) == total);
  if (holds_units(status)) {
    ORDERD_ASSERT(std::all_of(lines.begin(), lines.end(), [](const order_line& line) {
      return !line.sku.empty() && line.reservation && line.price;
    }));
  }
}

/// Applies what happened; one overload for each event of an order.
struct applier {
  order& state;
  const order_event& event;

  void operator()(const order_created& e) const {
    ORDERD_ASSERT(state == order{});
    ORDERD_ASSERT(e.status == order_status::draft || e.status == order_status::registered ||
                  e.status == order_status::processed);
    check_lines(e.status, e.lines, e.total);
    state.id = event.order_id;
    state.customer_id = e.customer_id;
    state.status = e.status;
    state.currency = e.currency;
    state.lines = e.lines;
    state.total = e.total;
    state.metadata = e.metadata;
    state.accept_by = e.accept_by;
    state.created_at = event.at;
  }

  void operator()(const order_placed& e) const {
    // A draft that is placed at once passes through `registered` within the one event.
    ORDERD_ASSERT(may_follow(state.status, e.status) ||
                  (state.status == order_status::draft && e.status == order_status::processed));
    ORDERD_ASSERT(e.status == order_status::registered || e.status == order_status::processed);
    check_lines(e.status, e.lines, e.total);
    check_payment_is_safe(e);
    state.status = e.status;
    state.lines = e.lines;
    state.total = e.total;
    state.accept_by = e.accept_by;
    state.placing = {};
  }

  void operator()(const order_accepted& e) const {
    ORDERD_ASSERT(!e.runner_id.empty());
    follow(order_status::accepted);
    state.runner_id = e.runner_id;
  }

  void operator()(const order_completed& e) const {
    ORDERD_ASSERT(e.lines == state.lines);
    ORDERD_ASSERT(e.captured == (state.payment == payment_status::authorized));
    ORDERD_ASSERT(state.step == (e.captured ? saga_step::capturing : saga_step::none));
    follow(order_status::completed);
  }

  /// The reason belongs to the timeline only: a cancelled order has not failed.
  void operator()(const order_cancelled& e) const {
    check_end(e.lines, e.returns);
    follow(order_status::cancelled);
    state.placing = {};
  }

  void operator()(const order_failed& e) const {
    check_end(e.lines, e.returns);
    follow(order_status::failed);
    state.placing = {};
    state.failure = e.failure;
  }

  void operator()(const order_amended& e) const {
    ORDERD_ASSERT(!successors(state.status).empty());
    state.metadata = e.metadata;
  }

  void operator()(const order_reserved& e) const {
    ORDERD_ASSERT(state.status == order_status::draft || state.status == order_status::registered);
    ORDERD_ASSERT(state.step == saga_step::none);
    check_lines(order_status::processed, e.placing.lines, e.placing.total);
    state.placing = e.placing;
    state.attempt = event.version;
    state.keeper = e.keeper;
  }

  void operator()(const payment_authorized&) const { ORDERD_ASSERT(state.step == saga_step::authorizing); }
  void operator()(const payment_escrowed&) const { ORDERD_ASSERT(state.step == saga_step::escrowing); }

  void operator()(const payment_declined& e) const {
    ORDERD_ASSERT(state.step == saga_step::authorizing && e.lines == state.placing.lines);
    state.placing = {};
  }

  void operator()(const payment_abandoned& e) const {
    ORDERD_ASSERT(is_placement(state.step) && e.lines == state.placing.lines);
    state.placing = {};
  }

  void operator()(const order_withdrawn& e) const {
    ORDERD_ASSERT(state.step == saga_step::authorizing && e.lines == state.placing.lines);
    ORDERD_ASSERT(state.placing.on_refusal == refusal_outcome::withdraw);
    follow(order_status::failed);
    state.placing = {};
    state.failure = e.failure;
    state.withdrawn = true;
  }

  void operator()(const order_refused& e) const {
    ORDERD_ASSERT(state.version == 0);
    state.id = event.order_id;
    state.customer_id = e.customer_id;
    state.status = order_status::failed;
    state.failure = e.failure;
    state.withdrawn = true;
  }

  void operator()(const capture_started& e) const {
    ORDERD_ASSERT(state.status == order_status::accepted && state.step == saga_step::none);
    ORDERD_ASSERT(state.payment == payment_status::authorized && !e.payee.empty());
    state.payee = e.payee;
  }

  void operator()(const payment_returned&) const { ORDERD_ASSERT(state.step == saga_step::returning); }
  void operator()(const saga_delayed&) const { ORDERD_ASSERT(state.step != saga_step::none); }
  void operator()(const saga_retried&) const { ORDERD_ASSERT(state.step != saga_step::none); }

  /// An order whose payment was asked for is processed with what was reserved, once the payment is safe.
  void check_payment_is_safe(const order_placed& e) const {
    if (state.step == saga_step::none)
      return;
    ORDERD_ASSERT(state.step == saga_step::placing && e.status == order_status::processed);
    ORDERD_ASSERT(e.lines == state.placing.lines);
  }

  /// An end without the units gives back all that is held, and all money that may be.
  void check_end(const std::vector<order_line>& lines, bool returns) const {
    ORDERD_ASSERT(lines == held_lines(state));
    ORDERD_ASSERT(returns == may_hold_money(state));
  }

  void follow(order_status next) const {
    ORDERD_ASSERT(may_follow(state.status, next));
    state.status = next;
  }
};

} // namespace

std::string_view to_text(order_status status) noexcept {
  return status_texts.at(static_cast<std::size_t>(status));
}

std::string_view to_text(payment_status status) noexcept {
  return payment_texts.at(static_cast<std::size_t>(status));
}

std::string_view to_text(payment_keeper keeper) noexcept {
  return keeper_texts.at(static_cast<std::size_t>(keeper));
}

std::string_view to_text(saga_step step) noexcept { return step_texts.at(static_cast<std::size_t>(step)); }

std::optional<order_status> parse_order_status(std::string_view text) noexcept {
  if (text == "placed")
    return order_status::registered;
  const auto* const found = std::find(status_texts.begin(), status_texts.end(), text);
  if (found == status_texts.end())
    return std::nullopt;
  return static_cast<order_status>(found - status_texts.begin());
}

bool is_placement(saga_step step) noexcept {
  return step == saga_step::authorizing || step == saga_step::escrowing || step == saga_step::placing;
}

std::span<const order_status> successors(order_status from) noexcept {
  switch (from) {
  case order_status::draft:
    return after_draft;
  case order_status::registered:
    return after_registered;
  case order_status::processed:
    return after_processed;
  case order_status::accepted:
    return after_accepted;
  case order_status::completed:
  case order_status::cancelled:
  case order_status::failed:
    return {};
  }
  assertion_failed("known order_status", __FILE__, __LINE__);
}

bool may_follow(order_status from, order_status to) noexcept {
  const auto allowed = successors(from);
  return std::find(allowed.begin(), allowed.end(), to) != allowed.end();
}

const std::vector<order_line>& held_lines(const order& state) noexcept {
  static const std::vector<order_line> none;
  if (!state.placing.lines.empty())
    return state.placing.lines;
  return holds_units(state.status) ? state.lines : none;
}

bool may_hold_money(const order& state) noexcept {
  return state.payment == payment_status::pending || state.payment == payment_status::authorized;
}

std::optional<cents> total_of(std::span<const order_line> lines) noexcept {
  std::optional<cents> total = 0;
  for (const auto& line : lines) {
    if (!line.price)
      continue;
    const auto amount = checked_multiply(*line.price, line.qty);
    total = amount ? checked_add(*total, *amount) : std::nullopt;
    if (!total)
      return std::nullopt;
  }
  return total;
}

void evolve(order& state, const order_event& event) {
  ORDERD_ASSERT(event.version == state.version + 1);
  ORDERD_ASSERT((state.version == 0) == is_first(event));
  ORDERD_ASSERT(state.version == 0 || state.id == event.order_id);
  ORDERD_ASSERT(!state.withdrawn);
  std::visit(applier{state, event}, event.what);
  state.payment = payment_after(event).value_or(state.payment);
  state.step = step_after(event).value_or(state.step);
  if (auto delay = delay_after(event))
    state.delay = *std::move(delay);
  state.version = event.version;
  state.updated_at = event.at;
}

} // namespace orderd

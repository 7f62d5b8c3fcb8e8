#include "domain/order_rules.hpp"

#include "domain/assert.hpp"
#include "domain/limits.hpp"

#include <utility>

namespace orderd {

namespace {

[[nodiscard]] bool owns(const order& state, const caller& who) noexcept {
  return !who.user.empty() && state.customer_id == who.user;
}

[[nodiscard]] bool runs(const order& state, const caller& who) noexcept {
  return !who.user.empty() && state.runner_id == who.user;
}

[[nodiscard]] status_decision happens(order_event e) {
  status_decision d;
  d.event = std::move(e);
  return d;
}

[[nodiscard]] rejection forbid(const order& state, std::string_view action) {
  return {rejection_code::forbidden,
          "you may not " + std::string(action) + " order " + to_string(state.id),
          {},
          {},
          {}};
}

/// Whether runners have been offered an order with this status. From then on it is no secret that it exists.
[[nodiscard]] bool has_been_on_offer(order_status status) noexcept {
  switch (status) {
  case order_status::draft:
  case order_status::registered:
  case order_status::failed:
    return false;
  case order_status::processed:
  case order_status::accepted:
  case order_status::completed:
  case order_status::cancelled:
    return true;
  }
  assertion_failed("known order_status", __FILE__, __LINE__);
}

/// Any runner may take an order on offer, and one that comes too late is told so: that needs no sight of it.
[[nodiscard]] std::optional<rejection> check_runner(const order& state, const change_status& command,
                                                    const caller& who) {
  if (who.is_operator)
    return std::nullopt;
  if (who.user.empty())
    return rejection{rejection_code::missing_user, "a runner needs an identity", {}, {}, {}};
  if (!may_ask_for(state, command.target, who))
    return order_not_found(state.id);
  if (!command.runner_id.empty() && command.runner_id != who.user)
    return rejection{rejection_code::forbidden,
                     "you may not accept order " + to_string(state.id) + " for " + command.runner_id,
                     "runner_id",
                     {},
                     {}};
  return std::nullopt;
}

/// Whether this caller may ask for the status at all, before it is asked whether the order may take it.
[[nodiscard]] std::optional<rejection> check_caller(const order& state, const change_status& command,
                                                    const caller& who) {
  if (command.target == order_status::accepted)
    return check_runner(state, command, who);
  if (!may_ask_for(state, command.target, who))
    return order_not_found(state.id);
  if (who.is_operator)
    return std::nullopt;
  switch (command.target) {
  case order_status::draft: // never legal, whoever asks
    return std::nullopt;
  case order_status::registered:
    return owns(state, who) ? std::nullopt : std::optional(forbid(state, "place"));
  case order_status::cancelled:
    return owns(state, who) ? std::nullopt : std::optional(forbid(state, "cancel"));
  case order_status::completed:
    return runs(state, who) ? std::nullopt : std::optional(forbid(state, "complete"));
  case order_status::processed:
  case order_status::failed:
  case order_status::accepted:
    return forbid(state, "decide over");
  }
  assertion_failed("known order_status", __FILE__, __LINE__);
}

[[nodiscard]] rejection illegal(const order& state, order_status target) {
  rejection r{rejection_code::illegal_transition,
              "order " + to_string(state.id) + " is " + std::string(to_text(state.status)) +
                  " and cannot become " + std::string(to_text(target)),
              "status",
              {},
              {}};
  for (const auto next : successors(state.status))
    r.alternatives.push_back(to_text(next));
  return r;
}

/// What a payment under way does not let happen.
[[nodiscard]] std::optional<rejection> check_saga(const order& state, const change_status& command,
                                                  const caller& who) {
  const auto crosses = [&](const char* what) {
    rejection r{rejection_code::illegal_transition,
                "order " + to_string(state.id) + " cannot become " + std::string(to_text(command.target)) +
                    " now: " + what,
                "status",
                {},
                {}};
    for (const auto next : successors(state.status))
      r.alternatives.push_back(to_text(next));
    return r;
  };
  const bool ends = command.target == order_status::cancelled || command.target == order_status::failed;
  switch (state.step) {
  case saga_step::none:
    return std::nullopt;
  case saga_step::authorizing:
  case saga_step::escrowing:
  case saga_step::placing:
    return ends ? std::nullopt : std::optional(crosses("its payment is being authorized"));
  case saga_step::capturing:
    // A capture that is only unanswered may be done already: it is asked for again before anybody calls the
    // order off. What the ledger has captured is on its way to the payee; a service can give it back.
    if (command.target == order_status::completed ||
        (ends && who.is_operator && state.delay.rounds > 0 && state.keeper == payment_keeper::service))
      return std::nullopt;
    return crosses("its payment is being captured");
  case saga_step::returning:
    return ends ? std::nullopt : std::optional(crosses("its last payment is still being given back"));
  }
  assertion_failed("known saga_step", __FILE__, __LINE__);
}

/// The event of a legal change that a permitted caller asked for.
[[nodiscard]] decision<status_decision> change(const order& state, const change_status& command,
                                               const caller& who, timestamp now) {
  status_decision units_first;
  units_first.reserve_for = order_status::processed;
  auto e = next_event(state, who, now);
  switch (command.target) {
  case order_status::registered:
    if (command.immediate)
      return units_first;
    return happens(placed_event(state, order_status::registered, state.lines, who, now));
  case order_status::processed:
    return units_first;
  case order_status::accepted: {
    const auto& runner = command.runner_id.empty() ? who.user : command.runner_id;
    if (runner.empty())
      return refuse(rejection_code::invalid_field, "runner_id is missing", "runner_id");
    e.what = order_accepted{runner};
    return happens(std::move(e));
  }
  case order_status::completed:
    if (state.payment == payment_status::authorized)
      return status_decision{};
    e.what = order_completed{held_lines(state), false};
    return happens(std::move(e));
  case order_status::cancelled:
    e.what = order_cancelled{command.reason, held_lines(state), may_hold_money(state)};
    return happens(std::move(e));
  case order_status::failed:
    e.what = order_failed{{"failed_by_operator", command.reason}, held_lines(state), may_hold_money(state)};
    return happens(std::move(e));
  case order_status::draft:
    break;
  }
  assertion_failed("a status that an order may change to", __FILE__, __LINE__);
}

[[nodiscard]] cents sum(const std::vector<order_line>& lines) {
  const auto total = total_of(lines);
  ORDERD_ASSERT(total.has_value());
  return *total;
}

} // namespace

caller the_engine() { return {"orderd", true}; }

order_event next_event(const order& state, const caller& who, timestamp now) {
  order_event e;
  e.order_id = state.id;
  e.version = state.version + 1;
  e.at = now;
  e.actor = who.user.empty() ? "operator" : who.user;
  return e;
}

bool may_see(const order& state, const caller& who) noexcept {
  if (state.withdrawn)
    return false;
  return who.is_operator || owns(state, who) || runs(state, who);
}

bool may_ask_for(const order& state, order_status target, const caller& who) noexcept {
  return may_see(state, who) || (target == order_status::accepted && has_been_on_offer(state.status));
}

rejection order_not_found(const uuid& id) {
  return {rejection_code::not_found, "there is no order " + to_string(id), {}, {}, {}};
}

order_event created_event(const uuid& id, const create_order& command, const caller& who, timestamp now,
                          std::optional<timestamp> accept_by) {
  order nothing;
  nothing.id = id;
  auto e = next_event(nothing, who, now);
  order_created created{.customer_id = command.customer_id,
                        .status = command.wanted,
                        .currency = command.currency,
                        .lines = command.lines,
                        .total = sum(command.lines),
                        .metadata = command.metadata,
                        .accept_by = accept_by};
  for (auto& line : created.lines)
    line.created_at = now;
  e.what = std::move(created);
  return e;
}

order_event refusal_event(const uuid& id, std::string customer_id, std::vector<order_line> lines,
                          order_failure why, const caller& who, timestamp now) {
  order nothing;
  nothing.id = id;
  auto e = next_event(nothing, who, now);
  for (auto& line : lines)
    line.created_at = now;
  e.what = order_refused{std::move(customer_id), std::move(lines), std::move(why)};
  return e;
}

decision<status_decision> decide(const order& state, const change_status& command, const caller& who,
                                 timestamp now) {
  ORDERD_ASSERT(state.version > 0);
  if (auto refused = check_caller(state, command, who))
    return tl::unexpected(*std::move(refused));
  if (!may_follow(state.status, command.target))
    return tl::unexpected(illegal(state, command.target));
  if (command.target == order_status::accepted && state.accept_by && *state.accept_by <= now)
    return refuse(rejection_code::illegal_transition,
                  "order " + to_string(state.id) + " was on offer until " + to_rfc3339(*state.accept_by),
                  "status");
  if (auto refused = check_saga(state, command, who))
    return tl::unexpected(*std::move(refused));
  return change(state, command, who, now);
}

decision<order_event> decide_metadata(const order& state, std::string merged, const caller& who,
                                      timestamp now) {
  ORDERD_ASSERT(state.version > 0);
  if (!may_see(state, who))
    return tl::unexpected(order_not_found(state.id));
  if (successors(state.status).empty())
    return refuse(rejection_code::illegal_transition,
                  "order " + to_string(state.id) + " is " + std::string(to_text(state.status)) +
                      " and its metadata can no longer change",
                  "metadata");
  if (merged.size() > metadata_bytes_max)
    return refuse(rejection_code::invalid_field,
                  "the metadata would have " + std::to_string(merged.size()) + " bytes and may have " +
                      std::to_string(metadata_bytes_max),
                  "metadata");
  auto e = next_event(state, who, now);
  e.what = order_amended{std::move(merged)};
  return e;
}

order_event placed_event(const order& state, order_status status, std::vector<order_line> lines,
                         const caller& who, timestamp now, std::optional<timestamp> accept_by) {
  auto e = next_event(state, who, now);
  const auto total = sum(lines);
  e.what = order_placed{status, std::move(lines), total, accept_by};
  return e;
}

} // namespace orderd

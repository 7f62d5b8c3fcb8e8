#include "domain/limits.hpp"
#include "persistence/event_fit.hpp"

#include <algorithm>

namespace orderd {
namespace {

bool holds_units(order_status status) noexcept {
  return status == order_status::processed || status == order_status::accepted;
}

bool lines_fit(order_status status, const std::vector<order_line>& lines, cents total) {
  return !lines.empty() && lines.size() <= order_lines_max && total_of(lines) == total &&
         (!holds_units(status) || std::all_of(lines.begin(), lines.end(), [](const order_line& line) {
           return !line.sku.empty() && line.reservation && line.price;
         }));
}

/// One overload for each event of an order.
struct order_fit {
  const order& state;

  bool operator()(const order_created& e) const {
    return state == order{} &&
           (e.status == order_status::draft || e.status == order_status::registered ||
            e.status == order_status::processed) &&
           lines_fit(e.status, e.lines, e.total);
  }
  bool operator()(const order_placed& e) const {
    const bool at_once = state.status == order_status::draft && e.status == order_status::processed;
    return (e.status == order_status::registered || e.status == order_status::processed) &&
           (at_once || may_follow(state.status, e.status)) && lines_fit(e.status, e.lines, e.total) &&
           (state.step == saga_step::none ||
            (state.step == saga_step::placing && e.status == order_status::processed &&
             e.lines == state.placing.lines));
  }
  bool operator()(const order_accepted& e) const {
    return !e.runner_id.empty() && may_follow(state.status, order_status::accepted);
  }
  bool operator()(const order_completed& e) const {
    return e.lines == state.lines && may_follow(state.status, order_status::completed) &&
           e.captured == (state.payment == payment_status::authorized) &&
           state.step == (e.captured ? saga_step::capturing : saga_step::none);
  }
  bool operator()(const order_cancelled& e) const {
    return ends_without_units(e.lines, e.returns) && may_follow(state.status, order_status::cancelled);
  }
  bool operator()(const order_failed& e) const {
    return ends_without_units(e.lines, e.returns) && may_follow(state.status, order_status::failed);
  }
  bool operator()(const order_reserved& e) const {
    return (state.status == order_status::draft || state.status == order_status::registered) &&
           state.step == saga_step::none &&
           lines_fit(order_status::processed, e.placing.lines, e.placing.total);
  }
  bool operator()(const payment_authorized&) const { return state.step == saga_step::authorizing; }
  bool operator()(const payment_escrowed&) const { return state.step == saga_step::escrowing; }
  bool operator()(const payment_declined& e) const {
    return state.step == saga_step::authorizing && e.lines == state.placing.lines;
  }
  bool operator()(const payment_abandoned& e) const {
    return is_placement(state.step) && e.lines == state.placing.lines;
  }
  bool operator()(const order_withdrawn& e) const {
    return state.step == saga_step::authorizing && e.lines == state.placing.lines &&
           state.placing.on_refusal == refusal_outcome::withdraw &&
           may_follow(state.status, order_status::failed);
  }
  bool operator()(const order_refused&) const { return state.version == 0; }
  bool operator()(const capture_started& e) const {
    return state.status == order_status::accepted && state.step == saga_step::none &&
           state.payment == payment_status::authorized && !e.payee.empty();
  }
  bool operator()(const payment_returned&) const { return state.step == saga_step::returning; }
  bool operator()(const saga_delayed&) const { return state.step != saga_step::none; }
  bool operator()(const saga_retried&) const { return state.step != saga_step::none; }
  bool operator()(const order_amended&) const { return !successors(state.status).empty(); }

  [[nodiscard]] bool ends_without_units(const std::vector<order_line>& lines, bool returns) const {
    return lines == held_lines(state) && returns == may_hold_money(state);
  }
};

} // namespace

const char* misfit(const order& state, const order_event& e) {
  if (state.version != 0 && state.id != e.order_id)
    return "is of another order";
  if (e.version != state.version + 1)
    return "is out of order";
  if (state.withdrawn)
    return "comes behind the end of an order that never came to be";
  if ((state.version == 0) != is_first(e))
    return "is not where an order begins";
  return std::visit(order_fit{state}, e.what) ? nullptr : "does not follow from the order's state";
}

bool adds_up(const order& state) {
  const bool has_placing = !state.placing.lines.empty();
  return state.version > 0 && !state.withdrawn && lines_fit(state.status, state.lines, state.total) &&
         has_placing == is_placement(state.step) &&
         (has_placing ? lines_fit(order_status::processed, state.placing.lines, state.placing.total)
                      : state.placing == order_placing{});
}

} // namespace orderd

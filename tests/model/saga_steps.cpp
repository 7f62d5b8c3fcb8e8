/// What an order's actor does, step by step, as far as the rules leave it a choice.
#include "domain/account_rules.hpp"
#include "tests/model/saga_world.hpp"
#include "tests/support/order_fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::test {

namespace {

const order_failure undecided{"payment_unavailable", "nobody knows"};
const saga_policy policy{3, std::chrono::milliseconds{500}, std::chrono::milliseconds{4'000}};

} // namespace

// ---- placement ----

void saga_world::ask_for(placing& p, std::size_t index) {
  const auto& line = p.answers.lines()[index];
  auto& item = books_.items.at(line.sku);
  const auto id = line.reservation.value_or(fresh_id());
  const auto decided =
      line.reservation
          ? decide(item, claim_reservation{id, p.order_id, 0}, now_)
          : decide(item, reserve_stock{id, line.qty, p.customer, std::nullopt, p.order_id}, now_);
  if (!decided)
    return p.answers.answer(index, tl::unexpected(decided.error()));
  append(*decided);
  p.answers.answer(index, grant{id, item.find(id)->qty, item.view().product});
}

void saga_world::decide_placement(const placing& p) {
  auto lines = p.answers.outcome();
  const auto found = books_.orders.find(p.order_id);
  if (!lines) {
    tell(p.answers.granted(), p.order_id, order_verdict::abandon);
    if (p.attended)
      append(failed_event(found->second, failure_of(lines.error()), the_engine(), now_));
    else if (found == books_.orders.end() && lines.error().code == rejection_code::insufficient_stock)
      append(refusal_event(p.order_id, p.customer, p.answers.lines(), failure_of(lines.error()),
                           {p.customer, false}, now_));
    return;
  }
  if (mover_ != money_mover::nobody && total_of(*lines).value_or(0) > 0)
    return place_paid(p, *std::move(lines));
  const caller who{p.customer, false};
  if (found == books_.orders.end())
    append(created_event(p.order_id, {p.customer, *lines, "{}", "EUR", order_status::processed}, who, now_));
  else
    append(placed_event(found->second, order_status::processed, *lines, who, now_));
  sync();
}

void saga_world::place_paid(const placing& p, std::vector<order_line> lines) {
  const caller who{p.customer, false};
  auto on_refusal = refusal_outcome::fail;
  if (books_.orders.find(p.order_id) == books_.orders.end()) {
    on_refusal = refusal_outcome::withdraw;
    for (auto& line : lines)
      line.created_at = now_;
    create_order c{p.customer, lines, "{}", "EUR", order_status::registered};
    for (std::size_t i = 0; i < lines.size(); ++i)
      c.lines[i].reservation = p.answers.lines()[i].reservation;
    auto created = created_event(p.order_id, c, who, now_);
    std::get<order_created>(created.what).tentative = true;
    append(created);
  } else if (books_.orders.at(p.order_id).status == order_status::draft) {
    on_refusal = refusal_outcome::keep;
  }
  const auto keeper = mover_ == money_mover::ledger ? payment_keeper::ledger : payment_keeper::service;
  append(reserved_event(books_.orders.at(p.order_id), std::move(lines), on_refusal, who, now_, keeper));
  may_be_held_[p.order_id] = false;
  proceed(p.order_id, !p.attended);
}

// ---- saga ----

/// Puts the present step in front of what the order does next.
void saga_world::proceed(const uuid& id, bool asked_for) {
  const auto& state = books_.orders.at(id);
  if (state.step == saga_step::placing)
    next_.emplace_back([this, id, asked_for] { learn(id, verdict::done, asked_for); });
  else if (mover_ == money_mover::ledger)
    next_.emplace_back([this, id, asked_for] { ask_ledger(id, asked_for); });
  else
    next_.emplace_back([this, id, asked_for] { ask_service(id, asked_for); });
}

void saga_world::ask_ledger(const uuid& id, bool asked_for) {
  const auto answer = move_in_ledger(books_.orders.at(id));
  next_.emplace_back([this, id, asked_for, answer] { learn(id, answer, asked_for); });
}

saga_world::verdict saga_world::move_in_ledger(const order& state) {
  const auto& payer = books_.accounts.at(state.customer_id);
  std::optional<account_event> e;
  if (state.step == saga_step::authorizing) {
    const auto decided = hold_funds(payer, state.id, state.attempt, state.placing.total, now_);
    if (!decided)
      return verdict::declined;
    e = *decided;
  } else if (state.step == saga_step::escrowing) {
    e = escrow_funds(payer, state.id, now_);
  } else if (state.step == saga_step::capturing) {
    e = capture_escrow(payer, state.id, state.payee, now_);
    if (e) {
      const payout_due due{state.id, state.customer_id, state.payee,
                           std::get<escrow_captured>(e->what).amount};
      tasks_.push_back({{[this, due] { pay_out(due); }}, {}});
    }
  } else {
    e = return_funds(payer, state.id, now_);
  }
  if (e)
    append(*e);
  return verdict::done;
}

void saga_world::pay_out(const payout_due& due) {
  append(receive_payout(books_.accounts.at(due.payee), due.order_id, due.payer, due.amount, now_));
}

void saga_world::ask_service(const uuid& id, bool asked_for) {
  // A call leaves once all is on disk that it follows from.
  sync();
  const auto answer = move_in_service(books_.orders.at(id));
  next_.emplace_back([this, id, asked_for, answer] { learn(id, answer, asked_for); });
}

/// The work may be done and the answer lost, or nothing done.
saga_world::verdict saga_world::move_in_service(const order& state) {
  const auto luck = calm_ ? 0 : below(8);
  if (luck == 7)
    return verdict::unavailable;
  if (luck == 6)
    return verdict::unknown;
  const payment_key key{state.id, state.attempt};
  auto& there = service_[key];
  if (state.step == saga_step::authorizing && there == service_state::declined)
    return verdict::declined;
  if (state.step == saga_step::authorizing && there == service_state::nothing) {
    if (below(5) == 0)
      return verdict::declined;
    there = service_state::authorized;
  } else if (state.step == saga_step::capturing && there != service_state::captured) {
    BOOST_TEST_REQUIRE((there == service_state::authorized));
    there = service_state::captured;
  } else if (state.step == saga_step::returning) {
    there = service_state::returned;
  }
  return luck == 5 ? verdict::unknown : verdict::done;
}

void saga_world::learn(const uuid& id, verdict what, bool asked_for) {
  auto& state = books_.orders.at(id);
  const auto step = state.step;
  if (what == verdict::done) {
    append(step_done(state, mover_ == money_mover::ledger, std::nullopt, the_engine(), now_));
    if (step == saga_step::authorizing || step == saga_step::escrowing)
      return proceed(id, asked_for);
    sync();
    if (step == saga_step::capturing)
      tell(state.lines, id, order_verdict::commit);
    return;
  }
  if (what == verdict::declined) {
    const auto lines = state.placing.lines;
    for (const auto& e : refused_events(state, {"payment_declined", "too little"}, the_engine(), now_))
      append(e);
    return tell(lines, id, order_verdict::release);
  }
  const auto known = may_be_held_.find(id);
  const bool surely_not_held = what == verdict::unavailable && known != may_be_held_.end() && !known->second;
  if (what == verdict::unknown)
    may_be_held_[id] = true;
  give_up(id, asked_for, surely_not_held);
}

/// This round has come to nothing.
void saga_world::give_up(const uuid& id, bool asked_for, bool surely_not_held) {
  auto& state = books_.orders.at(id);
  const auto lines = state.placing.lines;
  if (asked_for && state.step == saga_step::authorizing && surely_not_held) {
    for (const auto& e : refused_events(state, undecided, the_engine(), now_))
      append(e);
    return tell(lines, id, order_verdict::release);
  }
  if (asked_for && !lines.empty()) {
    append(abandoned_event(state, undecided, the_engine(), now_));
    tell(lines, id, order_verdict::release);
    return proceed(id, false);
  }
  append(delayed_event(state, "nobody knows", !calm_ && below(8) == 0, policy,
                       static_cast<std::uint32_t>(below(1'000)), now_));
}

/// What it says is true, and stays so: it has happened there before anybody is told of it.
void saga_world::notify() {
  for (const auto& [id, state] : books_.orders) {
    if (state.keeper != payment_keeper::service || is_busy(id) || below(3) != 0)
      continue;
    auto& there = service_[{id, state.attempt}];
    payment_notice notice{noticed_payment::authorized, state.attempt, {}};
    if (state.step == saga_step::authorizing && there == service_state::nothing) {
      there = below(2) == 0 ? service_state::authorized : service_state::declined;
      if (there == service_state::declined)
        notice.finding = noticed_payment::failed;
      // A payment that is taken back while it is captured is an operator's business, and no course of a saga.
    } else if (there == service_state::authorized && state.step != saga_step::capturing && below(2) == 0) {
      there = service_state::returned;
      notice.finding = noticed_payment::refunded;
    } else if (there != service_state::authorized) {
      continue;
    }
    // No event follows from what another crash could take back.
    sync();
    notices_.emplace_back(id, notice);
    return deliver(id, notice);
  }
}

void saga_world::deliver(const uuid& id, const payment_notice& notice) {
  const auto found = books_.orders.find(id);
  BOOST_TEST_REQUIRE((found != books_.orders.end()));
  // What an earlier notice began is not interrupted by this one.
  for (std::size_t index = 0; index < tasks_.size();) {
    if (tasks_[index].order_id == id) {
      advance(index);
      index = 0;
    } else {
      ++index;
    }
  }
  const auto course = decide_notice(found->second, notice);
  BOOST_TEST_REQUIRE(course.has_value());
  const auto lines = held_lines(found->second);
  next_.clear();
  switch (*course) {
  case notice_course::none:
  case notice_course::conflicts:
    return;
  case notice_course::step_done:
    learn(id, verdict::done, false);
    break;
  case notice_course::declined:
    learn(id, verdict::declined, false);
    break;
  case notice_course::abandons:
    append(abandoned_event(found->second, undecided, the_engine(), now_));
    tell(lines, id, order_verdict::abandon);
    proceed(id, false);
    break;
  case notice_course::cancels:
    append(refunded_event(found->second, "", now_));
    tell(lines, id, order_verdict::release);
    proceed(id, false);
    break;
  }
  begin(id);
}

void saga_world::tell(const std::vector<order_line>& lines, const uuid& order_id, order_verdict verdict) {
  for (const auto& line : lines) {
    if (line.reservation)
      settle_later({line.sku, *line.reservation, order_id, verdict});
  }
}

/// A task of its own: the order does not wait for the stock items.
void saga_world::settle_later(const obligation& what) {
  tasks_.push_back({{[this, what] {
                      auto& item = books_.items.at(what.sku);
                      if (const auto e = settle(item, what.reservation_id, what.order_id, what.verdict, now_))
                        append(*e);
                    }},
                    {}});
}

} // namespace orderd::test

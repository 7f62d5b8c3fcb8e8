#include "tests/unit/persistence/life_history.hpp"

#include "domain/account_rules.hpp"
#include "domain/assert.hpp"

namespace orderd::test {
namespace {

const std::string the_engine = "orderd";
const order_failure no_money{"payment_declined", "the account has too little"};

template <class Event> Event legal(decision<Event> decided) {
  ORDERD_ASSERT(decided);
  return std::move(*decided);
}

} // namespace

uuid life_history::new_id() { return make_uuid_v7(now_, random_(), random_()); }

void life_history::take(const sequenced_event& each) {
  if (const auto* of_order = std::get_if<order_event>(&each.event))
    evolve(orders_[of_order->order_id], *of_order);
  if (const auto* of_account = std::get_if<account_event>(&each.event))
    account_of(of_account->account_id).evolve(*of_account);
  if (const auto* record = each.record())
    requests_[record->key] = *record;
  open_.observe(each.event);
  events_.push_back(each);
}

void life_history::append(event what, request_record_ptr request) {
  take({events_.size() + 1, std::move(what), 0, std::move(request)});
}

account& life_history::account_of(const std::string& id) {
  const auto found = accounts_.find(id);
  if (found != accounts_.end())
    return found->second;
  account_view named;
  named.id = id;
  return accounts_.emplace(id, account(std::move(named), {}, {})).first->second;
}

// ---- accounts ----

void life_history::deposit(const std::string& id, cents amount) {
  if (const auto opened = decide(account_of(id), open_account{}, "ops", now_))
    append(*opened);
  append(legal(decide(account_of(id), deposit_funds{amount, "a gift"}, "ops", now_)));
}

void life_history::hold(const uuid& id) {
  const order& state = orders_.at(id);
  const auto held =
      legal(hold_funds(account_of(state.customer_id), id, state.attempt, state.placing.total, now_));
  if (held)
    append(*held);
}

void life_history::escrow(const uuid& id) {
  if (const auto e = escrow_funds(account_of(orders_.at(id).customer_id), id, now_))
    append(*e);
}

void life_history::capture(const uuid& id) {
  const order& state = orders_.at(id);
  if (const auto e = capture_escrow(account_of(state.customer_id), id, state.payee, now_))
    append(*e);
}

void life_history::give_back(const uuid& id) {
  if (const auto e = return_funds(account_of(orders_.at(id).customer_id), id, now_))
    append(*e);
}

void life_history::pay_out() {
  for (const payout_due& due : open_.payouts())
    append(receive_payout(account_of(due.payee), due.order_id, due.payer, due.amount, now_));
}

// ---- requests ----

request_record life_history::record(std::uint16_t status) {
  request_record made;
  made.key = new_id();
  made.fingerprint = new_id();
  made.subject = new_id();
  made.at = now_;
  made.status = status;
  made.headers = status != 0 ? "ETag: \"7\"\n" : "";
  made.body = status != 0 ? "{\"n\":" + std::to_string(random_()) + "}" : "";
  return made;
}

void life_history::remember(const request_record& record) { append(record); }

/// None, a claim, or the answer of a claim.
request_record_ptr life_history::random_request(const uuid& subject) {
  switch (random_() % 6) {
  case 0:
    return std::make_shared<const request_record>(record(random_() % 2 == 0 ? 0 : 201));
  case 1:
    for (const auto& [key, claimed] : requests_) {
      if (!claimed.is_answered() && claimed.subject == subject) {
        request_record answered = record(200);
        answered.key = key;
        return std::make_shared<const request_record>(std::move(answered));
      }
    }
    return {};
  default:
    return {};
  }
}

// ---- orders ----

uuid life_history::create(const std::string& customer, order_status status) {
  const uuid id = new_id();
  order_line line{new_id(), "SKU-1", {}, 2, 250, false, {}, now_};
  if (status == order_status::processed)
    line.reservation = new_id();
  order_created created{customer, status, "EUR", {line}, 500, "{}"};
  if (status == order_status::processed)
    created.accept_by = accept_by();
  add(id, std::move(created), random_request(id));
  return id;
}

void life_history::add(const uuid& id, decltype(order_event::what) what, request_record_ptr request) {
  const auto found = orders_.find(id);
  const std::uint64_t version = found != orders_.end() ? found->second.version : 0;
  append(order_event{id, version + 1, now_, the_engine, std::move(what)}, std::move(request));
}

order_placing life_history::placing_of(const uuid& id, refusal_outcome on_refusal) {
  order_placing placing{orders_.at(id).lines, 0, on_refusal};
  for (order_line& line : placing.lines) {
    line.reservation = new_id();
    line.price = static_cast<cents>(100 + random_() % 200);
  }
  placing.total = total_of(placing.lines).value();
  return placing;
}

std::vector<order_line> life_history::held_lines_of(const uuid& id) { return held_lines(orders_.at(id)); }

std::optional<timestamp> life_history::accept_by() {
  return random_() % 2 == 0 ? std::optional(now_ + std::chrono::milliseconds(random_() % 3'000))
                            : std::nullopt;
}

// ---- random steps ----

void life_history::random_step() {
  advance(std::chrono::milliseconds(random_() % 1'000));
  const std::string payer = "payer-" + std::to_string(random_() % 3);
  switch (random_() % 10) {
  case 0:
    return deposit(payer, static_cast<cents>(1 + random_() % 2'000));
  case 1:
    return remember(record(409));
  case 2:
    return pay_out();
  case 3:
    create(payer, order_status::processed);
    return;
  case 4:
    create(payer, random_() % 2 == 0 ? order_status::draft : order_status::registered);
    return;
  default:
    break;
  }
  if (orders_.empty())
    return;
  const auto drawn = static_cast<std::ptrdiff_t>(random_() % orders_.size());
  const uuid id = std::next(orders_.begin(), drawn)->first;
  for (std::uint64_t steps = 1 + random_() % 4; steps > 0; --steps)
    step_of_order(id);
}

void life_history::step_of_order(const uuid& id) {
  const order& state = orders_.at(id);
  if (state.withdrawn)
    return;
  if (state.step != saga_step::none && random_() % 5 == 0)
    return delay(id);
  switch (state.step) {
  case saga_step::none:
    return step_at_rest(id);
  case saga_step::authorizing:
    return step_of_authorizing(id);
  case saga_step::escrowing:
  case saga_step::placing:
    return step_of_placing(id);
  case saga_step::capturing:
  case saga_step::returning:
    return step_of_end(id);
  }
}

void life_history::delay(const uuid& id) {
  if (random_() % 3 == 0)
    return add(id, saga_retried{});
  saga_delay delay{static_cast<std::uint32_t>(random_() % 9), {}, "the service is away", random_() % 2 == 0};
  if (!delay.stuck)
    delay.due_at = now_ + std::chrono::seconds(1);
  add(id, saga_delayed{std::move(delay)});
}

void life_history::call_off(const uuid& id) {
  const order& state = orders_.at(id);
  if (state.status == order_status::registered && random_() % 2 == 0)
    return add(id, order_failed{no_money, held_lines_of(id), may_hold_money(state)}, random_request(id));
  add(id, order_cancelled{"why not", held_lines_of(id), may_hold_money(state)}, random_request(id));
}

void life_history::step_at_rest(const uuid& id) {
  const order& state = orders_.at(id);
  if (successors(state.status).empty())
    return;
  if (random_() % 8 == 0)
    return call_off(id);
  if (random_() % 8 == 0)
    return add(id, order_amended{"{\"n\":" + std::to_string(random_() % 100) + "}"}, random_request(id));
  const bool is_draft = state.status == order_status::draft;
  if (is_draft && random_() % 3 == 0)
    return add(id, order_placed{order_status::registered, state.lines, state.total});
  if (is_draft || state.status == order_status::registered) {
    const auto outcome = is_draft             ? refusal_outcome::keep
                         : random_() % 2 == 0 ? refusal_outcome::withdraw
                                              : refusal_outcome::fail;
    const auto keeper = static_cast<payment_keeper>(random_() % 3);
    return add(id, order_reserved{placing_of(id, outcome), keeper}, random_request(id));
  }
  if (state.status == order_status::processed)
    return add(id, order_accepted{"runner-1"}, random_request(id));
  if (state.payment == payment_status::authorized)
    return add(id, capture_started{"runner-1"});
  add(id, order_completed{held_lines_of(id)}, random_request(id));
}

void life_history::step_of_authorizing(const uuid& id) {
  const order& state = orders_.at(id);
  if (random_() % 6 == 0)
    return call_off(id);
  const account& payer = account_of(state.customer_id);
  const bool is_known = payer.exists();
  if (is_known && payer.view().levels.balance >= state.placing.total && random_() % 5 != 0) {
    hold(id);
    return add(id, payment_authorized{true}, random_request(id));
  }
  if (random_() % 2 == 0)
    return add(id, payment_authorized{false}, random_request(id));
  if (state.placing.on_refusal == refusal_outcome::withdraw)
    return add(id, order_withdrawn{no_money, held_lines_of(id)}, random_request(id));
  add(id, payment_declined{no_money, held_lines_of(id)}, random_request(id));
}

void life_history::step_of_placing(const uuid& id) {
  const order& state = orders_.at(id);
  if (random_() % 6 == 0)
    return call_off(id);
  if (state.status == order_status::draft && random_() % 6 == 0)
    return add(id, payment_abandoned{no_money, held_lines_of(id)}, random_request(id));
  if (state.step == saga_step::escrowing) {
    escrow(id);
    return add(id, payment_escrowed{});
  }
  add(id, order_placed{order_status::processed, state.placing.lines, state.placing.total, accept_by()},
      random_request(id));
}

void life_history::step_of_end(const uuid& id) {
  if (orders_.at(id).step == saga_step::capturing) {
    capture(id);
    return add(id, order_completed{held_lines_of(id), true}, random_request(id));
  }
  give_back(id);
  add(id, payment_returned{});
}

// ---- batches ----

store_batch life_history::batch(std::uint64_t from, std::uint64_t to) const {
  obligations owed;
  store_batch made;
  for (const sequenced_event& e : events_) {
    if (e.seq > to)
      break;
    owed.observe(e.event);
    if (e.seq > from)
      made.events.push_back(e);
  }
  made.last_seq = to;
  made.obligations = owed.open();
  made.payouts = owed.payouts();
  return made;
}

life_history life_history::prefix(std::uint64_t seq) const {
  life_history cut(0);
  for (std::size_t i = 0; i < seq; ++i)
    cut.take(events_.at(i));
  return cut;
}

} // namespace orderd::test

#include "persistence/payment_contract.hpp"

#include "config/log_line.hpp"
#include "persistence/tame.hpp"

#include <simdjson.h>

#include <array>
#include <limits>

namespace orderd {

namespace {

constexpr std::array<std::string_view, 6> state_words{"unseen", "authorized", "captured",
                                                      "voided", "refunded",   "declined"};
constexpr std::array<std::string_view, 5> question_words{"authorize", "capture", "void", "refund", "state"};

/// What the service said of a payment.
struct said {
  std::string id;
  std::optional<payment_state> state;
  std::string reason;
};

void append_member(std::string& out, std::string_view name, std::string_view text) {
  ((out += out.size() == 1 ? "\"" : ",\"") += name) += "\":\"";
  log::append_escaped(out, text, std::numeric_limits<std::size_t>::max());
  out += '"';
}

void append_amount(std::string& out, cents amount) {
  ((out += out.size() == 1 ? "\"" : ",\"") += "amount_cents\":") += std::to_string(amount);
}

std::optional<payment_state> state_of(std::string_view word) {
  for (std::size_t each = 1; each < state_words.size(); ++each)
    if (state_words[each] == word)
      return static_cast<payment_state>(each);
  return std::nullopt;
}

said read_body(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  said found;
  if (parser.parse(body).get(object) != simdjson::SUCCESS)
    return found;
  std::string_view text;
  if (object["id"].get(text) == simdjson::SUCCESS)
    found.id = text;
  if (object["state"].get(text) == simdjson::SUCCESS)
    found.state = state_of(text);
  if (object["reason"].get(text) == simdjson::SUCCESS)
    found.reason = tame(text);
  return found;
}

payment_state goal_of(payment_question question) {
  switch (question) {
  case payment_question::capture:
    return payment_state::captured;
  case payment_question::cancel:
    return payment_state::voided;
  case payment_question::refund:
    return payment_state::refunded;
  case payment_question::authorize:
  case payment_question::state:
    break;
  }
  return payment_state::authorized;
}

payment_reading undecided(std::string detail) {
  return {payment_finding::undecided, payment_state::unseen, std::move(detail)};
}

payment_reading read_success(payment_question question, const std::string& id, const said& found,
                             int status) {
  if (found.id != id || !found.state)
    return undecided("status " + std::to_string(status) + " with a body that names no state of the payment");
  if (question == payment_question::state || *found.state == goal_of(question))
    return {payment_finding::done, *found.state, {}};
  if (question == payment_question::authorize && *found.state == payment_state::declined)
    return {payment_finding::declined, payment_state::declined, found.reason};
  return undecided("the payment is " + std::string(to_text(*found.state)) + " after " +
                   std::string(to_text(question)));
}

payment_reading read_refusal(payment_question question, const std::string& id, const said& found,
                             int status) {
  std::string detail = "status " + std::to_string(status);
  if (!found.reason.empty())
    (detail += ": ") += found.reason;
  if (status == 402 && question == payment_question::authorize) {
    if (found.id != id || found.state != payment_state::declined)
      return undecided("status 402 with a body that does not say that the payment is declined");
    return {payment_finding::declined, payment_state::declined,
            found.reason.empty() ? std::string("declined") : found.reason};
  }
  if (status == 404 && question == payment_question::state)
    return {payment_finding::done, payment_state::unseen, {}};
  const bool depends_on_state = status == 404 || status == 409;
  return {depends_on_state ? payment_finding::conflict : payment_finding::refused, payment_state::unseen,
          std::move(detail)};
}

/// Statuses that say nothing of the payment: the service had no time, or something between answered for it.
bool is_passing(int status) noexcept {
  return status < 200 || (status >= 300 && status < 400) || status == 408 || status == 425 || status == 429 ||
         status >= 500;
}

} // namespace

std::string payment_id(const payment_facts& facts) {
  return to_string(facts.order_id) + "-" + std::to_string(facts.attempt);
}

payment_request make_payment_request(payment_question question, const payment_facts& facts) {
  const std::string id = payment_id(facts);
  const std::string word(to_text(question));
  if (question == payment_question::state)
    return {false, "/payments/" + id, {}, {}};
  std::string body = "{";
  if (question == payment_question::authorize) {
    append_member(body, "id", id);
    append_member(body, "order_id", to_string(facts.order_id));
    append_member(body, "customer_id", facts.customer);
    append_amount(body, facts.amount);
    append_member(body, "currency", facts.currency);
    return {true, "/payments", id + "-" + word, body + "}"};
  }
  if (question == payment_question::capture) {
    append_amount(body, facts.amount);
    append_member(body, "payee", facts.payee);
  }
  return {true, "/payments/" + id + "/" + word, id + "-" + word, body + "}"};
}

payment_reading read_payment_reply(payment_question question, const payment_facts& facts,
                                   const payment_reply& reply) {
  if (reply.fate == payment_fate::not_sent)
    return {payment_finding::not_sent, payment_state::unseen, tame(reply.trouble)};
  if (reply.fate == payment_fate::no_answer)
    return undecided(tame(reply.trouble));
  if (is_passing(reply.status))
    return undecided("status " + std::to_string(reply.status));
  const said found = read_body(reply.body);
  if (reply.status < 300)
    return read_success(question, payment_id(facts), found, reply.status);
  return read_refusal(question, payment_id(facts), found, reply.status);
}

bool is_healthy(const payment_reply& reply) noexcept {
  return reply.fate == payment_fate::answered && !is_passing(reply.status);
}

std::string_view to_text(payment_question question) noexcept {
  return question_words[static_cast<std::size_t>(question)];
}

std::string_view to_text(payment_state state) noexcept {
  return state_words[static_cast<std::size_t>(state)];
}

} // namespace orderd

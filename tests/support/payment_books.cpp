#include "tests/support/payment_books.hpp"

#include "tests/support/json_view.hpp"

#include <stdexcept>

namespace orderd::test {
namespace {

[[nodiscard]] service_answer shown(int status, const std::string& id, const std::string& state) {
  return {status, R"({"id":")" + id + R"(","state":")" + state + R"("})"};
}

[[nodiscard]] service_answer declined_answer(const std::string& id, const std::string& reason) {
  return {402, R"({"id":")" + id + R"(","state":"declined","reason":")" + reason + R"("})"};
}

[[nodiscard]] service_answer refusal(int status, const std::string& reason) {
  return {status, R"({"reason":")" + reason + R"("})"};
}

} // namespace

service_answer payment_books::handle(const service_request& request) { return once(request, false); }

service_answer payment_books::decline(const service_request& request) { return once(request, true); }

service_answer payment_books::once(const service_request& request, bool declined) {
  if (request.verb == payment_verb::state)
    return work(request, declined);
  if (request.key.empty())
    return refusal(400, "a key is needed");
  const std::string fingerprint = request.id + request.body;
  if (const auto known = answers_.find(request.key); known != answers_.end())
    return known->second.fingerprint == fingerprint ? known->second.answer
                                                    : refusal(422, "the key was used for something else");
  auto answer = work(request, declined);
  if (answer.status < 300 || answer.status == 402)
    answers_.emplace(request.key, kept_answer{fingerprint, answer});
  return answer;
}

service_answer payment_books::work(const service_request& request, bool declined) {
  if (request.verb == payment_verb::authorize)
    return authorize(request, declined);
  if (request.verb == payment_verb::cancel)
    return cancel(request);
  const auto found = payments_.find(request.id);
  if (found == payments_.end())
    return refusal(404, "no such payment");
  if (request.verb == payment_verb::capture)
    return capture(found->second, request);
  if (request.verb == payment_verb::refund)
    return refund(found->second, request);
  return shown(200, request.id, found->second.state);
}

service_answer payment_books::authorize(const service_request& request, bool declined) {
  const auto body = json_view::parse(request.body);
  const auto found = payments_.find(request.id);
  if (found != payments_.end())
    return found->second.state == "voided" ? declined_answer(request.id, "it was voided before")
                                           : refusal(409, "the payment exists");
  booked_payment payment;
  payment.id = request.id;
  payment.order_id = body["order_id"].text();
  payment.customer = body["customer_id"].text();
  payment.state = declined ? "declined" : "authorized";
  const cents amount = body["amount_cents"].integer();
  static_cast<void>(body["currency"].text());
  if (!declined) {
    payment.authorized = amount;
    payment.effects.push_back({payment_verb::authorize, request.key});
  }
  payments_.emplace(request.id, std::move(payment));
  return declined ? declined_answer(request.id, "insufficient funds") : shown(201, request.id, "authorized");
}

service_answer payment_books::capture(booked_payment& payment, const service_request& request) {
  const auto body = json_view::parse(request.body);
  const cents amount = body["amount_cents"].integer();
  if (payment.state != "authorized" || amount > payment.authorized)
    return refusal(409, "the payment is " + payment.state);
  payment.payee = body["payee"].text();
  payment.state = "captured";
  payment.captured += amount;
  payment.effects.push_back({payment_verb::capture, request.key});
  return shown(200, request.id, payment.state);
}

service_answer payment_books::cancel(const service_request& request) {
  const auto [found, unseen] = payments_.try_emplace(request.id);
  auto& payment = found->second;
  if (!unseen && payment.state != "authorized")
    return refusal(409, "the payment is " + payment.state);
  payment.id = request.id;
  payment.state = "voided";
  payment.voided += payment.authorized;
  if (!unseen)
    payment.effects.push_back({payment_verb::cancel, request.key});
  return shown(200, request.id, payment.state);
}

service_answer payment_books::refund(booked_payment& payment, const service_request& request) {
  if (payment.state != "captured")
    return refusal(409, "the payment is " + payment.state);
  payment.state = "refunded";
  payment.refunded += payment.captured;
  payment.effects.push_back({payment_verb::refund, request.key});
  return shown(200, request.id, payment.state);
}

} // namespace orderd::test

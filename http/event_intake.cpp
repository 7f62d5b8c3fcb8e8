#include "http/event_intake.hpp"

#include "actors/kept_claim.hpp"
#include "config/fault_point.hpp"
#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "domain/assert.hpp"
#include "http/edge_figures.hpp"
#include "http/event_bodies.hpp"
#include "http/identity.hpp"
#include "http/order_creation.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace orderd::http {
namespace {

constexpr std::size_t reason_bytes_max = 512;

/// What is wrong with a payload: the code, unless it is only a member's value, and a sentence for each
/// member.
[[nodiscard]] message_outcome poison(const problem& what) {
  std::string all =
      what.code == code_text(rejection_code::invalid_field) ? "" : std::string(what.code) + ": ";
  if (what.errors.empty())
    return {settlement::poison, all + what.detail};
  for (const auto& each : what.errors)
    all.append(&each == &what.errors.front() ? "" : "; ").append(each.detail);
  return {settlement::poison, std::string(cut_utf8(all, reason_bytes_max))};
}

/// A product that the catalogue does not have may come into it.
[[nodiscard]] message_outcome refused_creation(const problem& what) {
  auto outcome = poison(what);
  if (what.code == code_text(rejection_code::unknown_product))
    outcome.what = settlement::again;
  return outcome;
}

[[nodiscard]] std::string sentence_of(const rejection& why) {
  const auto whole = std::string(code_text(why.code)) + ": " + why.detail;
  return std::string(cut_utf8(whole, reason_bytes_max));
}

/// What is remembered of an event: how it was answered, for those who look into it.
void record_outcome(const outcome& result, request_record& into) {
  into.status = 200;
  if (const auto* const refused = std::get_if<rejection>(&result)) {
    into.status = static_cast<std::uint16_t>(status_of(refused->code));
    into.body = sentence_of(*refused);
  } else if (const auto* const shown = std::get_if<order_ptr>(&result)) {
    into.body = "order " + to_string((*shown)->id);
  } else if (const auto* const item = std::get_if<stock_view>(&result)) {
    into.body = "stock item " + item->product.sku + " at version " + std::to_string(item->version);
  }
}

/// Settles a message by the engine's answer.
class settling_sink final : public reply_sink {
 public:
  /// `figures` count what is an order's; null for other events, and where nobody counts.
  settling_sink(event_intake::settle_function settle, std::string name, event_intake::awaited what,
                edge_figures* figures)
      : settle_(std::move(settle)), name_(std::move(name)), awaited_(what), figures_(figures) {}

  void answer(outcome&& result) noexcept override {
    auto found = to_settlement(result);
    count(result, found.what);
    if (found.what == settlement::done)
      pass_fault_point("event.settled");
    std::exchange(settle_, nullptr)(std::move(found));
  }

 private:
  /// A message that comes again is counted when it is settled for good.
  void count(const outcome& result, settlement settled) noexcept {
    if (figures_ == nullptr)
      return;
    const auto* const refused = std::get_if<rejection>(&result);
    if (std::holds_alternative<order_ptr>(result))
      figures_->order_created();
    else if (refused != nullptr && settled == settlement::poison)
      figures_->order_refused(code_text(refused->code));
  }

  [[nodiscard]] message_outcome to_settlement(const outcome& result) const {
    if (const auto* const first = std::get_if<request_record_ptr>(&result))
      return (*first)->status < 400 ? message_outcome{} : message_outcome{settlement::poison, (*first)->body};
    const auto* const refused = std::get_if<rejection>(&result);
    if (refused == nullptr)
      return {};
    if (is_passing(result))
      return {settlement::later, sentence_of(*refused)};
    const bool may_come =
        awaited_ == event_intake::awaited::entity ? is_unknown(result) : is_unknown_product(result);
    if (may_come)
      return {settlement::again, sentence_of(*refused)};
    if (refused->code == rejection_code::idempotency_mismatch)
      return {settlement::poison, name_ + " was seen with another content"};
    return {settlement::poison, sentence_of(*refused)};
  }

  event_intake::settle_function settle_;
  std::string name_; ///< of what is remembered, in a sentence
  event_intake::awaited awaited_;
  edge_figures* figures_;
};

[[nodiscard]] std::string name_of(const event_message& event) {
  if (!event.is_named)
    return "the event at " + event.id;
  const auto quoted_id = "event id \"" + event.id + '"';
  return event.source.empty() ? quoted_id : quoted_id + " of " + event.source;
}

[[nodiscard]] std::optional<noticed_payment> finding_of(std::string_view subject) {
  for (const auto finding :
       {noticed_payment::authorized, noticed_payment::failed, noticed_payment::refunded}) {
    if (subject == "payments." + std::string(to_text(finding)))
      return finding;
  }
  return std::nullopt;
}

/// The key that the order has of its own, from the payload or else from the header.
[[nodiscard]] tl::expected<std::string, message_outcome> order_key(const incoming_message& message,
                                                                   json_value payload) {
  const auto member = read_order_key(payload);
  if (!member)
    return tl::unexpected(poison(member.error()));
  if (*member)
    return **member;
  const auto header = header_of(message, "idempotency-key");
  if (!header.empty() && !is_printable(header, event_id_bytes_max))
    return tl::unexpected(message_outcome{
        settlement::poison, "the header idempotency-key has " + std::to_string(header.size()) +
                                " bytes and must have 1 to " + std::to_string(event_id_bytes_max) +
                                " without control characters"});
  return std::string(header);
}

/// Who orders: the customer that the payload names, so that nobody else's reservation becomes the order's. An
/// operator without a name if it names none: that is refused by the shape of the body.
[[nodiscard]] caller customer_of(json_value payload) {
  const auto named = payload.find("customer_id");
  if (named && named->is(json_type::string) && parse_uuid(named->text()))
    return {canonical_name(named->text()), false};
  return {"", true};
}

} // namespace

message_handler event_intake::handler() {
  return [this](incoming_message message, settle_function settle) { handle(message, std::move(settle)); };
}

void event_intake::handle(const incoming_message& message, settle_function settle) {
  const auto finding = finding_of(message.subject);
  const bool is_stock = message.subject == "stock.received";
  const bool is_order = message.subject == "orders.submitted";
  if (!finding && !is_stock && !is_order)
    return settle(
        {settlement::poison, "the subject is \"" +
                                 std::string(cut_utf8(message.subject, limits::quoted_value_bytes_max)) +
                                 "\" and must be stock.received, orders.submitted, payments.authorized, "
                                 "payments.failed or payments.refunded"});
  const auto event = read_event(message);
  if (!event)
    return settle({settlement::poison, event.error()});
  if (is_stock)
    receive_stock(message.subject, *event, std::move(settle));
  else if (is_order)
    take_order(message, *event, std::move(settle));
  else
    notice(message.subject, *finding, *event, std::move(settle));
}

reply_token event_intake::token(const uuid& key, const uuid& content, std::string name, awaited what,
                                settle_function settle) const {
  auto* const figures = what == awaited::product ? terms_.figures : nullptr;
  reply_token made(std::make_unique<settling_sink>(std::move(settle), std::move(name), what, figures));
  // An event that was acknowledged does not come again: whatever clients are promised, it must be on disk.
  made.require(std::max(terms_.durability, durability_mode::journal));
  made.set_ticket(std::make_shared<const request_ticket>(
      request_ticket{key, content, record_outcome, what == awaited::entity, what == awaited::product}));
  return made;
}

void event_intake::receive_stock(const std::string& subject, const event_message& event,
                                 settle_function settle) {
  auto body = read_stock_received(event.payload);
  if (!body)
    return settle(poison(body.error()));
  stock_request asked;
  asked.sku = std::move(body->sku);
  asked.who = the_engine();
  asked.what = std::move(body->change);
  asked.reply = token(key_of(subject, event), content_of(subject, event.payload), name_of(event),
                      awaited::entity, std::move(settle));
  core_.submit(std::move(asked));
}

void event_intake::take_order(const incoming_message& message, const event_message& event,
                              settle_function settle) {
  const auto& subject = message.subject;
  const auto key = order_key(message, event.payload);
  if (!key)
    return settle(key.error());
  if (!event.payload.find("customer_id") || event.payload.find("customer_id")->is(json_type::null))
    return settle({settlement::poison, "customer_id is missing: the order needs somebody to belong to"});
  auto asked = read_creation(event.payload, customer_of(event.payload),
                             {core_, clock_, terms_.placement, terms_.currency});
  if (!asked) {
    auto refused = refused_creation(asked.error());
    if (terms_.figures != nullptr && refused.what == settlement::poison)
      terms_.figures->order_refused(asked.error().code);
    return settle(std::move(refused));
  }
  const auto& customer = std::get<create_order>(asked->what).customer_id;
  ORDERD_ASSERT(!asked->who.is_operator && asked->who.user == customer);
  if (key->empty())
    asked->reply = token(key_of(subject, event), content_of(subject, event.payload), name_of(event),
                         awaited::product, std::move(settle));
  else
    asked->reply = token(
        key_of_order(customer, *key), content_of(subject, event.payload, {"event_id", "idempotency_key"}),
        "idempotency key \"" + *key + "\" of customer " + customer, awaited::product, std::move(settle));
  core_.submit(*std::move(asked));
}

void event_intake::notice(const std::string& subject, noticed_payment finding, const event_message& event,
                          settle_function settle) {
  auto body = read_payment_notice(event.payload, finding);
  if (!body)
    return settle(poison(body.error()));
  order_request asked;
  asked.id = body->order_id;
  asked.who = the_engine();
  asked.what = std::move(body->notice);
  asked.reply = token(key_of(subject, event), content_of(subject, event.payload), name_of(event),
                      awaited::entity, std::move(settle));
  core_.submit(std::move(asked));
}

} // namespace orderd::http

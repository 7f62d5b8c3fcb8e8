/// What an order's saga does after each step: events, decided from the order and what was learned. Pure.
///
///     reserve -> authorize -> escrow -> processed        accepted -> capture -> completed
///        |           |          |                                       |
///        +- refused -+- give back what may be held <-- cancelled/failed -+
///
/// Every step is asked for by order, attempt and name, so asking again is harmless; an outcome that is not
/// known is asked for again and never assumed.
#pragma once

#include "domain/order_rules.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// How patient sagas are.
struct saga_policy {
  std::uint32_t rounds_max = 8;                ///< of a step; then the order counts as stuck
  std::chrono::milliseconds pause_min{1'000};  ///< before the second round; doubles with each
  std::chrono::milliseconds pause_max{60'000}; ///< also between rounds of a stuck one
};

/// Units are held, and the payment is asked for from `keeper`. `lines` have a price and a reservation each.
[[nodiscard]] order_event reserved_event(const order& state, std::vector<order_line> lines,
                                         refusal_outcome on_refusal, const caller& who, timestamp now,
                                         payment_keeper keeper = payment_keeper::none);

/// The present step was done: the event that says so. For `placing` it is the order's placement with
/// `accept_by`, for `capturing` its completion. `escrow_follows` counts for an authorization. Asserts that a
/// step is under way.
[[nodiscard]] order_event step_done(const order& state, bool escrow_follows,
                                    std::optional<timestamp> accept_by, const caller& who, timestamp now);

/// The payment of a placement is surely not held: what becomes of the order, as its refusal outcome has it.
/// Asserts that it is being authorized.
[[nodiscard]] std::vector<order_event> refused_events(const order& state, const order_failure& why,
                                                      const caller& who, timestamp now);

/// Nobody waits for the placement any longer, and its payment may be held: it comes to nothing, and what may
/// be held goes back. Asserts that a placement is under way.
[[nodiscard]] order_event abandoned_event(const order& state, const order_failure& why, const caller& who,
                                          timestamp now);

/// A round of the present step has failed. The next one comes after a pause that doubles, shortened by up to
/// a quarter by `jitter`, so that many orders do not come at once. `for_good`: no further round would help,
/// and the order is stuck at once, without a next round.
[[nodiscard]] order_event delayed_event(const order& state, const std::string& why, bool for_good,
                                        const saga_policy& policy, std::uint32_t jitter, timestamp now);

/// A registered order could not be placed.
[[nodiscard]] order_event failed_event(const order& state, order_failure why, const caller& who,
                                       timestamp now);

/// Refusals in order: not_found, forbidden (operators only), illegal_transition (nothing is under way).
[[nodiscard]] decision<order_event> decide_retry(const order& state, const caller& who, timestamp now);

/// The cancellation of a processed order that nobody has accepted in time; nothing if it is not due.
[[nodiscard]] std::optional<order_event> lapsed_event(const order& state, timestamp now);

/// What a payment service says of a payment without being asked.
enum class noticed_payment : std::uint8_t {
  authorized, ///< the amount is held
  failed,     ///< nothing is held, and under this attempt nothing ever will be
  refunded,   ///< the customer has it back, also what was only held
};
[[nodiscard]] std::string_view to_text(noticed_payment finding) noexcept;

struct payment_notice {
  noticed_payment finding = noticed_payment::authorized;
  std::optional<std::uint64_t> attempt; ///< nothing: the only one that the order has had
  std::string reason;                   ///< shown to people; may be empty
};

/// What a notice means to the order.
enum class notice_course : std::uint8_t {
  none,      ///< nothing: it is known, or was overtaken
  conflicts, ///< nothing either, but it does not fit what is known: somebody ought to look
  step_done, ///< as if the service had answered the present step so
  declined,  ///< as if it had declined the authorization
  abandons,  ///< the placement comes to nothing
  cancels,   ///< the order is called off
};

/// Refusals in order: illegal_transition for an order whose payment is not with the service, invalid_field
/// for an attempt that there was not, or for none where the order may have had several. Also an order that
/// was withdrawn may be noticed: it was declined.
[[nodiscard]] decision<notice_course> decide_notice(const order& state, const payment_notice& notice);

/// The cancellation of an order whose money went back. The service is asked to give back whatever it may
/// still hold. Asserts that the course of a notice was `cancels`.
[[nodiscard]] order_event refunded_event(const order& state, const std::string& reason, timestamp now);

/// When the engine has to look after the order by itself.
struct attention_need {
  bool now = false;            ///< it is registered: whenever orders are processed next
  std::optional<timestamp> at; ///< the next round of its saga, or the end of its offer

  bool operator==(const attention_need&) const = default;
};
[[nodiscard]] attention_need attention_of(const order& state);

/// The refusal that a failed order stands for, as its creator is told again.
[[nodiscard]] rejection refusal_of(const order_failure& why);
[[nodiscard]] order_failure failure_of(const rejection& why);

} // namespace orderd

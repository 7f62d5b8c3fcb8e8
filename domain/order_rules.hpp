/// What may happen to an order: commands to events or refusals. Pure; `now` and ids are arguments.
#pragma once

#include "domain/events.hpp"
#include "domain/order.hpp"
#include "domain/rejection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// On whose behalf a command comes.
struct caller {
  std::string user; ///< empty for an operator without a name
  bool is_operator = false;
};

/// A validated request for a new order. Lines are merged: one a product.
struct create_order {
  std::string customer_id;
  std::vector<order_line> lines;
  std::string metadata; ///< a JSON object's text
  std::string currency;
  order_status wanted = order_status::processed; ///< draft, registered or processed (immediate placement)
};

/// A request to change the status. `runner_id` and `reason` count where the target uses them.
struct change_status {
  order_status target = order_status::registered;
  std::string runner_id;
  std::string reason;
  /// `registered` asked of a draft means reserve now, and ends in `processed`.
  bool immediate = true;
};

/// One of these: the event that makes the change; the status that the order takes once all units are
/// reserved; or, with neither, the capture of its payment, which completes it.
struct status_decision {
  std::optional<order_event> event;
  std::optional<order_status> reserve_for;
};

/// The engine itself, as the author of what nobody asked for.
[[nodiscard]] caller the_engine();

/// The next event of the order in this caller's name, with nothing in it yet.
[[nodiscard]] order_event next_event(const order& state, const caller& who, timestamp now);

/// May this caller see the order? Nobody sees one that was withdrawn. Else it is `not_found`, so that ids
/// reveal nothing.
[[nodiscard]] bool may_see(const order& state, const caller& who) noexcept;

/// May this caller ask for the status, be it in vain? Who may see the order may; and runners may ask to
/// accept one that was once on offer. To all others it is `not_found`, whatever else speaks against the
/// change.
[[nodiscard]] bool may_ask_for(const order& state, order_status target, const caller& who) noexcept;

/// What both a missing order and one that the caller may not see are answered with.
[[nodiscard]] rejection order_not_found(const uuid& id);

/// The notice that an order with these lines was refused before it came to be. Nothing else follows of `id`.
[[nodiscard]] order_event refusal_event(const uuid& id, std::string customer_id,
                                        std::vector<order_line> lines, order_failure why, const caller& who,
                                        timestamp now);

/// Creates a draft or a registered order, or a processed one whose lines are a placement's outcome. Asserts
/// that the lines have a total (see total_of; merge_lines and placement refuse those that have none).
/// `accept_by` counts for a processed one.
[[nodiscard]] order_event created_event(const uuid& id, const create_order& command, const caller& who,
                                        timestamp now, std::optional<timestamp> accept_by = {});

/// Refusals in order: missing_user, not_found, forbidden, illegal_transition, invalid_field. To `accepted` an
/// order that runners were offered need not be seen: any of them may take a processed one, and one that comes
/// when it is accepted, completed or cancelled gets illegal_transition. While a payment is under way, what
/// would cross it is an illegal_transition too; what has been asked for already may be asked for again. An
/// operator may call an order off while an outside service captures its payment, once a round of that has
/// failed. Nobody accepts an order after its offer has ended.
[[nodiscard]] decision<status_decision> decide(const order& state, const change_status& command,
                                               const caller& who, timestamp now);

/// Replaces the metadata (already merged). Refusals: not_found, illegal_transition on a final order,
/// invalid_field beyond metadata_bytes_max.
[[nodiscard]] decision<order_event> decide_metadata(const order& state, std::string merged, const caller& who,
                                                    timestamp now);

/// The order's registration or placement with reserved, priced lines.
[[nodiscard]] order_event placed_event(const order& state, order_status status, std::vector<order_line> lines,
                                       const caller& who, timestamp now,
                                       std::optional<timestamp> accept_by = {});

} // namespace orderd

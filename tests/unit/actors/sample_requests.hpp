/// Requests as the edge makes them, and where their answers go.
#pragma once

#include "actors/requests.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace orderd::test {

/// What one request was answered with, and how often.
struct recorded_answer {
  std::optional<outcome> value;
  int times = 0;
  bool ignored = false; ///< set by a crash: what comes now reaches nobody
};
using answer_slot = std::shared_ptr<recorded_answer>;

/// A token that records into the slot.
[[nodiscard]] reply_token make_token(answer_slot into);

[[nodiscard]] std::string describe(const answer_slot& slot);

/// The answer, which must have come once and be a `T`.
template <class T> T expect(const answer_slot& slot) {
  BOOST_REQUIRE_MESSAGE(slot->times == 1 && std::holds_alternative<T>(*slot->value), describe(slot));
  return std::get<T>(*slot->value);
}

/// Nothing unless the answer is a rejection.
[[nodiscard]] std::optional<rejection_code> refusal(const answer_slot& slot);
[[nodiscard]] bool granted(const answer_slot& slot);
#define CHECK_REFUSED(answer, code)                                                                          \
  do {                                                                                                       \
    const answer_slot refused_slot = (answer);                                                               \
    BOOST_CHECK_MESSAGE(refusal(refused_slot) == (code), describe(refused_slot));                            \
  } while (false)

inline const caller operator_caller{"", true};
inline const caller ann{"ann", false};
inline const caller bob{"bob", false};

[[nodiscard]] order_line line_of(std::string sku, std::int64_t qty);
[[nodiscard]] order_line claim_of(std::string sku, const uuid& reservation, std::int64_t qty = 0);

[[nodiscard]] order_request creation(const uuid& id, std::vector<order_line> lines,
                                     order_status wanted = order_status::processed, const caller& who = ann);
[[nodiscard]] order_request transition(const uuid& id, order_status target,
                                       const caller& who = operator_caller,
                                       std::optional<std::uint64_t> if_match = {});
/// Replaces the metadata, with a status change if one is named.
[[nodiscard]] order_request metadata_change(const uuid& id, std::string metadata,
                                            std::optional<change_status> status = {},
                                            const caller& who = operator_caller);
[[nodiscard]] order_request look(const uuid& id, const caller& who = operator_caller);

[[nodiscard]] stock_request definition(std::string sku, std::int64_t on_hand, cents price = 100,
                                       std::optional<std::int64_t> product_id = {});
template <class What>
[[nodiscard]] stock_request to_stock(std::string sku, What what, const caller& who = operator_caller) {
  return {std::move(sku), who, {}, std::move(what), {}};
}
template <class What> [[nodiscard]] list_request to_lists(What what) { return {std::move(what), {}}; }

} // namespace orderd::test

#include "domain/rejection.hpp"

#include "domain/assert.hpp"

#include <iterator>

namespace orderd {

void merge_rejection(rejection& into, rejection&& other) {
  if (other.code < into.code)
    std::swap(into, other);
  into.shortages.insert(into.shortages.end(), std::make_move_iterator(other.shortages.begin()),
                        std::make_move_iterator(other.shortages.end()));
}

std::string_view code_text(rejection_code code) noexcept {
  switch (code) {
  case rejection_code::shutting_down:
    return "shutting_down";
  case rejection_code::overloaded:
    return "overloaded";
  case rejection_code::backlog_full:
    return "backlog_full";
  case rejection_code::store_unavailable:
    return "store_unavailable";
  case rejection_code::audit_running:
    return "audit_running";
  case rejection_code::payment_unavailable:
    return "payment_unavailable";
  case rejection_code::idempotency_mismatch:
    return "idempotency_mismatch";
  case rejection_code::missing_user:
    return "missing_user";
  case rejection_code::not_found:
    return "not_found";
  case rejection_code::forbidden:
    return "forbidden";
  case rejection_code::version_mismatch:
    return "version_mismatch";
  case rejection_code::illegal_transition:
    return "illegal_transition";
  case rejection_code::invalid_field:
    return "invalid_field";
  case rejection_code::product_id_taken:
    return "product_id_taken";
  case rejection_code::unknown_product:
    return "unknown_product";
  case rejection_code::reservation_expired:
    return "reservation_expired";
  case rejection_code::price_changed:
    return "price_changed";
  case rejection_code::insufficient_stock:
    return "insufficient_stock";
  case rejection_code::payment_declined:
    return "payment_declined";
  }
  assertion_failed("known rejection_code", __FILE__, __LINE__);
}

} // namespace orderd

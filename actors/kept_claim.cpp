#include "actors/kept_claim.hpp"

#include "domain/assert.hpp"

namespace orderd {

bool is_passing(const outcome& result) noexcept {
  if (const auto* const report = std::get_if<import_report>(&result))
    return report->unavailable > 0;
  const auto* const refused = std::get_if<rejection>(&result);
  if (refused == nullptr)
    return false;
  switch (refused->code) {
  case rejection_code::shutting_down:
  case rejection_code::overloaded:
  case rejection_code::backlog_full:
  case rejection_code::store_unavailable:
  case rejection_code::payment_unavailable:
    return true;
  default:
    return false;
  }
}

bool is_unknown(const outcome& result) noexcept {
  const auto* const refused = std::get_if<rejection>(&result);
  return refused != nullptr && refused->code == rejection_code::not_found;
}

bool is_unknown_product(const outcome& result) noexcept {
  const auto* const refused = std::get_if<rejection>(&result);
  return refused != nullptr && refused->code == rejection_code::unknown_product;
}

bool kept_claim::passes(const outcome& result) const noexcept {
  return is_passing(result) || (ticket_->unknown_passes && is_unknown(result)) ||
         (ticket_->unknown_product_passes && is_unknown_product(result));
}

request_record_ptr kept_claim::answered(const outcome& result) noexcept {
  ORDERD_ASSERT(!record_);
  if (passes(result))
    return nullptr;
  auto record = std::make_shared<request_record>();
  record->key = ticket_->key;
  record->fingerprint = ticket_->fingerprint;
  record->subject = subject_.value_or(uuid{});
  record->at = clock_->now();
  ticket_->render(result, *record);
  ORDERD_ASSERT(record->is_answered());
  record_ = record;
  return record;
}

request_record_ptr kept_claim::claimed(const uuid& subject) noexcept {
  subject_ = subject;
  auto record = std::make_shared<request_record>();
  record->key = ticket_->key;
  record->fingerprint = ticket_->fingerprint;
  record->subject = subject;
  record->at = clock_->now();
  return record;
}

} // namespace orderd

#include "actors/journal_weight.hpp"

#include "domain/limits.hpp"

#include <variant>

namespace orderd {

namespace {

/// Each with its frame, and with all names and numbers at their longest.
constexpr std::uint64_t line_bytes = 160; ///< one line within an order's event
constexpr std::uint64_t stock_event_bytes = 448;
constexpr std::uint64_t order_event_bytes = 512; ///< without lines and metadata
constexpr std::uint64_t account_event_bytes = 512;

/// Events of a placement that is paid for, beyond those of one that is not: reserved, authorized, escrowed,
/// delayed or failed, returned.
constexpr std::uint64_t payment_events = 6;
/// Of accounts: held, escrowed, captured and paid out; or given back.
constexpr std::uint64_t ledger_events = 4;

/// The record of a request with a key repeats what the answer shows.
constexpr std::uint64_t stock_record_bytes = 1024;
constexpr std::uint64_t account_record_bytes = 1024;
constexpr std::uint64_t order_record_bytes = 1024; ///< and the same for each line
constexpr std::uint64_t order_change_record_bytes = 80 * 1024;
constexpr std::uint64_t task_record_bytes = 16 * 1024;

[[nodiscard]] std::uint64_t weight_of_payment(payments_mode payments) noexcept {
  if (payments == payments_mode::none)
    return 0;
  return payment_events * order_event_bytes +
         (payments == payments_mode::ledger ? ledger_events * account_event_bytes : 0);
}

/// Lines that are placed are in the order's events when they are asked for, when they are reserved and when
/// they are placed or given back; the units are reserved, and given back. If they could not be reserved, the
/// notice of that is the order's only event.
[[nodiscard]] std::uint64_t weight_of_placing(std::size_t lines, payments_mode payments) noexcept {
  return order_event_bytes + lines * (3 * line_bytes + 2 * stock_event_bytes) + weight_of_payment(payments);
}

/// An order that ends says of each line what becomes of it, and each item follows.
[[nodiscard]] std::uint64_t weight_of_end(payments_mode payments) noexcept {
  return order_event_bytes + order_lines_max * (line_bytes + stock_event_bytes) + weight_of_payment(payments);
}

[[nodiscard]] std::uint64_t weight_of(const change_order& change, payments_mode payments) noexcept {
  const std::uint64_t amendment = change.merge ? order_event_bytes + metadata_bytes_max : 0;
  if (!change.status || change.status->target == order_status::accepted)
    return order_event_bytes + amendment;
  const auto target = change.status->target;
  return amendment + (target == order_status::registered || target == order_status::processed
                          ? weight_of_placing(order_lines_max, payments)
                          : weight_of_end(payments));
}

[[nodiscard]] std::uint64_t weight_of_record(const order_request& request) {
  if (!request.reply.ticket())
    return 0;
  if (std::holds_alternative<payment_notice>(request.what))
    return order_record_bytes;
  const auto* creation = std::get_if<create_order>(&request.what);
  return creation == nullptr
             ? order_change_record_bytes
             : order_record_bytes + creation->metadata.size() + creation->lines.size() * order_record_bytes;
}

} // namespace

std::uint64_t journal_weight_of(const order_request& request, payments_mode payments) {
  if (std::holds_alternative<get_order>(request.what))
    return 0;
  const auto record = weight_of_record(request);
  if (const auto* creation = std::get_if<create_order>(&request.what))
    return record + order_event_bytes + creation->metadata.size() +
           weight_of_placing(creation->lines.size(), payments);
  if (const auto* change = std::get_if<change_order>(&request.what))
    return record + weight_of(*change, payments);
  if (std::holds_alternative<payment_notice>(request.what))
    return record + weight_of_end(payments);
  return record + journal_weight_of_attention(payments);
}

std::uint64_t journal_weight_of_attention(payments_mode payments) {
  // A placement is the most that may be due, and the most that is tried again.
  return weight_of_placing(order_lines_max, payments);
}

std::uint64_t journal_weight_of(const stock_request& request, payments_mode) {
  const bool reads = std::holds_alternative<get_stock>(request.what) ||
                     std::holds_alternative<get_reservation>(request.what);
  return reads ? 0 : 2 * stock_event_bytes + (request.reply.ticket() ? stock_record_bytes : 0);
}

std::uint64_t journal_weight_of(const account_request& request, payments_mode) {
  return std::holds_alternative<get_account>(request.what)
             ? 0
             : account_event_bytes + (request.reply.ticket() ? account_record_bytes : 0);
}

std::uint64_t journal_weight_of(const keyed_task&, payments_mode) { return task_record_bytes; }

} // namespace orderd

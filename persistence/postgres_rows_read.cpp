#include "persistence/postgres_rows_read.hpp"

#include "persistence/event_codec.hpp"
#include "persistence/line_bytes.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <unordered_map>
#include <utility>

namespace orderd {
namespace {

constexpr int first_of_saga = 13;
constexpr int first_of_line = first_of_saga + 10;
constexpr int first_of_product = 8;
constexpr int first_of_totals = first_of_product + 9;
constexpr int first_of_account = 4;

/// Fills in what an order's saga has come to. False if that cannot be.
bool read_saga(order& o, const postgres_rows& rows, std::size_t row) {
  constexpr int first = first_of_saga;
  const auto step = named(rows.text(row, first), saga_step::returning);
  const auto rounds = rows.integer(row, first + 4);
  const auto keeper = named(rows.text(row, first + 9), payment_keeper::service);
  if (!step || !keeper || rounds < 0 || rounds > std::numeric_limits<std::uint32_t>::max() ||
      rows.integer(row, first + 2) < 0) {
    return false;
  }
  o.step = *step;
  o.attempt = static_cast<std::uint64_t>(rows.integer(row, first + 2));
  o.keeper = *keeper;
  o.payee = rows.text(row, first + 3);
  o.delay = {static_cast<std::uint32_t>(rounds), rows.optional_time(row, first + 5),
             std::string(rows.text(row, first + 6)), rows.integer(row, first + 7) != 0};
  o.accept_by = rows.optional_time(row, first + 8);
  if (!is_placement(o.step)) {
    return true;
  }
  byte_reader in(rows.text(row, first + 1));
  o.placing = read_placing(in);
  return in.ended_well() && !o.placing.lines.empty();
}

} // namespace

tl::unexpected<error> damaged_rows(const std::string& what) {
  return fail(error_code::damaged, "the database holds " + what + " that cannot be true");
}

std::optional<order> order_of(const postgres_rows& rows, std::size_t row) {
  const auto status = named(rows.text(row, 2), order_status::failed);
  const auto payment = named(rows.text(row, 3), payment_status::failed);
  if (!status || !payment || rows.integer(row, 4) < 1) {
    return std::nullopt;
  }
  order o;
  o.id = rows.id(row, 0);
  o.customer_id = rows.text(row, 1);
  o.status = *status;
  o.payment = *payment;
  o.version = static_cast<std::uint64_t>(rows.integer(row, 4));
  o.currency = rows.text(row, 5);
  o.total = rows.integer(row, 6);
  o.metadata = rows.text(row, 7);
  o.runner_id = rows.text(row, 8);
  if (!rows.is_null(row, 9)) {
    o.failure = order_failure{std::string(rows.text(row, 9)), std::string(rows.text(row, 10))};
  }
  o.created_at = rows.time(row, 11);
  o.updated_at = rows.time(row, 12);
  return read_saga(o, rows, row) ? std::optional(std::move(o)) : std::nullopt;
}

order_line line_of(const postgres_rows& rows, std::size_t row, int first) {
  order_line line;
  line.id = rows.id(row, first);
  line.sku = rows.text(row, first + 1);
  line.product_id = rows.optional_integer(row, first + 2);
  line.qty = rows.integer(row, first + 3);
  line.price = rows.optional_integer(row, first + 4);
  line.price_given = rows.integer(row, first + 5) != 0;
  if (!rows.is_null(row, first + 6)) {
    line.reservation = rows.id(row, first + 6);
  }
  line.created_at = rows.time(row, first + 7);
  return line;
}

result<std::vector<order_ptr>> orders_of(const postgres_rows& rows) {
  std::vector<order_ptr> found;
  for (std::size_t row = 0; row < rows.size() && !rows.is_null(row, 0);) {
    auto next = order_of(rows, row);
    if (!next) {
      return damaged_rows("a state of the order " + to_string(rows.id(row, 0)));
    }
    for (; row < rows.size() && rows.id(row, 0) == next->id; ++row) {
      if (!rows.is_null(row, first_of_line)) {
        next->lines.push_back(line_of(rows, row, first_of_line));
      }
    }
    found.push_back(std::make_shared<const order>(std::move(*next)));
  }
  return found;
}

result<std::optional<stock_item>> stock_item_of(const postgres_rows& rows) {
  if (rows.is_null(0, first_of_product)) {
    return std::nullopt;
  }
  stock_view view = stock_view_of(rows, 0, first_of_product);
  const stock_totals totals{rows.integer(0, first_of_totals), rows.integer(0, first_of_totals + 1),
                            rows.integer(0, first_of_totals + 2)};
  std::vector<reservation> active;
  for (std::size_t row = 0; row < rows.size() && !rows.is_null(row, 0); ++row) {
    auto stored = reservation_of(rows, row);
    if (!stored) {
      return tl::unexpected(stored.error());
    }
    active.push_back(std::move(stored->reservation));
  }
  if (!adds_up(view, totals, active)) {
    return damaged_rows("units of the item " + view.product.sku);
  }
  return stock_item(std::move(view), totals, std::move(active));
}

account_view account_view_of(const postgres_rows& rows, std::size_t row, int first) {
  return {std::string(rows.text(row, first)),
          {rows.integer(row, first + 1), rows.integer(row, first + 2)},
          static_cast<std::uint64_t>(rows.integer(row, first + 3)),
          rows.time(row, first + 4),
          rows.time(row, first + 5)};
}

account_hold account_hold_of(const postgres_rows& rows, std::size_t row, int first) {
  return {rows.id(row, first), static_cast<std::uint64_t>(rows.integer(row, first + 1)),
          rows.integer(row, first + 2), rows.integer(row, first + 3) != 0};
}

result<std::optional<account>> account_of(const postgres_rows& rows) {
  constexpr int first = first_of_account;
  if (rows.is_null(0, first)) {
    return std::nullopt;
  }
  account_view view = account_view_of(rows, 0, first);
  const account_totals totals{rows.integer(0, first + 6), rows.integer(0, first + 7),
                              rows.integer(0, first + 8)};
  std::unordered_map<uuid, account_hold> holds;
  for (std::size_t row = 0; row < rows.size() && !rows.is_null(row, 0); ++row) {
    const account_hold hold = account_hold_of(rows, row, 0);
    holds.emplace(hold.order_id, hold);
  }
  if (!adds_up(view, totals, holds)) {
    return damaged_rows("amounts of the account " + view.id);
  }
  return account(std::move(view), totals, std::move(holds));
}

result<request_record> request_of(const postgres_rows& rows, std::size_t row) {
  request_record record;
  record.key = rows.id(row, 0);
  record.fingerprint = rows.id(row, 1);
  record.subject = rows.id(row, 2);
  record.at = rows.time(row, 3);
  const auto status = rows.integer(row, 4);
  if (status < 0 || status > std::numeric_limits<std::uint16_t>::max()) {
    return damaged_rows("a status of the request " + to_string(record.key));
  }
  record.status = static_cast<std::uint16_t>(status);
  record.headers = rows.text(row, 5);
  record.body = rows.text(row, 6);
  return record;
}

result<stored_reservation> reservation_of(const postgres_rows& rows, std::size_t row) {
  const auto state = named(rows.text(row, 7), reservation_state::expired);
  stored_reservation stored;
  reservation& r = stored.reservation;
  r.id = rows.id(row, 0);
  if (!state) {
    return damaged_rows("a state of the reservation " + to_string(r.id));
  }
  stored.sku = rows.text(row, 1);
  stored.state = *state;
  r.qty = rows.integer(row, 2);
  r.holder = rows.text(row, 3);
  r.created_at = rows.time(row, 4);
  r.order_id = rows.id(row, 6);
  set_expiry(r, rows.optional_time(row, 5));
  return stored;
}

result<event> event_of(const postgres_rows& rows, std::size_t row, int first) {
  return decode_event(static_cast<std::uint16_t>(rows.integer(row, first)), rows.text(row, first + 1));
}

result<std::vector<event>> events_of(const postgres_rows& rows) {
  std::vector<event> events;
  events.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto e = event_of(rows, row, 0);
    if (!e) {
      return tl::unexpected(e.error());
    }
    events.push_back(std::move(*e));
  }
  return events;
}

result<std::vector<sequenced_event>> sequenced_events_of(const postgres_rows& rows) {
  std::vector<sequenced_event> events;
  events.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    auto e = event_of(rows, row, 1);
    if (!e) {
      return fail(e.error().code, "event " + std::to_string(rows.integer(row, 0)) + ": " + e.error().detail);
    }
    sequenced_event& each =
        events.emplace_back(sequenced_event{static_cast<std::uint64_t>(rows.integer(row, 0)), std::move(*e)});
    each.link = link_of(rows, row, 3);
  }
  return events;
}

std::optional<chain_link> link_of(const postgres_rows& rows, std::size_t row, int column) {
  const std::string_view bytes = rows.text(row, column);
  chain_link link;
  if (bytes.size() != link.size()) {
    return std::nullopt;
  }
  std::copy(bytes.begin(), bytes.end(), link.begin());
  return link;
}

product product_of(const postgres_rows& rows, std::size_t row, int first) {
  return {std::string(rows.text(row, first)), rows.optional_integer(row, first + 1),
          std::string(rows.text(row, first + 2)), rows.integer(row, first + 3),
          rows.optional_integer(row, first + 4)};
}

stock_view stock_view_of(const postgres_rows& rows, std::size_t row, int first) {
  return {product_of(rows, row, first),
          {rows.integer(row, first + 5), rows.integer(row, first + 6)},
          static_cast<std::uint64_t>(rows.integer(row, first + 7)),
          rows.time(row, first + 8)};
}

} // namespace orderd

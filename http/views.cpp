#include "http/views.hpp"

#include "persistence/order_json.hpp"

#include <algorithm>

namespace orderd::http {
namespace {

/// Why the last round failed, as far as it is for `to`.
[[nodiscard]] std::string_view trouble_for(audience to, const saga_delay& delay) noexcept {
  if (to == audience::operators)
    return delay.trouble;
  return delay.due_at ? "the payment is not decided yet; it is asked for again"
                      : "the payment is not decided yet; an operator has to look";
}

/// What an event adds to its entry in the timeline.
struct event_details {
  json_writer& json;
  audience to;

  void operator()(const order_created& e) const { total(e.total); }
  void operator()(const order_placed& e) const { total(e.total); }
  void operator()(const order_accepted& e) const { json.member("runner_id", e.runner_id); }
  void operator()(const order_completed&) const {}
  void operator()(const order_cancelled& e) const { json.member("reason", e.reason); }
  void operator()(const order_failed& e) const { failure(e.failure); }
  void operator()(const order_amended& e) const { json.key("metadata").raw(e.metadata); }
  void operator()(const order_reserved& e) const { total(e.placing.total); }
  void operator()(const payment_authorized&) const {}
  void operator()(const payment_escrowed&) const {}
  void operator()(const payment_declined& e) const { failure(e.failure); }
  void operator()(const payment_abandoned& e) const { failure(e.failure); }
  void operator()(const order_withdrawn& e) const { failure(e.failure); }
  void operator()(const capture_started& e) const { json.member("payee", e.payee); }
  void operator()(const payment_returned&) const {}
  void operator()(const saga_delayed& e) const {
    json.member("rounds", std::uint64_t{e.delay.rounds}).member("detail", trouble_for(to, e.delay));
    json.member("stuck", e.delay.stuck).member("retry_at", e.delay.due_at);
  }
  void operator()(const saga_retried&) const {}
  void operator()(const order_refused& e) const { failure(e.failure); }

  void failure(const order_failure& why) const {
    json.member("code", why.code).member("detail", detail_for(to, why.code, why.detail));
  }

  void total(cents amount) const { write_money(json, "total_cents", "total_amount", amount); }
};

void write_saga(json_writer& json, const order& shown, audience to) {
  json.key("saga");
  if (shown.step == saga_step::none) {
    json.value(nullptr);
    return;
  }
  json.begin_object().member("step", to_text(shown.step));
  json.member("failed_rounds", std::uint64_t{shown.delay.rounds}).member("stuck", shown.delay.stuck);
  json.key("detail");
  if (shown.delay.trouble.empty())
    json.value(nullptr);
  else
    json.value(trouble_for(to, shown.delay));
  json.member("retry_at", shown.delay.due_at).end_object();
}

/// What an event adds to its entry of the account.
struct entry_details {
  json_writer& json;

  void operator()(const funds_deposited& e) const { json.member("reason", e.reason); }
  void operator()(const escrow_captured& e) const { json.member("payee", e.payee); }
  void operator()(const payout_received& e) const { json.member("payer", e.payer); }
  template <class Other> void operator()(const Other&) const {}
};

[[nodiscard]] std::uint64_t pages_of(const list_frame& frame, std::uint64_t total) noexcept {
  return (total + frame.limit - 1) / frame.limit;
}

void append_link(std::string& out, const list_frame& frame, const std::string& position,
                 std::string_view relation) {
  if (!out.empty())
    out += ", ";
  out += '<' + frame.path + '?' + frame.filters;
  if (!frame.filters.empty())
    out += '&';
  out += position + ">; rel=\"";
  out += relation;
  out += '"';
}

} // namespace

std::string_view detail_for(audience to, std::string_view code, std::string_view detail) noexcept {
  return to == audience::operators ? detail : public_detail(code, detail);
}

void write(json_writer& json, const order& shown, audience to) {
  json.begin_object();
  json.member("id", shown.id);
  json.member("customer_id", shown.customer_id);
  json.member("status", to_text(shown.status));
  json.member("version", shown.version);
  json.member("payment_status", to_text(shown.payment));
  json.member("currency", shown.currency);
  write_money(json, "total_cents", "total_amount", shown.total);
  json.key("items").begin_array();
  for (const auto& line : shown.lines)
    write_order_line(json, line);
  json.end_array();
  json.key("metadata").raw(shown.metadata.empty() ? std::string_view("{}") : shown.metadata);
  write_text_or_null(json, "runner_id", shown.runner_id);
  json.key("failure");
  if (shown.failure)
    json.begin_object()
        .member("code", shown.failure->code)
        .member("detail", detail_for(to, shown.failure->code, shown.failure->detail))
        .end_object();
  else
    json.value(nullptr);
  write_saga(json, shown, to);
  json.member("accept_by", shown.status == order_status::processed ? shown.accept_by : std::nullopt);
  json.member("created_at", shown.created_at).member("updated_at", shown.updated_at).end_object();
}

void write(json_writer& json, const stock_view& shown) {
  json.begin_object();
  json.member("sku", shown.product.sku);
  json.member("product_id", shown.product.product_id);
  json.member("name", shown.product.name);
  write_money(json, "price_cents", "price", shown.product.price);
  json.member("on_hand", shown.levels.on_hand);
  json.member("reserved", shown.levels.reserved);
  json.member("available", shown.levels.available());
  json.member("low_stock_threshold", shown.product.low_threshold);
  json.member("version", shown.version);
  json.member("updated_at", shown.updated_at);
  json.end_object();
}

void write(json_writer& json, const reservation_view& shown) {
  const auto& held = shown.reservation;
  json.begin_object();
  json.member("id", held.id);
  json.member("sku", shown.sku);
  json.member("qty", held.qty);
  json.member("state", to_text(shown.state));
  json.member("holder", held.holder);
  json.member("expires_at", held.expires_at);
  json.key("order_id");
  if (held.order_id.is_nil())
    json.value(nullptr);
  else
    json.value(held.order_id);
  json.member("created_at", held.created_at);
  json.end_object();
}

void write(json_writer& json, const account_view& shown) {
  json.begin_object();
  json.member("id", shown.id);
  write_money(json, "balance_cents", "balance", shown.levels.balance);
  write_money(json, "held_cents", "held", shown.levels.held);
  json.member("version", shown.version);
  json.member("created_at", shown.created_at).member("updated_at", shown.updated_at).end_object();
}

void write(json_writer& json, const account_event& shown) {
  json.begin_object();
  json.member("event_type", name_of(shown));
  json.member("version", shown.version).member("at", shown.at).member("actor", shown.actor);
  const auto transfer = transfer_of(shown);
  json.key("order_id");
  if (transfer.order_id.is_nil())
    json.value(nullptr);
  else
    json.value(transfer.order_id);
  json.member("from", transfer.from).member("to", transfer.to);
  write_money(json, "amount_cents", "amount", transfer.amount);
  std::visit(entry_details{json}, shown.what);
  write_money(json, "balance_cents", "balance", shown.after.balance);
  write_money(json, "held_cents", "held", shown.after.held);
  json.end_object();
}

void write(json_writer& json, const order_event& shown, audience to) {
  json.begin_object();
  json.member("event_type", name_of(shown));
  json.member("version", shown.version);
  json.member("at", shown.at);
  json.member("actor", shown.actor);
  if (const auto status = status_after(shown))
    json.member("status", to_text(*status));
  std::visit(event_details{json, to}, shown.what);
  json.end_object();
}

std::string etag_of(std::uint64_t version) { return '"' + std::to_string(version) + '"'; }

void write_list_end(json_writer& json, const list_frame& frame, const std::string& next_cursor,
                    std::uint64_t total) {
  if (frame.page) {
    json.member("total", total);
    if (total >= rows_counted_max)
      json.member("total_capped", true);
    json.member("pages", pages_of(frame, total)).member("page", *frame.page);
    return;
  }
  json.key("next_cursor");
  if (next_cursor.empty())
    json.value(nullptr);
  else
    json.value(next_cursor);
}

std::string link_header(const list_frame& frame, const std::string& next_cursor, std::uint64_t total) {
  std::string links;
  if (!frame.page) {
    if (!next_cursor.empty())
      append_link(links, frame, "cursor=" + next_cursor, "next");
    return links;
  }
  const auto pages = pages_of(frame, total);
  const auto position = [](std::uint64_t page) { return "page=" + std::to_string(page); };
  append_link(links, frame, position(1), "first");
  if (*frame.page > 1)
    append_link(links, frame,
                position(std::min<std::uint64_t>(*frame.page - 1, std::max<std::uint64_t>(pages, 1))),
                "prev");
  if (*frame.page < pages)
    append_link(links, frame, position(*frame.page + 1), "next");
  append_link(links, frame, position(std::max<std::uint64_t>(pages, 1)), "last");
  return links;
}

} // namespace orderd::http

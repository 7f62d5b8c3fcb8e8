#include "http/order_creation.hpp"

#include "config/id_source.hpp"
#include "config/limits.hpp"
#include "domain/placement.hpp"
#include "http/request_checks.hpp"

namespace orderd::http {

namespace {

[[nodiscard]] tl::unexpected<problem> refuse_with(problem what) { return tl::unexpected{std::move(what)}; }

[[nodiscard]] tl::expected<std::string, problem> customer_of(const caller& who, const order_body& body) {
  if (!body.customer_id || *body.customer_id == who.user)
    return who.user;
  if (!who.is_operator)
    return refuse_with(make_problem("forbidden", "customer '" + who.user + "' may not order for customer '" +
                                                     *body.customer_id + "'"));
  if (!parse_uuid(*body.customer_id))
    return refuse_with(invalid_fields(
        {{"customer_id", "malformed", "customer_id '" + *body.customer_id + "' is not a UUID"}}));
  return *body.customer_id;
}

[[nodiscard]] tl::expected<order_status, problem> status_of(const api_context& context,
                                                            const order_body& body) {
  if (!body.status)
    return context.placement;
  const auto status = parse_order_status(*body.status);
  if (!status)
    return refuse_with(make_problem("unknown_status", "there is no status '" + *body.status + "'"));
  if (*status != order_status::draft && *status != order_status::registered)
    return refuse_with(invalid_fields(
        {{"status", "out_of_range", "a new order is draft or registered, not '" + *body.status + "'"}}));
  return *status;
}

/// The line of an item: its SKU if the catalogue knows it, and for a draft the catalogue's price if it names
/// none.
[[nodiscard]] tl::expected<order_line, problem> line_of(const api_context& context, const line_body& item,
                                                        order_status wanted, timestamp now) {
  order_line line;
  line.id = fresh_id(context.clock);
  line.sku = item.sku;
  line.product_id = item.product_id;
  line.qty = item.qty;
  line.price = item.price;
  line.price_given = item.price.has_value();
  line.created_at = now;
  const bool quotes = wanted != order_status::processed;
  std::optional<product> known;
  if (item.product_id)
    known = context.engine.catalogue().find(*item.product_id);
  else if (quotes)
    known = context.engine.catalogue().find(item.sku);
  if (known) {
    line.sku = known->sku;
    line.product_id = known->product_id;
    if (quotes && !line.price)
      line.price = known->price;
  } else if (item.product_id && wanted != order_status::draft) {
    return refuse_with(make_problem("unknown_product", "there is no product with product_id " +
                                                           std::to_string(*item.product_id)));
  }
  return line;
}

[[nodiscard]] order_line claim_of(const api_context& context, const reservation_ref& claimed, timestamp now) {
  order_line line;
  line.id = fresh_id(context.clock);
  line.sku = claimed.sku;
  line.reservation = claimed.id;
  line.created_at = now;
  return line;
}

[[nodiscard]] tl::expected<std::vector<order_line>, problem>
lines_of(const api_context& context, const order_body& body, order_status wanted) {
  if (body.items.empty() && body.reservations.empty())
    return refuse_with(make_problem("empty_items", "an order has at least one item"));
  if (body.items.size() + body.reservations.size() > limits::order_lines_max)
    return refuse_with(invalid_fields({{"items", "too_many", "an order has at most 100 lines"}}));
  const auto now = context.clock.now();
  std::vector<order_line> lines;
  for (const auto& item : body.items) {
    auto line = line_of(context, item, wanted, now);
    if (!line)
      return refuse_with(std::move(line.error()));
    lines.push_back(std::move(*line));
  }
  for (const auto& claimed : body.reservations)
    lines.push_back(claim_of(context, claimed, now));
  auto merged = merge_lines(std::move(lines));
  if (!merged)
    return refuse_with(to_problem(std::move(merged.error())));
  if (!total_of(*merged))
    return refuse_with(
        invalid_fields({{"items", "out_of_range", "the order's total is beyond the largest amount"}}));
  return std::move(*merged);
}

} // namespace

tl::expected<create_order, problem> make_creation(const api_context& context, const caller& who,
                                                  reading<order_body>&& read) {
  auto& body = read.value;
  if (!read.malformed.empty())
    return refuse_with(*fault_of(read));
  if (who.user.empty() && !body.customer_id)
    return refuse_with(make_problem("missing_user", "an order needs a customer: send X-User or customer_id"));
  if (auto fault = fault_of(read))
    return refuse_with(std::move(*fault));
  if (!body.names_items)
    return refuse_with(invalid_fields({{"items", "missing", "items is required"}}));
  auto status = status_of(context, body);
  if (!status)
    return refuse_with(std::move(status.error()));
  create_order command;
  command.wanted = *status;
  // An empty list is answered before whose order it is: nothing is learned from it.
  auto lines = lines_of(context, body, *status);
  if (!lines && lines.error().code == "empty_items")
    return refuse_with(std::move(lines.error()));
  auto customer = customer_of(who, body);
  if (!customer)
    return refuse_with(std::move(customer.error()));
  if (!lines)
    return refuse_with(std::move(lines.error()));
  command.customer_id = std::move(*customer);
  command.lines = std::move(*lines);
  command.metadata = std::move(body.metadata);
  command.currency = context.currency;
  return command;
}

} // namespace orderd::http

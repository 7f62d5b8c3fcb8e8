#include "http/order_creation.hpp"

#include "config/id_source.hpp"
#include "domain/placement.hpp"
#include "http/order_bodies.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// An order needs somebody to belong to. Asked before the shape of the body is judged.
[[nodiscard]] bool names_a_customer(json_value body) noexcept {
  if (!body.is(json_type::object))
    return false;
  const auto customer = body.find("customer_id");
  return customer && !customer->is(json_type::null);
}

/// The status that the order shall have after its creation.
[[nodiscard]] order_status wanted_status(placement_mode placement,
                                         const std::optional<order_status>& asked) noexcept {
  if (asked == order_status::draft || (!asked && placement == placement_mode::draft))
    return order_status::draft;
  return placement == placement_mode::deferred ? order_status::registered : order_status::processed;
}

[[nodiscard]] rejection unknown(std::int64_t product_id) {
  return {rejection_code::unknown_product,
          "there is no product with the id " + std::to_string(product_id),
          "product_id",
          {},
          {}};
}

/// Finds the SKU behind a product id. A draft may keep an id that the catalogue does not know (yet).
[[nodiscard]] std::optional<rejection> resolve(order_line& line, const catalogue_index& catalogue,
                                               order_status wanted) {
  if (!line.product_id)
    return std::nullopt;
  const auto known = catalogue.find(*line.product_id);
  if (line.sku.empty()) {
    if (known)
      line.sku = known->sku;
    else if (wanted != order_status::draft)
      return unknown(*line.product_id);
  } else if (known && known->sku != line.sku) {
    return rejection{rejection_code::invalid_field,
                     "product " + std::to_string(*line.product_id) + " is " + known->sku + ", not " +
                         line.sku,
                     "product_id",
                     {},
                     {}};
  }
  return std::nullopt;
}

/// What an order that is not placed at once shows meanwhile: the catalogue's price, not promised.
void quote(order_line& line, const catalogue_index& catalogue) {
  if (line.sku.empty() || (line.price && line.product_id))
    return;
  const auto known = catalogue.find(line.sku);
  if (!known)
    return;
  if (!line.price)
    line.price = known->price;
  if (!line.product_id)
    line.product_id = known->product_id;
}

/// Fills in what the catalogue and the id source know, and merges lines of one product.
[[nodiscard]] decision<std::vector<order_line>>
complete_lines(const creation_terms& terms, std::vector<order_line> lines, order_status wanted) {
  const auto& catalogue = terms.core.catalogue();
  for (auto& line : lines) {
    if (auto refused = resolve(line, catalogue, wanted))
      return tl::unexpected(*std::move(refused));
    if (wanted != order_status::processed)
      quote(line, catalogue);
  }
  auto merged = merge_lines(std::move(lines));
  if (merged) {
    for (auto& line : *merged)
      line.id = fresh_id(terms.clock);
  }
  return merged;
}

[[nodiscard]] checked<std::string> customer_of(const caller& who, std::optional<std::string> named) {
  if (!named)
    return who.user;
  if (!who.is_operator && *named != who.user)
    return tl::unexpected(forbidden("you may not order for customer " + *named));
  return *std::move(named);
}

} // namespace

checked<order_request> read_creation(json_value json, const caller& who, const creation_terms& terms) {
  if (who.user.empty() && !names_a_customer(json))
    return tl::unexpected(problem{401,
                                  "missing_user",
                                  "an order needs an identity (X-User) or, from an operator, a customer_id",
                                  {},
                                  {},
                                  {}});
  auto body = read_new_order(json, who.user);
  if (!body)
    return tl::unexpected(std::move(body).error());
  auto customer = customer_of(who, std::move(body->customer_id));
  if (!customer)
    return tl::unexpected(std::move(customer).error());
  create_order command;
  command.wanted = wanted_status(terms.placement, body->status);
  auto lines = complete_lines(terms, std::move(body->lines), command.wanted);
  if (!lines)
    return tl::unexpected(to_problem(std::move(lines).error()));
  command.customer_id = *std::move(customer);
  command.lines = *std::move(lines);
  command.metadata = std::move(body->metadata);
  command.currency = terms.currency;
  order_request asked;
  asked.id = fresh_id(terms.clock);
  asked.who = who;
  asked.what = std::move(command);
  return asked;
}

checked<order_request> read_creation(const call& c) {
  const auto json = read_json_body(c.in);
  if (!json)
    return tl::unexpected(json.error());
  return read_creation(*json, c.who, {c.api.core, c.api.clock, c.api.placement, c.api.currency});
}

} // namespace orderd::http

#include "http/account_routes.hpp"

#include "config/limits.hpp"
#include "domain/limits.hpp"
#include "http/call.hpp"
#include "http/conditions.hpp"
#include "http/cursor.hpp"
#include "http/field_reader.hpp"
#include "http/order_lists.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// Why there is nothing for the caller here, whatever the account.
[[nodiscard]] std::optional<problem> check_ledger(const call& c) {
  if (c.api.payments == payments_mode::ledger)
    return std::nullopt;
  return problem{404, "not_found", "there are no accounts here: PAYMENTS is not `ledger`", {}, {}, {}};
}

[[nodiscard]] std::optional<problem> check_operator(const call& c) {
  if (auto missing = check_ledger(c))
    return missing;
  if (c.who.is_operator)
    return std::nullopt;
  return forbidden("only operators change accounts, and " + c.who.user + " is none");
}

[[nodiscard]] checked<account_request> request_about(const call& c) {
  auto id = path_account(c);
  if (!id)
    return tl::unexpected(std::move(id).error());
  account_request asked;
  asked.id = *std::move(id);
  asked.who = c.who;
  return asked;
}

/// A change of the account in the path, under the version that the client asks for.
[[nodiscard]] checked<account_request> change_of(const call& c) {
  auto asked = request_about(c);
  if (!asked)
    return asked;
  const auto version = read_if_match(c.in);
  if (!version)
    return tl::unexpected(version.error());
  asked->if_match = *version;
  asked->must_exist = c.in.header("If-Match").data() != nullptr;
  return asked;
}

void get(call& c) {
  if (const auto refused = check_ledger(c))
    return c.refuse(*refused);
  c.submit(request_about(c), reply_frame::read_by(c.in));
}

void open(call& c) {
  if (const auto refused = check_operator(c))
    return c.refuse(*refused);
  auto asked = change_of(c);
  if (!asked)
    return c.refuse(asked.error());
  const auto opening = read_empty_object<open_account>(c.in);
  if (!opening)
    return c.refuse(opening.error());
  asked->what = *opening;
  c.submit(std::move(asked));
}

[[nodiscard]] checked<deposit_funds> read_deposit(const request& in) {
  const auto json = read_json_body(in);
  if (!json)
    return tl::unexpected(json.error());
  return read_object<deposit_funds>(*json, [](field_reader& fields, deposit_funds& read) {
    if (!fields.has("amount"))
      fields.require("amount_cents");
    read.amount = fields.money("amount", 1, account_balance_max).value_or(0);
    read.reason = fields.text("reason", limits::reason_bytes_max).value_or("");
  });
}

void deposit(call& c) {
  if (const auto refused = check_operator(c))
    return c.refuse(*refused);
  auto asked = change_of(c);
  if (!asked)
    return c.refuse(asked.error());
  auto made = read_deposit(c.in);
  if (!made)
    return c.refuse(made.error());
  asked->what = *std::move(made);
  c.submit(std::move(asked));
}

void list_entries(call& c) {
  if (const auto refused = check_ledger(c))
    return c.refuse(*refused);
  auto id = path_account(c);
  if (!id)
    return c.refuse(id.error());
  const auto query = query_parameters::parse(c.in.query);
  if (!query)
    return c.refuse(query.error());
  const auto asked = read_paging(*query);
  if (!asked)
    return c.refuse(asked.error());
  if (asked->page)
    return c.refuse(bad_parameter("entries are paged by cursor", "page"));
  account_history wanted{{*std::move(id), asked->limit, std::nullopt}, c.who};
  if (asked->cursor) {
    wanted.query.before_version = decode_timeline_cursor(*asked->cursor);
    if (!wanted.query.before_version)
      return c.refuse(bad_cursor(*asked->cursor));
  }
  c.submit(checked<list_request>(list_request{std::move(wanted), {}}), frame_of_list(c, *asked));
}

} // namespace

void add_account_routes(std::vector<route>& table) {
  table.insert(table.end(), {
                                {method::put, "/accounts/{id}", open},
                                {method::get, "/accounts/{id}", get},
                                {method::post, "/accounts/{id}/deposits", deposit},
                                {method::get, "/accounts/{id}/entries", list_entries},
                            });
}

} // namespace orderd::http

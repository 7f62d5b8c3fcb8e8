#include "actors/history_sums.hpp"

#include <algorithm>

namespace orderd {

namespace {

constexpr std::size_t rows_a_page = 500;

constexpr std::array all_statuses{order_status::draft,    order_status::registered, order_status::processed,
                                  order_status::accepted, order_status::completed,  order_status::cancelled,
                                  order_status::failed};
static_assert(all_statuses.size() == std::tuple_size_v<decltype(history_sums::orders_by_status)>);

[[nodiscard]] tl::unexpected<error> interruption() {
  return fail(error_code::timed_out, "the comparison was interrupted");
}

/// Hands every event of the file to `visit`.
template <class Visit>
[[nodiscard]] result<void> each_event(file_system& files, const std::string& path,
                                      const std::function<bool()>& interrupted, Visit visit) {
  auto file = history_reader::open(files, path);
  if (!file)
    return tl::unexpected{file.error()};
  for (;;) {
    const auto next = file->next();
    if (!next)
      return tl::unexpected{next.error()};
    if (!*next)
      return {};
    if ((*next)->seq % events_a_question == 0 && interrupted())
      return interruption();
    visit((*next)->event);
  }
}

/// After it there is no such order: nobody was ever told of it.
[[nodiscard]] bool has_no_row(const order_event& e) {
  return std::holds_alternative<order_withdrawn>(e.what) || std::holds_alternative<order_refused>(e.what);
}

/// Everything but the orders' statuses; returns how many orders there are.
[[nodiscard]] result<std::uint64_t> sum_all(file_system& files, const std::string& path,
                                            const std::function<bool()>& interrupted, history_sums& sums) {
  std::uint64_t orders = 0;
  const auto done = each_event(files, path, interrupted, [&](const event& each) {
    if (const auto* of_stock = std::get_if<stock_event>(&each)) {
      sums.stock[of_stock->sku] = {of_stock->after, of_stock->version};
    } else if (const auto* of_order = std::get_if<order_event>(&each)) {
      ++sums.order_versions;
      orders += std::holds_alternative<order_created>(of_order->what) ? 1U : 0U;
      if (has_no_row(*of_order))
        sums.order_versions -= of_order->version;
    } else if (const auto* of_account = std::get_if<account_event>(&each)) {
      sums.accounts[of_account->account_id] = {of_account->after, of_account->version};
    }
  });
  return done ? result<std::uint64_t>(orders) : tl::unexpected{done.error()};
}

/// The statuses of one share of the orders: those whose id falls on `share` of `shares`.
[[nodiscard]] result<void> sum_share(file_system& files, const std::string& path,
                                     const std::function<bool()>& interrupted, std::uint64_t share,
                                     std::uint64_t shares, history_sums& sums) {
  std::unordered_map<uuid, order_status> statuses;
  const auto done = each_event(files, path, interrupted, [&](const event& each) {
    const auto* of_order = std::get_if<order_event>(&each);
    if (of_order == nullptr || std::hash<uuid>{}(of_order->order_id) % shares != share)
      return;
    if (has_no_row(*of_order))
      statuses.erase(of_order->order_id);
    else if (const auto status = status_after(*of_order))
      statuses[of_order->order_id] = *status;
  });
  for (const auto& [id, status] : statuses)
    ++sums.orders_by_status[static_cast<std::size_t>(status)];
  return done;
}

[[nodiscard]] tl::unexpected<error> difference(const std::string& what, std::uint64_t wanted,
                                               std::uint64_t found) {
  return fail(error_code::damaged, what + ": the history comes to " + std::to_string(wanted) +
                                       ", the database shows " + std::to_string(found));
}

[[nodiscard]] result<void> compare_orders(const history_sums& wanted, store_reader& stored,
                                          const std::function<bool()>& interrupted) {
  history_sums found;
  order_query query;
  query.limit = rows_a_page;
  for (bool more = true; more;) {
    if (interrupted())
      return interruption();
    const auto page = stored.list_orders(query);
    if (!page)
      return tl::unexpected{page.error()};
    for (const auto& each : page->items) {
      ++found.orders_by_status[static_cast<std::size_t>(each->status)];
      found.order_versions += each->version;
      query.after = each->id;
      query.after_created_at = each->created_at;
    }
    more = page->more;
  }
  for (const auto status : all_statuses) {
    const auto at = static_cast<std::size_t>(status);
    if (wanted.orders_by_status[at] != found.orders_by_status[at])
      return difference("orders that are " + std::string(to_text(status)), wanted.orders_by_status[at],
                        found.orders_by_status[at]);
  }
  if (wanted.order_versions != found.order_versions)
    return difference("the sum of the orders' versions", wanted.order_versions, found.order_versions);
  return {};
}

[[nodiscard]] result<void> compare_item(const history_sums& wanted, const stock_view& view) {
  const auto expected = wanted.stock.find(view.product.sku);
  if (expected != wanted.stock.end() && expected->second == stock_sum{view.levels, view.version})
    return {};
  return fail(error_code::damaged, "item " + view.product.sku + ": the database shows " +
                                       std::to_string(view.levels.on_hand) + " on hand and " +
                                       std::to_string(view.levels.reserved) +
                                       " reserved, which the history does not come to");
}

[[nodiscard]] result<void> compare_stock(const history_sums& wanted, store_reader& stored,
                                         const std::function<bool()>& interrupted) {
  std::uint64_t items = 0;
  stock_query query;
  query.limit = rows_a_page;
  for (bool more = true; more;) {
    if (interrupted())
      return interruption();
    const auto page = stored.list_stock(query);
    if (!page)
      return tl::unexpected{page.error()};
    for (const auto& each : page->items) {
      if (const auto same = compare_item(wanted, each); !same)
        return same;
      query.after = each.product.sku;
    }
    items += page->items.size();
    more = page->more;
  }
  return items == wanted.stock.size() ? result<void>{} : difference("items", wanted.stock.size(), items);
}

[[nodiscard]] result<void> compare_accounts(const history_sums& wanted, store_reader& stored,
                                            const std::function<bool()>& interrupted) {
  std::uint64_t compared = 0;
  for (const auto& [id, sum] : wanted.accounts) {
    if (++compared % rows_a_page == 0 && interrupted())
      return interruption();
    const auto found = stored.load_account(id);
    if (!found)
      return tl::unexpected{found.error()};
    if (*found && (*found)->view().levels == sum.levels && (*found)->view().version == sum.version)
      continue;
    return fail(error_code::damaged,
                "account " + id + ": the database does not show the money that the history comes to");
  }
  return {};
}

} // namespace

result<history_sums> sums_of(file_system& files, const std::string& path,
                             const std::function<bool()>& interrupted, std::uint64_t orders_a_pass) {
  history_sums sums;
  const auto orders = sum_all(files, path, interrupted, sums);
  if (!orders)
    return tl::unexpected{orders.error()};
  const auto shares = *orders / orders_a_pass + 1;
  for (std::uint64_t share = 0; share < shares; ++share)
    if (const auto summed = sum_share(files, path, interrupted, share, shares, sums); !summed)
      return tl::unexpected{summed.error()};
  return sums;
}

result<void> compare(const history_sums& wanted, store_reader& stored,
                     const std::function<bool()>& interrupted) {
  return compare_orders(wanted, stored, interrupted)
      .and_then([&] { return compare_stock(wanted, stored, interrupted); })
      .and_then([&] { return compare_accounts(wanted, stored, interrupted); });
}

std::string describe_orders(const history_sums& sums) {
  std::string out;
  for (const auto status : all_statuses)
    if (const auto count = sums.orders_by_status[static_cast<std::size_t>(status)]; count > 0)
      ((((out += out.empty() ? "" : ", ") += to_text(status)) += ' ') += std::to_string(count));
  return out.empty() ? "none" : out;
}

std::string describe_stock(const history_sums& sums) {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
  for (const auto& [sku, item] : sums.stock) {
    on_hand += item.levels.on_hand;
    reserved += item.levels.reserved;
  }
  return std::to_string(sums.stock.size()) + " items, " + std::to_string(on_hand) + " units on hand, " +
         std::to_string(reserved) + " reserved";
}

} // namespace orderd

#include "http/edge_figures.hpp"

#include <algorithm>

namespace orderd::http {
namespace {

using counter = std::atomic<std::uint64_t>;

/// A status as a label.
struct status_word {
  int status;
  std::string_view word;
};

/// What is answered here; the last one stands for every other.
constexpr std::array statuses = std::to_array<status_word>(
    {{200, "200"}, {201, "201"}, {202, "202"}, {204, "204"}, {304, "304"}, {400, "400"}, {401, "401"},
     {402, "402"}, {403, "403"}, {404, "404"}, {405, "405"}, {408, "408"}, {409, "409"}, {412, "412"},
     {413, "413"}, {414, "414"}, {415, "415"}, {417, "417"}, {422, "422"}, {429, "429"}, {431, "431"},
     {499, "499"}, {500, "500"}, {501, "501"}, {503, "503"}, {505, "505"}, {0, "other"}});

[[nodiscard]] std::size_t place_of_status(int status) noexcept {
  std::size_t place = 0;
  while (place + 1 < statuses.size() && statuses[place].status != status)
    ++place;
  return place;
}

/// Why an order was refused: the problem's code, and the reason's name.
struct reason_word {
  std::string_view code;
  std::string_view reason;
};

/// The last one stands for every other code.
constexpr std::array reasons =
    std::to_array<reason_word>({{"unknown_product", "missing_product"},
                                {"insufficient_stock", "insufficient_stock"},
                                {"price_changed", "price_changed"},
                                {"payment_declined", "payment_declined"},
                                {"payment_unavailable", "payment_unavailable"},
                                {"reservation_expired", "reservation_expired"},
                                {"empty_items", "empty_items"},
                                {"invalid_field", "invalid_field"},
                                {"unknown_status", "unknown_status"},
                                {"malformed_json", "malformed_json"},
                                {"unsupported_media_type", "unsupported_media_type"},
                                {"bad_parameter", "bad_parameter"},
                                {"missing_user", "missing_user"},
                                {"invalid_token", "invalid_token"},
                                {"untrusted_peer", "untrusted_peer"},
                                {"forbidden", "forbidden"},
                                {"idempotency_mismatch", "idempotency_mismatch"},
                                {"rate_limited", "rate_limited"},
                                {"overloaded", "overloaded"},
                                {"backlog_full", "backlog_full"},
                                {"store_unavailable", "store_unavailable"},
                                {"shutting_down", "shutting_down"},
                                {"recovering", "recovering"},
                                {"", "other"}});

/// Why a request was turned away that would have been served at another time. The last one is of connections.
constexpr std::array shed_reasons = std::to_array<std::string_view>(
    {"overloaded", "backlog_full", "shutting_down", "store_unavailable", "recovering", "connections"});
constexpr std::size_t shed_connection = shed_reasons.size() - 1;

constexpr std::array methods = {method::get,   method::head,    method::post,   method::put,
                                method::patch, method::delete_, method::options};

/// Shown of every route that is used, at 0 too: their rates are what is watched, and a series that is born
/// with its first count has no rate then.
[[nodiscard]] constexpr bool is_always_shown(int status) noexcept { return status == 500 || status == 503; }

void increment(counter& one) noexcept { one.fetch_add(1, std::memory_order_relaxed); }

[[nodiscard]] std::uint64_t value_of(const counter& one) noexcept {
  return one.load(std::memory_order_relaxed);
}

/// By POST to it orders are made.
constexpr std::string_view creation_path = "/orders";

void add(histogram_snapshot& to, const histogram_snapshot& more) {
  for (std::size_t i = 0; i < to.counts.size(); ++i)
    to.counts[i] += more.counts[i];
  to.sum += more.sum;
}

} // namespace

/// One path and method.
struct edge_figures::row {
  std::string_view path;
  std::string_view method;
  bool is_timed = true;
  bool needs_caller = false;
  std::array<counter, statuses.size()> by_status{};
  histogram took{latency_bounds};

  row(std::string_view at, std::string_view by, bool timed = true) : path(at), method(by), is_timed(timed) {}

  [[nodiscard]] bool is_used() const noexcept {
    return std::any_of(by_status.begin(), by_status.end(),
                       [](const counter& each) { return value_of(each) > 0; });
  }
};

edge_figures::edge_figures(std::string service, std::span<const route> table, timestamp started_at)
    : service_(std::move(service)), started_at_(started_at) {
  static_assert(reasons.size() <= reasons_max && shed_reasons.size() <= shed_reasons_max);
  for (const auto& each : table) {
    if (!places_.contains(each.path_template))
      add_rows(each.path_template);
    rows_[place_of(each.path_template, each.method)]->needs_caller = each.needs_caller;
    if (each.method == method::get)
      rows_[place_of(each.path_template, method::head)]->needs_caller = each.needs_caller;
  }
  add_rows(unmatched_path);
  rows_.push_back(std::make_unique<row>(unmatched_path, "unknown", false));
}

edge_figures::~edge_figures() = default;

void edge_figures::add_rows(std::string_view path) {
  places_.emplace(path, rows_.size());
  for (const auto each : methods)
    rows_.push_back(std::make_unique<row>(path, to_text(each)));
}

std::size_t edge_figures::place_of(std::string_view path, method by) const noexcept {
  const auto found = places_.find(path);
  return (found == places_.end() ? rows_.size() - 1 - methods.size() : found->second) +
         static_cast<std::size_t>(by);
}

void edge_figures::answered(const answered_request& what) noexcept {
  const auto path = what.matched == nullptr ? unmatched_path : what.matched->path_template;
  auto& here = *rows_[place_of(path, what.method)];
  increment(here.by_status[place_of_status(what.result.status)]);
  here.took.observe(std::chrono::duration<double>(what.took).count());
  // A probe that is told of the state of things was not turned away.
  if (here.needs_caller)
    count_refusal(what.result.code);
  // A replay tells of what was counted when it happened.
  if (what.method != method::post || path != creation_path || what.result.is_replay)
    return;
  if (what.result.code.empty())
    order_created();
  else
    order_refused(what.result.code);
}

void edge_figures::refused(const server_refusal& what) noexcept {
  increment(rows_.back()->by_status[place_of_status(what.status)]);
  if (what.detail == detail_of_refused_connection)
    increment(shed_[shed_connection]);
  else
    count_refusal(what.code);
}

void edge_figures::count_refusal(std::string_view code) noexcept {
  if (code.empty())
    return;
  if (code == "rate_limited")
    return increment(rate_limited_);
  for (std::size_t i = 0; i < shed_connection; ++i) {
    if (shed_reasons[i] == code)
      increment(shed_[i]);
  }
}

void edge_figures::order_created() noexcept { increment(orders_created_); }

void edge_figures::order_refused(std::string_view code) noexcept {
  std::size_t place = 0;
  while (place + 1 < reasons.size() && reasons[place].code != code)
    ++place;
  increment(order_failures_[place]);
}

void edge_figures::append_requests(std::vector<metric>& all) const {
  for (const auto& held : rows_) {
    const auto& each = *held;
    const bool is_used = each.is_used();
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      const auto count = value_of(each.by_status[i]);
      if (count > 0 || (is_used && is_always_shown(statuses[i].status)))
        all.push_back({"http_requests_total",
                       "Requests answered, by route, method and status.",
                       metric_type::counter,
                       count,
                       {{"service", service_},
                        {"path", each.path},
                        {"method", each.method},
                        {"status", statuses[i].word}}});
    }
  }
}

void edge_figures::append_durations(std::vector<metric>& all) const {
  for (const auto& held : rows_) {
    const auto& each = *held;
    if (each.is_timed && each.is_used())
      all.push_back(histogram_metric(
          "http_request_duration_seconds",
          "Time from a request's last byte to its answer, or to the beginning of a stream.",
          each.took.snapshot(), {{"service", service_}, {"path", each.path}, {"method", each.method}}));
  }
}

void edge_figures::append_orders(std::vector<metric>& all) const {
  all.push_back({"orders_created_total",
                 "Orders made, by requests and by events.",
                 metric_type::counter,
                 value_of(orders_created_),
                 {"service", service_}});
  for (std::size_t i = 0; i < reasons.size(); ++i)
    all.push_back({"order_create_failures_total",
                   "Orders refused, by reason.",
                   metric_type::counter,
                   value_of(order_failures_[i]),
                   {{"service", service_}, {"reason", reasons[i].reason}}});
}

void edge_figures::append_turned_away(std::vector<metric>& all) const {
  all.push_back({"orderd_requests_rate_limited_total", "Requests beyond their caller's rate, answered 429.",
                 metric_type::counter, value_of(rate_limited_)});
  for (std::size_t i = 0; i < shed_reasons.size(); ++i)
    all.push_back({"orderd_requests_shed_total",
                   "Requests and connections turned away with 503, by reason.",
                   metric_type::counter,
                   value_of(shed_[i]),
                   {"reason", shed_reasons[i]}});
}

void edge_figures::append_to(std::vector<metric>& all) const {
  append_requests(all);
  append_durations(all);
  append_orders(all);
  append_turned_away(all);
}

edge_totals edge_figures::totals() const {
  edge_totals sums;
  sums.latency = histogram(latency_bounds).snapshot();
  for (const auto& held : rows_) {
    const auto& each = *held;
    for (std::size_t i = 0; i < statuses.size(); ++i) {
      const auto count = value_of(each.by_status[i]);
      sums.requests += count;
      const auto hundreds = statuses[i].status / 100;
      if (hundreds >= 2 && hundreds <= 5)
        sums.by_class[static_cast<std::size_t>(hundreds - 2)] += count;
    }
    if (each.needs_caller && each.is_used())
      add(sums.latency, each.took.snapshot());
  }
  sums.rate_limited = value_of(rate_limited_);
  for (const auto& each : shed_)
    sums.shed += value_of(each);
  sums.orders_created = value_of(orders_created_);
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    if (const auto count = value_of(order_failures_[i]); count > 0)
      sums.order_failures.push_back({reasons[i].reason, count});
  }
  return sums;
}

} // namespace orderd::http

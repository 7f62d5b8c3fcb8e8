/// What the edge has done since the start: requests, orders, and what was turned away.
#pragma once

#include "config/histogram.hpp"
#include "config/metrics.hpp"
#include "domain/time.hpp"
#include "http/request_watch.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd::http {

/// A counter of one of a few words, and of all others together. The words are literals.
struct counted_word {
  std::string_view word;
  std::uint64_t count = 0;
};

/// The edge's sums, for people.
struct edge_totals {
  std::uint64_t requests = 0;
  std::array<std::uint64_t, 4> by_class{}; ///< answered 2xx, 3xx, 4xx, 5xx
  std::uint64_t rate_limited = 0;
  std::uint64_t shed = 0;
  histogram_snapshot latency; ///< seconds; of the routes that ask who calls
  std::uint64_t orders_created = 0;
  std::vector<counted_word> order_failures; ///< by reason, those that have occurred
};

/// Counts and times requests in a table that is as large as routes, methods and statuses make it: nothing
/// that a client sends becomes a label. Any thread; neither blocks nor allocates while it counts.
class edge_figures final : public request_observer {
 public:
  /// `table` is that of the routers whose requests it is told of; `service` is a label's value.
  edge_figures(std::string service, std::span<const route> table, timestamp started_at);
  ~edge_figures() override;
  edge_figures(const edge_figures&) = delete;
  edge_figures& operator=(const edge_figures&) = delete;

  void answered(const answered_request& what) noexcept override;
  void refused(const server_refusal& what) noexcept override;

  /// For orders that come by other ways than a request. `code` is the rejection's.
  void order_created() noexcept;
  void order_refused(std::string_view code) noexcept;

  /// Appends the figures. They show views of this object and of literals.
  void append_to(std::vector<metric>& all) const;
  [[nodiscard]] edge_totals totals() const;
  [[nodiscard]] timestamp started_at() const noexcept { return started_at_; }
  [[nodiscard]] const std::string& service() const noexcept { return service_; }

 private:
  struct row;
  void add_rows(std::string_view path);
  /// Of a path that is no template: with those without a route.
  [[nodiscard]] std::size_t place_of(std::string_view path, method by) const noexcept;
  void count_refusal(std::string_view code) noexcept;
  void append_requests(std::vector<metric>& all) const;
  void append_durations(std::vector<metric>& all) const;
  void append_orders(std::vector<metric>& all) const;
  void append_turned_away(std::vector<metric>& all) const;

  static constexpr std::size_t reasons_max = 32;
  static constexpr std::size_t shed_reasons_max = 8;

  std::string service_;
  timestamp started_at_;
  /// One for each path template and method, the last template being `unmatched_path`, then one for what was
  /// no request.
  std::vector<std::unique_ptr<row>> rows_;
  std::unordered_map<std::string_view, std::size_t> places_; ///< of each template's first row
  std::atomic<std::uint64_t> orders_created_{0};
  std::array<std::atomic<std::uint64_t>, reasons_max> order_failures_{};
  std::array<std::atomic<std::uint64_t>, shed_reasons_max> shed_{};
  std::atomic<std::uint64_t> rate_limited_{0};
};

/// How `http_requests_total` and the log name the path of a request without a route.
inline constexpr std::string_view unmatched_path = "unmatched";

} // namespace orderd::http

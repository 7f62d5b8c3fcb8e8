#include "http/import_progress.hpp"

#include <algorithm>
#include <vector>

namespace orderd::http {
namespace {

constexpr std::size_t bar_columns_max = 30;
constexpr std::size_t bar_columns_min = 12;
constexpr std::size_t waiting_place = 6; ///< the last one: it may be cut
constexpr std::chrono::milliseconds between_lines{5'000};

/// 1234567 as 1,234,567.
[[nodiscard]] std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;)
    text.insert(at -= 3, 1, ',');
  return text;
}

/// As 0:07, 12:34 or 1:02:03.
[[nodiscard]] std::string clock_text(std::uint64_t seconds) {
  const auto two = [](std::uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const auto hours = seconds / 3600;
  const auto minutes = seconds / 60 % 60;
  return (hours > 0 ? std::to_string(hours) + ':' + two(minutes) : std::to_string(minutes)) + ':' +
         two(seconds % 60);
}

[[nodiscard]] std::string rate_text(const import_progress& now) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(now.elapsed.count(), 1));
  return grouped(now.rows * 1000 / ms) + " rows/s";
}

/// Empty while nothing is known that it could follow from.
[[nodiscard]] std::string rest_text(const import_progress& now) {
  if (now.bytes_total == 0 || now.bytes_done == 0 || now.bytes_done >= now.bytes_total)
    return {};
  const double rest = static_cast<double>(now.elapsed.count()) *
                      static_cast<double>(now.bytes_total - now.bytes_done) /
                      static_cast<double>(now.bytes_done);
  return "ETA " + clock_text(static_cast<std::uint64_t>(rest / 1000) + 1);
}

[[nodiscard]] std::string percent_text(const import_progress& now) {
  const auto text = std::to_string(percent_of(now)) + '%';
  return std::string(4 - std::min<std::size_t>(text.size(), 4), ' ') + text;
}

[[nodiscard]] std::string counts_text(const import_progress& now) {
  return grouped(now.created) + " created, " + grouped(now.updated) + " updated, " + grouped(now.failed) +
         " failed" +
         (now.done_before > 0 ? ", " + grouped(now.done_before) + " left from an earlier run" : "");
}

/// Fits on one line of whatever is behind it.
[[nodiscard]] std::string plain_ascii(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

[[nodiscard]] std::string bar_text(const import_progress& now, std::size_t columns) {
  const std::size_t inside = columns - 2;
  const std::size_t filled = inside * percent_of(now) / 100;
  return '[' + std::string(filled, '#') + std::string(inside - filled, '-') + ']';
}

} // namespace

unsigned percent_of(const import_progress& now) noexcept {
  if (now.bytes_total == 0)
    return 0;
  if (now.bytes_done >= now.bytes_total)
    return 100;
  return std::min(99U, static_cast<unsigned>(static_cast<double>(now.bytes_done) * 100.0 /
                                             static_cast<double>(now.bytes_total)));
}

std::string progress_bar(const import_progress& now, std::size_t columns) {
  // By worth: what finds no room is left out, and the bar takes what the others leave.
  struct piece {
    std::size_t place;
    std::string text;
  };
  const bool is_measured = now.bytes_total > 0;
  std::vector<piece> by_worth;
  if (is_measured)
    by_worth.push_back({0, percent_text(now)});
  if (!now.waiting.empty())
    by_worth.push_back({waiting_place, plain_ascii(now.waiting)});
  if (!is_measured)
    by_worth.push_back({2, grouped(now.rows) + " rows"});
  by_worth.push_back({5, rest_text(now)});
  by_worth.push_back({3, rate_text(now)});
  by_worth.push_back({4, counts_text(now)});
  // A bar of the least length is worth more than any of them but the first.
  const std::size_t reserved = is_measured && columns >= 5 + bar_columns_min ? 1 + bar_columns_min : 0;
  std::vector<piece> shown;
  std::size_t used = reserved;
  for (auto& each : by_worth) {
    const std::size_t between = shown.empty() ? 0 : 2;
    if (each.place == waiting_place && columns >= used + between)
      each.text.resize(std::min(each.text.size(), columns - used - between));
    const auto wanted = each.text.size() + between;
    if (each.text.empty() || used + wanted > columns)
      continue;
    used += wanted;
    shown.push_back(std::move(each));
  }
  if (reserved > 0)
    shown.push_back({1, bar_text(now, std::min(columns - used + bar_columns_min, bar_columns_max))});
  std::sort(shown.begin(), shown.end(), [](const piece& a, const piece& b) { return a.place < b.place; });
  std::string out;
  for (const auto& each : shown)
    (out += out.empty() ? "" : each.place == 1 ? " " : "  ") += each.text;
  return out;
}

std::string progress_line(const import_progress& now) {
  std::string out;
  if (now.bytes_total > 0)
    out = std::to_string(percent_of(now)) + "%: ";
  out += grouped(now.rows) + " rows (" + counts_text(now) + "), " + rate_text(now);
  if (const auto rest = rest_text(now); !rest.empty())
    (out += ", ") += rest;
  if (!now.waiting.empty())
    (out += "; ") += plain_ascii(now.waiting);
  return out;
}

bool is_all_done_before(const import_progress& now) noexcept {
  return now.done_before > 0 && now.created == 0 && now.updated == 0;
}

std::string progress_summary(const import_progress& now) {
  const auto tenths = static_cast<std::uint64_t>(now.elapsed.count()) / 100;
  std::string out = grouped(now.rows) + " rows: " + counts_text(now) + ", in " + std::to_string(tenths / 10) +
                    '.' + std::to_string(tenths % 10) + " s (" + rate_text(now) + ")\n";
  if (now.done_before > 0)
    out += grouped(now.done_before) +
           " rows were set by an earlier run within 24 h and not again, whatever they are by now; --again "
           "sets them\n";
  return out;
}

bool progress_pace::is_due(const import_progress& now) noexcept {
  const unsigned tenth = percent_of(now) / 10;
  const bool waits = !now.waiting.empty();
  if (tenth == tenth_ && waits == waits_ && now.elapsed - last_ < between_lines)
    return false;
  tenth_ = tenth;
  waits_ = waits;
  last_ = now.elapsed;
  return true;
}

} // namespace orderd::http

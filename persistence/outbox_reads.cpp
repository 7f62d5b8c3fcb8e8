#include "persistence/outbox_reads.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_set>

namespace orderd {
namespace {

constexpr std::size_t reason_bytes_max = 1'000;

} // namespace

result<event_page> read_outbox(std::uint64_t seq, std::uint64_t last, std::size_t limit,
                               const outbox_rows& read) {
  ORDERD_ASSERT(limit > 0);
  event_page page;
  for (std::uint64_t behind = seq; behind < last && page.events.size() < limit;) {
    const event_range range{behind + 1, behind + std::min(last - behind, outbox_range_max)};
    auto events = read(range, limit - page.events.size());
    if (!events) {
      return tl::unexpected(events.error());
    }
    std::move(events->begin(), events->end(), std::back_inserter(page.events));
    behind = range.last;
  }
  page.last_seq = page.events.size() < limit ? last : page.events.back().seq;
  return page;
}

result<std::optional<std::uint64_t>> search_by_time(std::uint64_t last, timestamp at,
                                                    const first_in_range& first_in) {
  std::optional<std::uint64_t> found;
  // What is before `first` is earlier; behind `end` there is nothing to look for but what was found.
  std::uint64_t first = 1;
  for (std::uint64_t end = last; first <= end;) {
    const std::uint64_t middle = first + (end - first) / 2;
    const auto met = first_in({middle, end});
    if (!met) {
      return tl::unexpected(met.error());
    }
    if (*met && (*met)->at < at) {
      first = (*met)->seq + 1;
      continue;
    }
    if (*met) {
      found = (*met)->seq;
    }
    end = middle - 1;
  }
  return found;
}

bool names_each_sink_once(const std::vector<sink_position>& positions) {
  std::unordered_set<std::string_view> names;
  return std::all_of(positions.begin(), positions.end(),
                     [&](const sink_position& each) { return names.insert(each.sink).second; });
}

std::string storable_reason(const std::string& reason) {
  std::string out = reason.substr(0, reason_bytes_max);
  std::replace_if(
      out.begin(), out.end(), [](char each) { return each < ' ' || each > '~'; }, '?');
  return out;
}

} // namespace orderd

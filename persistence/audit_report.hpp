/// What an audit found: how much it looked at, and what differs.
#pragma once

#include "persistence/event_chain.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace orderd {

/// One thing that does not agree with another. The codes are those of deploy/audit.md, and stay.
struct audit_difference {
  std::string kind; ///< `stock`, `order`, `account` or `history`
  std::string key;  ///< of the entity as people write it; empty of the history, and of what cannot be read
  std::string code;
  std::string detail; ///< a sentence with both sides

  bool operator==(const audit_difference&) const = default;
};

/// How much was looked at.
struct audit_counts {
  std::uint64_t events = 0;
  std::uint64_t orders = 0;
  std::uint64_t stock_items = 0;
  std::uint64_t accounts = 0;
  std::uint64_t reservations = 0; ///< active ones
  std::uint64_t live_entities = 0;
  std::uint64_t without_link = 0; ///< events, of a file that is older than links

  bool operator==(const audit_counts&) const = default;
};

/// So many differences are kept; the others are counted.
inline constexpr std::size_t audit_differences_max = 100;

struct audit_report {
  std::uint64_t as_of_seq = 0;  ///< the event of the history that it is as of
  std::uint64_t dropped_to = 0; ///< where the history begins: behind this event
  audit_counts checked;
  std::vector<audit_difference> differences; ///< the first ones
  std::uint64_t differences_total = 0;
  std::vector<std::string> not_compared; ///< `reservations`, `holds`, `money`: what could not be

  [[nodiscard]] bool ok() const noexcept { return differences_total == 0; }

  void add(std::string_view kind, std::string key, std::string_view code, std::string detail) {
    ++differences_total;
    if (differences.size() < audit_differences_max)
      differences.push_back({std::string(kind), std::move(key), std::string(code), std::move(detail)});
  }
  void add(const entity_key& entity, std::string_view code, std::string detail) {
    add(to_text(entity.kind), shown_key(entity), code, std::move(detail));
  }
  /// The same for what may be found any number of times: `describe` is only asked for what is kept.
  template <std::invocable Describe>
  void add(const entity_key& entity, std::string_view code, Describe describe) {
    if (differences.size() < audit_differences_max)
      add(entity, code, describe());
    else
      ++differences_total;
  }
  void leave_out(std::string_view what) { not_compared.emplace_back(what); }
};

} // namespace orderd

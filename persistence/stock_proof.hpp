/// The chain of one item's events as text, for whoever wants to check that it was never oversold.
#pragma once

#include "persistence/chain_check.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace orderd {

/// Makes the lines of a proof (deploy/audit.md), each one JSON value and a line break, and checks the chain
/// on the way. One thread; memory is the item's active reservations.
class stock_proof {
 public:
  /// Of what the history has up to `until_seq`.
  stock_proof(const std::string& sku, std::uint64_t dropped_to, std::uint64_t until_seq);

  /// The first line. Once, and first.
  [[nodiscard]] std::string begin(const std::optional<history_checkpoint>& from);
  /// The line of the next event, whose link is known.
  [[nodiscard]] std::string link(const sequenced_event& next);
  /// The last line: whether every link holds, and every level can be.
  [[nodiscard]] std::string end();
  /// The last line of a proof that could not be read to its end.
  [[nodiscard]] std::string break_off(const std::string& why);

  /// Of the last event that was told; behind it goes the next.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] std::uint64_t until_seq() const noexcept { return until_seq_; }

 private:
  [[nodiscard]] std::string last_line(const std::string* why) const;

  std::string sku_;
  std::uint64_t until_seq_;
  audit_report found_;
  chain_check chain_;
  chain_link head_{}; ///< as it is stored
  std::uint64_t version_ = 0;
  std::uint64_t links_ = 0;
};

} // namespace orderd

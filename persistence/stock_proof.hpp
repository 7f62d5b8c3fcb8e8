/// The chain of one item's events as text, for whoever wants to check that it was never oversold.
#pragma once

#include "persistence/chain_check.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace orderd {

/// How far a proof goes.
struct proof_extent {
  std::uint64_t dropped_to = 0; ///< the history begins behind this event
  std::uint64_t until_seq = 0;  ///< events up to here were in the store before the item was read
  std::uint64_t last_seq = 0;   ///< no event was behind this one
  std::uint64_t version = 0;    ///< of the item when it was read, with what is aside; 0: there was no item
};

/// Makes the lines of a proof (deploy/audit.md), each one JSON value and a line break, and checks the chain
/// on the way. One thread; memory is the item's active reservations.
class stock_proof {
 public:
  stock_proof(const std::string& sku, const proof_extent& extent);

  /// The first line. Once, and first.
  [[nodiscard]] std::string begin(const std::optional<history_checkpoint>& from);
  /// The line of the next event, whose link is known.
  [[nodiscard]] std::string link(const sequenced_event& next);
  /// The last line: whether every link holds, every level can be, and the links end with the item's version.
  [[nodiscard]] std::string end();
  /// The last line of a proof that could not be read to its end.
  [[nodiscard]] std::string break_off(const std::string& why);

  /// Of the last event that was told; behind it goes the next.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Whether the event is one that the proof is to tell.
  [[nodiscard]] bool reaches(const sequenced_event& next) const;

 private:
  [[nodiscard]] std::optional<std::string> problem() const;
  [[nodiscard]] std::string last_line(const std::optional<std::string>& problem) const;

  std::string sku_;
  proof_extent extent_;
  audit_report found_;
  chain_check chain_;
  chain_link head_{}; ///< as it is stored
  std::uint64_t version_ = 0;
  std::uint64_t links_ = 0;
};

} // namespace orderd

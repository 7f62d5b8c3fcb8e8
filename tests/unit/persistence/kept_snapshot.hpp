/// A snapshot of a history in memory, for a test to damage before it is walked.
#pragma once

#include "domain/obligations.hpp"
#include "persistence/audit_snapshot.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace orderd::test {

class kept_snapshot final : public audit_snapshot {
 public:
  /// What a store shows that has applied all of `history`, from sequence 1 on. Asserts that it can be folded.
  explicit kept_snapshot(std::span<const event> history);

  [[nodiscard]] result<history_span> span() override { return extent; }
  [[nodiscard]] result<std::optional<stored_entity>> next_entity(entity_kind kind) override;
  [[nodiscard]] result<std::optional<sequenced_event>> next_event(entity_kind kind) override;
  [[nodiscard]] result<std::optional<history_checkpoint>> next_checkpoint(entity_kind kind) override;
  [[nodiscard]] result<std::vector<obligation>> open_obligations() override {
    if (open_is_damaged)
      return fail(error_code::damaged, "an open obligation cannot be read");
    return open;
  }
  [[nodiscard]] result<std::vector<payout_due>> open_payouts() override { return payouts; }
  [[nodiscard]] result<std::vector<entity_key>> aside() override { return away; }

  [[nodiscard]] std::deque<stored_entity>& rows_of(entity_kind kind) { return rows[place(kind)]; }
  [[nodiscard]] std::deque<sequenced_event>& events_of(entity_kind kind) { return events[place(kind)]; }
  /// Drops what stands up to `seq`, as retention does.
  void drop(std::uint64_t seq);

  history_span extent;
  std::array<std::deque<stored_entity>, 3> rows;
  std::array<std::deque<sequenced_event>, 3> events;
  std::array<std::deque<history_checkpoint>, 3> checkpoints;
  std::vector<obligation> open;
  bool open_is_damaged = false;
  std::vector<payout_due> payouts;
  std::vector<entity_key> away;

 private:
  [[nodiscard]] static std::size_t place(entity_kind kind) { return static_cast<std::size_t>(kind); }
};

} // namespace orderd::test

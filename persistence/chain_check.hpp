/// Follows one entity's events and tells the first thing that is wrong with them.
#pragma once

#include "persistence/audit_report.hpp"
#include "persistence/history_checkpoint.hpp"
#include "persistence/store.hpp"

#include <cstdint>
#include <optional>

namespace orderd {

/// Whether every event must have its link, or those that have none are let through.
enum class links : std::uint8_t { required, optional };

/// Reports to a report that outlives it. Codes: checkpoint_unreadable, checkpoint_misplaced, events_missing,
/// event_misplaced, event_does_not_follow, link_missing, link_differs. At most one of them for an entity, so
/// that one change is one difference.
class chain_check {
 public:
  /// Events are looked for behind `dropped_to` and up to `last_seq`.
  chain_check(entity_key entity, std::uint64_t dropped_to, std::uint64_t last_seq, audit_report& report,
              links wanted = links::required);

  /// Begins behind a checkpoint. First, if at all.
  void begin_behind(const history_checkpoint& from);
  /// The next event. What `was_unreadable` in front of it explains why versions are missing.
  void follow(const sequenced_event& next, bool was_unreadable);
  /// Nothing more is said of the entity's events: something else has told why.
  void give_up() noexcept { known_ = false; }

  /// Whether all events so far could be followed, so that `fold` shows what they come to.
  [[nodiscard]] bool is_known() const noexcept { return known_; }
  /// Whether there has been an event or a checkpoint.
  [[nodiscard]] bool has_begun() const noexcept { return begun_; }
  /// The version that the first event that is kept begins behind.
  [[nodiscard]] std::uint64_t first_version() const noexcept { return first_version_; }
  [[nodiscard]] history_fold& fold() noexcept { return fold_; }

 private:
  void differs(std::string_view code, std::string detail);
  void check_place(const sequenced_event& next, const std::string& name);
  void check_link(const sequenced_event& next, const chain_link& wanted, const std::string& name);

  history_fold fold_;
  links wanted_;
  std::uint64_t last_seq_;
  std::uint64_t seq_; ///< of the event before
  std::uint64_t first_version_ = 0;
  audit_report* report_;
  bool known_ = true;
  bool begun_ = false;
  bool told_ = false;
};

} // namespace orderd

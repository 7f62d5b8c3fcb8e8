#include "persistence/chain_check.hpp"

#include <utility>

namespace orderd {

chain_check::chain_check(entity_key entity, std::uint64_t dropped_to, std::uint64_t last_seq,
                         audit_report& report, links wanted)
    : fold_(std::move(entity)), wanted_(wanted), last_seq_(last_seq), seq_(dropped_to), report_(&report) {}

void chain_check::differs(std::string_view code, std::string detail) {
  if (!std::exchange(told_, true))
    report_->add(fold_.entity(), code, std::move(detail));
}

void chain_check::begin_behind(const history_checkpoint& from) {
  begun_ = true;
  first_version_ = from.version;
  if (from.seq > seq_)
    differs("checkpoint_misplaced", "its checkpoint is of event " + std::to_string(from.seq) +
                                        ", and only events up to " + std::to_string(seq_) + " were dropped");
  auto fold = history_fold::behind(from);
  if (!fold) {
    differs("checkpoint_unreadable", "its checkpoint of version " + std::to_string(from.version) +
                                         " cannot be used: " + fold.error().detail);
    return give_up();
  }
  fold_ = std::move(*fold);
}

void chain_check::follow(const sequenced_event& next, bool was_unreadable) {
  begun_ = true;
  if (!known_)
    return;
  const auto version = version_of(next.event);
  const auto name = "event " + std::to_string(next.seq) + " (version " + std::to_string(version) + ", " +
                    std::string(name_of(next.event)) + ")";
  if (version != fold_.version() + 1) {
    if (!was_unreadable)
      differs("events_missing", name + " comes right behind version " + std::to_string(fold_.version()));
    return give_up();
  }
  check_place(next, name);
  const auto before = fold_.link();
  const auto followed = fold_.follow(next.event);
  check_link(next, followed ? fold_.link() : next_link(before, next.event), name);
  if (!followed) {
    differs("event_does_not_follow", name + ": " + followed.error().detail);
    give_up();
  }
}

void chain_check::check_place(const sequenced_event& next, const std::string& name) {
  if (next.seq <= seq_ || next.seq > last_seq_)
    differs("event_misplaced", name + " is not between event " + std::to_string(seq_) +
                                   " and the history's last, " + std::to_string(last_seq_));
  seq_ = next.seq;
}

void chain_check::check_link(const sequenced_event& next, const chain_link& wanted, const std::string& name) {
  if (!next.link && wanted_ == links::required)
    differs("link_missing", name + " has no link");
  else if (next.link && *next.link != wanted)
    differs("link_differs", name + " has the link " + to_text(*next.link) +
                                ", and with what is in front of it " + "comes to " + to_text(wanted));
}

} // namespace orderd

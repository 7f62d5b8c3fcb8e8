/// Collects what the entities that are live show at this moment.
#pragma once

#include "persistence/audit_compare.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <future>
#include <memory>
#include <mutex>
#include <string>

namespace orderd {

/// Shared by all messages that ask for it: when the last of them is handled, or dropped with its actor, the
/// gathering ends and gives what was collected. Any thread.
class live_gathering {
 public:
  explicit live_gathering(std::promise<shown_entities> done) : done_(std::move(done)) {}
  live_gathering(const live_gathering&) = delete;
  live_gathering& operator=(const live_gathering&) = delete;
  ~live_gathering() { done_.set_value(std::move(shown_)); }

  void add(entity_kind kind, std::string key, shown_entity shown) {
    const std::lock_guard lock{mutex_};
    shown_.of(kind).insert_or_assign(std::move(key), std::move(shown));
  }

 private:
  std::promise<shown_entities> done_;
  std::mutex mutex_;
  shown_entities shown_;
};

/// To a shard: have every live entity show itself, some at a time; none is woken for it.
struct gather_live {
  std::shared_ptr<live_gathering> to;
  bool begun = false; ///< sent by the shard to itself: it goes on
};
/// To an entity. What it shows may not be durable yet, but has been sent to the journal before.
struct show_live {
  std::shared_ptr<live_gathering> to;
};

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::gather_live)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::show_live)

#include "actors/request_index.hpp"

namespace orderd {

namespace {

[[nodiscard]] bool is_over(timestamp at, timestamp now) noexcept { return at + request_memory <= now; }

} // namespace

std::optional<request_index::found> request_index::find(const uuid& key, timestamp now) const {
  if (const auto known = answered_.find(key); known != answered_.end() && !is_over(known->second.at, now))
    return found{known->second.fingerprint, {}, true};
  if (const auto open = open_.find(key); open != open_.end() && !is_over(open->second.at, now))
    return found{open->second.fingerprint, open->second.subject, false};
  return std::nullopt;
}

void request_index::remember(const remembered_key& request) {
  forget(request.key);
  if (!request.answered) {
    open_[request.key] = {request.fingerprint, request.subject, request.at};
    return;
  }
  answered_[request.key] = {request.fingerprint, request.at};
  ages_.push_back({request.key, request.at});
  while (answered_.size() > keys_max_)
    forgotten_early_ += drop_oldest() ? 1 : 0;
}

void request_index::forget(const uuid& key) {
  // Where it stands among the ages is passed over when its turn comes.
  answered_.erase(key);
  open_.erase(key);
}

bool request_index::drop_oldest() {
  const auto oldest = ages_.front();
  ages_.pop_front();
  const auto known = answered_.find(oldest.key);
  const bool current = known != answered_.end() && known->second.at == oldest.at;
  if (current)
    answered_.erase(known);
  return current;
}

void request_index::expire(timestamp now) {
  while (!ages_.empty() && is_over(ages_.front().at, now))
    drop_oldest();
  std::erase_if(open_, [now](const auto& each) { return is_over(each.second.at, now); });
}

} // namespace orderd

#include "actors/request_index.hpp"

namespace orderd {

namespace {

/// Places of keys that stand elsewhere by now, beyond as many as there are keys.
constexpr std::size_t stale_ages_max = 64;

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
  if (request.answered)
    answered_[request.key] = {request.fingerprint, request.at};
  else
    open_[request.key] = {request.fingerprint, request.subject, request.at};
  ages_.push_back({request.key, request.at});
  while (size() > keys_max_)
    forgotten_early_ += drop_oldest() ? 1 : 0;
  sweep_ages();
}

void request_index::forget(const uuid& key) {
  // Where it stands among the ages is passed over when its turn comes.
  answered_.erase(key);
  open_.erase(key);
}

bool request_index::is_current(const age& place) const {
  if (const auto known = answered_.find(place.key); known != answered_.end())
    return known->second.at == place.at;
  const auto open = open_.find(place.key);
  return open != open_.end() && open->second.at == place.at;
}

bool request_index::drop_oldest() {
  const auto oldest = ages_.front();
  ages_.pop_front();
  const bool current = is_current(oldest);
  if (current)
    forget(oldest.key);
  return current;
}

void request_index::sweep_ages() {
  if (ages_.size() > 2 * size() + stale_ages_max)
    std::erase_if(ages_, [this](const age& place) { return !is_current(place); });
}

void request_index::expire(timestamp now) {
  while (!ages_.empty() && is_over(ages_.front().at, now))
    drop_oldest();
}

} // namespace orderd

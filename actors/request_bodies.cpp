#include "actors/request_bodies.hpp"

namespace orderd {

namespace {

/// Of an answer beside its texts.
constexpr std::size_t fixed_bytes = 256;

[[nodiscard]] std::size_t bytes_of(const request_record& record) noexcept {
  return fixed_bytes + record.headers.size() + record.body.size();
}

} // namespace

request_bodies::~request_bodies() {
  for (const auto& each : unstored_)
    unstored_bytes_->fetch_sub(each.bytes, std::memory_order_relaxed);
}

void request_bodies::keep(request_record_ptr record) {
  const auto bytes = bytes_of(*record);
  const auto key = record->key;
  unstored_.push_back({key, ++last_number_, bytes});
  kept_[key] = {std::move(record), last_number_};
  unstored_bytes_->fetch_add(bytes, std::memory_order_relaxed);
}

const request_bodies::kept* request_bodies::find(const uuid& key) const {
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : &found->second;
}

void request_bodies::set_stored(std::uint64_t number) {
  stored_number_ = number;
  for (; !unstored_.empty() && is_stored(unstored_.front().number); unstored_.pop_front()) {
    unstored_bytes_->fetch_sub(unstored_.front().bytes, std::memory_order_relaxed);
    recent_bytes_ += unstored_.front().bytes;
    recent_.push_back(unstored_.front());
  }
  for (; recent_bytes_ > recent_bytes_max; recent_.pop_front()) {
    const auto& oldest = recent_.front();
    const auto found = kept_.find(oldest.key);
    // A later answer to the same key, after the first was forgotten, has a place of its own.
    if (found != kept_.end() && found->second.number == oldest.number)
      kept_.erase(found);
    recent_bytes_ -= oldest.bytes;
  }
}

} // namespace orderd

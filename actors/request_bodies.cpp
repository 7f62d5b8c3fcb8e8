#include "actors/request_bodies.hpp"

namespace orderd {

namespace {

/// Of an answer beside its texts.
constexpr std::size_t fixed_bytes = 256;

[[nodiscard]] std::size_t bytes_of(const request_record& record) noexcept {
  return fixed_bytes + record.headers.size() + record.body.size();
}

} // namespace

request_bodies::~request_bodies() { total_bytes_->fetch_sub(bytes_, std::memory_order_relaxed); }

void request_bodies::keep(request_record_ptr record) {
  const auto bytes = bytes_of(*record);
  const auto key = record->key;
  order_.push_back({key, ++last_number_, bytes});
  kept_[key] = {std::move(record), last_number_};
  bytes_ += bytes;
  total_bytes_->fetch_add(bytes, std::memory_order_relaxed);
  shrink();
}

const request_bodies::kept* request_bodies::find(const uuid& key) const {
  const auto found = kept_.find(key);
  return found == kept_.end() ? nullptr : &found->second;
}

void request_bodies::set_stored(std::uint64_t number) {
  stored_number_ = number;
  shrink();
}

void request_bodies::shrink() {
  for (; bytes_ > recent_bytes_max && !order_.empty() && is_stored(order_.front().number);
       order_.pop_front()) {
    const auto& oldest = order_.front();
    const auto found = kept_.find(oldest.key);
    // A later answer to the same key, after the first was forgotten, has a place of its own.
    if (found != kept_.end() && found->second.number == oldest.number)
      kept_.erase(found);
    bytes_ -= oldest.bytes;
    total_bytes_->fetch_sub(oldest.bytes, std::memory_order_relaxed);
  }
}

} // namespace orderd

#include "actors/order_parking.hpp"

#include "config/log.hpp"
#include "persistence/order_codec.hpp"

#include <memory>
#include <string>

namespace orderd {

bool order_parking::park(const order& state, std::uint64_t last_seq) {
  const auto known = parked_.find(state.id);
  if (known != parked_.end() && known->second.last_seq == last_seq)
    return true; // It has come back and did not change.
  std::string bytes;
  encode_order(bytes, state);
  const auto put = file_.put(bytes);
  has_room_ = put.has_value();
  if (!put) {
    if (known != parked_.end())
      erase(known);
    if (!std::exchange(complained_, true))
      log::warn("orders that the store has not yet stay in memory", {{"detail", put.error().detail}});
    return false;
  }
  complained_ = false;
  parked_[state.id] = {*put, last_seq};
  by_coming_.emplace_back(last_seq, state.id);
  return true;
}

result<std::optional<parked_order>> order_parking::find(const uuid& id) {
  const auto known = parked_.find(id);
  if (known == parked_.end())
    return std::nullopt;
  const auto bytes = file_.get(known->second.bytes);
  if (!bytes)
    return tl::unexpected{bytes.error()};
  auto state = decode_order(*bytes);
  if (!state)
    return tl::unexpected{state.error()};
  return parked_order{std::make_shared<const order>(std::move(*state)), known->second.last_seq};
}

void order_parking::forget(const uuid& id) {
  if (const auto known = parked_.find(id); known != parked_.end())
    erase(known);
}

void order_parking::forget_stored(std::uint64_t applied_seq) {
  while (!by_coming_.empty() && by_coming_.front().first <= applied_seq) {
    const auto id = by_coming_.front().second;
    by_coming_.pop_front();
    const auto known = parked_.find(id);
    if (known != parked_.end() && known->second.last_seq <= applied_seq)
      erase(known);
  }
}

void order_parking::erase(std::unordered_map<uuid, place>::iterator which) {
  parked_.erase(which);
  if (parked_.empty()) {
    by_coming_.clear();
    file_.clear();
  }
}

} // namespace orderd

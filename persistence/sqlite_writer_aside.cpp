#include "config/fault_point.hpp"
#include "domain/assert.hpp"
#include "persistence/sqlite_writer.hpp"

#include <variant>

namespace orderd {

result<void> sqlite_writer::set_aside(const store_batch& single, const std::string& reason) {
  ORDERD_ASSERT(single.events.size() == 1 && single.last_seq >= single.events.front().seq);
  auto transaction = begin();
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  const sequenced_event& e = single.events.front();
  if (e.seq <= applied_seq_) {
    return {};
  }
  auto done = check_continues(single);
  if (done) {
    done = aside_->check_room(1);
  }
  if (done) {
    done = rows_->write_aside(e, reason);
  }
  if (done) {
    done = finish(single, *transaction);
  }
  if (done) {
    pass_fault_point("aside.committed");
    aside_->note(e.event, &reason);
  }
  return done;
}

/// Brings one order or item back, unless it is still refused.
template <class Key> result<void> sqlite_writer::retry(const Key& entity) {
  auto transaction = sqlite_transaction::begin(connection_, true);
  auto events = transaction ? aside_->events_of(entity) : tl::unexpected(transaction.error());
  if (!events) {
    return tl::unexpected(events.error());
  }
  if (events->empty()) {
    return {};
  }
  const std::uint64_t last = events->back().seq;
  const store_batch batch{std::move(*events), last, {}};
  auto done = rows_->write(make_write_set(batch, 0));
  if (done) {
    done = aside_->remove(entity);
  }
  if (done) {
    done = transaction->commit();
  }
  return done || done.error().code != error_code::refused ? done : result<void>();
}

result<void> sqlite_writer::retry_aside() {
  const auto entities = aside_->by_age();
  if (!entities) {
    return tl::unexpected(entities.error());
  }
  result<void> done;
  for (auto each = entities->begin(); done && each != entities->end(); ++each) {
    done = std::visit([&](const auto& entity) { return retry(entity); }, *each);
  }
  // Also after an error: entities before it are back.
  auto loaded = aside_->load();
  return done ? loaded : done;
}

} // namespace orderd

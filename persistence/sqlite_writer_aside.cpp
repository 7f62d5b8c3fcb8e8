#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "domain/assert.hpp"
#include "persistence/sqlite_writer.hpp"

#include <string>
#include <variant>

namespace orderd {
namespace {

std::string name_of(const sqlite_aside_entity& entity) {
  const auto* order = std::get_if<uuid>(&entity.key);
  return order != nullptr ? to_string(*order) : std::get<std::string>(entity.key);
}

} // namespace

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
    done = aside_->check_room(e.event);
  }
  if (done) {
    done = rows_->write_aside(e, reason);
  }
  if (const request_record* record = e.record(); done && record != nullptr && single.remembers) {
    done = rows_->remember(*record);
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

/// Brings the first events of one entity back, in one transaction, and returns how many. The records of their
/// requests were never aside.
result<std::size_t> sqlite_writer::retry_first(const sqlite_aside_entity& entity) {
  auto transaction = sqlite_transaction::begin(connection_, true);
  auto events = transaction ? aside_->events_of(entity) : tl::unexpected(transaction.error());
  if (!events || events->empty()) {
    return events ? result<std::size_t>(0) : tl::unexpected(events.error());
  }
  const std::uint64_t last = events->back().seq;
  const store_batch batch{std::move(*events), last, {}};
  auto done = rows_->write(make_write_set(batch, 0));
  if (done) {
    done = aside_->remove(entity, last);
  }
  if (done) {
    done = transaction->commit();
  }
  if (!done) {
    chain_->forget();
    return tl::unexpected(done.error());
  }
  return batch.events.size();
}

/// Brings one entity back, as far as it goes.
result<void> sqlite_writer::retry(const sqlite_aside_entity& entity,
                                  const std::function<bool()>& interrupted) {
  for (;;) {
    const auto back = retry_first(entity);
    if (!back && back.error().code != error_code::refused) {
      log::warn("what is aside of an entity could not be tried again",
                {{"entity", name_of(entity)}, {"reason", back.error().detail}});
    }
    if (!back || *back < retry_events_max || interrupted()) {
      return back ? result<void>() : tl::unexpected(back.error());
    }
  }
}

result<void> sqlite_writer::retry_aside(const std::function<bool()>& interrupted) {
  const auto entities = aside_->by_age();
  if (!entities) {
    return tl::unexpected(entities.error());
  }
  result<void> done;
  std::size_t failures = 0;
  for (auto each = entities->begin(); done && each != entities->end() && !interrupted(); ++each) {
    const auto tried = retry(*each, interrupted);
    failures += tried || is_in_events(tried.error().code) ? 0 : 1;
    if (!tried && failures == retry_failures_max) {
      done = tried;
    }
  }
  // Also after an error: entities before it are back.
  auto loaded = aside_->load();
  return done ? loaded : done;
}

} // namespace orderd

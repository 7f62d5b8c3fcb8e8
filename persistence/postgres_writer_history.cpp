#include "config/log.hpp"
#include "persistence/postgres_chain_statements.hpp"
#include "persistence/postgres_writer.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>

// The links of events, and the end of the oldest.

namespace orderd {

/// What is read of links counts as long as the position stands where it did: the transaction behind it moves
/// that, or fails.
result<void> postgres_writer::learn_links(std::span<const sequenced_event* const> events) {
  std::vector<chain_place> places;
  places.reserve(events.size());
  for (const sequenced_event* each : events) {
    if (!std::holds_alternative<request_record>(each->event)) {
      places.push_back(place_of(each->event));
    }
  }
  return chain_.learn(connection_, places);
}

/// Gives the events of a former version of the engine their links.
result<void> postgres_writer::chain_stored(const std::function<bool()>& interrupted) {
  const auto bounds = read_history_bounds(connection_);
  if (!bounds) {
    return tl::unexpected(bounds.error());
  }
  const auto from = bounds->unchained_from;
  if (!from) {
    return {};
  }
  if (static_cast<std::uint64_t>(*from) <= applied_seq_) {
    log::info("events of a former version are linked to each other, which takes its time once",
              {{"from", *from}, {"to", signed_number(applied_seq_)}});
  }
  auto done = chain_pages(*from, interrupted);
  chain_.forget();
  return done;
}

result<void> postgres_writer::chain_pages(std::int64_t from, const std::function<bool()>& interrupted) {
  std::int64_t limit = chain_events_max;
  for (std::optional<std::int64_t> at = from; at;) {
    if (interrupted()) {
      return fail(error_code::timed_out, "the database is linked up to event " + std::to_string(*at - 1) +
                                             "; the rest is linked at the next start");
    }
    const auto next = chain_page(*at, limit);
    if (next) {
      at = *next;
      continue;
    }
    if (next.error().code != error_code::timed_out || limit == 1) {
      return tl::unexpected(next.error());
    }
    // What a slow server cannot do at once it may do bit by bit. The links of the page came to nothing.
    limit /= 2;
    chain_.forget();
    if (auto ready = be_ready(); !ready) {
      return ready;
    }
  }
  return {};
}

/// Learns whose database it is.
result<void> postgres_writer::look() {
  const auto rows = read_own_node();
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  identity_ = rows->id(0, 0);
  applied_seq_ = static_cast<std::uint64_t>(rows->integer(0, 1));
  epoch_ = rows->integer(0, 2);
  last_epoch_ = rows->integer(0, 3);
  return {};
}

result<void> postgres_writer::link_stored(postgres_options options,
                                          const std::function<bool()>& interrupted) {
  postgres_writer writer(std::move(options), std::make_shared<postgres_position>());
  return writer.connect()
      .and_then([&] { return writer.look(); })
      .and_then([&] { return writer.load(); })
      .and_then([&] { return writer.chain_stored(interrupted); });
}

/// One page in one transaction. Returns where the next one begins; nothing behind the last.
result<std::optional<std::int64_t>> postgres_writer::chain_page(std::int64_t from, std::int64_t limit) {
  postgres_array seqs(postgres_type::int8), links(postgres_type::bytea);
  const auto next =
      chain_page_of(connection_, chain_, {from, signed_number(applied_seq_), limit}, seqs, links);
  if (!next) {
    return next;
  }
  const auto put = put_links(seqs, links, *next);
  if (put) {
    return next;
  }
  if (put.error().code == error_code::refused && connection_.is_open()) {
    // Another process may have taken the database over meanwhile.
    if (auto fresh = refresh(); !fresh) {
      return tl::unexpected(fresh.error());
    }
  }
  return tl::unexpected(put.error());
}

result<void> postgres_writer::put_links(postgres_array& seqs, postgres_array& links,
                                        std::optional<std::int64_t> next) {
  postgres_transaction transaction(connection_);
  add_move(transaction, applied_seq_, last_epoch_);
  if (seqs.size() > 0) {
    transaction.add(postgres_chain_texts::put_links, columns({&seqs, &links}), seqs.size(), "events");
  }
  transaction.add(postgres_chain_texts::move_unchained, postgres_parameters().add(next), 1, "its node");
  if (auto written = transaction.run(); !written) {
    return tl::unexpected(written.error());
  }
  return transaction.commit();
}

result<std::size_t> postgres_writer::drop_history(std::uint64_t until_seq, timestamp before,
                                                  std::size_t limit) {
  if (auto ready = be_ready(); !ready) {
    return tl::unexpected(ready.error());
  }
  const auto bounds = read_history_bounds(connection_);
  if (!bounds) {
    return tl::unexpected(bounds.error());
  }
  std::uint64_t last = std::min(until_seq, applied_seq_);
  if (bounds->first_aside) {
    last = std::min(last, static_cast<std::uint64_t>(std::max<std::int64_t>(*bounds->first_aside, 1)) - 1);
  }
  if (last <= bounds->dropped_to) {
    return 0;
  }
  const auto part = read_oldest(connection_, bounds->dropped_to, last, before, limit);
  if (!part || part->count == 0) {
    return part ? result<std::size_t>(0) : tl::unexpected(part.error());
  }
  const auto dropped = drop(*part);
  if (dropped) {
    return part->count;
  }
  if (dropped.error().code != error_code::refused || !connection_.is_open()) {
    return tl::unexpected(dropped.error());
  }
  if (auto fresh = refresh(); !fresh) {
    return tl::unexpected(fresh.error());
  }
  return fail(error_code::store_failed,
              "the oldest events are changed by another hand: " + dropped.error().detail);
}

result<std::uint64_t> postgres_writer::dropped_to() {
  if (auto ready = be_ready(); !ready) {
    return tl::unexpected(ready.error());
  }
  const auto bounds = read_history_bounds(connection_);
  return bounds ? result<std::uint64_t>(bounds->dropped_to) : tl::unexpected(bounds.error());
}

result<void> postgres_writer::drop(const postgres_dropped_part& part) {
  postgres_transaction transaction(connection_);
  add_move(transaction, applied_seq_, last_epoch_);
  add_drop(transaction, part);
  if (auto written = transaction.run(); !written) {
    return tl::unexpected(written.error());
  }
  return transaction.commit();
}

} // namespace orderd

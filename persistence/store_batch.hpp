/// Events on their way into a store and out of it.
#pragma once

#include "domain/events.hpp"
#include "domain/obligations.hpp"
#include "persistence/event_chain.hpp"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace orderd {

/// An event with its place in the journal.
struct sequenced_event {
  std::uint64_t seq = 0;
  orderd::event event;
  std::uint32_t epoch = 0;         ///< the fencing epoch of its frame; never less than that of an earlier one
  request_record_ptr request = {}; ///< of the request that caused it, if it is remembered
  /// Of an event that a store or a file of the history shows; never of what is aside, nor of a mere record.
  std::optional<chain_link> link = {};

  /// The record that this event brings, wherever it is; null for none.
  [[nodiscard]] const request_record* record() const noexcept {
    const auto* alone = std::get_if<request_record>(&event);
    return alone != nullptr ? alone : request.get();
  }
};

/// What one transaction applies. Events are in journal order and follow the store's `applied_seq`.
struct store_batch {
  std::vector<sequenced_event> events;
  std::uint64_t last_seq = 0;           ///< the store's `applied_seq` afterwards
  std::vector<obligation> obligations;  ///< all that are open after `last_seq`; replaces the stored set
  std::vector<payout_due> payouts = {}; ///< the same of payouts
  bool remembers = true;                ///< false: the records of requests are left out of what is remembered
};

/// A page of the outbox: events of the history, in journal order.
struct event_page {
  std::vector<sequenced_event> events;
  /// How far the page has looked: the next one goes on behind it. That of the last event on a full page, else
  /// the store's `applied_seq`, so that trailing records are passed as well.
  std::uint64_t last_seq = 0;
};

} // namespace orderd

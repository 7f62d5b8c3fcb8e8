/// Places where a rehearsal of crashes may end the process, as `kill -9` would.
#pragma once

#include "config/result.hpp"

#include <array>
#include <string_view>

namespace orderd {

/// The places of the journal and the store, in the order in which one batch passes them.
inline constexpr std::array<std::string_view, 16> fault_points = {
    "journal.written",       // the group is in the file, not yet synced
    "journal.synced",        // durable, no answer has left
    "journal.answered",      // the answers have left, write-behind does not know
    "batch.read",            // write-behind holds the batch
    "batch.begun",           // the transaction is open
    "batch.stock",           // the statements of stock items are queued
    "batch.orders",          // those of orders and their items
    "batch.reservations",    // those of reservations
    "batch.events",          // those of events, aside ones and obligations
    "batch.written",         // the server has run them all, the position included
    "batch.commit_sent",     // the outcome is unknown
    "batch.committed",       // the server has answered
    "batch.published",       // lists and waiting answers have been told
    "checkpoint.done",       // the store is durable, the journal not yet released
    "journal.segment_freed", // one segment of several is deleted
    "aside.committed",       // an event has been set aside
};

/// The places of events on their way out and in.
inline constexpr std::array<std::string_view, 2> event_fault_points = {
    "event.published", // a sink has taken events, and the position does not say so yet
    "event.settled",   // a consumed message has taken effect, and is not acknowledged yet
};

/// The places of an order's saga, in its order. asked: the call has been handed over; answered: the answer is
/// here, and nothing says so yet; journaled: the event that says so is durable.
inline constexpr std::array<std::string_view, 14> saga_fault_points = {
    "saga.reserve.answered",   "saga.reserve.journaled",   "saga.authorize.asked",
    "saga.authorize.answered", "saga.authorize.journaled", "saga.escrow.asked",
    "saga.escrow.answered",    "saga.escrow.journaled",    "saga.capture.asked",
    "saga.capture.answered",   "saga.capture.journaled",   "saga.give_back.asked",
    "saga.give_back.answered", "saga.give_back.journaled",
};

/// Arms one place: the process ends at its `count`th passage from now (from 1). Once, before threads start.
void arm_fault_point(std::string_view name, unsigned count);

/// Arms the place that `text` names, as `journal.synced:3`. Errors: invalid_setting, which names the places.
[[nodiscard]] result<void> arm_fault_point_of(std::string_view text);

/// Whether any place is armed: what a place needs in front of it is only worth doing then.
[[nodiscard]] bool fault_point_armed() noexcept;

/// Passes the place `name`, which must be one of those above. Any thread; next to free unless armed.
void pass_fault_point(std::string_view name) noexcept;

} // namespace orderd

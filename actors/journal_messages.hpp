/// Messages to the journal, to write-behind, and to those who wait for the store.
#pragma once

#include "actors/reply.hpp"
#include "domain/events.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace orderd {

// ---- to the journal ----

/// How far an entity's events have come. Written by the journal, read by the entity and its shard.
struct durable_mark {
  std::atomic<std::uint64_t> synced_count{0}; ///< events of this activation that are on disk
  std::atomic<std::uint64_t> last_seq{0};     ///< the last one's sequence
};

/// From an entity: write `what` (if any), and once it and all before it are on disk, give `answer` to
/// `reply`.
struct journal_append {
  std::optional<event> what;
  request_record_ptr request; ///< goes with `what`
  std::shared_ptr<durable_mark> mark;
  std::uint64_t count = 0; ///< which of the entity's events this is, from 1
  reply_token reply;
  outcome answer;
};
/// From the journal to itself: sync what has gathered.
using flush_atom = caf::atom_constant<caf::atom("flush")>;
/// From the journal to itself, a little later: sync what nobody waits for. One at a time is under way.
using quiet_atom = caf::atom_constant<caf::atom("quiet")>;
/// From the journal to itself: the disk was full a moment ago.
using retry_atom = caf::atom_constant<caf::atom("retry")>;
/// From the journal to itself: look again whether writes can be accepted.
using recheck_atom = caf::atom_constant<caf::atom("recheck")>;
/// From write-behind: the store is durable up to this sequence.
using release_atom = caf::atom_constant<caf::atom("release")>;

// ---- to write-behind ----

/// From the journal: events have become durable.
using advanced_atom = caf::atom_constant<caf::atom("advanced")>;
/// From those who wait for the store, who come with it: somebody waits for what is durable.
using awaited_atom = caf::atom_constant<caf::atom("awaited")>;
/// From write-behind to itself.
using drain_atom = caf::atom_constant<caf::atom("drain")>;
using ckpoint_atom = caf::atom_constant<caf::atom("ckpoint")>;
using retain_atom = caf::atom_constant<caf::atom("retain")>;
/// From the engine's end: apply what is durable; answered when done.
using finish_atom = caf::atom_constant<caf::atom("finish")>;

// ---- to those who wait for the store ----

/// An answer that waits until the store has committed `seq`.
struct stored_answer {
  std::uint64_t seq = 0;
  reply_token reply;
  outcome answer;
  bool is_change = true; ///< else a mere question, and nothing of anybody's hangs on it
};
/// From the journal: answers that are durable there, in the order of their sequences.
struct await_store {
  std::vector<stored_answer> answers;
};
/// From write-behind: the store has come further. From a reader: it is free. With a number, from itself: a
/// deadline has come.
using look_atom = caf::atom_constant<caf::atom("look")>;

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::journal_append)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::await_store)

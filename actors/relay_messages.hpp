/// Messages to and from the relays of events.
#pragma once

#include "persistence/store.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace orderd {

struct sink_figures;

/// To write-behind: from now on, tell this relay when the store has come further.
struct relay_waits {
  caf::actor relay;
  std::shared_ptr<sink_figures> figures;
};
/// To write-behind: a sink has come so far. Stored soon.
struct sink_moved {
  sink_position position;
};
/// From write-behind to itself: store the positions that have gathered.
using position_atom = caf::atom_constant<caf::atom("position")>;

/// From an operator to a relay: go on, from behind event `from` if that is given.
struct replay_sink {
  std::optional<std::uint64_t> from;
};
/// From a relay to itself: the pause with this number is over.
struct relay_pause_over {
  std::uint64_t number = 0;
};

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::relay_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::sink_moved)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::replay_sink)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::relay_pause_over)

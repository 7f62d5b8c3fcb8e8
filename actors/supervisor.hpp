/// Watches the service actors.
#pragma once

#include <caf/event_based_actor.hpp>

#include <vector>

namespace orderd {

/// Ends the process when a service actor ends other than by shutdown: each of them owns state or promises
/// that no replacement could take over, and recovery replays the journal. End this one first when shutting
/// down.
caf::behavior supervisor(caf::event_based_actor* self, std::vector<caf::actor> services);

} // namespace orderd

/// How the engine ends when it cannot keep its promises: at once, loudly, leaving the journal to recovery.
#pragma once

#include <caf/scheduled_actor.hpp>

#include <string_view>

namespace orderd {

/// Logs `what` and ends the process with status 70 (EX_SOFTWARE). Any thread.
[[noreturn]] void fail_stop(std::string_view what, std::string_view detail) noexcept;

/// Makes any exception that leaves a handler of this actor end the process: an owner of state that died half
/// way through a message must not be replaced by one that guesses.
void fail_stop_on_exception(caf::scheduled_actor* self, std::string_view name);

} // namespace orderd

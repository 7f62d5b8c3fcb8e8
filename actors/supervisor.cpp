#include "actors/supervisor.hpp"

#include "actors/fail_stop.hpp"
#include "actors/messages.hpp"

#include <caf/behavior.hpp>
#include <caf/system_messages.hpp>

namespace orderd {

caf::behavior supervisor(caf::event_based_actor* self, std::vector<caf::actor> services) {
  for (const auto& service : services)
    self->monitor(service);
  self->set_down_handler([self](caf::down_msg& down) {
    if (down.reason != caf::exit_reason::user_shutdown)
      fail_stop("a service actor ended", self->system().render(down.reason));
  });
  return {[](tick_atom) {}};
}

} // namespace orderd

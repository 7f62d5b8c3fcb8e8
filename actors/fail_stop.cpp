#include "actors/fail_stop.hpp"

#include "config/log.hpp"

#include <cstdlib>
#include <exception>

namespace orderd {

void fail_stop(std::string_view what, std::string_view detail) noexcept {
  log::error(what, {{"detail", detail}});
  log::flush();
  std::_Exit(70);
}

void fail_stop_on_exception(caf::scheduled_actor* self, std::string_view name) {
  self->set_exception_handler([name](std::exception_ptr& thrown) -> caf::error {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
      fail_stop(name, failure.what());
    } catch (...) {
      fail_stop(name, "an exception that is no std::exception");
    }
  });
}

} // namespace orderd

#include "persistence/stop_signal.hpp"

#include "domain/assert.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace orderd {

stop_signal::stop_signal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { ORDERD_ASSERT(fd_ >= 0); }

stop_signal::~stop_signal() { ::close(fd_); }

void stop_signal::raise() noexcept { static_cast<void>(::eventfd_write(fd_, 1)); }

bool stop_signal::is_raised() const noexcept {
  pollfd raised{fd_, POLLIN, 0};
  return ::poll(&raised, 1, 0) > 0;
}

} // namespace orderd

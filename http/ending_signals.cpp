#include "http/ending_signals.hpp"

#include "config/log.hpp"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace orderd::http {
ending_signals::ending_signals() noexcept {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&set_);
  sigaddset(&set_, SIGINT);
  sigaddset(&set_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool ending_signals::pending() const noexcept {
  sigset_t waiting;
  return sigpending(&waiting) == 0 &&
         (sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1);
}

void ending_signals::on_hangup(std::function<void()> renew) {
  renewals_.push_back(std::move(renew));
  sigaddset(&set_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

bool ending_signals::take(int signal) {
  if (signal == SIGHUP) {
    for (const auto& renew : renewals_)
      renew();
    return false;
  }
  log::info("ending", {{"signal", signal}});
  return true;
}

bool ending_signals::wait() {
  int signal = 0;
  do
    sigwait(&set_, &signal);
  while (!take(signal));
  return true;
}

bool ending_signals::wait_for(std::chrono::milliseconds longest) {
  using std::chrono::steady_clock;
  const auto give_up = steady_clock::now() + longest;
  for (;;) {
    const auto left =
        std::max(std::chrono::nanoseconds(give_up - steady_clock::now()), std::chrono::nanoseconds{0});
    const timespec span{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    if (const int signal = sigtimedwait(&set_, nullptr, &span); signal > 0) {
      if (take(signal))
        return true;
    } else if (errno != EINTR) { // A debugger or a stop and its end interrupt the wait.
      return false;
    }
  }
}

} // namespace orderd::http

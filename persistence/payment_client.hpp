/// Speaks HTTP with the payment service.
#pragma once

#include "persistence/payment_request.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace orderd {

struct payment_client_options {
  std::string url;        ///< of the service, with or without a slash at its end
  std::string token = {}; ///< empty: none is sent. Never logged
  std::chrono::milliseconds connect_timeout{3'000};
  std::size_t in_flight_max = 256; ///< exchanges at once, and so connections
  std::size_t queued_max = 256;    ///< exchanges that wait for their turn
};

/// One thread for all exchanges. It keeps connections for later ones, and libcurl silently sends a POST again
/// on a new connection if a kept one was closed before an answer came: so every POST must carry a key under
/// which the service does the work once. An answer counts only if it is whole and of at most 16 KiB.
/// Redirects are answers, not followed; proxies of the environment are not used.
class payment_client {
 public:
  using callback = std::function<void(payment_reply)>;

  explicit payment_client(payment_client_options options);
  payment_client(const payment_client&) = delete;
  payment_client& operator=(const payment_client&) = delete;
  /// Cuts what is under way, with the callbacks that belong to it, and waits for the thread.
  ~payment_client();

  /// Calls `done` exactly once, on the client's thread, within `timeout` from now (which includes the wait
  /// for a turn); it must neither block nor throw. False, and `done` is never called, if the queue is full.
  /// Any thread.
  [[nodiscard]] bool submit(payment_request request, std::chrono::milliseconds timeout, callback done);

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

} // namespace orderd

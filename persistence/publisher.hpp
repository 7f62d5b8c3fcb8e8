/// The port through which events leave: one implementation for each kind of broker or receiver.
#pragma once

#include "persistence/cloud_event.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace orderd {

/// How the sending of some events went.
struct publish_report {
  /// For each event, in the order given: the receiver has taken it. Of all others nothing is known: they may
  /// have arrived.
  std::vector<bool> taken;
  std::string trouble; ///< why not all were taken, for logs and operators; never a secret. Empty if all were
  bool gone = false;   ///< the receiver wants no more at all
  /// How long the receiver wants to be left alone, an hour at most; 0: it did not say.
  std::chrono::milliseconds retry_after{0};
};

/// Sends events to one receiver. One instance a sink, called from one thread (its relay's), except for
/// `interrupt`.
class publisher {
 public:
  virtual ~publisher() = default;

  /// Gets ready: connects, and makes or checks what the receiver has to have. Says why that cannot be done
  /// yet; empty if it was done, or there is nothing to do. `publish` does the same where it is needed.
  [[nodiscard]] virtual std::string prepare() { return {}; }

  /// Sends events, no two of which have the same key, and waits until each was taken, refused or given up; no
  /// longer than its own timeouts have it, and never for a connection that is known to be down. An event may
  /// be sent again at any time: its id stays. The order among them is free. As many as `in_flight_max` are
  /// sent at once.
  [[nodiscard]] virtual publish_report publish(std::span<const cloud_event> events) = 0;

  /// Ends a `publish` under way soon, and each later one at once. Any thread.
  virtual void interrupt() noexcept = 0;
};

} // namespace orderd

/// A publisher of webhooks before a receiver in this process.
#pragma once

#include "persistence/webhook_publisher.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace orderd::test {

/// 24 bytes, from 0 on.
inline const std::string webhook_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
/// Of waits that end on an event.
inline constexpr std::chrono::milliseconds webhook_guard = std::chrono::seconds{60};

/// Events of as many orders.
[[nodiscard]] inline std::vector<cloud_event> some_events(std::size_t count) {
  std::vector<cloud_event> all(count);
  for (std::size_t each = 0; each < count; ++each) {
    auto& event = all[each];
    const std::string number = std::to_string(1000 + each);
    event.position = {each + 1, 0};
    event.id = "01890a5d-ac96-774b-bcce-b30209" + number + "57";
    event.type = "order_created";
    event.subject = "01890a5d-ac96-774b-bcce-b30208" + number + "57";
    event.key = event.subject;
    event.sequence = "00000000000000000001";
    event.time = timestamp{std::chrono::milliseconds{1'700'000'000'123}};
    event.data = R"({"event_type":"order_created","note":"\"Grüße\"\n"})";
  }
  return all;
}

/// For a receiver on the own machine.
[[nodiscard]] inline webhook_options options_to(const std::string& url, const clock_port& clock) {
  webhook_options options;
  options.url = url;
  options.secret = webhook_secret;
  options.timeout = webhook_guard;
  options.allow_private = true;
  options.clock = &clock;
  return options;
}

struct with_receiver {
  webhook_receiver receiver;
  orderd::tests::manual_clock clock;

  [[nodiscard]] webhook_options options() const { return options_to(receiver.url(), clock); }
};

} // namespace orderd::test

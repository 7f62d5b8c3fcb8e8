/// The process's links to brokers and receivers of events, as the settings name them.
#pragma once

#include "actors/engine.hpp"
#include "config/clock.hpp"
#include "config/result.hpp"
#include "config/settings.hpp"
#include "persistence/event_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orderd::http {

/// Whether the brokers' clients can be made as the settings say: else a sentence that names the setting, and
/// no secret. Reads files, and reaches for no broker. The other functions here assert that it was asked.
[[nodiscard]] result<void> check_links(const settings& s);

/// Where events are to be published, for the engine's start. Nothing is connected yet.
[[nodiscard]] std::vector<event_sink> sinks_of(const settings& s, const clock_port& clock);

/// A source and its figures at a moment.
struct source_status {
  std::string name;
  source_figures figures;
};

/// The sources that are consumed from, while it lives. Must not outlive what `handler` leads to.
class event_links {
 public:
  event_links(const settings& s, const message_handler& handler);

  /// Any thread.
  [[nodiscard]] std::vector<source_status> sources() const;

 private:
  struct named_source {
    std::string name;
    std::unique_ptr<event_source> source;
  };
  std::vector<named_source> sources_;
};

} // namespace orderd::http

/// One line in the log for each request.
#pragma once

#include "http/request_watch.hpp"

namespace orderd::http {

/// Logs requests at `debug`, and those that failed by the engine's own fault (5xx but 503) at `warn`, each
/// with its id, route, status, duration and kind of caller; never what a client may keep to itself. Any
/// thread. With the level off it costs a comparison.
class access_log final : public request_observer {
 public:
  void answered(const answered_request& what) noexcept override;
  void refused(const server_refusal& what) noexcept override;
};

} // namespace orderd::http

#include "http/access_log.hpp"

#include "config/log.hpp"
#include "http/edge_figures.hpp"

namespace orderd::http {
namespace {

[[nodiscard]] log::level level_of(int status) noexcept {
  return status >= 500 && status != 503 ? log::level::warn : log::level::debug;
}

} // namespace

void access_log::answered(const answered_request& what) noexcept {
  const auto severity = level_of(what.result.status);
  if (!log::enabled(severity))
    return;
  const auto path = what.matched == nullptr ? unmatched_path : what.matched->path_template;
  const auto trace = what.trace == nullptr ? std::string() : orderd::to_text(what.trace->edge().trace);
  log::write(severity, "request",
             {{"request_id", what.request_id},
              {"trace_id", trace},
              {"method", to_text(what.method)},
              {"path", path},
              {"status", what.result.status},
              {"code", what.result.code},
              {"duration_ms", std::chrono::duration<double, std::milli>(what.took).count()},
              {"caller", to_text(what.asked_by)}});
}

void access_log::refused(const server_refusal& what) noexcept {
  log::write(level_of(what.status), "request refused by the server",
             {{"request_id", what.request_id},
              {"status", what.status},
              {"code", what.code},
              {"detail", what.detail}});
}

} // namespace orderd::http

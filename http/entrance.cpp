#include "http/entrance.hpp"

#include "http/health_routes.hpp"
#include "http/web_routes.hpp"

#include <optional>
#include <utility>

namespace orderd::http {

void entrance::handle(const request& in, answer_port out) const {
  if (const auto* const there = api_.load(std::memory_order_acquire))
    there->handle(in, std::move(out));
  else
    answer_while_recovering(in, out);
}

request_handler entrance::handler() const {
  return [this](const request& in, responder out) { handle(in, answer_port(std::move(out))); };
}

void entrance::set_obstacle(std::string detail) {
  const std::lock_guard lock{mutex_};
  obstacle_ = std::move(detail);
}

std::string entrance::obstacle() const {
  const std::lock_guard lock{mutex_};
  return obstacle_;
}

void entrance::answer_while_recovering(const request& in, answer_port& out) const {
  const auto match = routes_.match(in.method, in.path);
  const auto meant = match.found == nullptr ? std::string_view{} : match.path_template;
  const auto request_id = request_id_of(in, clock_);
  out.set_watch({observer_, match.found, in.method, request_id});
  problem refusal{503, "recovering", "the engine is not there yet; try again in a moment", {}, {}, {}};
  response answer;
  if (meant == health_live_path) {
    answer = live_answer();
  } else if (auto page = match.found == nullptr ? std::nullopt : asset_answer(in)) {
    // Whoever watches the engine come back is shown so by the console, opened now or before.
    answer = *std::move(page);
  } else {
    // Only the health pages tell more: what the others are answered is read by customers.
    const auto reason = meant == health_path || meant == health_ready_path ? obstacle() : std::string();
    if (!reason.empty())
      refusal.detail = "the engine is not there yet: " + reason;
    answer = to_response(refusal, request_id);
  }
  answer.headers.emplace_back("X-Request-Id", request_id);
  out.send(std::move(answer));
}

} // namespace orderd::http

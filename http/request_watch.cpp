#include "http/request_watch.hpp"

namespace orderd::http {

request_watch::request_watch(request_observer* observer, const route* matched, http::method method,
                             std::string request_id)
    : observer_(observer), matched_(matched), method_(method), began_(std::chrono::steady_clock::now()),
      request_id_(std::move(request_id)) {}

request_watch& request_watch::operator=(request_watch&& other) noexcept {
  if (this != &other) {
    answered(503);
    observer_ = std::exchange(other.observer_, nullptr);
    matched_ = other.matched_;
    method_ = other.method_;
    began_ = other.began_;
    request_id_ = std::move(other.request_id_);
  }
  return *this;
}

void request_watch::answered(int status) noexcept {
  if (auto* const told = std::exchange(observer_, nullptr))
    told->answered({matched_, method_, status, std::chrono::steady_clock::now() - began_, request_id_});
}

} // namespace orderd::http

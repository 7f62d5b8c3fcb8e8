#include "http/request_watch.hpp"

#include "domain/assert.hpp"

namespace orderd::http {

std::string_view to_text(caller_kind kind) noexcept {
  switch (kind) {
  case caller_kind::nobody:
    return "nobody";
  case caller_kind::customer:
    return "customer";
  case caller_kind::named_operator:
    return "operator";
  case caller_kind::nameless_operator:
    return "nameless_operator";
  }
  assertion_failed("known caller_kind", __FILE__, __LINE__);
}

request_watch::request_watch(request_observer* observer, const route* matched, http::method method,
                             std::string request_id)
    : observer_(observer), matched_(matched), method_(method), began_(std::chrono::steady_clock::now()),
      request_id_(std::move(request_id)) {}

request_watch& request_watch::operator=(request_watch&& other) noexcept {
  if (this != &other) {
    dropped();
    observer_ = std::exchange(other.observer_, nullptr);
    matched_ = other.matched_;
    method_ = other.method_;
    asked_by_ = other.asked_by_;
    began_ = other.began_;
    request_id_ = std::move(other.request_id_);
  }
  return *this;
}

void request_watch::answered(const request_result& result) noexcept {
  if (auto* const told = std::exchange(observer_, nullptr))
    told->answered(
        {matched_, method_, result, asked_by_, std::chrono::steady_clock::now() - began_, request_id_});
}

} // namespace orderd::http

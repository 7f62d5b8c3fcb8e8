#include "http/request_watch.hpp"

#include "domain/assert.hpp"

namespace orderd::http {
namespace {

constexpr int first_server_error = 500;

void end_span(const request_trace& trace, const answered_request& what) {
  const std::string verb(to_text(what.method));
  const std::string path(what.matched == nullptr ? std::string_view{} : what.matched->path_template);
  std::vector<span_attribute> attributes{{"http.request.method", verb},
                                         {"http.response.status_code", std::int64_t{what.result.status}},
                                         {"orderd.request_id", std::string(what.request_id)}};
  if (!path.empty())
    attributes.push_back({"http.route", path});
  trace.answered(path.empty() ? verb : verb + ' ' + path, std::move(attributes),
                 what.result.status >= first_server_error);
}

} // namespace

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
                             std::string request_id, std::shared_ptr<const request_trace> trace)
    : observer_(observer), matched_(matched), method_(method), began_(std::chrono::steady_clock::now()),
      request_id_(std::move(request_id)), trace_(std::move(trace)) {}

request_watch& request_watch::operator=(request_watch&& other) noexcept {
  if (this != &other) {
    dropped();
    observer_ = std::exchange(other.observer_, nullptr);
    matched_ = other.matched_;
    method_ = other.method_;
    asked_by_ = other.asked_by_;
    began_ = other.began_;
    request_id_ = std::move(other.request_id_);
    trace_ = std::move(other.trace_);
  }
  return *this;
}

void request_watch::answered(const request_result& result) noexcept {
  auto* const told = std::exchange(observer_, nullptr);
  const auto trace = std::exchange(trace_, nullptr);
  if (told == nullptr && trace == nullptr)
    return;
  const answered_request what{
      matched_,    method_,    result, asked_by_, std::chrono::steady_clock::now() - began_,
      request_id_, trace.get()};
  if (trace && trace->edge().sampled)
    end_span(*trace, what);
  if (told != nullptr)
    told->answered(what);
}

} // namespace orderd::http

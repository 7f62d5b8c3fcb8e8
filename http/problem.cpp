#include "http/problem.hpp"

#include "config/id_source.hpp"
#include "config/json_writer.hpp"
#include "domain/assert.hpp"
#include "http/request_watch.hpp"

#include <utility>

namespace orderd::http {
namespace {

/// The general name of a status, which the title of a problem is.
[[nodiscard]] std::string_view title_of(int status) noexcept {
  switch (status) {
  case 400:
    return "Bad Request";
  case 401:
    return "Unauthorized";
  case 402:
    return "Payment Required";
  case 403:
    return "Forbidden";
  case 404:
    return "Not Found";
  case 405:
    return "Method Not Allowed";
  case 408:
    return "Request Timeout";
  case 409:
    return "Conflict";
  case 412:
    return "Precondition Failed";
  case 413:
    return "Content Too Large";
  case 414:
    return "URI Too Long";
  case 415:
    return "Unsupported Media Type";
  case 417:
    return "Expectation Failed";
  case 422:
    return "Unprocessable Content";
  case 429:
    return "Too Many Requests";
  case 431:
    return "Request Header Fields Too Large";
  case 500:
    return "Internal Server Error";
  case 501:
    return "Not Implemented";
  case 503:
    return "Service Unavailable";
  case 505:
    return "HTTP Version Not Supported";
  default:
    return "Error";
  }
}

void write_errors(json_writer& json, const problem& what) {
  if (what.errors.empty() && what.shortages.empty())
    return;
  json.key("errors").begin_array();
  for (const auto& each : what.errors) {
    json.begin_object()
        .member("field", each.field)
        .member("code", each.code)
        .member("detail", each.detail)
        .end_object();
  }
  for (const auto& each : what.shortages) {
    json.begin_object()
        .member("sku", each.sku)
        .member("requested", each.requested)
        .member("available", each.available)
        .end_object();
  }
  json.end_array();
}

[[nodiscard]] std::string body_of(const problem& what, std::string_view request_id) {
  std::string body;
  body.reserve(256 + what.detail.size());
  json_writer json(body);
  json.begin_object();
  json.member("type", "/problems/" + std::string(what.code));
  json.member("title", title_of(what.status));
  json.member("status", what.status);
  json.member("detail", what.detail);
  json.member("code", what.code);
  write_errors(json, what);
  if (what.code == code_text(rejection_code::illegal_transition)) {
    json.key("allowed").begin_array();
    for (const auto status : what.allowed)
      json.value(status);
    json.end_array();
  }
  if (!request_id.empty())
    json.member("request_id", request_id);
  json.end_object();
  return body;
}

} // namespace

response to_response(const problem& what, std::string_view request_id) {
  response answer;
  answer.status = what.status;
  answer.content_type = "application/problem+json";
  answer.body = body_of(what, request_id);
  answer.code = what.code;
  if (what.status == 503 || what.status == 429)
    answer.headers.emplace_back("Retry-After", "1");
  if (what.status == 401)
    answer.headers.emplace_back("WWW-Authenticate", what.challenge);
  return answer;
}

int status_of(rejection_code code) noexcept {
  switch (code) {
  case rejection_code::shutting_down:
  case rejection_code::overloaded:
  case rejection_code::backlog_full:
  case rejection_code::store_unavailable:
  case rejection_code::audit_running:
  case rejection_code::payment_unavailable:
    return 503;
  case rejection_code::payment_declined:
    return 402;
  case rejection_code::idempotency_mismatch:
    return 422;
  case rejection_code::missing_user:
    return 401;
  case rejection_code::not_found:
    return 404;
  case rejection_code::forbidden:
    return 403;
  case rejection_code::version_mismatch:
    return 412;
  case rejection_code::illegal_transition:
  case rejection_code::product_id_taken:
  case rejection_code::reservation_expired:
  case rejection_code::price_changed:
    return 409;
  case rejection_code::invalid_field:
    return 422;
  case rejection_code::unknown_product:
  case rejection_code::insufficient_stock:
    return 400;
  }
  assertion_failed("known rejection_code", __FILE__, __LINE__);
}

problem to_problem(rejection refused) {
  problem what;
  what.status = status_of(refused.code);
  what.code = code_text(refused.code);
  what.shortages = std::move(refused.shortages);
  what.allowed = std::move(refused.alternatives);
  if (!refused.field.empty() && what.shortages.empty())
    what.errors.push_back({std::move(refused.field), what.code, refused.detail});
  what.detail = std::move(refused.detail);
  return what;
}

problem bad_parameter(std::string detail, std::string field) {
  problem what{400, "bad_parameter", std::move(detail), {}, {}, {}};
  if (!field.empty())
    what.errors.push_back({std::move(field), "bad_parameter", what.detail});
  return what;
}

problem malformed_json(const std::string& reason) {
  return {400, "malformed_json", "the body is not valid JSON: " + reason, {}, {}, {}};
}

problem invalid_fields(std::vector<field_error> errors) {
  ORDERD_ASSERT(!errors.empty());
  problem what{422, "invalid_field", errors.front().detail, std::move(errors), {}, {}};
  return what;
}

problem invalid_field(std::string field, std::string detail) {
  std::vector<field_error> errors;
  errors.push_back({std::move(field), "invalid", std::move(detail)});
  return invalid_fields(std::move(errors));
}

error_renderer server_error_renderer(const clock_port& clock, request_observer* observer) {
  return [&clock, observer](int status, std::string_view code, std::string_view detail) {
    auto request_id = to_string(fresh_id(clock));
    auto answer = to_response({status, code, std::string(detail), {}, {}, {}}, request_id);
    // Of a request that was dropped its watch has told.
    if (observer != nullptr && detail != detail_of_dropped_request)
      observer->refused({status, code, detail, request_id});
    answer.headers.emplace_back("X-Request-Id", std::move(request_id));
    return answer;
  };
}

} // namespace orderd::http

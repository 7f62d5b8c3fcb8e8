#include "http/engine_reply.hpp"

#include "actors/event_stream.hpp"
#include "config/json_writer.hpp"
#include "http/audit_routes.hpp"
#include "http/caller_rates.hpp"
#include "http/conditions.hpp"
#include "http/cursor.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {
namespace {

/// A guess that spares most answers a second allocation.
constexpr std::size_t body_bytes_expected = 768;

void write_to(audience to, json_writer& json, const order& shown) { write(json, shown, to); }
void write_to(audience to, json_writer& json, const order_ptr& shown) { write(json, *shown, to); }
void write_to(audience to, json_writer& json, const order_event& shown) { write(json, shown, to); }
template <class Shown> void write_to(audience, json_writer& json, const Shown& shown) { write(json, shown); }

template <class Shown> [[nodiscard]] std::string to_json(const Shown& shown, audience to) {
  std::string body;
  body.reserve(body_bytes_expected);
  json_writer json(body);
  write_to(to, json, shown);
  return body;
}

/// Makes the response to each kind of outcome.
struct renderer {
  const reply_frame& frame;

  response operator()(const rejection& refused) const {
    auto told = refused;
    told.detail = detail_for(frame.shown_to, code_text(refused.code), refused.detail);
    return to_response(to_problem(std::move(told)), frame.request_id);
  }

  response operator()(const order_ptr& shown) const {
    auto answer = versioned(*shown, shown->version, frame.success);
    if (answer.status == 201)
      answer.headers.emplace_back("Location", "/orders/" + to_string(shown->id));
    return answer;
  }

  response operator()(const account_view& shown) const { return versioned(shown, shown.version, 200); }

  response operator()(const opened_account& shown) const {
    auto answer = versioned(shown.view, shown.view.version, shown.created ? 201 : 200);
    if (shown.created)
      answer.headers.emplace_back("Location", account_path(shown.view.id));
    return answer;
  }

  response operator()(const account_entries_page& page) const {
    std::string next;
    if (page.more && !page.items.empty())
      next = encode_timeline_cursor(page.items.back().version);
    return list(page.items, next, 0);
  }

  /// What was answered first, to a request that came again.
  response operator()(const request_record_ptr& first) const { return replay(*first); }

  response operator()(const stock_view& shown) const { return versioned(shown, shown.version, 200); }

  response operator()(const defined_stock& shown) const {
    auto answer = versioned(shown.view, shown.view.version, shown.created ? 201 : 200);
    if (shown.created)
      answer.headers.emplace_back("Location", stock_path(shown.view.product.sku));
    return answer;
  }

  response operator()(const reservation_view& shown) const {
    response answer;
    answer.status = frame.success;
    answer.body = to_json(shown, frame.shown_to);
    if (answer.status == 201)
      answer.headers.emplace_back("Location",
                                  stock_path(shown.sku) + "/reservations/" + to_string(shown.reservation.id));
    return answer;
  }

  response operator()(const import_report& report) const {
    response answer;
    json_writer json(answer.body);
    json.begin_object().member("created", report.created).member("updated", report.updated);
    json.member("failed", report.failed).member("unavailable", report.unavailable);
    json.key("errors").begin_array();
    for (const auto& each : report.first_failures)
      json.begin_object()
          .member("line", each.line)
          .member("code", each.code)
          .member("detail", each.detail)
          .end_object();
    json.end_array().end_object();
    return answer;
  }

  /// Whoever comes back to see what is new goes on behind `last_event_id`, which is always there.
  response operator()(const event_history_page& page) const {
    const auto next = page.more ? encode_event_cursor(page.looked_to) : std::string();
    response answer;
    json_writer json(answer.body);
    json.begin_object().key("items").begin_array();
    for (const auto& item : page.items)
      json.raw(item);
    json.end_array();
    write_list_end(json, frame.list, next, 0);
    json.member("last_event_id", to_text(page.looked_to)).end_object();
    answer.headers.emplace_back("Cache-Control", "no-store");
    answer.headers.emplace_back("Vary", "Accept");
    if (auto link = link_header(frame.list, next, 0); !link.empty())
      answer.headers.emplace_back("Link", std::move(link));
    return answer;
  }

  response operator()(const audit_result_ptr& found) const { return audit_response(*found); }

  response operator()(const order_page& page) const {
    std::string next;
    if (page.more && !page.items.empty())
      next = encode_cursor({page.items.back()->created_at, page.items.back()->id});
    return list(page.items, next, page.total.value_or(0));
  }

  response operator()(const stock_page& page) const {
    std::string next;
    if (page.more && !page.items.empty())
      next = encode_stock_cursor(page.items.back().product.sku);
    return list(page.items, next, page.total.value_or(0));
  }

  response operator()(const timeline_page& page) const {
    std::string next;
    if (page.more && !page.events.empty())
      next = encode_timeline_cursor(page.events.back().version);
    return list(page.events, next, 0);
  }

 private:
  template <class Shown>
  [[nodiscard]] response versioned(const Shown& shown, std::uint64_t version, int status) const {
    response answer;
    auto etag = etag_of(version);
    if (!frame.if_none_match.empty() && names_etag(frame.if_none_match, etag)) {
      answer.status = 304;
    } else {
      answer.status = status;
      answer.body = to_json(shown, frame.shown_to);
    }
    answer.headers.emplace_back("ETag", std::move(etag));
    return answer;
  }

  template <class Items>
  [[nodiscard]] response list(const Items& items, const std::string& next, std::uint64_t total) const {
    response answer;
    json_writer json(answer.body);
    json.begin_object().key("items").begin_array();
    for (const auto& item : items)
      write_to(frame.shown_to, json, item);
    json.end_array();
    write_list_end(json, frame.list, next, total);
    json.end_object();
    if (auto link = link_header(frame.list, next, total); !link.empty())
      answer.headers.emplace_back("Link", std::move(link));
    return answer;
  }
};

} // namespace

response replay(const request_record& first) {
  response answer;
  answer.status = first.status;
  if (first.status >= 400)
    answer.content_type = "application/problem+json";
  answer.body = first.body;
  for (std::string_view left = first.headers; !left.empty();) {
    const auto line = left.substr(0, left.find('\n'));
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos)
      answer.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
  }
  answer.headers.emplace_back("Idempotency-Replayed", "true");
  answer.is_replay = true;
  return answer;
}

void record_answer(const outcome& result, const reply_frame& frame, request_record& into) {
  auto answer = std::visit(renderer{frame}, result);
  into.status = static_cast<std::uint16_t>(answer.status);
  for (const auto& [name, value] : answer.headers)
    into.headers.append(name).append(": ").append(value).append("\n");
  into.body = std::move(answer.body);
}

response render(const outcome& result, const reply_frame& frame) {
  auto answer = std::visit(renderer{frame}, result);
  answer.headers.emplace_back("X-Request-Id", frame.request_id);
  append_applied_preference(answer, frame.durability);
  append_rate(answer, frame.rate);
  return answer;
}

class engine_reply::pending final : public deferred_response {
 public:
  pending(reply_frame frame, request_watch watch) : frame_(std::move(frame)), watch_(std::move(watch)) {}
  /// The engine's decision stands, whether or not somebody heard of it.
  ~pending() override {
    if (!is_answered_)
      return;
    const auto* const refused = std::get_if<rejection>(&result_);
    watch_.client_gone(refused == nullptr ? std::string_view{} : code_text(refused->code),
                       std::holds_alternative<request_record_ptr>(result_));
  }
  pending(const pending&) = delete;
  pending& operator=(const pending&) = delete;

  void take(outcome&& result) noexcept {
    result_ = std::move(result);
    is_answered_ = true;
  }
  response render() noexcept override {
    auto answer = http::render(result_, frame_);
    watch_.sent(answer);
    return answer;
  }

 private:
  outcome result_;
  bool is_answered_ = false;
  reply_frame frame_;
  request_watch watch_;
};

engine_reply::engine_reply(answer_port out, reply_frame frame)
    : out_(std::move(out)), pending_(std::make_unique<pending>(std::move(frame), out_.take_watch())) {}

engine_reply::~engine_reply() = default;

void engine_reply::answer(outcome&& result) noexcept {
  pending_->take(std::move(result));
  out_.send(std::unique_ptr<deferred_response>(std::move(pending_)));
}

} // namespace orderd::http

#include "http/call.hpp"

#include "config/id_source.hpp"
#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "domain/assert.hpp"
#include "http/caller_rates.hpp"
#include "http/engine_reply.hpp"
#include "http/idempotency.hpp"
#include "http/preferences.hpp"

#include <algorithm>

namespace orderd::http {
namespace {

constexpr std::size_t request_id_bytes_max = 128;

[[nodiscard]] bool is_json(std::string_view media_type) noexcept {
  return media_type == "application/json" || media_type.ends_with("+json");
}

} // namespace

void answer_port::send(response answer) noexcept {
  watch_.sent(answer);
  if (client_)
    client_.send(std::move(answer));
  else if (receiver_)
    std::exchange(receiver_, nullptr)(std::move(answer));
}

void answer_port::send(std::unique_ptr<deferred_response> answer) noexcept {
  if (client_)
    client_.send(std::move(answer));
  else if (receiver_)
    std::exchange(receiver_, nullptr)(answer->render());
}

response_stream answer_port::stream(response head, stream_options options) noexcept {
  if (client_) {
    watch_.sent(head);
    return client_.stream(std::move(head), std::move(options));
  }
  send(std::move(head));
  return {};
}

reply_frame reply_frame::creation() {
  reply_frame frame;
  frame.success = 201;
  return frame;
}

reply_frame reply_frame::read_by(const request& in) {
  reply_frame frame;
  frame.if_none_match = in.header("If-None-Match");
  return frame;
}

void append_applied_preference(response& answer, const durability_terms& terms) {
  if (terms.preferred && answer.status != 503)
    answer.headers.emplace_back("Preference-Applied", applied_preference(terms.least));
}

void call::answer(response with) noexcept {
  with.headers.emplace_back("X-Request-Id", request_id);
  append_rate(with, rate);
  out.send(std::move(with));
}

void call::refuse(const problem& what) noexcept { answer(to_response(what, request_id)); }

durability_terms call::durability() const {
  const auto preferred = preferred_durability(in);
  return {std::max(api.durability, preferred.value_or(api.durability)), preferred.has_value()};
}

reply_token call::token(reply_frame frame) {
  frame.request_id = std::move(request_id);
  frame.durability = durability();
  frame.rate = rate;
  frame.shown_to = who.is_operator ? audience::operators : audience::customers;
  const auto least = frame.durability.least;
  std::shared_ptr<const request_ticket> ticket;
  if (!idempotency_key.empty())
    ticket = make_ticket(in, idempotency_key, who, [frame](const outcome& result, request_record& into) {
      record_answer(result, frame, into);
    });
  reply_token made(std::make_unique<engine_reply>(std::move(out), std::move(frame)));
  made.require(least);
  made.set_ticket(std::move(ticket));
  made.set_trace(std::move(trace));
  return made;
}

std::string request_id_of(const request& in, const clock_port& clock) {
  const auto given = in.header("X-Request-Id");
  const bool is_ascii = std::all_of(given.begin(), given.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (is_ascii && is_printable(given, request_id_bytes_max))
    return std::string(given);
  return to_string(fresh_id(clock));
}

std::string media_type_of(const request& in) {
  const auto header = in.header("Content-Type");
  auto type = std::string(header.substr(0, header.find(';')));
  type.erase(0, type.find_first_not_of(" \t"));
  type.erase(type.find_last_not_of(" \t") + 1);
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type;
}

problem unsupported_media_type(const request& in, std::string_view supported) {
  return {415,
          "unsupported_media_type",
          "the body is " + std::string(cut_utf8(in.header("Content-Type"), limits::quoted_value_bytes_max)) +
              " and must be " + std::string(supported),
          {},
          {},
          {}};
}

checked<json_value> read_json_body(const request& in) {
  if (!in.body.empty() && in.header("Content-Type").data() != nullptr && !is_json(media_type_of(in)))
    return tl::unexpected(unsupported_media_type(in, "application/json"));
  const auto parsed = document_of_this_thread().parse(in.body, in.body_padding_bytes);
  if (!parsed)
    return tl::unexpected(malformed_json(parsed.error()));
  return *parsed;
}

checked<std::optional<json_value>> read_optional_json_body(const request& in) {
  if (in.body.empty())
    return std::nullopt;
  const auto read = read_json_body(in);
  if (!read)
    return tl::unexpected(read.error());
  return *read;
}

checked<uuid> path_id(const call& c, std::size_t index) {
  ORDERD_ASSERT(index < c.parameters.count);
  const auto text = c.parameters.values[index];
  if (const auto id = parse_uuid(text))
    return *id;
  return tl::unexpected(invalid_field("id", "the id in the path is \"" + std::string(cut_utf8(text, 80)) +
                                                "\" and must be a UUID"));
}

namespace {

/// The path parameter 0 as a name of at most so many bytes. `what` says in a refusal what it names.
[[nodiscard]] checked<std::string> path_name(const call& c, std::size_t bytes_max, std::string field,
                                             const std::string& what) {
  ORDERD_ASSERT(c.parameters.count > 0);
  const auto text = c.parameters.values[0];
  auto name = percent_decode(text);
  if (!name)
    return tl::unexpected(bad_parameter("the path has a bad percent escape in \"" + std::string(text) + '"'));
  if (!is_printable(*name, bytes_max))
    return tl::unexpected(
        invalid_field(std::move(field), what + " in the path has " + std::to_string(name->size()) +
                                            " bytes and must have 1 to " + std::to_string(bytes_max) +
                                            " without control characters"));
  return *std::move(name);
}

} // namespace

checked<std::string> path_sku(const call& c) { return path_name(c, limits::sku_bytes_max, "sku", "the SKU"); }

checked<std::string> path_account(const call& c) {
  return path_name(c, account_id_bytes_max, "id", "the account's id").map(canonical_name);
}

std::string account_path(std::string_view id) {
  std::string path = "/accounts/";
  append_percent_encoded(path, id);
  return path;
}

std::string stock_path(std::string_view sku) {
  std::string path = "/stock/";
  append_percent_encoded(path, sku);
  return path;
}

problem forbidden(std::string detail) { return {403, "forbidden", std::move(detail), {}, {}, {}}; }

} // namespace orderd::http

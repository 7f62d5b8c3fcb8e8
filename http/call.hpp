/// One request on its way through the routes, and how it is answered.
#pragma once

#include "actors/engine.hpp"
#include "config/durability.hpp"
#include "config/rate_table.hpp"
#include "config/settings.hpp"
#include "http/field_reader.hpp"
#include "http/identity.hpp"
#include "http/json_reader.hpp"
#include "http/query_string.hpp"
#include "http/request_watch.hpp"
#include "http/response_stream.hpp"
#include "http/router.hpp"
#include "http/server.hpp"
#include "http/views.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace orderd::http {

class caller_rates;
class edge_figures;
class event_links;

/// What the routes work with. Everything behind it must outlive the last request; any thread reads it.
struct api_context {
  engine& core;
  const clock_port& clock;
  const identity_port& identity;
  placement_mode placement = placement_mode::immediate;
  std::string currency = "USD";
  durability_mode durability = durability_mode::journal; ///< of every answer, at least
  const std::atomic<bool>& draining; ///< set once the server is to end: not ready any more
  payments_mode payments = payments_mode::none;
  const event_links* links = nullptr;    ///< to brokers; null for none
  request_observer* observer = nullptr;  ///< null: nobody is told of requests
  const edge_figures* figures = nullptr; ///< what `/metrics` and `/status` tell of the edge; null: nothing
  caller_rates* rates = nullptr;         ///< null: callers may come as often as they like
  tracer* traces = nullptr;              ///< null: no request is traced, and no caller's context goes on
};

/// Where an answer goes: to the server's client, or to whoever calls the routes without a server.
class answer_port {
 public:
  using receiver = std::function<void(response)>;

  explicit answer_port(responder to) noexcept : client_(std::move(to)) {}
  /// `to` is called once, on the thread that answers.
  explicit answer_port(receiver to) noexcept : receiver_(std::move(to)) {}

  /// What tells of the answer that is sent here. Before that, and before the port moves on.
  void set_watch(request_watch watch) noexcept { watch_ = std::move(watch); }
  void set_caller(caller_kind kind) noexcept { watch_.set_caller(kind); }
  /// For a deferred answer: whoever makes it knows its status, and tells of it in place of this port.
  [[nodiscard]] request_watch take_watch() noexcept { return std::move(watch_); }

  /// Once, from any thread.
  void send(response answer) noexcept;
  /// Once, from any thread; `take_watch` goes before it.
  void send(std::unique_ptr<deferred_response> answer) noexcept;
  /// As `responder::stream`. A receiver takes whole answers only: it is sent the head with its body, and the
  /// stream has ended already, without an event.
  [[nodiscard]] response_stream stream(response head, stream_options options) noexcept;

 private:
  responder client_;
  receiver receiver_;
  request_watch watch_;
};

/// How far what is answered must have come.
struct durability_terms {
  durability_mode least = durability_mode::memory;
  bool preferred = false; ///< the client asked for a durability, and is told what it got
};

/// Tells in Preference-Applied what holds, if the client asked. An answer of 503 says nothing of any change
/// and carries no such promise.
void append_applied_preference(response& answer, const durability_terms& terms);

/// What an answer of the engine needs to become a response.
struct reply_frame {
  std::string request_id;
  int success = 200;         ///< of an order or a reservation
  std::string if_none_match; ///< of a read; empty if absent
  list_frame list;           ///< of a list
  durability_terms durability;
  audience shown_to = audience::customers; ///< of the asker; `call::token` sets it
  std::optional<rate_standing> rate;       ///< of the asker; the same

  /// Answers 201 with a Location.
  [[nodiscard]] static reply_frame creation();
  /// Answers 304 to a client that has the version already.
  [[nodiscard]] static reply_frame read_by(const request& in);
};

/// Lives while the handler runs, on the worker's thread.
struct call {
  const api_context& api;
  const request& in;
  path_parameters parameters;
  caller who;
  std::string request_id;
  answer_port out;
  std::string_view idempotency_key = {};     ///< of a request that is to be executed once; else empty
  std::optional<rate_standing> rate = {};    ///< of a caller whose rate is limited
  std::shared_ptr<request_trace> trace = {}; ///< null unless the request is in a trace

  void answer(response with) noexcept;
  void refuse(const problem& what) noexcept;
  /// The process's durability, or more if the client prefers that.
  [[nodiscard]] durability_terms durability() const;
  /// Turns the call into a token for the engine. The call must not be answered otherwise.
  [[nodiscard]] reply_token token(reply_frame frame);

  /// Submits what was built, or refuses.
  template <class Request> void submit(checked<Request> built, reply_frame frame = {}) {
    if (!built) {
      refuse(built.error());
      return;
    }
    built->reply = token(std::move(frame));
    api.core.submit(*std::move(built));
  }
};

/// The client's id for the request, if it can stand in a header and in a log; else a fresh one.
[[nodiscard]] std::string request_id_of(const request& in, const clock_port& clock);

/// The JSON body: 415 for another type (none given is taken for JSON), 400 if malformed or absent. The value
/// is valid while the handler runs and reads no other body.
[[nodiscard]] checked<json_value> read_json_body(const request& in);
/// The same for a body that may be absent: null then stands for an empty object.
[[nodiscard]] checked<std::optional<json_value>> read_optional_json_body(const request& in);

/// A command that has nothing to say yet: its body may be absent, and is an object if not.
template <class Command> [[nodiscard]] checked<Command> read_empty_object(const request& in) {
  const auto json = read_optional_json_body(in);
  if (!json)
    return tl::unexpected(json.error());
  if (!*json)
    return Command{};
  return read_object<Command>(**json, [](field_reader&, Command&) {});
}

/// The path parameter `index` as a UUID; else 422.
[[nodiscard]] checked<uuid> path_id(const call& c, std::size_t index);
/// The path parameter 0 as a SKU; else 422.
[[nodiscard]] checked<std::string> path_sku(const call& c);
/// The path parameter 0 as the id of an account, in the spelling of the user's name; else 422.
[[nodiscard]] checked<std::string> path_account(const call& c);

/// The paths of entities, for Location.
[[nodiscard]] std::string stock_path(std::string_view sku);
[[nodiscard]] std::string account_path(std::string_view id);

/// The media type without parameters, in lower case.
[[nodiscard]] std::string media_type_of(const request& in);
[[nodiscard]] problem unsupported_media_type(const request& in, std::string_view supported);

[[nodiscard]] problem forbidden(std::string detail);

} // namespace orderd::http

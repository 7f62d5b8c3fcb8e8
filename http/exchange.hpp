/// From an engine's outcome to the response of the request that asked for it.
#pragma once

#include "actors/reply.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace orderd::http {

/// What of a request its answer needs.
struct answer_context {
  std::string request_id;
  int status = 200;         ///< of success
  bool names_place = false; ///< send `Location`
  std::string path;         ///< of a list, for `Link`
  std::string query;        ///< of a list, for `Link`
  std::size_t limit = 20;   ///< of a list
  std::optional<std::size_t> page;
};

/// A token whose outcome is turned into the response on the worker thread, if the client still waits.
[[nodiscard]] reply_token answer_with(responder reply, answer_context context);

/// Answers with an error at once.
void send_problem(responder reply, const problem& what, std::string_view request_id);
/// Answers with JSON at once.
void send_json(responder reply, int status, std::string body, std::string request_id);

/// The response to an outcome: rejections become problems, entities get their ETag.
[[nodiscard]] response present(outcome&& result, answer_context&& context);

} // namespace orderd::http

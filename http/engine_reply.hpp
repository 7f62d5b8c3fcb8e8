/// Answers of the engine on their way to the client.
#pragma once

#include "actors/reply.hpp"
#include "http/call.hpp"

#include <memory>

namespace orderd::http {

/// Renders an outcome as frame says. Any thread.
[[nodiscard]] response render(const outcome& result, const reply_frame& frame);

/// Puts the answer into the record of its request: all of it that is not the single request's own.
void record_answer(const outcome& result, const reply_frame& frame, request_record& into);
/// The answer that the record remembers, and that it is one.
[[nodiscard]] response replay(const request_record& first);

/// Takes the outcome on whichever thread knows it, and leaves the rendering to the client's worker.
class engine_reply final : public reply_sink {
 public:
  engine_reply(answer_port out, reply_frame frame);
  ~engine_reply() override;
  engine_reply(const engine_reply&) = delete;
  engine_reply& operator=(const engine_reply&) = delete;
  void answer(outcome&& result) noexcept override;

 private:
  class pending;
  answer_port out_;
  /// Allocated before the engine is asked, so that the thread that answers allocates nothing.
  std::unique_ptr<pending> pending_;
};

} // namespace orderd::http

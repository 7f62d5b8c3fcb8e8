/// The claim of a request that is remembered.
#pragma once

#include "actors/reply.hpp"
#include "config/clock.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace orderd {

/// Whether this is a refusal that passes: the same request may be granted a moment later, so it is not
/// remembered.
[[nodiscard]] bool is_passing(const outcome& result) noexcept;

/// Whether it is `not_found`.
[[nodiscard]] bool is_unknown(const outcome& result) noexcept;

/// Whether it is `unknown_product`.
[[nodiscard]] bool is_unknown_product(const outcome& result) noexcept;

/// Written by whoever decides the request, then read by whoever remembers it: a message lies between.
class kept_claim final : public request_claim {
 public:
  kept_claim(std::shared_ptr<const request_ticket> ticket, const clock_port& clock) noexcept
      : ticket_(std::move(ticket)), clock_(&clock) {}

  [[nodiscard]] request_record_ptr answered(const outcome& result) noexcept override;
  [[nodiscard]] request_record_ptr claimed(const uuid& subject) noexcept override;
  void withdraw() noexcept override { withdrawn_ = true; }

  /// Whether the outcome is one of this request that is not remembered.
  [[nodiscard]] bool passes(const outcome& result) const noexcept;

  [[nodiscard]] const uuid& key() const noexcept { return ticket_->key; }
  [[nodiscard]] const uuid& fingerprint() const noexcept { return ticket_->fingerprint; }
  /// The record with the answer, if it was asked for.
  [[nodiscard]] const request_record_ptr& record() const noexcept { return record_; }
  /// What the request is about, if it was claimed.
  [[nodiscard]] const std::optional<uuid>& subject() const noexcept { return subject_; }
  [[nodiscard]] bool is_withdrawn() const noexcept { return withdrawn_; }

 private:
  std::shared_ptr<const request_ticket> ticket_;
  const clock_port* clock_;
  request_record_ptr record_;
  std::optional<uuid> subject_;
  bool withdrawn_ = false;
};

} // namespace orderd

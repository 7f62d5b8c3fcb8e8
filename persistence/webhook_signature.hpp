/// How a receiver of webhooks knows who sent them: Standard Webhooks (https://www.standardwebhooks.com).
#pragma once

#include "config/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace orderd {

/// Signs with the key of one secret. Any thread.
class webhook_signer {
 public:
  /// The secret is `whsec_` and the key in Base64; `invalid_setting` if it is not. The error does not quote
  /// it.
  [[nodiscard]] static result<webhook_signer> make(std::string_view secret);

  /// The value of the header `webhook-signature`: `v1,` and the HMAC-SHA256, in Base64, of the id, the time
  /// in seconds and the body, divided by dots. The id must have no dot.
  [[nodiscard]] std::string sign(std::string_view id, std::chrono::sys_seconds at,
                                 std::string_view body) const;

 private:
  explicit webhook_signer(std::string key) : key_(std::move(key)) {}

  std::string key_;
};

} // namespace orderd

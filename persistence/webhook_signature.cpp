#include "persistence/webhook_signature.hpp"

#include "config/base64.hpp"
#include "config/hmac.hpp"

namespace orderd {

result<webhook_signer> webhook_signer::make(std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  const auto key = secret.starts_with(prefix) ? decode_base64(secret.substr(prefix.size())) : std::nullopt;
  if (!key || key->empty())
    return fail(error_code::invalid_setting, "the secret of the webhook is not whsec_ and a key in Base64");
  return webhook_signer(*key);
}

std::string webhook_signer::sign(std::string_view id, std::chrono::sys_seconds at,
                                 std::string_view body) const {
  std::string signed_text(id);
  signed_text.reserve(id.size() + body.size() + 24);
  ((signed_text += '.') += std::to_string(at.time_since_epoch().count())) += '.';
  signed_text += body;
  const auto code = hmac_sha256(key_, signed_text);
  return "v1," + encode_base64({reinterpret_cast<const char*>(code.data()), code.size()});
}

} // namespace orderd

#include "config/hmac.hpp"

#include "domain/assert.hpp"

#include <openssl/evp.h>

namespace orderd {

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<std::uint8_t, 32> code{};
  std::size_t written = 0;
  // OpenSSL takes a null pointer for no key at all, and not for an empty one.
  const char* const key_bytes = key.empty() ? "" : key.data();
  ORDERD_ASSERT(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_bytes, key.size(),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), code.data(),
                          code.size(), &written) != nullptr &&
                written == code.size());
  return code;
}

} // namespace orderd

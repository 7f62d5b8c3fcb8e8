#include "config/sha256.hpp"

#include "domain/assert.hpp"

#include <openssl/evp.h>

namespace orderd {

void sha256::freer::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  ORDERD_ASSERT(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

sha256& sha256::update(std::string_view bytes) {
  ORDERD_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

sha256::digest sha256::finish() {
  digest result{};
  ORDERD_ASSERT(EVP_DigestFinal_ex(context_.get(), result.data(), nullptr) == 1);
  return result;
}

} // namespace orderd

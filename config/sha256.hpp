/// SHA-256 (FIPS 180-4): for digests that strangers must not be able to make collide.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;

namespace orderd {

/// Takes bytes in any number of parts. One thread. Without memory for it the process ends.
class sha256 {
 public:
  using digest = std::array<std::uint8_t, 32>;

  sha256();
  sha256& update(std::string_view bytes);
  /// The digest of all that was taken. Once, and last.
  [[nodiscard]] digest finish();

 private:
  struct freer {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, freer> context_;
};

} // namespace orderd

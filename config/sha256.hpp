/// SHA-256 (FIPS 180-4): for digests that strangers must not be able to make collide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace orderd {

/// Takes bytes in any number of parts. A value of its own; one thread.
class sha256 {
 public:
  using digest = std::array<std::uint8_t, 32>;

  sha256& update(std::string_view bytes) noexcept;
  /// The digest of all that was taken. Once, and last.
  [[nodiscard]] digest finish() noexcept;

 private:
  static constexpr std::size_t block_bytes = 64;
  void take_block(const std::uint8_t* block) noexcept;

  std::array<std::uint32_t, 8> state_{0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU,
                                      0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U};
  std::array<std::uint8_t, block_bytes> partial_{};
  std::size_t partial_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

} // namespace orderd

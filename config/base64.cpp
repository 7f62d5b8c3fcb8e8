#include "config/base64.hpp"

#include "domain/assert.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace orderd {

namespace {

/// OpenSSL counts the bytes in an `int`.
constexpr std::size_t bytes_max = std::numeric_limits<int>::max() / 2;

[[nodiscard]] const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[nodiscard]] bool is_digit(char each) noexcept {
  return (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') ||
         each == '+' || each == '/';
}

} // namespace

std::string encode_base64(std::string_view bytes) {
  ORDERD_ASSERT(bytes.size() <= bytes_max);
  // OpenSSL ends it with a NUL.
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes),
                                      static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(written));
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() > bytes_max)
    return std::nullopt;
  if (text.size() % 4 == 0)
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding)
      text.remove_suffix(1);
  // OpenSSL alone would let blanks pass at both ends. One digit of the last four holds no whole byte.
  if (text.size() % 4 == 1 || !std::all_of(text.begin(), text.end(), is_digit))
    return std::nullopt;
  std::string padded(text);
  padded.append((4 - text.size() % 4) % 4, '=');
  std::string bytes(padded.size() / 4 * 3, '\0');
  const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(padded),
                                      static_cast<int>(padded.size()));
  ORDERD_ASSERT(static_cast<std::size_t>(written) == bytes.size());
  // It counts the padding as bytes.
  bytes.resize(text.size() * 3 / 4);
  return bytes;
}

} // namespace orderd

/// What keys and contents of remembered requests are made from.
#pragma once

#include "config/sha256.hpp"
#include "domain/uuid.hpp"

#include <algorithm>
#include <string_view>

namespace orderd::http {

/// Between the parts that are digested; occurs in none of them but the last.
inline constexpr std::string_view digest_divider{"\0", 1};

/// The first bytes of the digest, as many as an id has. Ends the hash.
[[nodiscard]] inline uuid front_of(sha256& hash) {
  const auto digest = hash.finish();
  uuid front;
  std::copy_n(digest.begin(), front.bytes.size(), front.bytes.begin());
  return front;
}

} // namespace orderd::http

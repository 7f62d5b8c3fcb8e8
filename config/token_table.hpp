/// Bearer tokens and whose they are.
#pragma once

#include "config/result.hpp"
#include "config/sha256.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace orderd {

/// Knows tokens by their SHA-256 digests alone. A name may have several, so that one can be replaced without
/// a gap. Immutable: any thread.
class token_table {
 public:
  /// Knows no token.
  token_table() = default;

  /// Reads lines of a name and the digest of a token in 64 hex digits, divided by blanks. Blank lines and
  /// those that begin with `#` are passed over. A name has 1-64 printable characters without blanks. Errors:
  /// invalid_setting, with the first line that is none of these or has a digest that was there before; what
  /// stands in the place of a digest is never repeated, since it may be a token.
  [[nodiscard]] static result<token_table> parse(std::string_view text);

  /// Whose token it is, or null. The time it takes tells nothing that helps to guess one.
  [[nodiscard]] const std::string* user_of(std::string_view token) const;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  using digest = sha256::digest;
  struct entry {
    digest of_token;
    std::string user;
    std::size_t line;
  };
  [[nodiscard]] static std::uint64_t place_of(const digest& of_token) noexcept;
  [[nodiscard]] const entry* find(const digest& wanted) const noexcept;
  [[nodiscard]] result<void> take_line(std::string_view line, std::size_t number);

  std::unordered_multimap<std::uint64_t, entry> entries_; ///< by the front of the digest
};

/// The table in a file of at most 1 MiB. Errors, which name the file: io_failed, and those of `parse`.
[[nodiscard]] result<token_table> read_token_file(const std::string& path);

} // namespace orderd

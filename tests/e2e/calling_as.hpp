/// Callers who say who they are in the way that the program asks for.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace orderd::test {

inline const std::string customer_name = "550e8400-e29b-41d4-a716-446655440000";

/// `<name> <digest>`, as a line of the token file, for the token `token-of-<name>`; of the customer
/// `token-of-customer`.
inline std::string token_line(const std::string& name) {
  static const std::map<std::string, std::string_view> digests{
      {customer_name, "468aa4c6bec726dd5f6e65af96cf9b044c80a51cdab23c87ac6372e464896b5d"},
      {"eve", "d826c06120cbe0bc3704ae39afb49739b78f5de49bdf0fa4464a78e0e13ecb95"},
      {"runner-7", "64e12361a500be566cb02dfd354da6b1fa30f84386d98596bcce33ee02e49dab"},
      {"operator", "18480fd309fa2cc658eb41b2df7eebc20f8f515b6331fa8417b15c198f9559da"}};
  return name + ' ' + std::string(digests.at(name)) + '\n';
}

/// The header line that names the caller; none for nobody.
inline header_lines credentials_of(const std::string& name, const std::string& auth) {
  if (name.empty())
    return {};
  if (auth == "token")
    return {"Authorization: Bearer token-of-" + (name == customer_name ? "customer" : name)};
  return {"X-User: " + name};
}

/// A file of tokens that can be written anew.
class token_file {
 public:
  explicit token_file(const std::string& text) { write(text); }

  /// Whoever reads meanwhile finds the former file or the new one, whole.
  void write(const std::string& text) const {
    std::ofstream(path() + ".new", std::ios::binary) << text;
    std::filesystem::rename(path() + ".new", path());
  }
  [[nodiscard]] std::string path() const { return folder_.path() + "/tokens"; }

 private:
  temporary_folder folder_;
};

} // namespace orderd::test

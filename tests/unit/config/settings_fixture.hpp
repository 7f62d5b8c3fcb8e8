/// Reads settings from arguments, variables and a file that a test writes down.
#pragma once

#include "config/settings.hpp"
#include "config/settings_table.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::tests {

using read_outcome = tl::expected<settings_outcome, settings_problems>;
using variables = std::map<std::string, std::string, std::less<>>;

inline read_outcome read(const std::vector<std::string>& arguments, const variables& environment = {},
                         std::size_t cores = 2, settings_table_view table = settings_table()) {
  std::vector<const char*> argv{"orderd"};
  for (const std::string& each : arguments)
    argv.push_back(each.c_str());
  return read_settings(table, static_cast<int>(argv.size()), argv.data(), {environment, cores});
}

/// The settings to run with; fails the test case with the problems if there are none.
inline settings good(const read_outcome& outcome) {
  if (!outcome)
    BOOST_FAIL(describe(outcome.error()));
  BOOST_REQUIRE(std::holds_alternative<settings>(*outcome));
  return std::get<settings>(*outcome);
}

inline printed_answer printed(const read_outcome& outcome) {
  if (!outcome)
    BOOST_FAIL(describe(outcome.error()));
  BOOST_REQUIRE(std::holds_alternative<printed_answer>(*outcome));
  return std::get<printed_answer>(*outcome);
}

/// The sentences of what is wrong; fails the test case if nothing is.
inline std::vector<std::string> complaints(const read_outcome& outcome) {
  BOOST_REQUIRE(!outcome.has_value());
  std::vector<std::string> sentences;
  for (const error& each : outcome.error())
    sentences.push_back(each.detail);
  return sentences;
}

/// The only complaint.
inline std::string complaint(const read_outcome& outcome) {
  const std::vector<std::string> sentences = complaints(outcome);
  BOOST_REQUIRE_MESSAGE(sentences.size() == 1, describe(outcome.error()));
  return sentences.front();
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A file that is gone when the test ends.
class temporary_file {
 public:
  explicit temporary_file(std::string_view text) {
    static int made = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("orderd_settings_" + std::to_string(::getpid()) + "_" + std::to_string(made++) + ".toml");
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline read_outcome read_file_text(std::string_view text, std::vector<std::string> arguments = {},
                                   const variables& environment = {}) {
  const temporary_file file(text);
  arguments.insert(arguments.begin(), {"--config", file.path()});
  return read(arguments, environment);
}

} // namespace orderd::tests

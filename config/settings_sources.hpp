/// The places that values come from. Each reader reports all it finds wrong and goes on; what a value means
/// is decided later, by the table's row.
#pragma once

#include "config/settings_table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Text that somebody gave for a setting.
struct given_value {
  std::size_t row;   ///< index into the table
  std::string where; ///< for people: `environment variable PORT`
  std::string text;
};

struct source_reading {
  std::vector<given_value> values; ///< at most one for each row
  settings_problems problems;
};

struct command_line {
  source_reading reading;
  std::optional<std::string> config_file;
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  process_task task = process_task::serve;
  std::string task_file;
};

/// All behind the first, last first, as CLI11 parses them. It takes the argument after `--name=` for its
/// value; an empty value is meant, and written apart.
[[nodiscard]] std::vector<std::string> arguments_backwards(int argc, const char* const* argv);

[[nodiscard]] command_line read_flags(settings_table_view table, int argc, const char* const* argv);

/// Unknown variables that start with ORDERD_ are problems, except what test programs (ORDERD_TEST_…) and
/// Kubernetes (the addresses of services whose name starts with `orderd`) put there.
[[nodiscard]] source_reading
read_environment(settings_table_view table, const std::map<std::string, std::string, std::less<>>& variables);

/// Reads one TOML document of flat keys.
[[nodiscard]] source_reading read_file(settings_table_view table, const std::string& path);

/// The environment variable that names the file where no flag does.
inline constexpr std::string_view config_file_variable = "ORDERD_CONFIG";

/// `value` in single quotes, escaped and cut to a length that a message can bear.
[[nodiscard]] std::string in_quotes(std::string_view value);

/// ` (did you mean X?)` for the candidate that takes the fewest single-letter edits (insert, drop, replace,
/// swap neighbours) to reach from `name`; empty if even that one has little in common with it.
[[nodiscard]] std::string nearest_name_hint(std::string_view name,
                                            const std::vector<std::string>& candidates);

[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

} // namespace orderd

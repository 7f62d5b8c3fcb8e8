#include "config/settings_sources.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace orderd {

namespace {

constexpr std::string_view own_prefix = "ORDERD_";

/// The variables that Kubernetes sets in every pod beside a service named `orderd` or `orderd-…`.
bool is_service_link(std::string_view name, std::string_view value) {
  if (name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos)
    return true;
  if (name.ends_with("_PORT") && value.find("://") != std::string_view::npos)
    return true;
  // ORDERD_PORT_8080_TCP, and the same followed by _ADDR, _PORT or _PROTO.
  constexpr std::string_view mark = "_PORT_";
  const std::size_t at = name.find(mark);
  if (at == std::string_view::npos)
    return false;
  const std::string_view rest = name.substr(at + mark.size());
  const std::size_t digits = rest.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos &&
         (rest.substr(digits).starts_with("_TCP") || rest.substr(digits).starts_with("_UDP") ||
          rest.substr(digits).starts_with("_SCTP"));
}

bool is_known(settings_table_view table, std::string_view name) {
  return name == config_file_variable ||
         std::any_of(table.begin(), table.end(), [name](const setting& row) { return row.name == name; });
}

settings_problems unknown_variables(settings_table_view table,
                                    const std::map<std::string, std::string, std::less<>>& variables) {
  std::vector<std::string> names{std::string(config_file_variable)};
  for (const setting& row : table)
    names.emplace_back(row.name);
  settings_problems problems;
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(own_prefix) || name.starts_with("ORDERD_TEST_") || is_known(table, name) ||
        is_service_link(name, value))
      continue;
    problems.push_back({error_code::invalid_setting, "environment variable " + in_quotes(name) +
                                                         " is no setting" + nearest_name_hint(name, names)});
  }
  return problems;
}

} // namespace

source_reading read_environment(settings_table_view table,
                                const std::map<std::string, std::string, std::less<>>& variables) {
  source_reading reading;
  reading.problems = unknown_variables(table, variables);
  for (std::size_t row = 0; row < table.size(); ++row) {
    std::vector<std::string_view> names{table[row].name};
    names.insert(names.end(), table[row].environment_aliases.begin(), table[row].environment_aliases.end());
    for (const std::string_view name : names) {
      const auto found = variables.find(name);
      if (found == variables.end() || found->second.empty())
        continue;
      reading.values.push_back({row, "environment variable " + std::string(name), found->second});
      break;
    }
  }
  return reading;
}

process_environment this_process_environment() {
  process_environment found;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      found.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  found.cores = std::max(1U, std::thread::hardware_concurrency());
  return found;
}

} // namespace orderd

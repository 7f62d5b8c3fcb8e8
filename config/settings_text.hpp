/// What the program prints about its settings.
#pragma once

#include "config/settings_table.hpp"

#include <string>
#include <vector>

namespace orderd {

/// Every flag with its unit, range, default and environment variables.
[[nodiscard]] std::string help_text(settings_table_view table);

/// The settings as a file that `--config` reads back, each with where it came from. `where` runs beside the
/// table. Secrets are left out and say so.
[[nodiscard]] std::string config_text(settings_table_view table, const settings& values,
                                      const std::vector<std::string>& where);

} // namespace orderd

/// The one table that flags, environment, file, help and checks are made from.
#pragma once

#include "config/setting_kind.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

enum class setting_group : std::uint8_t {
  server,
  callers,
  orders,
  processor,
  payments,
  events,
  durability,
  database,
  actors,
  traces,
  log
};

/// One setting. Its names follow from `name` alone: for ORDERD_DATA_DIR the flags are `--data-dir` and
/// `--orderd-data-dir` and the file's keys `data_dir` and `orderd_data_dir`, these in any case.
struct setting {
  std::string_view name; ///< the environment variable
  setting_group group;
  setting_kind kind;
  std::string_view help;
  std::vector<std::string_view> environment_aliases = {}; ///< read, in this order, where `name` is absent
  bool secret = false; ///< its value is never printed, neither by us nor in a complaint
};

using settings_table_view = std::span<const setting>;

[[nodiscard]] settings_table_view settings_table();
/// Appends the rows of the payments' group.
void add_payments(std::vector<setting>& rows);
/// The same of the events'.
void add_events(std::vector<setting>& rows);
/// The same of the traces'.
void add_traces(std::vector<setting>& rows);

[[nodiscard]] std::string_view title_of(setting_group group) noexcept;

/// `name` without ORDERD_.
[[nodiscard]] std::string_view short_name(std::string_view name) noexcept;
/// `--data-dir`
[[nodiscard]] std::string flag_of(const setting& row);
/// `data_dir`
[[nodiscard]] std::string file_key_of(const setting& row);
/// Lower case, with `-` as `_`: what all spellings of a name have in common.
[[nodiscard]] std::string folded(std::string_view name);

/// `read_settings` over any table: the one without this argument passes `settings_table()`.
[[nodiscard]] tl::expected<settings_outcome, settings_problems>
read_settings(settings_table_view table, int argc, const char* const* argv,
              const process_environment& environment);

} // namespace orderd

#include "http/log_renewal.hpp"

#include "config/log.hpp"
#include "config/log_level_reading.hpp"
#include "config/log_line.hpp"

#include <algorithm>

namespace orderd::http {

void renew_log_level(int argc, const char* const* argv, const process_environment& environment) {
  const auto read = read_log_level(argc, argv, environment);
  if (!read) {
    for (const auto& each : read.error())
      log::error("the settings were read again and are wrong; all stays as it was",
                 {{"detail", each.detail}});
    return;
  }
  if (read->config_file.empty()) {
    log::info("there is no settings file to be read again; the log level stays",
              {{"log_level", log::name_of(read->level)}, {"from", read->where}});
    return;
  }
  if (!read->where.starts_with("file ") && read->where != "default") {
    log::info("the settings file was read again; the log level does not come from it and stays",
              {{"log_level", log::name_of(read->level)}, {"from", read->where}});
    return;
  }
  // Told at the more talkative one of both levels, so that the change itself is seen.
  log::set_level(std::min(log::lowest_level(), read->level));
  log::info("the settings file was read again",
            {{"log_level", log::name_of(read->level)}, {"from", read->where}});
  log::set_level(read->level);
}

} // namespace orderd::http

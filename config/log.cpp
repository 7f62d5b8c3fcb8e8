#include "config/log.hpp"

#include "config/clock.hpp"
#include "config/log_line.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <memory>

namespace orderd::log {

namespace {

std::atomic<format> chosen_format{format::json};
std::atomic<bool> stopped{false};

std::shared_ptr<spdlog::logger> make_sink() {
  auto sink = std::make_shared<spdlog::logger>("orderd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  sink->set_pattern("%v");
  sink->set_level(spdlog::level::trace);
  // Its own handler would print an unescaped line among ours.
  sink->set_error_handler([](const std::string&) {});
  return sink;
}

/// Never destroyed: threads that outlive `main` and destructors of static objects may still log.
spdlog::logger& sink() {
  static auto* const made = new std::shared_ptr<spdlog::logger>(make_sink());
  return **made;
}

} // namespace

namespace detail {

std::atomic<level> lowest{level::info};

void write(level severity, std::string_view message, fields with) noexcept {
  if (stopped.load(std::memory_order_relaxed))
    return;
  try {
    const timestamp now = system_clock_port{}.now();
    const std::string line = chosen_format.load(std::memory_order_relaxed) == format::json
                                 ? json_line(now, severity, message, with)
                                 : text_line(now, severity, message, with);
    // The overload that takes a view writes it as it is. The finished line is the whole record, so the
    // sink's own level says nothing.
    sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  } catch (const std::exception&) {
    // Logging is never the reason for a request to fail or for the process to end.
  }
}

} // namespace detail

void set_level(level lowest) noexcept { detail::lowest.store(lowest, std::memory_order_relaxed); }

level lowest_level() noexcept { return detail::lowest.load(std::memory_order_relaxed); }

void set_format(format shape) noexcept { chosen_format.store(shape, std::memory_order_relaxed); }

void flush() noexcept {
  try {
    sink().flush();
  } catch (const std::exception&) {
    // There is nowhere left to report it.
  }
}

void shutdown() noexcept {
  flush();
  stopped.store(true, std::memory_order_relaxed);
  spdlog::shutdown();
}

} // namespace orderd::log

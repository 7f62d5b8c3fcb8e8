/// The structured log on stderr: one JSON object a line, or one readable line for a terminal.
/// Every function may be called from any thread. A line reaches stderr before the call returns, whole and
/// never mixed with another; a stderr that cannot be written to is ignored.
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace orderd::log {

enum class level : std::uint8_t { trace, debug, info, warn, error };
enum class format : std::uint8_t { json, text };

/// What a field can hold. Text is kept by view: it must live until the call that logs it returns.
class value {
 public:
  value(std::string_view text) noexcept : held_(text) {}
  value(const char* text) noexcept : held_(std::string_view(text)) {}
  value(const std::string& text) noexcept : held_(std::string_view(text)) {}
  value(std::same_as<bool> auto truth) noexcept : held_(truth) {}
  value(std::signed_integral auto number) noexcept : held_(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) value(Number number)
  noexcept : held_(static_cast<std::uint64_t>(number)) {}
  value(std::floating_point auto number) noexcept : held_(static_cast<double>(number)) {}

  using held = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;
  [[nodiscard]] const held& get() const noexcept { return held_; }

 private:
  held held_;
};

/// A key and its value. A key named as one of the line's own (`time`, `level`, `message`) is written with the
/// prefix `field_`, so that no field can pass for them.
struct field {
  std::string_view key;
  log::value value;
};

using fields = std::initializer_list<field>;

/// Lines below `lowest` are dropped. The default is `info`.
void set_level(level lowest) noexcept;
/// What `set_level` was given last.
[[nodiscard]] level lowest_level() noexcept;
/// The default is `json`.
void set_format(format shape) noexcept;

namespace detail {
extern std::atomic<level> lowest;
void write(level severity, std::string_view message, fields with) noexcept;
} // namespace detail

/// One relaxed load: ask before computing an expensive field.
[[nodiscard]] inline bool enabled(level severity) noexcept {
  return severity >= detail::lowest.load(std::memory_order_relaxed);
}

/// Logs `message` with `with` beside it. Both are data and never a format string: any byte of them is
/// escaped. Nothing is allocated or formatted when the level is off.
inline void write(level severity, std::string_view message, fields with = {}) noexcept {
  if (enabled(severity))
    detail::write(severity, message, with);
}

inline void trace(std::string_view message, fields with = {}) noexcept { write(level::trace, message, with); }
inline void debug(std::string_view message, fields with = {}) noexcept { write(level::debug, message, with); }
inline void info(std::string_view message, fields with = {}) noexcept { write(level::info, message, with); }
inline void warn(std::string_view message, fields with = {}) noexcept { write(level::warn, message, with); }
inline void error(std::string_view message, fields with = {}) noexcept { write(level::error, message, with); }

/// Hands what is buffered to the operating system.
void flush() noexcept;

/// Flushes and stops logging; lines that come later are dropped. Call it last, when no other thread logs.
void shutdown() noexcept;

} // namespace orderd::log

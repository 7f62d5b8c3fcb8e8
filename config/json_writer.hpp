/// Writes JSON text. It knows where it is, so that what it writes is always valid.
#pragma once

#include "domain/money.hpp"
#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

/// Appends one JSON value to a string. Commas, colons and nesting are its own business; a call out of place
/// is a bug and ends the process. Text is escaped, bytes that are not UTF-8 become U+FFFD, and there are no
/// floating-point numbers. Not thread safe.
class json_writer {
 public:
  /// `out` must outlive the writer; what it holds already is kept.
  explicit json_writer(std::string& out) noexcept : out_(out) {}

  json_writer& begin_object() { return open('{', true); }
  json_writer& end_object() { return close('}', true); }
  json_writer& begin_array() { return open('[', false); }
  json_writer& end_array() { return close(']', false); }
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const std::string& text) { return value(std::string_view(text)); }
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::same_as<bool> auto truth) { return plain(truth ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) json_writer& value(T number) {
    if constexpr (std::signed_integral<T>)
      return signed_integer(number);
    else
      return unsigned_integer(number);
  }
  json_writer& value(timestamp at);
  json_writer& value(const uuid& id);
  json_writer& value(std::nullptr_t) { return plain("null"); }
  template <class T> json_writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }
  /// An amount of minor units as an exact decimal number, e.g. `19.99`.
  json_writer& decimal(cents amount);
  /// Text that the reader of this program has validated as one JSON value.
  json_writer& raw(std::string_view validated) { return plain(validated); }

  template <class T> json_writer& member(std::string_view name, const T& what) {
    key(name);
    return value(what);
  }

  /// Whether one whole value has been written.
  [[nodiscard]] bool complete() const noexcept { return depth_ == 0 && done_; }

  static constexpr unsigned depth_max = 64;

 private:
  json_writer& open(char bracket, bool object);
  json_writer& close(char bracket, bool object);
  json_writer& plain(std::string_view text);
  json_writer& signed_integer(std::int64_t number);
  json_writer& unsigned_integer(std::uint64_t number);
  void before_value();
  void after_value() noexcept;
  void append_string(std::string_view text);

  std::string& out_;
  std::uint64_t objects_ = 0; ///< bit 0: the innermost container is an object; then outwards
  std::uint64_t filled_ = 0;  ///< bit 0: the innermost container has a member; then outwards
  unsigned depth_ = 0;
  bool key_written_ = false;
  bool done_ = false;
};

} // namespace orderd

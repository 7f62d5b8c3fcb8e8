/// What kind of value a setting takes: how text becomes a member of `settings` and back.
#pragma once

#include "config/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// How a value is written in the file. Elsewhere everything is text.
enum class file_type : std::uint8_t { text, integer, fraction, boolean, list };

struct setting_kind {
  file_type type = file_type::text;
  std::string unit;    ///< what is counted, or what the text is
  std::string allowed; ///< the range or the words, for help and complaints
  /// Sets the member from text; false, with the member untouched, if it is not within `allowed`.
  std::function<bool(settings&, std::string_view)> assign;
  /// The member as text that `assign` reads back.
  std::function<std::string(const settings&)> show;
};

/// One word of a choice and the value it stands for.
template <class Value> struct choice_word {
  std::string_view word;
  Value value;
};

/// A whole decimal number, or a refusal of anything else (signs, blanks, fractions, overflow).
[[nodiscard]] bool parse_whole(std::string_view text, std::uint64_t& number) noexcept;
[[nodiscard]] bool equal_but_for_case(std::string_view left, std::string_view right) noexcept;
[[nodiscard]] std::string range_text(std::uint64_t least, std::uint64_t most);

template <class Number>
[[nodiscard]] setting_kind number_kind(Number settings::*member, std::string unit, std::uint64_t least,
                                       std::uint64_t most) {
  return {file_type::integer, std::move(unit), range_text(least, most),
          [=](settings& into, std::string_view text) {
            std::uint64_t number = 0;
            if (!parse_whole(text, number) || number < least || number > most)
              return false;
            into.*member = Number(number);
            return true;
          },
          [=](const settings& from) { return std::to_string(from.*member); }};
}

/// A time in whole milliseconds.
[[nodiscard]] setting_kind milliseconds_kind(std::chrono::milliseconds settings::*member, std::uint64_t least,
                                             std::uint64_t most);

/// A time in whole seconds.
[[nodiscard]] setting_kind seconds_kind(std::chrono::seconds settings::*member, std::uint64_t least,
                                        std::uint64_t most);

/// A share of 0 to 1 in plain decimals, without sign or exponent.
[[nodiscard]] setting_kind share_kind(double settings::*member, std::string unit);

/// One of a few words, in any case.
template <class Value>
[[nodiscard]] setting_kind choice_kind(Value settings::*member, std::vector<choice_word<Value>> words) {
  std::string allowed;
  for (const auto& each : words)
    (allowed += allowed.empty() ? "" : " | ") += each.word;
  return {file_type::text, "word", std::move(allowed),
          [=](settings& into, std::string_view text) {
            for (const auto& each : words)
              if (equal_but_for_case(each.word, text)) {
                into.*member = each.value;
                return true;
              }
            return false;
          },
          [=](const settings& from) {
            for (const auto& each : words)
              if (each.value == from.*member)
                return std::string(each.word);
            return std::string{};
          }};
}

/// `true` or `false`; as text also 1, 0, yes, no, on, off.
[[nodiscard]] setting_kind boolean_kind(bool settings::*member);

/// Text that `accepts`; `allowed` says which that is.
template <class Text>
[[nodiscard]] setting_kind text_kind(Text settings::*member, std::string unit, std::string allowed,
                                     bool (*accepts)(std::string_view)) {
  return {file_type::text, std::move(unit), std::move(allowed),
          [=](settings& into, std::string_view text) {
            if (!accepts(text))
              return false;
            into.*member = Text(std::string(text));
            return true;
          },
          [=](const settings& from) { return std::string(from.*member); }};
}

/// Names divided by commas, blanks around them dropped; none at all is an empty list.
[[nodiscard]] setting_kind names_kind(std::vector<std::string> settings::*member, std::size_t names_max,
                                      std::size_t name_bytes_max);

/// The same of addresses and networks, each as `ip_network` reads it.
[[nodiscard]] setting_kind networks_kind(std::vector<std::string> settings::*member,
                                         std::size_t networks_max);

/// An IPv4 or IPv6 literal without brackets, or `localhost`.
[[nodiscard]] bool is_host(std::string_view text) noexcept;
/// Whether only this machine can reach `host`, which `is_host` has accepted.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

} // namespace orderd

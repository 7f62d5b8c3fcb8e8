#include "config/setting_kind.hpp"

#include "config/ip_network.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace orderd {

namespace {

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

bool is_printable(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char each) { return each > 0x20 && each < 0x7f; });
}

/// Splits at commas into names without repetition; false if one of them is not a name.
bool parse_names(std::string_view text, std::size_t names_max, std::size_t name_bytes_max,
                 std::vector<std::string>& names) {
  while (!trimmed(text).empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view name = trimmed(text.substr(0, comma));
    if (name.empty() || name.size() > name_bytes_max || !is_printable(name))
      return false;
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.emplace_back(name);
    if (names.size() > names_max)
      return false;
    if (comma == std::string_view::npos)
      break;
    text.remove_prefix(comma + 1);
    if (trimmed(text).empty())
      return false;
  }
  return true;
}

template <class Duration>
setting_kind duration_kind(Duration settings::*member, std::string unit, std::uint64_t least,
                           std::uint64_t most) {
  return {file_type::integer, std::move(unit), range_text(least, most),
          [=](settings& into, std::string_view text) {
            std::uint64_t number = 0;
            if (!parse_whole(text, number) || number < least || number > most)
              return false;
            into.*member = Duration{static_cast<std::int64_t>(number)};
            return true;
          },
          [=](const settings& from) { return std::to_string((from.*member).count()); }};
}

/// False, with `share` undefined, for anything but plain decimals of 0 to 1.
bool parse_share(std::string_view text, double& share) noexcept {
  constexpr std::string_view plain = "0123456789.";
  if (text.find_first_not_of(plain) != std::string_view::npos)
    return false;
  const auto [end, trouble] =
      std::from_chars(text.data(), text.data() + text.size(), share, std::chars_format::fixed);
  return trouble == std::errc{} && end == text.data() + text.size() && share >= 0 && share <= 1;
}

} // namespace

bool parse_whole(std::string_view text, std::uint64_t& number) noexcept {
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  return trouble == std::errc{} && end == text.data() + text.size();
}

bool equal_but_for_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char one, char other) { return lower(one) == lower(other); });
}

std::string range_text(std::uint64_t least, std::uint64_t most) {
  return std::to_string(least) + ".." + std::to_string(most);
}

setting_kind milliseconds_kind(std::chrono::milliseconds settings::*member, std::uint64_t least,
                               std::uint64_t most) {
  return duration_kind(member, "ms", least, most);
}

setting_kind seconds_kind(std::chrono::seconds settings::*member, std::uint64_t least, std::uint64_t most) {
  return duration_kind(member, "seconds", least, most);
}

setting_kind share_kind(double settings::*member, std::string unit) {
  return {file_type::fraction, std::move(unit), "0.0..1.0",
          [=](settings& into, std::string_view text) {
            double share = 0;
            if (!parse_share(text, share))
              return false;
            into.*member = share;
            return true;
          },
          [=](const settings& from) {
            // The shortest text that reads back as the same number has 17 digits, behind as many zeros as a
            // very small share has.
            std::array<char, 512> text{};
            const auto end =
                std::to_chars(text.data(), text.data() + text.size(), from.*member, std::chars_format::fixed);
            return std::string(text.data(), end.ptr);
          }};
}

setting_kind boolean_kind(bool settings::*member) {
  return {file_type::boolean, "switch", "true | false",
          [=](settings& into, std::string_view text) {
            constexpr std::array<std::string_view, 4> yes{"true", "1", "yes", "on"};
            constexpr std::array<std::string_view, 4> no{"false", "0", "no", "off"};
            const auto is_text = [text](std::string_view word) { return equal_but_for_case(word, text); };
            const bool truth = std::any_of(yes.begin(), yes.end(), is_text);
            if (!truth && std::none_of(no.begin(), no.end(), is_text))
              return false;
            into.*member = truth;
            return true;
          },
          [=](const settings& from) { return std::string(from.*member ? "true" : "false"); }};
}

setting_kind names_kind(std::vector<std::string> settings::*member, std::size_t names_max,
                        std::size_t name_bytes_max) {
  return {file_type::list, "names",
          "at most " + std::to_string(names_max) + " names of 1.." + std::to_string(name_bytes_max) +
              " printable characters without blanks, divided by commas",
          [=](settings& into, std::string_view text) {
            std::vector<std::string> names;
            if (!parse_names(text, names_max, name_bytes_max, names))
              return false;
            into.*member = std::move(names);
            return true;
          },
          [=](const settings& from) {
            std::string out;
            for (const std::string& name : from.*member)
              (out += out.empty() ? "" : ",") += name;
            return out;
          }};
}

setting_kind networks_kind(std::vector<std::string> settings::*member, std::size_t networks_max) {
  constexpr std::size_t network_bytes_max = 64;
  auto kind = names_kind(member, networks_max, network_bytes_max);
  kind.unit = "networks";
  kind.allowed = "at most " + std::to_string(networks_max) +
                 " IPv4 or IPv6 addresses, or networks like 10.0.0.0/8 without bits behind the prefix, "
                 "divided by commas";
  kind.assign = [member, take = std::move(kind.assign)](settings& into, std::string_view text) {
    settings taken;
    if (!take(taken, text))
      return false;
    auto& networks = taken.*member;
    if (!std::all_of(networks.begin(), networks.end(),
                     [](const std::string& each) { return ip_network::parse(each).has_value(); }))
      return false;
    into.*member = std::move(networks);
    return true;
  };
  return kind;
}

bool is_host(std::string_view text) noexcept { return text == "localhost" || parse_ip_address(text); }

bool is_loopback(std::string_view host) noexcept {
  const auto address = parse_ip_address(host);
  if (!address)
    return host == "localhost";
  return address->is_v4 ? address->bytes[0] == 127 : address == parse_ip_address("::1");
}

} // namespace orderd

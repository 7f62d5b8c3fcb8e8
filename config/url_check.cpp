#include "config/url_check.hpp"

#include "config/setting_kind.hpp"

#include <algorithm>

namespace orderd {

namespace {

constexpr std::size_t url_bytes_max = 2000;

bool is_port(std::string_view text) noexcept {
  std::uint64_t number = 0;
  return parse_whole(text, number) && number >= 1 && number <= 65535;
}

bool is_host_name(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
    return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           each == '.' || each == '-' || each == '_';
  });
}

/// How many bytes the host has, brackets included; 0 if there is none.
std::size_t host_size(std::string_view text) noexcept {
  if (!text.starts_with('[')) {
    const auto host = text.substr(0, text.find(':'));
    return is_host_name(host) ? host.size() : 0;
  }
  const auto end = text.find(']');
  if (end == std::string_view::npos)
    return 0;
  const auto address = text.substr(1, end - 1);
  return address.find(':') != std::string_view::npos && is_host(address) ? end + 1 : 0;
}

} // namespace

bool is_printable(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char each) { return each > 0x20 && each < 0x7f; });
}

bool is_authority(std::string_view text) noexcept {
  const auto host = host_size(text);
  return host > 0 && (host == text.size() || is_authority_with_port(text));
}

bool is_authority_with_port(std::string_view text) noexcept {
  const auto host = host_size(text);
  return host > 0 && host < text.size() && text[host] == ':' && is_port(text.substr(host + 1));
}

bool is_http_url(std::string_view text, url_query query) noexcept {
  if (text.size() > url_bytes_max || !is_printable(text) ||
      text.find_first_of("@#\"\\<>^`{|}") != std::string_view::npos ||
      (query == url_query::refused && text.find('?') != std::string_view::npos))
    return false;
  for (const std::string_view scheme : {"http://", "https://"})
    if (text.starts_with(scheme)) {
      text.remove_prefix(scheme.size());
      return is_authority(text.substr(0, text.find_first_of("/?")));
    }
  return false;
}

} // namespace orderd

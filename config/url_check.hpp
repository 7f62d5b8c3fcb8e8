/// What the settings take as the place of a server.
#pragma once

#include <string_view>

namespace orderd {

/// ASCII without blanks and control characters; may be empty.
[[nodiscard]] bool is_printable(std::string_view text) noexcept;

/// `host`, `host:port`, or the same with an IPv6 address in brackets. The port is 1 to 65535.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;
/// The same, with a port.
[[nodiscard]] bool is_authority_with_port(std::string_view text) noexcept;

enum class url_query : bool { refused, allowed };

/// An `http://` or `https://` URL of at most 2000 bytes, without a fragment. A user and a password have no
/// place in it, since it is printed.
[[nodiscard]] bool is_http_url(std::string_view text, url_query query) noexcept;

} // namespace orderd

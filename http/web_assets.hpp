/// The files of the pages that are served from memory. They are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace orderd::http {

/// One file. Everything in it lives as long as the process.
struct web_asset {
  std::string_view path; ///< where it is served, e.g. `/docs/swagger-ui.css`
  std::string_view content_type;
  std::string_view bytes;
  std::string_view etag; ///< of these bytes, with its quotes
};

/// All of them. Any thread.
[[nodiscard]] std::span<const web_asset> web_assets();
/// The one that is served at this canonical path; null if there is none. Any thread.
[[nodiscard]] const web_asset* find_web_asset(std::string_view path) noexcept;

} // namespace orderd::http

/// The files of the pages that are served from memory. They are part of the program.
#pragma once

#include <span>
#include <string_view>

namespace orderd::http {

/// The type of pages. In a page `{{top}}` stands for the way from it to the folder above its path, which
/// depends on whether it was asked for with a slash at the end: so its links hold wherever it is reached.
inline constexpr std::string_view web_page = "text/html; charset=utf-8";

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

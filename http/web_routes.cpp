#include "http/web_routes.hpp"

#include "http/call.hpp"
#include "http/conditions.hpp"
#include "http/web_assets.hpp"

namespace orderd::http {
namespace {

/// Scripts and styles come from here alone, and nothing else is loaded, framed or sent elsewhere.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page as a browser at `path` can follow its links.
[[nodiscard]] std::string page_at(std::string_view path, std::string_view page) {
  constexpr std::string_view mark = "{{top}}";
  const std::string_view top = path.ends_with('/') ? "../" : "";
  std::string text;
  for (auto at = page.find(mark); at != std::string_view::npos; at = page.find(mark)) {
    text.append(page.substr(0, at)).append(top);
    page.remove_prefix(at + mark.size());
  }
  return text.append(page);
}

void show_asset(call& c) {
  const auto* const asset = find_web_asset(canonical_path(c.in.path));
  if (asset == nullptr)
    return c.refuse({404, "not_found", "there is no such file", {}, {}, {}});
  response answer;
  answer.headers.emplace_back("ETag", asset->etag);
  answer.headers.emplace_back("Cache-Control", "no-cache");
  answer.headers.emplace_back("Content-Security-Policy", content_security_policy);
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (names_etag(c.in.header("If-None-Match"), asset->etag)) {
    answer.status = 304;
  } else {
    answer.content_type = asset->content_type;
    answer.body =
        asset->content_type == web_page ? page_at(c.in.path, asset->bytes) : std::string(asset->bytes);
  }
  c.answer(std::move(answer));
}

} // namespace

void add_web_routes(std::vector<route>& table) {
  for (const auto& each : web_assets())
    table.push_back({method::get, each.path, show_asset, false});
}

} // namespace orderd::http

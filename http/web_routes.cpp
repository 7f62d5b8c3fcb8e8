#include "http/web_routes.hpp"

#include "http/call.hpp"
#include "http/conditions.hpp"
#include "http/web_assets.hpp"

#include <utility>

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
  auto answer = asset_answer(c.in);
  if (!answer)
    return c.refuse({404, "not_found", "there is no such file", {}, {}, {}});
  c.answer(*std::move(answer));
}

} // namespace

std::optional<response> asset_answer(const request& in) {
  const auto* const asset = find_web_asset(canonical_path(in.path));
  if (asset == nullptr)
    return std::nullopt;
  response answer;
  answer.headers.emplace_back("ETag", asset->etag);
  answer.headers.emplace_back("Cache-Control", "no-cache");
  answer.headers.emplace_back("Content-Security-Policy", content_security_policy);
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (names_etag(in.header("If-None-Match"), asset->etag)) {
    answer.status = 304;
  } else {
    answer.content_type = asset->content_type;
    answer.body =
        asset->content_type == web_page ? page_at(in.path, asset->bytes) : std::string(asset->bytes);
  }
  return answer;
}

void add_web_routes(std::vector<route>& table) {
  for (const auto& each : web_assets())
    table.push_back({method::get, each.path, show_asset, false});
}

} // namespace orderd::http

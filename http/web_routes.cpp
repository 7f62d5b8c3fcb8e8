#include "http/web_routes.hpp"

#include "http/call.hpp"
#include "http/web_assets.hpp"

namespace orderd::http {
namespace {

/// Scripts and styles come from here alone, and nothing else is loaded, framed or sent elsewhere.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void show_asset(call& c) {
  const auto* const asset = find_web_asset(canonical_path(c.in.path));
  if (asset == nullptr)
    return c.refuse({404, "not_found", "there is no such file", {}, {}, {}});
  response answer;
  answer.headers.emplace_back("ETag", asset->etag);
  answer.headers.emplace_back("Cache-Control", "no-cache");
  answer.headers.emplace_back("Content-Security-Policy", content_security_policy);
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  if (c.in.header("If-None-Match") == asset->etag) {
    answer.status = 304;
  } else {
    answer.content_type = asset->content_type;
    answer.body = asset->bytes;
  }
  c.answer(std::move(answer));
}

} // namespace

void add_web_routes(std::vector<route>& table) {
  for (const auto& each : web_assets())
    table.push_back({method::get, each.path, show_asset, false});
}

} // namespace orderd::http

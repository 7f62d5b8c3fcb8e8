#include "config/version.hpp"
#include "http/web_assets.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <utility>

using namespace orderd;
using namespace orderd::tests;

namespace {

using operations = std::set<std::pair<std::string, std::string>>; ///< path and method, in lower case

/// What is served and not described: the files that pages are made of.
const std::string files_of_pages[] = {"/docs/", "/console/"};

operations routes() {
  operations all;
  for (const auto& each : http::make_route_table()) {
    const std::string path(each.path_template);
    const auto is_file = [&](const std::string& folder) { return path.starts_with(folder); };
    if (std::any_of(std::begin(files_of_pages), std::end(files_of_pages), is_file))
      continue;
    std::string method(http::to_text(each.method));
    std::transform(method.begin(), method.end(), method.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    all.emplace(path, method);
  }
  return all;
}

operations described(std::string_view document) {
  const std::set<std::string_view> methods = {"get", "put", "post", "patch", "delete"};
  operations all;
  http::json_document parsed;
  const auto root = parsed.parse(document);
  BOOST_REQUIRE_MESSAGE(root, "the description is no JSON: " << (root ? std::string() : root.error()));
  const auto paths = root->find("paths");
  BOOST_REQUIRE(paths);
  for (const auto path : *paths)
    for (const auto member : path)
      if (methods.count(member.key()) > 0)
        all.emplace(path.key(), member.key());
  return all;
}

/// Where a link of a page leads that a browser has from `page`.
std::string followed(const std::string& page, std::string link) {
  auto folder = page.substr(0, page.rfind('/') + 1);
  for (; link.starts_with("../"); link.erase(0, 3))
    folder.erase(folder.rfind('/', folder.size() - 2) + 1);
  return folder + link;
}

struct web_fixture : api_fixture {
  std::string document() { return get("/openapi.json").body; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(web_routes, web_fixture)

BOOST_AUTO_TEST_CASE(every_route_is_described) {
  const auto known = described(document());
  for (const auto& [path, method] : routes())
    BOOST_TEST(known.count({path, method}) == 1U, "not described: " << method << ' ' << path);
}

BOOST_AUTO_TEST_CASE(nothing_is_described_that_is_not_served) {
  const auto served = routes();
  for (const auto& [path, method] : described(document()))
    BOOST_TEST((served.count({path, method}) == 1), "not served: " << method << ' ' << path);
}

BOOST_AUTO_TEST_CASE(each_file_is_served_with_its_type_and_is_not_sent_twice) {
  for (const auto& each : http::web_assets()) {
    BOOST_TEST_CONTEXT(each.path) {
      const std::string path(each.path);
      const auto shown = get(path);
      BOOST_TEST(shown.status == 200);
      BOOST_TEST(shown.content_type == each.content_type);
      BOOST_TEST(header_of(shown, "ETag") == each.etag);
      BOOST_TEST(header_of(shown, "Cache-Control") == "no-cache");
      BOOST_TEST(header_of(shown, "X-Content-Type-Options") == "nosniff");
      BOOST_TEST(header_of(shown, "Content-Security-Policy").find("default-src 'none'") == 0U);
      BOOST_TEST(!shown.body.empty());
      for (const auto& known : {std::string(each.etag), "\"other\", W/" + std::string(each.etag)}) {
        const auto again = get(path, {{"If-None-Match", known}});
        BOOST_TEST(again.status == 304);
        BOOST_TEST(again.body.empty());
      }
      BOOST_TEST(get(path, {{"If-None-Match", "\"other\""}}).status == 200);
      BOOST_TEST(call(http::method::head, path).status == 200);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_page_finds_its_files_wherever_it_is_reached) {
  for (const std::string page : {"/docs", "/docs/", "/api/docs", "/api/docs/", "/apidocs", "/api/apidocs/"}) {
    BOOST_TEST_CONTEXT(page) {
      const auto text = get(page).body;
      const std::regex link("(?:src|href)=\"([^\"]+)\"");
      int files = 0;
      for (std::sregex_iterator found(text.begin(), text.end(), link), end; found != end; ++found) {
        const auto to = (*found)[1].str();
        if (to.starts_with("data:"))
          continue;
        BOOST_TEST(get(followed(page, to)).status == 200, to);
        ++files;
      }
      BOOST_TEST(files == 4);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_page_loads_nothing_from_elsewhere) {
  for (const auto& each : http::web_assets()) {
    if (each.content_type != http::web_page)
      continue;
    const std::string page(each.bytes);
    BOOST_TEST(page.find("//") == std::string::npos, each.path);
    BOOST_TEST(!std::regex_search(page, std::regex("<script(?![^>]*src=)|<style|style=|\\son[a-z]+=")),
               each.path);
  }
}

BOOST_AUTO_TEST_CASE(the_server_is_where_the_description_came_from_below_any_prefix) {
  http::json_document parsed;
  const auto text = document();
  const auto root = parsed.parse(text);
  BOOST_REQUIRE(root);
  for (const auto server : *root->find("servers"))
    BOOST_TEST(server.find("url")->text() == ".");
}

BOOST_AUTO_TEST_CASE(a_token_that_is_given_to_the_documentation_is_not_kept) {
  BOOST_TEST(get("/docs/docs.js").body.find("persistAuthorization: false") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_description_names_the_version_of_the_program) {
  http::json_document parsed;
  const auto text = document();
  const auto root = parsed.parse(text);
  BOOST_REQUIRE(root);
  BOOST_TEST(root->find("info")->find("version")->text() == program_version());
}

BOOST_AUTO_TEST_SUITE_END()

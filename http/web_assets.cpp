#include "http/web_assets.hpp"

#include "config/sha256.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

// The files become bytes of the program's read-only data, named by their symbols. ORDERD_WEB_PACKAGES is
// where npm's packages have been installed, ORDERD_SOURCES the top of the sources, ORDERD_OPENAPI the
// description of the API, joined from its fragments.
#define ORDERD_EMBED(name, file)                                                                             \
  __asm__(".pushsection .rodata\n"                                                                           \
          ".balign 16\n"                                                                                     \
          "orderd_web_" #name ":\n"                                                                          \
          ".incbin \"" file "\"\n"                                                                           \
          "orderd_web_" #name "_end:\n"                                                                      \
          ".byte 0\n"                                                                                        \
          ".popsection\n");                                                                                  \
  extern "C" const char orderd_web_##name[];                                                                 \
  extern "C" const char orderd_web_##name##_end[]

ORDERD_EMBED(openapi_json, ORDERD_OPENAPI);
ORDERD_EMBED(docs_html, ORDERD_SOURCES "/http/web/docs.html");
ORDERD_EMBED(docs_js, ORDERD_SOURCES "/http/web/docs.js");
ORDERD_EMBED(swagger_ui_js, ORDERD_WEB_PACKAGES "/swagger-ui-dist/swagger-ui-bundle.js");
ORDERD_EMBED(swagger_ui_css, ORDERD_WEB_PACKAGES "/swagger-ui-dist/swagger-ui.css");
ORDERD_EMBED(console_html, ORDERD_SOURCES "/http/web/console/index.html");
ORDERD_EMBED(console_css, ORDERD_SOURCES "/http/web/console/console.css");
ORDERD_EMBED(console_js, ORDERD_SOURCES "/http/web/console/console.js");
ORDERD_EMBED(console_api_js, ORDERD_SOURCES "/http/web/console/api.js");
ORDERD_EMBED(console_event_stream_js, ORDERD_SOURCES "/http/web/console/event_stream.js");
ORDERD_EMBED(console_figures_js, ORDERD_SOURCES "/http/web/console/figures.js");
ORDERD_EMBED(console_charts_js, ORDERD_SOURCES "/http/web/console/charts.js");
ORDERD_EMBED(console_heat_map_js, ORDERD_SOURCES "/http/web/console/heat_map.js");
ORDERD_EMBED(console_elements_js, ORDERD_SOURCES "/http/web/console/elements.js");
ORDERD_EMBED(console_orders_js, ORDERD_SOURCES "/http/web/console/orders.js");
ORDERD_EMBED(console_stock_js, ORDERD_SOURCES "/http/web/console/stock.js");
ORDERD_EMBED(console_operations_js, ORDERD_SOURCES "/http/web/console/operations.js");
ORDERD_EMBED(uplot_js, ORDERD_WEB_PACKAGES "/uplot/dist/uPlot.esm.js");
ORDERD_EMBED(uplot_css, ORDERD_WEB_PACKAGES "/uplot/dist/uPlot.min.css");

namespace orderd::http {
namespace {

constexpr std::string_view json = "application/json";
constexpr std::string_view javascript = "text/javascript; charset=utf-8";
constexpr std::string_view style = "text/css; charset=utf-8";

struct embedded_file {
  std::string_view path;
  std::string_view content_type;
  const char* begin;
  const char* end;
};

const embedded_file embedded[] = {
    {"/openapi.json", json, orderd_web_openapi_json, orderd_web_openapi_json_end},
    {"/docs", web_page, orderd_web_docs_html, orderd_web_docs_html_end},
    {"/apidocs", web_page, orderd_web_docs_html, orderd_web_docs_html_end},
    {"/docs/docs.js", javascript, orderd_web_docs_js, orderd_web_docs_js_end},
    {"/docs/swagger-ui-bundle.js", javascript, orderd_web_swagger_ui_js, orderd_web_swagger_ui_js_end},
    {"/docs/swagger-ui.css", style, orderd_web_swagger_ui_css, orderd_web_swagger_ui_css_end},
    {"/console", web_page, orderd_web_console_html, orderd_web_console_html_end},
    {"/console/console.css", style, orderd_web_console_css, orderd_web_console_css_end},
    {"/console/console.js", javascript, orderd_web_console_js, orderd_web_console_js_end},
    {"/console/api.js", javascript, orderd_web_console_api_js, orderd_web_console_api_js_end},
    {"/console/event_stream.js", javascript, orderd_web_console_event_stream_js,
     orderd_web_console_event_stream_js_end},
    {"/console/figures.js", javascript, orderd_web_console_figures_js, orderd_web_console_figures_js_end},
    {"/console/charts.js", javascript, orderd_web_console_charts_js, orderd_web_console_charts_js_end},
    {"/console/heat_map.js", javascript, orderd_web_console_heat_map_js, orderd_web_console_heat_map_js_end},
    {"/console/elements.js", javascript, orderd_web_console_elements_js, orderd_web_console_elements_js_end},
    {"/console/orders.js", javascript, orderd_web_console_orders_js, orderd_web_console_orders_js_end},
    {"/console/stock.js", javascript, orderd_web_console_stock_js, orderd_web_console_stock_js_end},
    {"/console/operations.js", javascript, orderd_web_console_operations_js,
     orderd_web_console_operations_js_end},
    {"/console/uPlot.js", javascript, orderd_web_uplot_js, orderd_web_uplot_js_end},
    {"/console/uPlot.css", style, orderd_web_uplot_css, orderd_web_uplot_css_end},
};

[[nodiscard]] std::string etag_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t digest_bytes_shown = 16;
  const auto digest = sha256{}.update(bytes).finish();
  std::string etag = "\"";
  for (std::size_t i = 0; i < digest_bytes_shown; ++i)
    (etag += digits[digest[i] >> 4U]) += digits[digest[i] & 0x0FU];
  return etag + '"';
}

/// The table, with the texts that it refers to.
struct asset_table {
  asset_table() {
    etags.reserve(std::size(embedded));
    for (const auto& file : embedded) {
      const std::string_view bytes(file.begin, static_cast<std::size_t>(file.end - file.begin));
      etags.push_back(etag_of(bytes));
      assets.push_back({file.path, file.content_type, bytes, etags.back()});
    }
  }
  std::vector<std::string> etags;
  std::vector<web_asset> assets;
};

} // namespace

std::span<const web_asset> web_assets() {
  static const asset_table table;
  return table.assets;
}

const web_asset* find_web_asset(std::string_view path) noexcept {
  const auto all = web_assets();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.path == path; });
  return found == all.end() ? nullptr : &*found;
}

} // namespace orderd::http

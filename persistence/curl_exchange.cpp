#include "persistence/curl_exchange.hpp"

#include "domain/assert.hpp"

namespace orderd {

void prepare_curl() {
  static const CURLcode prepared = curl_global_init(CURL_GLOBAL_DEFAULT);
  ORDERD_ASSERT(prepared == CURLE_OK);
}

bool add_header(curl_headers& headers, const std::string& line) {
  curl_slist* const longer = curl_slist_append(headers.get(), line.c_str());
  if (longer == nullptr)
    return false;
  static_cast<void>(headers.release());
  headers.reset(longer);
  return true;
}

bool set_plain_http(CURL* handle) {
  bool good = true;
  const auto set = [&](CURLoption option, auto value) {
    good = good && curl_easy_setopt(handle, option, value) == CURLE_OK;
  };
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  // A name that cannot be looked up must not hold up the end of the program.
  set(CURLOPT_QUICK_EXIT, 1L);
  return good;
}

} // namespace orderd

/// What every exchange through libcurl has in common: its handles, and the options that keep it plain.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

namespace orderd {

struct curl_end {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
using curl_handle = std::unique_ptr<CURL, curl_end>;
using curl_headers = std::unique_ptr<curl_slist, curl_end>;

/// Once before anything else of libcurl; again is harmless. Any thread.
void prepare_curl();

/// Adds a line such as `Accept: text/plain`. False if there is no memory for it.
[[nodiscard]] bool add_header(curl_headers& headers, const std::string& line);

/// HTTP/1.1 over TCP or TLS; no redirect is followed, no proxy of the environment is used, no signal is
/// raised, and a name that is being looked up holds up nobody who gives up. False if libcurl refuses.
[[nodiscard]] bool set_plain_http(CURL* handle);

} // namespace orderd

/// Posts bodies to one URL, one after the other, for a program that has nothing else to do meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

struct curl_post_options {
  std::string url;                       ///< http or https, complete
  std::vector<std::string> headers = {}; ///< of every post, such as `Accept: text/plain`. Never logged
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{120'000}; ///< of one post, with everything
};

/// How a post ended.
enum class post_end {
  answered,    ///< `status` and `body` are there
  unreachable, ///< there was no connection: nothing was sent
  lost,        ///< sending has begun, and no whole answer came: it may have taken effect
  given_up,    ///< whoever waited did not want to any longer
};

struct post_reply {
  post_end end = post_end::unreachable;
  int status = 0;
  std::string body;
  std::chrono::seconds retry_after{0}; ///< 0: not said
  bool replayed = false;               ///< `Idempotency-Replayed: true`
  std::string trouble;                 ///< why there is no answer
};

/// Keeps its connection from one post to the next; libcurl silently sends a post again on a new one if a kept
/// one was closed before an answer came, so every post must carry a key under which the work is done once. An
/// answer counts only if it is whole and of at most 1 MiB. Redirects are answers, not followed; proxies of
/// the environment are not used. One thread.
class curl_post {
 public:
  explicit curl_post(curl_post_options options);
  curl_post(const curl_post&) = delete;
  curl_post& operator=(const curl_post&) = delete;
  ~curl_post();

  /// Waits for the answer. Asks `go_on` at least ten times a second, also while nothing comes; once it says
  /// no, the post is cut and has the end `given_up`. `body` must stay until the return.
  [[nodiscard]] post_reply send(std::string_view body, const std::vector<std::string>& headers,
                                const std::function<bool()>& go_on);

 private:
  class exchange;
  std::unique_ptr<exchange> exchange_;
};

} // namespace orderd

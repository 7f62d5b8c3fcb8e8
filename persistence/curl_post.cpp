#include "persistence/curl_post.hpp"

#include "domain/assert.hpp"
#include "persistence/curl_exchange.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace orderd {

namespace {

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20U;
/// Between two questions whether to go on.
constexpr int pace_ms = 100;

struct multi_end {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

/// What libcurl's callbacks fill.
struct arriving {
  post_reply reply;
  bool sent = false;
  bool too_large = false;
};

int note_sending(void* held, char*, char*, int, int) {
  static_cast<arriving*>(held)->sent = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* held) {
  auto& here = *static_cast<arriving*>(held);
  here.too_large = here.reply.body.size() + count > answer_bytes_max;
  if (here.too_large)
    return 0;
  here.reply.body.append(bytes, count);
  return count;
}

void take_head(CURL* handle, post_reply& reply) {
  long status = 0;
  curl_off_t retry_after = 0;
  curl_header* replayed = nullptr;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after);
  reply.status = static_cast<int>(status);
  if (retry_after > 0)
    reply.retry_after = std::chrono::seconds{retry_after};
  reply.replayed =
      curl_easy_header(handle, "Idempotency-Replayed", 0, CURLH_HEADER, -1, &replayed) == CURLHE_OK &&
      std::string_view(replayed->value) == "true";
}

} // namespace

/// The handles, which keep the connection.
class curl_post::exchange {
 public:
  explicit exchange(curl_post_options options) : options_(std::move(options)) {
    prepare_curl();
    multi_.reset(curl_multi_init());
    easy_.reset(curl_easy_init());
    ORDERD_ASSERT(multi_ && easy_);
  }

  post_reply send(std::string_view body, const std::vector<std::string>& headers,
                  const std::function<bool()>& go_on) {
    arriving here;
    std::array<char, CURL_ERROR_SIZE> trouble{};
    curl_headers lines;
    curl_easy_reset(easy_.get());
    if (!set_up(here, trouble.data(), lines, body, headers) ||
        curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) {
      here.reply.trouble = "libcurl could not be set up";
      return std::move(here.reply);
    }
    const auto outcome = wait(go_on);
    // The head belongs to the handle only while it is there.
    if (outcome == CURLE_OK)
      take_head(easy_.get(), here.reply);
    curl_multi_remove_handle(multi_.get(), easy_.get());
    if (!outcome) {
      here.reply.end = post_end::given_up;
    } else if (*outcome == CURLE_OK) {
      here.reply.end = post_end::answered;
    } else {
      here.reply.end = here.sent ? post_end::lost : post_end::unreachable;
      here.reply.trouble = here.too_large
                               ? "the answer has more than " + std::to_string(answer_bytes_max) + " bytes"
                           : trouble.front() != '\0' ? std::string(trouble.data())
                                                     : std::string(curl_easy_strerror(*outcome));
    }
    return std::move(here.reply);
  }

 private:
  [[nodiscard]] bool set_up(arriving& here, char* trouble, curl_headers& lines, std::string_view body,
                            const std::vector<std::string>& headers) {
    bool good = set_plain_http(easy_.get()) && add_header(lines, "Expect:");
    for (const auto& line : options_.headers)
      good = good && add_header(lines, line);
    for (const auto& line : headers)
      good = good && add_header(lines, line);
    const auto set = [&](CURLoption option, auto value) {
      good = good && curl_easy_setopt(easy_.get(), option, value) == CURLE_OK;
    };
    set(CURLOPT_URL, options_.url.c_str());
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    set(CURLOPT_HTTPHEADER, lines.get());
    set(CURLOPT_ERRORBUFFER, trouble);
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &here);
    set(CURLOPT_PREREQFUNCTION, &note_sending);
    set(CURLOPT_PREREQDATA, &here);
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_POSTFIELDS, body.data());
    return good;
  }

  /// Nothing if it was not to go on.
  [[nodiscard]] std::optional<CURLcode> wait(const std::function<bool()>& go_on) {
    while (true) {
      int running = 0;
      if (curl_multi_perform(multi_.get(), &running) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
      int left = 0;
      while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left))
        if (message->msg == CURLMSG_DONE)
          return message->data.result;
      if (!go_on())
        return std::nullopt;
      curl_multi_poll(multi_.get(), nullptr, 0, pace_ms, nullptr);
    }
  }

  const curl_post_options options_;
  // The multi handle keeps connections and must go after the other one.
  std::unique_ptr<CURLM, multi_end> multi_;
  curl_handle easy_;
};

curl_post::curl_post(curl_post_options options) : exchange_(std::make_unique<exchange>(std::move(options))) {}

curl_post::~curl_post() = default;

post_reply curl_post::send(std::string_view body, const std::vector<std::string>& headers,
                           const std::function<bool()>& go_on) {
  return exchange_->send(body, headers, go_on);
}

} // namespace orderd

#include "http/caller_rates.hpp"

#include "config/clock.hpp"
#include "config/id_source.hpp"
#include "config/ip_network.hpp"
#include "http/key_digest.hpp"

#include <string>

namespace orderd::http {
namespace {

[[nodiscard]] std::string_view text_of(const std::uint8_t* bytes, std::size_t count) noexcept {
  return {reinterpret_cast<const char*>(bytes), count};
}

/// The bytes of the address by which a client is told from others.
void add_network(sha256& to, std::string_view peer) {
  constexpr std::size_t v4_bytes = 4;
  constexpr std::size_t v6_network_bytes = 8;
  if (const auto address = parse_ip_address(peer))
    to.update(address->is_v4 ? "4" : "6")
        .update(text_of(address->bytes.data(), address->is_v4 ? v4_bytes : v6_network_bytes));
  else
    to.update("?").update(peer);
}

} // namespace

caller_rates::caller_rates(rate_terms terms, caller_names names)
    : names_(names), seed_(fresh_id(system_clock_port{})), table_(terms, callers_max) {}

std::optional<rate_standing> caller_rates::take(const caller* who, std::string_view peer,
                                                timestamp now) noexcept {
  const bool is_named = names_ == caller_names::believed && who != nullptr && !who->user.empty();
  if (is_named && who->is_operator)
    return std::nullopt;
  sha256 digest;
  digest.update(text_of(seed_.bytes.data(), seed_.bytes.size()));
  if (is_named)
    digest.update("name").update(digest_divider).update(who->user);
  else
    add_network(digest.update("address").update(digest_divider), peer);
  return table_.take(front_of(digest), now);
}

problem rate_limited(const rate_terms& terms) {
  return {429,
          "rate_limited",
          "more than " + std::to_string(terms.per_second) + " requests a second, and " +
              std::to_string(terms.burst) + " at once; try again in a moment",
          {},
          {},
          {}};
}

void append_rate(response& answer, const std::optional<rate_standing>& stands) {
  if (!stands)
    return;
  auto limit = std::to_string(stands->limit);
  auto remaining = std::to_string(stands->remaining);
  auto reset = std::to_string(stands->reset_after.count());
  answer.headers.emplace_back("RateLimit-Policy",
                              "\"caller\";q=" + limit + ";w=" + std::to_string(stands->window.count()));
  answer.headers.emplace_back("RateLimit", "\"caller\";r=" + remaining + ";t=" + reset);
  answer.headers.emplace_back("RateLimit-Limit", std::move(limit));
  answer.headers.emplace_back("RateLimit-Remaining", std::move(remaining));
  answer.headers.emplace_back("RateLimit-Reset", std::move(reset));
}

} // namespace orderd::http

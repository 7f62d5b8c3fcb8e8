#include "http/idempotency.hpp"

#include "config/utf8.hpp"
#include "http/key_digest.hpp"
#include "http/router.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {
namespace {

constexpr std::string_view header_name = "Idempotency-Key";
constexpr std::size_t key_bytes_max = 255;

} // namespace

checked<std::string_view> read_idempotency_key(const request& in) {
  if (in.method != method::post)
    return std::string_view{};
  const auto named = [](const header_view& field) { return same_field(field.name, header_name); };
  const auto given = std::find_if(in.headers.begin(), in.headers.end(), named);
  if (given == in.headers.end())
    return std::string_view{};
  if (std::any_of(std::next(given), in.headers.end(), named))
    return tl::unexpected(
        bad_parameter("the header field Idempotency-Key is given twice", std::string(header_name)));
  const auto key = given->value;
  const bool is_ascii = std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (key.empty() || key.size() > key_bytes_max || !is_ascii)
    return tl::unexpected(bad_parameter("Idempotency-Key is \"" + std::string(cut_utf8(key, 80)) +
                                            "\" and must be 1 to 255 printable ASCII characters",
                                        std::string(header_name)));
  return key;
}

std::shared_ptr<const request_ticket>
make_ticket(const request& in, std::string_view key, const caller& who,
            std::function<void(const outcome&, request_record&)> render) {
  sha256 asker;
  asker.update(who.user).update(digest_divider).update(key);
  sha256 asked;
  asked.update(to_text(in.method))
      .update(digest_divider)
      .update(canonical_path(in.path))
      .update(digest_divider);
  asked.update(in.query).update(digest_divider).update(in.body);
  return std::make_shared<const request_ticket>(
      request_ticket{front_of(asker), front_of(asked), std::move(render)});
}

} // namespace orderd::http

#include "http/conditions.hpp"

#include "config/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace orderd::http {
namespace {

struct entity_tag {
  std::string_view opaque; ///< without quotes
  bool weak = false;
};

void skip_blanks(std::string_view& rest) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
}

/// Takes a tag off the front of `rest`; nothing if there is none.
[[nodiscard]] std::optional<entity_tag> take_tag(std::string_view& rest) noexcept {
  entity_tag tag;
  tag.weak = rest.starts_with("W/");
  if (tag.weak)
    rest.remove_prefix(2);
  if (!rest.starts_with('"'))
    return std::nullopt;
  const auto end = rest.find('"', 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  tag.opaque = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  skip_blanks(rest);
  return tag;
}

/// 0 for a tag that no version ever had: tags are compared letter by letter, so `"07"` is not `"7"`.
[[nodiscard]] std::uint64_t version_of(const entity_tag& tag) noexcept {
  std::uint64_t version = 0;
  if (tag.opaque.starts_with('0'))
    return 0;
  const auto* const end = tag.opaque.data() + tag.opaque.size();
  const auto read = std::from_chars(tag.opaque.data(), end, version);
  return !tag.weak && read.ec == std::errc() && read.ptr == end ? version : 0;
}

[[nodiscard]] tl::unexpected<problem> refuse(std::string_view header, std::string_view why) {
  return tl::unexpected(bad_parameter(
      "If-Match is \"" + std::string(cut_utf8(header, 80)) + "\" and " + std::string(why), "If-Match"));
}

} // namespace

checked<std::optional<std::uint64_t>> read_if_match(const request& in) {
  const auto header = in.header("If-Match");
  if (header.data() == nullptr || header == "*")
    return std::nullopt;
  std::uint64_t meant = 0;
  auto rest = header;
  skip_blanks(rest);
  for (bool more = true; more;) {
    const auto tag = take_tag(rest);
    if (!tag)
      return refuse(header, "must be * or entity tags in quotes");
    const auto version = version_of(*tag);
    if (meant != 0 && version != 0 && version != meant)
      return refuse(header, "names several versions where one entity tag is supported");
    meant = std::max(meant, version);
    more = rest.starts_with(',');
    if (more) {
      rest.remove_prefix(1);
      skip_blanks(rest);
    } else if (!rest.empty()) {
      return refuse(header, "has more behind its tags");
    }
  }
  return meant;
}

bool names_etag(std::string_view if_none_match, std::string_view etag) noexcept {
  if (if_none_match == "*")
    return true;
  const auto wanted = etag.substr(1, etag.size() - 2);
  skip_blanks(if_none_match);
  while (const auto tag = take_tag(if_none_match)) {
    if (tag->opaque == wanted)
      return true;
    if (!if_none_match.starts_with(','))
      break;
    if_none_match.remove_prefix(1);
    skip_blanks(if_none_match);
  }
  return false;
}

} // namespace orderd::http

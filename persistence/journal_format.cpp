#include "persistence/journal_format.hpp"

#include "domain/assert.hpp"
#include "persistence/crc32c.hpp"

#include <bit>
#include <charconv>
#include <cstring>

namespace orderd {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

constexpr std::string_view magic("ORDERDJL", 8);
constexpr std::string_view suffix = ".segment";
constexpr std::size_t name_digits = 20;

constexpr std::size_t version_at = 8;
constexpr std::size_t first_seq_at = 16;
constexpr std::size_t identity_at = 24;
constexpr std::size_t header_checksum_at = 44;

constexpr std::size_t length_at = 0;
constexpr std::size_t checksum_at = 4;
constexpr std::size_t seq_at = 8;
constexpr std::size_t group_at = 16;
constexpr std::size_t epoch_at = 24;
constexpr std::size_t tag_at = 28;
constexpr std::size_t flags_at = 30;

template <class Number> void store(char* to, Number value) noexcept { std::memcpy(to, &value, sizeof value); }

template <class Number> Number load(const char* from) noexcept {
  Number value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Over the whole frame but for the checksum itself. The length is in it: within the padding a flipped bit
/// of the length would otherwise go unseen.
std::uint32_t frame_checksum(std::string_view frame, std::uint32_t seed) noexcept {
  return crc32c(frame.substr(seq_at), crc32c(frame.substr(length_at, checksum_at), seed));
}

} // namespace

std::array<char, segment_header_bytes> encode_segment_header(const segment_header& header) {
  std::array<char, segment_header_bytes> bytes{};
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store(bytes.data() + version_at, journal_format_version);
  store(bytes.data() + first_seq_at, header.first_seq);
  std::memcpy(bytes.data() + identity_at, header.identity.bytes.data(), header.identity.bytes.size());
  store(bytes.data() + header_checksum_at, crc32c({bytes.data(), header_checksum_at}));
  return bytes;
}

result<segment_header> decode_segment_header(std::string_view bytes, const std::string& segment) {
  if (bytes.size() < segment_header_bytes)
    return journal_damage(segment, bytes.size(), "the file ends within its header");
  if (bytes.substr(0, magic.size()) != magic)
    return journal_damage(segment, 0, "this is no journal segment");
  if (load<std::uint32_t>(bytes.data() + header_checksum_at) != crc32c(bytes.substr(0, header_checksum_at)))
    return journal_damage(segment, header_checksum_at, "the header's checksum does not match");
  const auto version = load<std::uint32_t>(bytes.data() + version_at);
  if (version != journal_format_version)
    return fail(error_code::newer_format, "journal segment " + segment + " has format version " +
                                              std::to_string(version) + ", this program reads " +
                                              std::to_string(journal_format_version));
  segment_header header;
  header.first_seq = load<std::uint64_t>(bytes.data() + first_seq_at);
  std::memcpy(header.identity.bytes.data(), bytes.data() + identity_at, header.identity.bytes.size());
  return header;
}

std::string segment_name(std::uint64_t first_seq) {
  const std::string digits = std::to_string(first_seq);
  return std::string(name_digits - digits.size(), '0') + digits + std::string(suffix);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != name_digits + suffix.size() || !name.ends_with(suffix))
    return std::nullopt;
  std::uint64_t first_seq = 0;
  const auto [end, trouble] = std::from_chars(name.data(), name.data() + name_digits, first_seq);
  if (trouble != std::errc{} || end != name.data() + name_digits)
    return std::nullopt;
  return first_seq;
}

tl::unexpected<error> journal_damage(const std::string& segment, std::uint64_t offset,
                                     std::string_view what) {
  return fail(error_code::damaged, "journal segment " + segment + " is damaged at offset " +
                                       std::to_string(offset) + ": " + std::string(what));
}

std::uint32_t frame_checksum_seed(const uuid& identity) noexcept { return crc32c(bytes_of(identity)); }

void seal_frame(std::string& buffer, std::size_t begin, const frame_header& header, std::uint32_t seed) {
  ORDERD_ASSERT(buffer.size() >= begin + frame_header_bytes);
  ORDERD_ASSERT(header.tag != 0);
  ORDERD_ASSERT(header.seq >= header.group_first_seq);
  const std::size_t length = buffer.size() - begin;
  const std::size_t payload_bytes = length - frame_header_bytes;
  ORDERD_ASSERT(payload_bytes <= payload_bytes_max);
  buffer.resize(begin + frame_bytes(payload_bytes));
  char* const frame = buffer.data() + begin;
  store(frame + length_at, static_cast<std::uint32_t>(length));
  store(frame + seq_at, header.seq);
  store(frame + group_at, header.group_first_seq);
  store(frame + epoch_at, header.epoch);
  store(frame + tag_at, header.tag);
  store(frame + flags_at, std::uint16_t{0});
  store(frame + checksum_at, frame_checksum(std::string_view(buffer).substr(begin), seed));
}

decoded_frame decode_frame(std::string_view bytes, std::uint32_t seed) noexcept {
  decoded_frame frame;
  if (bytes.size() < frame_header_bytes || load<std::uint32_t>(bytes.data() + length_at) == 0) {
    frame.state = frame_state::end;
    return frame;
  }
  const std::size_t length = load<std::uint32_t>(bytes.data() + length_at);
  if (length < frame_header_bytes || length > frame_header_bytes + payload_bytes_max)
    return frame;
  frame.header.seq = load<std::uint64_t>(bytes.data() + seq_at);
  frame.header.group_first_seq = load<std::uint64_t>(bytes.data() + group_at);
  frame.header.epoch = load<std::uint32_t>(bytes.data() + epoch_at);
  frame.header.tag = load<std::uint16_t>(bytes.data() + tag_at);
  // These are looked at before the checksum so that looking for frames among arbitrary bytes stays cheap.
  if (frame.header.tag == 0 || load<std::uint16_t>(bytes.data() + flags_at) != 0 ||
      frame.header.group_first_seq > frame.header.seq)
    return frame;
  frame.bytes = frame_bytes(length - frame_header_bytes);
  if (frame.bytes > bytes.size()) {
    frame.state = frame_state::short_of;
    return frame;
  }
  if (load<std::uint32_t>(bytes.data() + checksum_at) != frame_checksum(bytes.substr(0, frame.bytes), seed))
    return frame;
  frame.payload = bytes.substr(frame_header_bytes, length - frame_header_bytes);
  frame.state = frame_state::whole;
  return frame;
}

} // namespace orderd

/// The bytes of a journal segment, as journal_format.md lays them down. Pure: no files, any thread.
#pragma once

#include "config/result.hpp"
#include "domain/uuid.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {

inline constexpr std::uint32_t journal_format_version = 1;
inline constexpr std::size_t segment_header_bytes = 48;
inline constexpr std::size_t frame_header_bytes = 32;
inline constexpr std::size_t frame_alignment_bytes = 8;

/// What `journal_options::segment_bytes` must be for every payload to fit into a segment.
inline constexpr std::size_t segment_bytes_min = std::size_t{1} << 20;
inline constexpr std::size_t segment_bytes_max = std::size_t{1} << 30;
inline constexpr std::size_t payload_bytes_max = (std::size_t{1} << 20) - 1024;
static_assert(segment_header_bytes + frame_header_bytes + payload_bytes_max <= segment_bytes_min,
              "the largest frame fits into the smallest segment");

/// What a segment says of itself. The same layout in every format version.
struct segment_header {
  std::uint64_t first_seq = 0; ///< of the first frame in it, also when that is still to come
  uuid identity;               ///< of the store that the journal belongs to
};

[[nodiscard]] std::array<char, segment_header_bytes> encode_segment_header(const segment_header& header);

/// Reads a header. `damaged` when it is none, `newer_format` when a newer program wrote it; the detail names
/// `segment` and the offset.
[[nodiscard]] result<segment_header> decode_segment_header(std::string_view bytes,
                                                           const std::string& segment);

/// "<first sequence, 20 digits>.segment": names sort as sequences do.
[[nodiscard]] std::string segment_name(std::uint64_t first_seq);
[[nodiscard]] std::optional<std::uint64_t> parse_segment_name(std::string_view name);

/// Says where stored bytes are wrong.
[[nodiscard]] tl::unexpected<error> journal_damage(const std::string& segment, std::uint64_t offset,
                                                   std::string_view what);

/// A frame but for its payload.
struct frame_header {
  std::uint64_t seq = 0;
  std::uint64_t group_first_seq = 0; ///< of the first frame that was synced together with this one
  std::uint32_t epoch = 0;           ///< the fencing epoch it was written under
  std::uint16_t tag = 0;             ///< the payload's type, never 0, never reused for another type
};

/// What a store's checksums begin with, so that bytes of another store's journal, or bytes that a client
/// smuggles into a payload, are no valid frames here.
[[nodiscard]] std::uint32_t frame_checksum_seed(const uuid& identity) noexcept;

/// The bytes a frame takes, padding included.
[[nodiscard]] constexpr std::size_t frame_bytes(std::size_t payload_bytes) noexcept {
  const std::size_t bytes = frame_header_bytes + payload_bytes;
  return (bytes + frame_alignment_bytes - 1) / frame_alignment_bytes * frame_alignment_bytes;
}

/// Completes the frame that begins at `begin` in `buffer` and whose payload ends the buffer: pads it and
/// fills in the first `frame_header_bytes`.
void seal_frame(std::string& buffer, std::size_t begin, const frame_header& header, std::uint32_t seed);

enum class frame_state : std::uint8_t {
  whole,   ///< a valid frame
  end,     ///< zeros where its length would be, or no room for one: nothing was written here
  invalid, ///< anything else
  short_of ///< its length says more bytes than were given
};

struct decoded_frame {
  frame_state state = frame_state::invalid;
  std::size_t bytes = 0; ///< with padding; set when `whole` or `short_of`
  frame_header header;
  std::string_view payload; ///< into the bytes given
};

/// Reads the frame that `bytes` begins with.
[[nodiscard]] decoded_frame decode_frame(std::string_view bytes, std::uint32_t seed) noexcept;

} // namespace orderd

#include "persistence/segment_cursor.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace orderd {

segment_cursor::segment_cursor(std::unique_ptr<file> opened, std::string segment, std::uint32_t seed)
    : file_(std::move(opened)), segment_(std::move(segment)), seed_(seed) {}

result<segment_cursor> segment_cursor::open(file_system& files, const std::string& folder,
                                            std::uint64_t first_seq, const uuid& identity) {
  const std::string segment = folder + "/" + segment_name(first_seq);
  auto opened = files.open(segment, open_mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::array<char, segment_header_bytes> bytes{};
  const auto got = (*opened)->read_at(0, bytes);
  if (!got)
    return tl::unexpected(got.error());
  const auto header = decode_segment_header({bytes.data(), *got}, segment);
  if (!header)
    return tl::unexpected(header.error());
  if (header->first_seq != first_seq)
    return journal_damage(
        segment, 16, "its header says that it begins with sequence " + std::to_string(header->first_seq));
  if (header->identity != identity)
    return fail(
        error_code::damaged,
        "journal segment " + segment + " belongs to another store: to " + to_string(header->identity) +
            ", and the database is " + to_string(identity) +
            " (offset 24:). A data folder goes with one database; to move it to another one, --export "
            "with the settings of the old database, then --import with those of the new one");
  return segment_cursor(std::move(*opened), segment, frame_checksum_seed(identity));
}

result<decoded_frame> segment_cursor::next() {
  std::size_t seen = 0;
  for (;;) {
    decoded_frame frame = decode_frame(unread(), seed_);
    if (frame.state == frame_state::whole) {
      taken_ += frame.bytes;
      offset_ += frame.bytes;
      return frame;
    }
    const bool cut_short = frame.state == frame_state::short_of || unread().size() < frame_header_bytes;
    if (!cut_short)
      return frame;
    // The file itself ends here when reading on brings no more than there was.
    if (seen != 0 && unread().size() <= seen) {
      if (frame.state == frame_state::short_of)
        frame.state = frame_state::invalid;
      return frame;
    }
    seen = std::max<std::size_t>(unread().size(), 1);
    if (auto filled = fill(std::max(frame.bytes, read_ahead_bytes)); !filled)
      return tl::unexpected(filled.error());
  }
}

result<void> segment_cursor::fill(std::size_t bytes) {
  forget_read_ahead();
  if (buffer_.size() < bytes)
    buffer_.resize(bytes);
  const auto got = file_->read_at(offset_, buffer_);
  if (!got)
    return tl::unexpected(got.error());
  filled_ = *got;
  return {};
}

} // namespace orderd

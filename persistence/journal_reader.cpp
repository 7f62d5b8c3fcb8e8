#include "persistence/journal_reader.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

journal_reader::journal_reader(file_system& files, std::string folder, const uuid& identity,
                               std::uint64_t next_seq, std::uint64_t segment_first_seq, segment_cursor cursor)
    : files_(&files), folder_(std::move(folder)), identity_(identity), next_seq_(next_seq),
      segment_first_seq_(segment_first_seq), expected_seq_(segment_first_seq), cursor_(std::move(cursor)) {}

result<journal_reader> journal_reader::open(file_system& files, std::string folder, const uuid& identity,
                                            std::uint64_t from_seq) {
  ORDERD_ASSERT(from_seq >= 1);
  const auto names = files.list(folder);
  if (!names)
    return tl::unexpected(names.error());
  std::uint64_t first_seq = 0;
  for (const auto& name : *names)
    if (const auto found = parse_segment_name(name); found && *found <= from_seq)
      first_seq = std::max(first_seq, *found);
  if (first_seq == 0)
    return journal_damage(folder, 0, "no segment holds sequence " + std::to_string(from_seq));
  auto cursor = segment_cursor::open(files, folder, first_seq, identity);
  if (!cursor)
    return tl::unexpected(cursor.error());
  return journal_reader(files, std::move(folder), identity, from_seq, first_seq, std::move(*cursor));
}

result<std::optional<frame_view>> journal_reader::next(std::uint64_t until_seq) {
  if (next_seq_ > until_seq)
    return std::nullopt;
  for (;;) {
    const auto frame = next_in_file();
    if (!frame)
      return tl::unexpected(frame.error());
    const std::uint64_t seq = expected_seq_++;
    if (seq < next_seq_)
      continue;
    ++next_seq_;
    return frame_view{seq, frame->header.epoch, frame->header.tag, frame->payload};
  }
}

result<decoded_frame> journal_reader::next_in_file() {
  bool fresh = false;
  for (;;) {
    const std::uint64_t offset = cursor_.offset();
    const auto frame = cursor_.next();
    if (!frame)
      return frame;
    if (frame->state == frame_state::whole) {
      if (frame->header.seq == expected_seq_)
        return frame;
      return journal_damage(cursor_.segment(), offset,
                            "sequence " + std::to_string(frame->header.seq) + " stands where " +
                                std::to_string(expected_seq_) + " belongs");
    }
    // What was read ahead may be from before the frame was written, or from the middle of its writing.
    if (!std::exchange(fresh, true)) {
      cursor_.forget_read_ahead();
      continue;
    }
    if (frame->state != frame_state::end)
      return journal_damage(cursor_.segment(), offset,
                            "sequence " + std::to_string(expected_seq_) + " is not whole");
    if (auto followed = follow(); !followed)
      return tl::unexpected(followed.error());
  }
}

result<void> journal_reader::follow() {
  // The segment that the sequence begins is this one: there is none to go on to.
  if (expected_seq_ == segment_first_seq_)
    return journal_damage(cursor_.segment(), cursor_.offset(),
                          "sequence " + std::to_string(expected_seq_) + " is not in it");
  auto following = segment_cursor::open(*files_, folder_, expected_seq_, identity_);
  if (!following)
    return journal_damage(cursor_.segment(), cursor_.offset(),
                          "sequence " + std::to_string(expected_seq_) +
                              " is not in it, and no segment follows: " + following.error().detail);
  cursor_ = std::move(*following);
  segment_first_seq_ = expected_seq_;
  return {};
}

} // namespace orderd

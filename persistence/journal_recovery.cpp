#include "persistence/journal_recovery.hpp"

#include "persistence/segment_cursor.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace orderd {

namespace {

/// The whole frames at the front of a segment.
struct walked_segment {
  std::uint64_t end = segment_header_bytes;        ///< offset behind the last whole frame
  std::uint64_t last_group = segment_header_bytes; ///< offset of the first frame of the last group
  std::uint64_t next_seq = 0;                      ///< the sequence that would follow
  frame_state stopped_by = frame_state::end;
};

std::string path_of(const std::string& folder, std::uint64_t first_seq) {
  return folder + "/" + segment_name(first_seq);
}

result<std::vector<std::uint64_t>> find_segments(file_system& files, const std::string& folder) {
  const auto names = files.list(folder);
  if (!names)
    return tl::unexpected(names.error());
  std::vector<std::uint64_t> found;
  for (const auto& name : *names)
    if (const auto first_seq = parse_segment_name(name))
      found.push_back(*first_seq);
  std::sort(found.begin(), found.end());
  return found;
}

result<walked_segment> walk(segment_cursor& cursor, std::uint64_t first_seq, recovery_report& report) {
  walked_segment walked;
  walked.next_seq = first_seq;
  std::uint64_t group = 0;
  for (;;) {
    const auto frame = cursor.next();
    if (!frame)
      return tl::unexpected(frame.error());
    if (frame->state != frame_state::whole) {
      walked.stopped_by = frame->state;
      return walked;
    }
    if (frame->header.seq != walked.next_seq)
      return journal_damage(cursor.segment(), walked.end,
                            "sequence " + std::to_string(frame->header.seq) + " stands where " +
                                std::to_string(walked.next_seq) + " belongs");
    if (frame->header.group_first_seq != group) {
      group = frame->header.group_first_seq;
      walked.last_group = walked.end;
    }
    ++walked.next_seq;
    ++report.frames;
    report.bytes += frame->bytes;
    walked.end = cursor.offset();
  }
}

/// A segment that another one follows: all its frames were synced before that one was named.
result<void> check_sealed(const segment_cursor& cursor, const walked_segment& walked,
                          std::uint64_t following_first_seq) {
  if (walked.stopped_by != frame_state::end)
    return journal_damage(cursor.segment(), walked.end, "an invalid frame before the journal's end");
  if (walked.next_seq != following_first_seq)
    return journal_damage(cursor.segment(), walked.end,
                          "its frames end before sequence " + std::to_string(walked.next_seq) +
                              ", the next segment begins with " + std::to_string(following_first_seq));
  return {};
}

/// The offset behind the last byte from `begin` on that is not zero; `begin` when there is none.
result<std::uint64_t> find_written_end(file& segment, std::uint64_t begin) {
  std::vector<char> chunk(read_ahead_bytes);
  std::uint64_t written_end = begin;
  for (std::uint64_t offset = begin;;) {
    const auto got = segment.read_at(offset, chunk);
    if (!got)
      return tl::unexpected(got.error());
    if (*got == 0)
      return written_end;
    const auto last = std::string_view(chunk.data(), *got).find_last_not_of('\0');
    if (last != std::string_view::npos)
      written_end = offset + last + 1;
    offset += *got;
  }
}

/// Looks behind the first frame that is not whole for what a torn last group cannot leave there.
result<void> judge_tail(file& segment, const std::string& path, const walked_segment& walked,
                        std::uint64_t written_end, std::uint32_t seed) {
  const std::uint64_t expected = walked.next_seq;
  // The bytes behind the last that is not zero may be padding of a whole frame.
  std::vector<char> tail(static_cast<std::size_t>(written_end - walked.end) + frame_header_bytes);
  const auto got = segment.read_at(walked.end, tail);
  if (!got)
    return tl::unexpected(got.error());
  const std::string_view bytes(tail.data(), *got);
  for (std::size_t at = 0; at < bytes.size();) {
    const auto frame = decode_frame(bytes.substr(at), seed);
    if (frame.state != frame_state::whole) {
      at += frame_alignment_bytes;
      continue;
    }
    if (frame.header.group_first_seq > expected || frame.header.seq <= expected)
      return journal_damage(path, walked.end,
                            "sequence " + std::to_string(expected) +
                                " is not whole, though it had been synced before sequence " +
                                std::to_string(frame.header.seq) + " was written at offset " +
                                std::to_string(walked.end + at));
    at += frame.bytes;
  }
  return {};
}

/// Writes the last group once more and zeros behind it, and syncs. The rewriting matters: after a failed
/// sync the kernel may hold pages that look clean and never reached the disk, and a sync of clean pages
/// proves nothing.
result<void> make_end_durable(file& segment, const walked_segment& walked, std::uint64_t written_end) {
  std::vector<char> bytes(static_cast<std::size_t>(std::max(written_end, walked.end) - walked.last_group));
  const auto whole_bytes = static_cast<std::size_t>(walked.end - walked.last_group);
  const auto got = segment.read_at(walked.last_group, std::span(bytes.data(), whole_bytes));
  if (!got)
    return tl::unexpected(got.error());
  if (*got != whole_bytes)
    return fail(error_code::io_failed, "a journal segment became shorter while it was recovered");
  return segment.write_at(walked.last_group, {bytes.data(), bytes.size()}).and_then([&] {
    return segment.sync();
  });
}

result<void> check_against_store(const recovered_journal& found, const std::string& folder, std::uint64_t end,
                                 std::uint64_t applied_seq) {
  const std::string applied = std::to_string(applied_seq);
  const auto oldest = found.segments.front().first_seq;
  if (oldest > applied_seq + 1)
    return journal_damage(path_of(folder, oldest), 0,
                          "it is the oldest, but the store has applied up to sequence " + applied +
                              " only: segments before it are missing. If this folder has run with another "
                              "database since, start it with that one; to move on from there, --export with "
                              "its settings, then --import with these");
  if (found.report.last_seq < applied_seq)
    return journal_damage(path_of(folder, found.segments.back().first_seq), end,
                          "the journal ends with sequence " + std::to_string(found.report.last_seq) +
                              ", but the store has applied up to " + applied);
  return {};
}

/// Walks all segments; what follows the last whole frame is the caller's to judge.
result<walked_segment> walk_segments(file_system& files, const std::string& folder, const uuid& identity,
                                     const std::vector<std::uint64_t>& first_seqs, recovered_journal& found) {
  walked_segment walked;
  for (std::size_t i = 0; i < first_seqs.size(); ++i) {
    auto cursor = segment_cursor::open(files, folder, first_seqs[i], identity);
    if (!cursor)
      return tl::unexpected(cursor.error());
    const auto bytes = cursor->file_bytes();
    if (!bytes)
      return tl::unexpected(bytes.error());
    found.segments.push_back({first_seqs[i], *bytes});
    const auto front = walk(*cursor, first_seqs[i], found.report);
    if (!front)
      return tl::unexpected(front.error());
    walked = *front;
    if (i + 1 == first_seqs.size())
      break;
    if (auto checked = check_sealed(*cursor, walked, first_seqs[i + 1]); !checked)
      return tl::unexpected(checked.error());
  }
  found.report.segments = found.segments.size();
  return walked;
}

/// Judges the end of the last segment, without a change, and returns where what was written ends.
result<std::uint64_t> judge_last(file_system& files, const std::string& folder, const uuid& identity,
                                 open_mode mode, const walked_segment& walked, recovered_journal& found) {
  const std::string path = path_of(folder, found.segments.back().first_seq);
  auto opened = files.open(path, mode);
  if (!opened)
    return tl::unexpected(opened.error());
  found.current = std::move(*opened);
  found.current_end = walked.end;
  found.report.last_seq = walked.next_seq - 1;
  const auto written_end = find_written_end(*found.current, walked.end);
  if (!written_end)
    return written_end;
  if (auto judged = judge_tail(*found.current, path, walked, *written_end, frame_checksum_seed(identity));
      !judged)
    return tl::unexpected(judged.error());
  if (*written_end > walked.end) {
    found.report.torn_bytes = *written_end - walked.end;
    found.report.torn_offset = walked.end;
    found.report.torn_segment = path;
  }
  return written_end;
}

/// Everything about the last segment: judged first, then, when nothing is left to refuse, repaired.
result<void> finish_last(file_system& files, const std::string& folder, const uuid& identity,
                         std::uint64_t applied_seq, const walked_segment& walked, recovered_journal& found) {
  const auto written_end = judge_last(files, folder, identity, open_mode::write, walked, found);
  if (!written_end)
    return tl::unexpected(written_end.error());
  if (auto checked = check_against_store(found, folder, walked.end, applied_seq); !checked)
    return checked;
  if (auto durable = make_end_durable(*found.current, walked, *written_end); !durable)
    return durable;
  return files.sync_folder(folder);
}

} // namespace

result<bool> has_journal(file_system& files, const std::string& folder) {
  return find_segments(files, folder).map([](const auto& found) { return !found.empty(); });
}

result<std::optional<uuid>> journal_identity(file_system& files, const std::string& folder) {
  const auto found = find_segments(files, folder);
  if (!found)
    return tl::unexpected(found.error());
  if (found->empty())
    return std::optional<uuid>();
  const auto path = path_of(folder, found->front());
  const auto opened = files.open(path, open_mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  std::array<char, segment_header_bytes> bytes{};
  const auto got = (*opened)->read_at(0, bytes);
  if (!got)
    return tl::unexpected(got.error());
  return decode_segment_header({bytes.data(), *got}, path).map([](const segment_header& header) {
    return std::optional<uuid>(header.identity);
  });
}

result<recovered_journal> recover_journal(file_system& files, const std::string& folder, const uuid& identity,
                                          std::uint64_t applied_seq) {
  const auto first_seqs = find_segments(files, folder);
  if (!first_seqs)
    return tl::unexpected(first_seqs.error());
  recovered_journal found;
  if (first_seqs->empty()) {
    if (applied_seq != 0)
      return journal_damage(folder, 0,
                            "there is no segment, but the store has applied up to sequence " +
                                std::to_string(applied_seq) +
                                ": name the folder that has the journal; if it is lost for good, "
                                "--begin-journal gives up what only it had");
    return found;
  }
  const auto walked = walk_segments(files, folder, identity, *first_seqs, found);
  if (!walked)
    return tl::unexpected(walked.error());
  if (auto finished = finish_last(files, folder, identity, applied_seq, *walked, found); !finished)
    return tl::unexpected(finished.error());
  return found;
}

result<std::optional<journal_inspection>> inspect_journal(file_system& files, const std::string& folder) {
  const auto first_seqs = find_segments(files, folder);
  if (!first_seqs)
    return tl::unexpected(first_seqs.error());
  const auto identity = journal_identity(files, folder);
  if (!identity)
    return tl::unexpected(identity.error());
  if (!*identity)
    return std::nullopt;
  recovered_journal found;
  const auto walked = walk_segments(files, folder, **identity, *first_seqs, found);
  if (!walked)
    return tl::unexpected(walked.error());
  const auto judged = judge_last(files, folder, **identity, open_mode::read, *walked, found);
  if (!judged)
    return tl::unexpected(judged.error());
  return journal_inspection{**identity, first_seqs->front(), found.report};
}

} // namespace orderd

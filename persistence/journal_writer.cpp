#include "persistence/journal_writer.hpp"

#include "config/fault_point.hpp"
#include "domain/assert.hpp"

#include <utility>

namespace orderd {

namespace {

constexpr std::size_t segment_bytes_unit = 4'096;

result<void> check(const journal_options& options) {
  if (options.segment_bytes == 0 || options.segment_bytes % segment_bytes_unit != 0 ||
      options.segment_bytes > segment_bytes_max)
    return fail(error_code::invalid_setting, "a journal segment of " + std::to_string(options.segment_bytes) +
                                                 " bytes: must be a multiple of 4096 up to " +
                                                 std::to_string(segment_bytes_max));
  return {};
}

} // namespace

journal_writer::journal_writer(file_system& files, journal_options options,
                               std::unique_ptr<segment_preparer> preparer)
    : files_(files), options_(std::move(options)), seed_(frame_checksum_seed(options_.identity)),
      preparer_(std::move(preparer)) {
  if (!preparer_)
    preparer_ = std::make_unique<background_preparer>(files_, options_.folder, options_.segment_bytes);
}

result<std::unique_ptr<journal_writer>> journal_writer::open(file_system& files, journal_options options,
                                                             std::uint64_t applied_seq,
                                                             std::unique_ptr<segment_preparer> preparer) {
  if (auto checked = check(options); !checked)
    return tl::unexpected(checked.error());
  if (auto made = files.make_folder(options.folder); !made)
    return tl::unexpected(made.error());
  auto found = recover_journal(files, options.folder, options.identity, applied_seq);
  if (!found)
    return tl::unexpected(found.error());
  std::unique_ptr<journal_writer> writer(new journal_writer(files, std::move(options), std::move(preparer)));
  writer->preparer_->request();
  if (found->segments.empty()) {
    if (auto begun = writer->begin_journal(1); !begun)
      return tl::unexpected(begun.error());
    return writer;
  }
  writer->sealed_.assign(found->segments.begin(), found->segments.end() - 1);
  writer->current_extent_ = found->segments.back();
  writer->current_ = std::move(found->current);
  writer->offset_ = found->current_end;
  writer->last_seq_ = writer->synced_seq_ = found->report.last_seq;
  writer->recovery_ = std::move(found->report);
  return writer;
}

result<void> journal_writer::begin(file_system& files, journal_options options, std::uint64_t last_seq) {
  if (auto checked = check(options); !checked)
    return checked;
  if (auto made = files.make_folder(options.folder); !made)
    return made;
  auto preparer = std::make_unique<inline_preparer>(files, options.folder, options.segment_bytes);
  preparer->request();
  journal_writer writer(files, std::move(options), std::move(preparer));
  return writer.begin_journal(last_seq + 1);
}

result<void> journal_writer::begin_journal(std::uint64_t first_seq) {
  auto first = preparer_->take();
  if (!first)
    return tl::unexpected(first.error());
  return roll(std::move(*first), first_seq, {});
}

std::string& journal_writer::begin_frame(std::uint16_t tag) {
  ORDERD_ASSERT(open_tag_ == 0 && tag != 0);
  open_tag_ = tag;
  frame_begin_ = buffer_.size();
  buffer_.append(frame_header_bytes, '\0');
  return buffer_;
}

std::uint64_t journal_writer::end_frame() {
  ORDERD_ASSERT(open_tag_ != 0 && buffer_.size() >= frame_begin_ + frame_header_bytes);
  const std::size_t bytes = frame_bytes(buffer_.size() - frame_begin_ - frame_header_bytes);
  ORDERD_ASSERT(bytes <= segment_capacity());
  ++last_seq_;
  // A group never straddles segments, so one that would exceed a segment ends here and is synced on its
  // own.
  if (groups_.empty() || groups_.back().bytes + bytes > segment_capacity())
    groups_.push_back({last_seq_, last_seq_, 0});
  groups_.back().last_seq = last_seq_;
  groups_.back().bytes += bytes;
  seal_frame(buffer_, frame_begin_,
             {last_seq_, groups_.back().first_seq, options_.epoch, std::exchange(open_tag_, 0)}, seed_);
  return last_seq_;
}

std::uint64_t journal_writer::append(std::uint16_t tag, std::string_view payload) {
  begin_frame(tag).append(payload);
  return end_frame();
}

result<void> journal_writer::sync() {
  ORDERD_ASSERT(open_tag_ == 0);
  if (failure_)
    return tl::unexpected(*failure_);
  std::size_t written_groups = 0;
  std::size_t written_bytes = 0;
  for (const group& next : groups_) {
    const auto bytes = std::string_view(buffer_).substr(written_bytes, next.bytes);
    result<void> written;
    if (fits_current(next)) {
      written = write_to_current(bytes);
    } else {
      auto prepared = preparer_->take();
      if (!prepared && prepared.error().code == error_code::no_space) {
        drop_written(written_groups, written_bytes);
        return tl::unexpected(prepared.error());
      }
      written = prepared ? roll(std::move(*prepared), next.first_seq, bytes)
                         : result<void>(tl::unexpected(prepared.error()));
    }
    if (!written)
      return stop(std::move(written.error()));
    synced_seq_ = next.last_seq;
    counters_.frames += next.last_seq - next.first_seq + 1;
    counters_.bytes += next.bytes;
    ++written_groups;
    written_bytes += next.bytes;
  }
  drop_written(written_groups, written_bytes);
  return {};
}

std::size_t journal_writer::segment_capacity() const noexcept {
  return options_.segment_bytes - segment_header_bytes;
}

bool journal_writer::fits_current(const group& next) const noexcept {
  return offset_ + next.bytes <= current_extent_.file_bytes;
}

result<void> journal_writer::write_to_current(std::string_view bytes) {
  if (auto written = current_->write_at(offset_, bytes); !written)
    return written;
  pass_fault_point("journal.written");
  if (auto synced = current_->sync(); !synced)
    return synced;
  ++counters_.syncs;
  offset_ += bytes.size();
  return {};
}

/// The segment gets its name when its header and its first group are durable: a named segment is never
/// without a header, whenever the power goes.
result<void> journal_writer::roll(prepared_segment next, std::uint64_t first_seq, std::string_view bytes) {
  const auto header = encode_segment_header({first_seq, options_.identity});
  const std::string path = options_.folder + "/" + segment_name(first_seq);
  auto named = next.opened->write_at(0, {header.data(), header.size()})
                   .and_then([&] { return next.opened->write_at(segment_header_bytes, bytes); })
                   .and_then([&] {
                     if (!bytes.empty())
                       pass_fault_point("journal.written");
                     return next.opened->sync();
                   })
                   .and_then([&] { return files_.rename(next.path, path); })
                   .and_then([&] { return files_.sync_folder(options_.folder); });
  if (!named)
    return named;
  ++counters_.syncs;
  if (current_)
    sealed_.push_back(current_extent_);
  current_ = std::move(next.opened);
  current_extent_ = {first_seq, options_.segment_bytes};
  offset_ = segment_header_bytes + bytes.size();
  preparer_->request();
  return {};
}

result<void> journal_writer::stop(error failure) {
  failure_ = std::move(failure);
  return tl::unexpected(*failure_);
}

void journal_writer::drop_written(std::size_t groups, std::size_t bytes) {
  groups_.erase(groups_.begin(), groups_.begin() + static_cast<std::ptrdiff_t>(groups));
  buffer_.erase(0, bytes);
}

std::size_t journal_writer::headroom_bytes() const {
  if (failure_)
    return 0;
  const std::size_t room = static_cast<std::size_t>(current_extent_.file_bytes - offset_) +
                           (preparer_->ready() ? segment_capacity() : 0);
  return room > buffer_.size() ? room - buffer_.size() : 0;
}

std::uint64_t journal_writer::backlog_bytes() const noexcept {
  std::uint64_t bytes = offset_;
  for (const auto& segment : sealed_)
    bytes += segment.file_bytes;
  return bytes;
}

result<void> journal_writer::release_applied(std::uint64_t applied_seq) {
  ORDERD_ASSERT(applied_seq <= synced_seq_);
  if (failure_)
    return tl::unexpected(*failure_);
  for (;;) {
    if (removal_unsynced_) {
      if (auto synced = files_.sync_folder(options_.folder); !synced)
        return synced;
      removal_unsynced_ = false;
    }
    if (sealed_.empty())
      return {};
    const auto& following = sealed_.size() > 1 ? sealed_[1] : current_extent_;
    if (following.first_seq > applied_seq + 1)
      return {};
    const std::string path = options_.folder + "/" + segment_name(sealed_.front().first_seq);
    if (auto removed = files_.remove(path); !removed)
      return removed;
    sealed_.pop_front();
    removal_unsynced_ = true;
    pass_fault_point("journal.segment_freed");
  }
}

} // namespace orderd

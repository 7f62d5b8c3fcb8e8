#include "persistence/history_file.hpp"

#include "persistence/crc32c.hpp"
#include "persistence/event_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <filesystem>
#include <utility>

namespace orderd {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

constexpr std::string_view magic("ORDERDHX", 8);
constexpr std::string_view partial_suffix = ".partial";

constexpr std::size_t version_at = 8;
constexpr std::size_t identity_at = 16;
constexpr std::size_t exported_at_at = 32;
constexpr std::size_t header_checksum_at = 60;

/// The tag of the end record, which no event has.
constexpr std::uint16_t end_tag = 0xFFFF;
constexpr std::size_t end_events_at = 0;
constexpr std::size_t end_last_seq_at = 8;
constexpr std::size_t end_checksum_at = 16;
constexpr std::size_t end_payload_bytes = 24;

/// What the payload of an event frame begins with, since version 2.
constexpr char without_link = 0;
constexpr char with_link = 1;

constexpr std::size_t chunk_bytes = std::size_t{256} << 10U;

template <class Number> void put(char* to, Number value) noexcept { std::memcpy(to, &value, sizeof value); }

template <class Number> Number get(const char* from) noexcept {
  Number value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::string encode(const history_header& header) {
  std::string bytes(history_header_bytes, '\0');
  std::memcpy(bytes.data(), magic.data(), magic.size());
  put(bytes.data() + version_at, history_format_version);
  std::memcpy(bytes.data() + identity_at, header.identity.bytes.data(), header.identity.bytes.size());
  put(bytes.data() + exported_at_at, std::int64_t{header.exported_at.time_since_epoch().count()});
  put(bytes.data() + header_checksum_at, crc32c(std::string_view(bytes).substr(0, header_checksum_at)));
  return bytes;
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

/// The port has no question for this: a file is listed, and a folder can be opened.
result<bool> is_taken(file_system& files, const std::string& path) {
  const auto names = files.list(folder_of(path));
  if (!names)
    return tl::unexpected(names.error());
  return std::find(names->begin(), names->end(), std::filesystem::path(path).filename().string()) !=
             names->end() ||
         files.open(path, open_mode::read).has_value();
}

} // namespace

// ---- writing ----

history_writer::history_writer(file_system& files, std::string path, std::unique_ptr<file> opened,
                               std::uint32_t seed)
    : files_(&files), path_(std::move(path)), file_(std::move(opened)), seed_(seed) {}

result<history_writer> history_writer::create(file_system& files, std::string path,
                                              const history_header& header) {
  const auto taken = is_taken(files, path);
  if (!taken)
    return tl::unexpected(taken.error());
  if (*taken)
    return fail(error_code::io_failed, path + " exists already, and an export replaces nothing");
  auto opened = files.open(path + std::string(partial_suffix), open_mode::create);
  if (!opened)
    return tl::unexpected(opened.error());
  history_writer writer(files, std::move(path), std::move(*opened), frame_checksum_seed(header.identity));
  writer.buffer_ = encode(header);
  return writer;
}

result<void> history_writer::append(const sequenced_event& next) {
  if (next.seq != last_seq_ + 1)
    return fail(error_code::damaged, "the history has event " + std::to_string(next.seq) + " where " +
                                         std::to_string(last_seq_ + 1) + " belongs");
  last_seq_ = next.seq;
  const std::size_t begin = buffer_.size();
  buffer_.append(frame_header_bytes, '\0');
  buffer_.push_back(next.link ? with_link : without_link);
  if (next.link)
    buffer_.append(reinterpret_cast<const char*>(next.link->data()), next.link->size());
  encode_for_history(buffer_, next.event);
  seal_frame(buffer_, begin, {next.seq, next.seq, 0, static_cast<std::uint16_t>(tag_of(next.event))}, seed_);
  return buffer_.size() < chunk_bytes ? result<void>{} : flush();
}

result<void> history_writer::flush() {
  if (auto written = file_->write_at(offset_, buffer_); !written)
    return written;
  checksum_ = crc32c(buffer_, checksum_);
  offset_ += buffer_.size();
  buffer_.clear();
  return {};
}

result<history_extent> history_writer::finish() {
  auto done = flush().and_then([&] {
    buffer_.assign(frame_header_bytes + end_payload_bytes, '\0');
    char* const payload = buffer_.data() + frame_header_bytes;
    put(payload + end_events_at, last_seq_);
    put(payload + end_last_seq_at, last_seq_);
    put(payload + end_checksum_at, checksum_);
    seal_frame(buffer_, 0, {last_seq_ + 1, last_seq_ + 1, 0, end_tag}, seed_);
    return flush();
  });
  const std::string partial = path_ + std::string(partial_suffix);
  done = done.and_then([&] { return file_->sync(); })
             .and_then([&] { return file_->close(); })
             .and_then([&] { return files_->rename(partial, path_); })
             .and_then([&] { return files_->sync_folder(folder_of(path_)); });
  if (!done)
    return tl::unexpected(done.error());
  return history_extent{last_seq_, last_seq_, offset_};
}

// ---- reading ----

history_reader::history_reader(std::string path, std::unique_ptr<file> opened)
    : path_(std::move(path)), file_(std::move(opened)) {}

tl::unexpected<error> history_reader::damage(std::string_view what) const {
  return fail(error_code::damaged, "history file " + path_ + " is damaged at offset " +
                                       std::to_string(offset_) + ": " + std::string(what));
}

result<history_reader> history_reader::open(file_system& files, std::string path) {
  auto opened = files.open(path, open_mode::read);
  if (!opened)
    return tl::unexpected(opened.error());
  history_reader reader(std::move(path), std::move(*opened));
  if (auto read = reader.read_header(); !read)
    return tl::unexpected(read.error());
  return reader;
}

result<void> history_reader::read_header() {
  if (auto filled = fill(chunk_bytes); !filled)
    return tl::unexpected(filled.error());
  const auto bytes = unread();
  if (bytes.size() < magic.size() || bytes.substr(0, magic.size()) != magic)
    return damage("this is no history of a store (a catalogue goes to a running server: orderd import FILE)");
  if (bytes.size() < history_header_bytes)
    return damage("the file ends within its header");
  if (get<std::uint32_t>(bytes.data() + header_checksum_at) != crc32c(bytes.substr(0, header_checksum_at)))
    return damage("the header's checksum does not match");
  version_ = get<std::uint32_t>(bytes.data() + version_at);
  if (version_ == 0 || version_ > history_format_version)
    return fail(error_code::newer_format, "history file " + path_ + " has format version " +
                                              std::to_string(version_) + ", this program reads those up to " +
                                              std::to_string(history_format_version));
  std::memcpy(header_.identity.bytes.data(), bytes.data() + identity_at, header_.identity.bytes.size());
  header_.exported_at =
      timestamp{std::chrono::milliseconds{get<std::int64_t>(bytes.data() + exported_at_at)}};
  seed_ = frame_checksum_seed(header_.identity);
  take(history_header_bytes);
  return {};
}

/// Moves behind bytes that were found to be good.
void history_reader::take(std::size_t bytes) noexcept {
  checksum_ = crc32c(unread().substr(0, bytes), checksum_);
  taken_ += bytes;
  offset_ += bytes;
}

/// Reads on behind what is unread and returns how much that was: 0 at the end of the file.
result<std::size_t> history_reader::fill(std::size_t bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + bytes);
  const auto got = file_->read_at(offset_ + held, std::span(buffer_).subspan(held));
  buffer_.resize(held + (got ? *got : 0));
  return got;
}

/// The frame at `offset_`, which stays unread.
result<decoded_frame> history_reader::next_frame() {
  decoded_frame frame = decode_frame(unread(), seed_);
  while (frame.state == frame_state::short_of || unread().size() < frame_header_bytes) {
    const auto got = fill(std::max(frame.bytes, chunk_bytes));
    if (!got)
      return tl::unexpected(got.error());
    if (*got == 0)
      return damage("the file ends before its end record");
    frame = decode_frame(unread(), seed_);
  }
  if (frame.state != frame_state::whole)
    return damage("there is no whole frame");
  if (frame.header.seq != last_seq_ + 1)
    return damage("sequence " + std::to_string(frame.header.seq) + " stands where " +
                  std::to_string(last_seq_ + 1) + " belongs");
  return frame;
}

result<std::optional<sequenced_event>> history_reader::next() {
  if (ended_)
    return std::nullopt;
  const auto frame = next_frame();
  if (!frame)
    return tl::unexpected(frame.error());
  if (frame->header.tag == end_tag) {
    if (auto checked = check_end(*frame); !checked)
      return tl::unexpected(checked.error());
    ended_ = true;
    return std::nullopt;
  }
  auto found = event_of(*frame);
  if (!found)
    return tl::unexpected(found.error());
  take(frame->bytes);
  ++last_seq_;
  return std::move(*found);
}

/// The event of a frame that is whole.
result<sequenced_event> history_reader::event_of(const decoded_frame& frame) const {
  std::string_view payload = frame.payload;
  sequenced_event found;
  found.seq = frame.header.seq;
  if (has_links()) {
    if (payload.empty() || (payload.front() != with_link && payload.front() != without_link))
      return damage("the frame does not say whether its event has a link");
    const bool has_link = payload.front() == with_link;
    payload.remove_prefix(1);
    if (has_link) {
      chain_link& link = found.link.emplace();
      if (payload.size() < link.size())
        return damage("the frame ends within its event's link");
      std::copy_n(payload.begin(), link.size(), link.begin());
      payload.remove_prefix(link.size());
    }
  }
  auto decoded = decode_event(frame.header.tag, payload);
  if (!decoded)
    return fail(decoded.error().code, "history file " + path_ + ", event " +
                                          std::to_string(frame.header.seq) + " at offset " +
                                          std::to_string(offset_) + ": " + decoded.error().detail);
  if (found.link && std::holds_alternative<request_record>(*decoded))
    return damage("a mere record has a link");
  found.event = std::move(*decoded);
  return found;
}

result<void> history_reader::check_end(const decoded_frame& end) {
  if (end.payload.size() != end_payload_bytes)
    return damage("the end record has another length");
  const char* const payload = end.payload.data();
  if (get<std::uint64_t>(payload + end_events_at) != last_seq_ ||
      get<std::uint64_t>(payload + end_last_seq_at) != last_seq_)
    return damage("the end record counts other events than there are");
  if (get<std::uint32_t>(payload + end_checksum_at) != checksum_)
    return damage("the checksum over the whole file does not match");
  take(end.bytes);
  if (unread().empty()) {
    const auto got = fill(1);
    if (!got)
      return tl::unexpected(got.error());
  }
  return unread().empty() ? result<void>{} : damage("there are bytes behind the end record");
}

} // namespace orderd

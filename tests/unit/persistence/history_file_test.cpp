#include "persistence/crc32c.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/history_file.hpp"
#include "tests/support/faulty_file_system.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace orderd;
using namespace orderd::test;

namespace {

constexpr const char* golden_path = "tests/golden/history_v2.bin";
constexpr const char* golden_path_v1 = "tests/golden/history_v1.bin";
const std::string path = "/backup/moved.history";
const std::string partial_path = path + ".partial";

history_header sample_header() { return {id_of(0xA5), at_ms(1'700'000'000'123)}; }

/// Some link; none of a record, nor of the third event, as if that had been aside.
std::optional<chain_link> link_of(std::uint64_t seq, const event& e) {
  return seq == 3 || std::holds_alternative<request_record>(e) ? std::nullopt
                                                               : std::optional(next_link({}, e));
}

result<history_extent> write(file_system& files, const std::vector<event>& events) {
  auto writer = history_writer::create(files, path, sample_header());
  if (!writer)
    return tl::unexpected{writer.error()};
  std::uint64_t seq = 0;
  for (const auto& each : events) {
    ++seq;
    if (const auto appended = writer->append({seq, each, 0, {}, link_of(seq, each)}); !appended)
      return tl::unexpected{appended.error()};
  }
  return writer->finish();
}

struct read_history {
  history_header header;
  history_extent extent;
  std::vector<event> events;
  std::vector<std::optional<chain_link>> links;
};

result<read_history> read(file_system& files) {
  auto reader = history_reader::open(files, path);
  if (!reader)
    return tl::unexpected{reader.error()};
  read_history found{reader->header(), {}, {}, {}};
  for (;;) {
    auto next = reader->next();
    if (!next)
      return tl::unexpected{next.error()};
    if (!*next)
      break;
    BOOST_REQUIRE_EQUAL((*next)->seq, found.events.size() + 1);
    found.events.push_back((*next)->event);
    found.links.push_back((*next)->link);
  }
  found.extent = reader->extent();
  return found;
}

/// The bytes of a file of these events.
std::string bytes_of(const std::vector<event>& events) {
  faulty_file_system files;
  const auto written = write(files, events);
  BOOST_REQUIRE_MESSAGE(written, (written ? std::string{} : written.error().detail));
  return files.contents().at(path);
}

/// What reading these bytes is refused with.
error refusal_of(const std::string& bytes) {
  faulty_file_system files;
  files.put(path, bytes);
  const auto found = read(files);
  BOOST_REQUIRE(!found);
  return found.error();
}

std::string read_golden(const char* from = golden_path) {
  std::ifstream in(from, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The events that the golden file holds: of the tags that there were when it was written.
std::vector<event> first_of_each() {
  constexpr auto last = static_cast<std::uint16_t>(event_tag::order_amended_v1);
  auto events = one_of_each();
  events.erase(std::remove_if(events.begin(), events.end(),
                              [](const event& e) {
                                const auto tag = static_cast<std::uint16_t>(tag_of(e));
                                return tag > last || (tag >= 10 && tag <= 12);
                              }),
               events.end());
  return events;
}

/// The same and a record.
std::vector<event> golden_events() {
  auto events = first_of_each();
  events.emplace_back(request_record{id_of(1), id_of(2), id_of(3), at_ms(4), 409, {}, {}});
  return events;
}

/// Where the last frame begins, which is the end record's.
std::size_t end_record_of(const std::string& bytes) { return bytes.size() - frame_bytes(24); }

} // namespace

BOOST_AUTO_TEST_SUITE(history_file)

BOOST_AUTO_TEST_CASE(what_is_written_is_what_the_golden_file_holds) {
  if (std::getenv("ORDERD_WRITE_GOLDEN") != nullptr)
    std::ofstream(golden_path, std::ios::binary) << bytes_of(golden_events());
  BOOST_REQUIRE(!read_golden().empty());
  BOOST_TEST((read_golden() == bytes_of(golden_events())));
}

BOOST_AUTO_TEST_CASE(the_golden_file_is_read_back) {
  faulty_file_system files;
  files.put(path, read_golden());
  const auto found = read(files);
  BOOST_REQUIRE_MESSAGE(found, (found ? std::string{} : found.error().detail));
  BOOST_TEST((found->header.identity == sample_header().identity));
  BOOST_TEST((found->header.exported_at == sample_header().exported_at));
  BOOST_TEST((found->events == golden_events()));
  for (std::size_t i = 0; i < found->links.size(); ++i)
    BOOST_TEST((found->links[i] == link_of(i + 1, found->events[i])));
  BOOST_TEST(found->extent.last_seq == golden_events().size());
  BOOST_TEST(found->extent.bytes == read_golden().size());
}

BOOST_AUTO_TEST_CASE(a_file_of_version_1_is_read_without_links) {
  faulty_file_system files;
  files.put(path, read_golden(golden_path_v1));
  const auto found = read(files);
  BOOST_REQUIRE_MESSAGE(found, (found ? std::string{} : found.error().detail));
  BOOST_TEST((found->events == first_of_each()));
  for (const auto& link : found->links)
    BOOST_TEST(!link.has_value());
}

/// One frame, sealed as if it were right.
BOOST_AUTO_TEST_CASE(a_frame_whose_link_cannot_be_is_refused) {
  const auto bytes = bytes_of(std::vector<event>{});
  const auto seed = frame_checksum_seed(sample_header().identity);
  const auto refused = [&](const std::string& payload, const event& e) {
    std::string frame(frame_header_bytes, '\0');
    frame += payload;
    seal_frame(frame, 0, {1, 1, 0, static_cast<std::uint16_t>(tag_of(e))}, seed);
    return refusal_of(bytes.substr(0, history_header_bytes) + frame).detail;
  };
  const event first = one_of_each().front();
  const event record = one_record();
  std::string payload;
  encode_for_history(payload, first);
  std::string of_record;
  encode_for_history(of_record, record);
  BOOST_TEST(holds(refused("", first), "does not say whether"));
  BOOST_TEST(holds(refused('\2' + payload, first), "does not say whether"));
  BOOST_TEST(holds(refused('\1' + std::string(31, 'x'), first), "ends within"));
  BOOST_TEST(holds(refused('\1' + std::string(32, 'x') + of_record, record), "a mere record has a link"));
}

BOOST_AUTO_TEST_CASE(random_events_longer_than_any_buffer_come_back) {
  std::mt19937_64 random(test_seed());
  std::vector<event> events;
  for (int i = 0; i < 600; ++i)
    for (auto& each : random_of_each(random))
      events.push_back(std::move(each));
  faulty_file_system files;
  const auto written = write(files, events);
  BOOST_REQUIRE(written);
  BOOST_TEST(written->events == events.size());
  BOOST_TEST(written->bytes == files.contents().at(path).size());
  BOOST_REQUIRE_GT(written->bytes, std::uint64_t{1} << 20U);
  const auto found = read(files);
  BOOST_REQUIRE_MESSAGE(found, (found ? std::string{} : found.error().detail));
  // What was answered stays behind.
  for (auto& each : events)
    if (auto* const remembered = std::get_if<request_record>(&each)) {
      remembered->headers.clear();
      remembered->body.clear();
    }
  BOOST_TEST((found->events == events));
}

BOOST_AUTO_TEST_CASE(a_history_without_events_is_whole) {
  faulty_file_system files;
  BOOST_REQUIRE(write(files, {}));
  const auto found = read(files);
  BOOST_REQUIRE(found);
  BOOST_TEST(found->events.empty());
}

BOOST_AUTO_TEST_CASE(a_file_cut_at_any_byte_is_refused) {
  const auto bytes = bytes_of(one_of_each());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto refused = refusal_of(bytes.substr(0, length));
    BOOST_TEST_CONTEXT("length " << length << ": " << refused.detail) {
      BOOST_TEST((refused.code == error_code::damaged));
      BOOST_TEST(holds(refused.detail, path));
      BOOST_TEST(holds(refused.detail, "offset "));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_refused) {
  const auto bytes = bytes_of(one_of_each());
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    BOOST_TEST_CONTEXT("bit " << bit)
    BOOST_TEST((refusal_of(flipped).code == error_code::damaged));
  }
}

BOOST_AUTO_TEST_CASE(damage_is_named_by_the_offset_of_its_frame) {
  const auto bytes = bytes_of(one_of_each());
  const auto first_frame = decode_frame(std::string_view(bytes).substr(history_header_bytes),
                                        frame_checksum_seed(sample_header().identity));
  BOOST_REQUIRE(first_frame.state == frame_state::whole);
  const auto second = history_header_bytes + first_frame.bytes;
  std::string flipped = bytes;
  flipped[second + frame_header_bytes] = static_cast<char>(flipped[second + frame_header_bytes] ^ 1);
  BOOST_TEST(holds(refusal_of(flipped).detail, "offset " + std::to_string(second) + ":"));
}

BOOST_AUTO_TEST_CASE(a_frame_left_out_or_told_twice_is_refused) {
  const auto bytes = bytes_of(one_of_each());
  const auto first_frame = decode_frame(std::string_view(bytes).substr(history_header_bytes),
                                        frame_checksum_seed(sample_header().identity));
  std::string without = bytes;
  without.erase(history_header_bytes, first_frame.bytes);
  BOOST_TEST(holds(refusal_of(without).detail, "sequence 2 stands where 1 belongs"));
  std::string twice = bytes;
  twice.insert(history_header_bytes, bytes.substr(history_header_bytes, first_frame.bytes));
  BOOST_TEST(holds(refusal_of(twice).detail, "sequence 1 stands where 2 belongs"));
}

BOOST_AUTO_TEST_CASE(an_end_record_that_disagrees_is_refused) {
  const auto bytes = bytes_of(one_of_each());
  const auto seed = frame_checksum_seed(sample_header().identity);
  const auto end = end_record_of(bytes);
  const auto payload = decode_frame(std::string_view(bytes).substr(end), seed).payload;
  const std::uint64_t seq = one_of_each().size() + 1;
  for (const std::size_t at : {0U, 8U, 16U}) {
    std::string wrong(frame_header_bytes, '\0');
    wrong += payload;
    wrong[frame_header_bytes + at] = static_cast<char>(wrong[frame_header_bytes + at] ^ 1);
    seal_frame(wrong, 0, {seq, seq, 0, 0xFFFF}, seed);
    BOOST_TEST(holds(refusal_of(bytes.substr(0, end) + wrong).detail, "offset " + std::to_string(end) + ":"));
  }
  BOOST_TEST(holds(refusal_of(bytes + '\0').detail, "bytes behind the end record"));
}

BOOST_AUTO_TEST_CASE(another_kind_of_file_is_told_so) {
  BOOST_TEST(holds(refusal_of("").detail, "no history"));
  BOOST_TEST(holds(refusal_of(std::string(4096, 'x')).detail, "no history"));
  BOOST_TEST(holds(refusal_of("SQLite format 3").detail, "no history"));
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_told_from_damage) {
  auto bytes = bytes_of(one_of_each());
  bytes[8] = 3;
  const std::uint32_t checksum = crc32c(std::string_view(bytes).substr(0, 60));
  std::memcpy(bytes.data() + 60, &checksum, sizeof checksum);
  const auto refused = refusal_of(bytes);
  BOOST_TEST((refused.code == error_code::newer_format));
  BOOST_TEST(holds(refused.detail, "version 3"));
}

BOOST_AUTO_TEST_CASE(a_file_that_exists_is_not_replaced) {
  faulty_file_system files;
  files.put(path, "precious");
  const auto written = write(files, one_of_each());
  BOOST_REQUIRE(!written);
  BOOST_TEST(holds(written.error().detail, path));
  BOOST_TEST(files.contents().at(path) == "precious");
  BOOST_TEST(!files.contents().contains(partial_path));
}

BOOST_AUTO_TEST_CASE(what_a_killed_export_left_is_replaced) {
  faulty_file_system files;
  files.put(partial_path, std::string(100'000, 'x'));
  BOOST_REQUIRE(write(files, one_of_each()));
  BOOST_TEST(files.contents().at(path) == bytes_of(one_of_each()));
  BOOST_TEST(!files.contents().contains(partial_path));
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_history_ends_the_export) {
  faulty_file_system files;
  auto writer = history_writer::create(files, path, sample_header());
  BOOST_REQUIRE(writer);
  BOOST_REQUIRE(writer->append({1, one_of_each().front()}));
  const auto gap = writer->append({3, one_of_each().front()});
  BOOST_REQUIRE(!gap);
  BOOST_TEST((gap.error().code == error_code::damaged));
}

BOOST_AUTO_TEST_CASE(whatever_fails_no_half_file_has_the_name) {
  for (const auto kind : {call::open, call::write, call::sync, call::rename, call::sync_folder}) {
    faulty_file_system files;
    files.inject(kind, effect::io_error, kind == call::open ? 2 : 1);
    BOOST_TEST(!write(files, one_of_each()));
    if (files.contents().contains(path))
      BOOST_TEST(files.contents().at(path) == bytes_of(one_of_each()));
  }
  faulty_file_system full;
  full.set_capacity(200);
  const auto written = write(full, one_of_each());
  BOOST_REQUIRE(!written);
  BOOST_TEST((written.error().code == error_code::no_space));
}

BOOST_AUTO_TEST_CASE(a_power_cut_at_any_step_leaves_no_half_file_under_the_name) {
  const auto whole = bytes_of(one_of_each());
  for (std::uint64_t step = 1;; ++step) {
    faulty_file_system files(step);
    files.cut_power_at(step);
    const bool finished = write(files, one_of_each()).has_value();
    files.restart_after_power_cut();
    BOOST_TEST_CONTEXT("step " << step)
    if (finished || files.contents().contains(path))
      BOOST_TEST((files.contents().at(path) == whole));
    if (finished)
      break;
  }
}

BOOST_AUTO_TEST_SUITE_END()

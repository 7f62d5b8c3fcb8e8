#include "tests/e2e/running_orderd.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

using namespace orderd::test;

namespace {

/// Keeps the store behind the journal for longer than a case takes.
const arguments slow_store{"--store-batch-latency-ms", "10000", "--store-batch-events-max", "1000000"};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void overwrite(const std::string& path, std::size_t offset, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  BOOST_REQUIRE(file.good());
}

/// Where the last frame ends: frames begin at multiples of 8 bytes, and behind the last one all is zero.
std::size_t end_of_frames(const std::string& segment) {
  return (content_of(segment).find_last_not_of('\0') / 8 + 1) * 8;
}

struct engine_with_journal : running_orderd {
  explicit engine_with_journal(arguments flags = slow_store) : running_orderd(std::move(flags)) {
    api.define("WIDGET", 1'000'000);
  }

  /// The paths of the segments, oldest first.
  [[nodiscard]] std::vector<std::string> segments() const {
    std::vector<std::string> paths;
    for (const auto& each : std::filesystem::directory_iterator(program.data_dir() + "/journal"))
      if (each.path().extension() == ".segment")
        paths.push_back(each.path().string());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  /// Places so many large orders; about 65 of them fill a segment.
  void place_large_orders(int count) {
    auto bob = as("bob");
    const std::string body = "{\"items\":[{\"sku\":\"WIDGET\",\"qty\":1}],\"metadata\":{\"p\":\"" +
                             std::string(15'000, 'p') + "\"}}";
    for (int i = 0; i < count; ++i) {
      api_answer answer;
      // While the disk is slow to prepare the next segment, writes are asked to come again.
      eventually("room for an order", [&] {
        answer = bob.post("/orders", body);
        return answer.status != 503;
      });
      BOOST_REQUIRE_EQUAL(answer.status, 201);
      acknowledged[answer["id"].text()] = answer.raw.body;
    }
  }

  void check_acknowledged() {
    auto again = as("bob");
    for (const auto& [id, body] : acknowledged)
      BOOST_TEST(again.get("/orders/" + id).raw.body == body);
    api_client operators(program.port());
    check_stock(operators, "WIDGET", 1'000'000, static_cast<std::int64_t>(acknowledged.size()));
  }

  /// The program does not start on its folder, and names the segment and an offset.
  void check_start_is_refused(const std::string& segment) {
    const auto run =
        run_orderd({"--port", "0", "--data-dir", program.data_dir(), "--journal-segment-bytes", "1048576"});
    BOOST_TEST_CONTEXT(run.errors) {
      BOOST_TEST(run.exit_status != 0);
      BOOST_TEST(run.exit_status < 128);
      BOOST_TEST(holds(run.errors, std::filesystem::path(segment).filename().string()));
      BOOST_TEST(holds(run.errors, "offset "));
      BOOST_TEST(!holds(run.errors, "\"ready\""));
    }
  }

  std::map<std::string, std::string> acknowledged;
};

} // namespace

BOOST_AUTO_TEST_SUITE(journal_damage)

BOOST_AUTO_TEST_CASE(what_the_store_has_not_applied_is_replayed) {
  engine_with_journal engine;
  engine.place_large_orders(200);
  engine.program.kill();
  BOOST_TEST(engine.segments().size() >= 3U);
  engine.program.start();
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(applied_segments_are_deleted) {
  engine_with_journal engine(arguments{});
  const auto first = engine.segments().at(0);
  engine.place_large_orders(250);
  eventually("the deletion of applied segments", [&] {
    const auto left = engine.segments();
    return left.size() <= 2 && left.front() != first;
  });
  engine.program.kill();
  engine.program.start();
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(half_a_frame_behind_the_last_is_cut_and_reported) {
  engine_with_journal engine;
  engine.place_large_orders(3);
  engine.program.kill();
  const auto segment = engine.segments().back();
  const auto end = end_of_frames(segment);
  overwrite(segment, end, std::string("\x80\0\0\0half of what a frame would be", 34));
  engine.program.start();
  BOOST_TEST(holds(engine.program.log(), "a torn tail was cut"));
  BOOST_TEST(holds(engine.program.log(), "\"offset\":" + std::to_string(end)));
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(a_truncated_segment_is_taken_up_where_it_ends) {
  engine_with_journal engine;
  engine.place_large_orders(3);
  engine.program.kill();
  const auto segment = engine.segments().back();
  const auto end = end_of_frames(segment);
  overwrite(segment, end, std::string("\x80\0\0\0torn", 8));
  std::filesystem::resize_file(segment, end + 8);
  engine.program.start();
  BOOST_TEST(holds(engine.program.log(), "a torn tail was cut"));
  engine.place_large_orders(3);
  engine.program.kill();
  engine.program.start();
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(a_garbled_last_frame_is_cut_while_the_store_has_not_applied_it) {
  engine_with_journal engine;
  engine.place_large_orders(3);
  const auto before = engine.acknowledged;
  engine.place_large_orders(1);
  engine.program.kill();
  const auto segment = engine.segments().back();
  overwrite(segment, end_of_frames(segment) - 16, "garbled!");
  engine.program.start();
  BOOST_TEST(holds(engine.program.log(), "a torn tail was cut"));
  // No byte tells a garbled frame from a torn one. Its order is gone, and so is what it had reserved.
  engine.acknowledged = before;
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(a_garbled_frame_that_the_store_has_applied_refuses_the_start) {
  engine_with_journal engine(arguments{});
  engine.place_large_orders(3);
  eventually("the store to catch up", [&] {
    const auto health = engine.api.get("/health");
    return health["applied_seq"].integer() == health["durable_seq"].integer();
  });
  engine.program.kill();
  const auto segment = engine.segments().back();
  overwrite(segment, end_of_frames(segment) - 16, "garbled!");
  engine.check_start_is_refused(segment);
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_an_earlier_segment_refuses_the_start_and_changes_nothing) {
  engine_with_journal engine;
  engine.place_large_orders(200);
  engine.program.kill();
  const auto segments = engine.segments();
  BOOST_REQUIRE_GE(segments.size(), 3U);
  const auto& damaged = segments[1];
  const auto good = content_of(damaged);
  const auto middle = good.size() / 2;
  overwrite(damaged, middle, std::string(1, static_cast<char>(good[middle] ^ 1)));
  const auto before = content_of(damaged);
  engine.check_start_is_refused(damaged);
  BOOST_TEST((engine.segments() == segments));
  BOOST_TEST((content_of(damaged) == before));

  overwrite(damaged, middle, std::string(1, good[middle]));
  engine.program.start();
  engine.check_acknowledged();
}

BOOST_AUTO_TEST_CASE(a_missing_segment_refuses_the_start) {
  engine_with_journal engine;
  engine.place_large_orders(200);
  engine.program.kill();
  const auto segments = engine.segments();
  BOOST_REQUIRE_GE(segments.size(), 3U);
  std::filesystem::remove(segments[1]);
  // The gap is where the one before it ends.
  engine.check_start_is_refused(segments[0]);
}

BOOST_AUTO_TEST_SUITE_END()

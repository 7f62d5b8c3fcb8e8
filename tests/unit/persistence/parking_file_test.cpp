#include "persistence/parking_file.hpp"
#include "tests/support/faulty_file_system.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd {
namespace {

using test::call;
using test::effect;

const std::string path = "parked/0";

struct parking {
  [[nodiscard]] parked_bytes put(std::string_view bytes) {
    const auto where = file->put(bytes);
    BOOST_REQUIRE_MESSAGE(where, (where ? std::string{} : where.error().detail));
    return *where;
  }
  [[nodiscard]] std::string get(const parked_bytes& where) {
    const auto bytes = file->get(where);
    BOOST_REQUIRE_MESSAGE(bytes, (bytes ? std::string{} : bytes.error().detail));
    return *bytes;
  }
  [[nodiscard]] std::optional<error_code> put_error(std::string_view bytes) {
    const auto where = file->put(bytes);
    return where ? std::nullopt : std::optional{where.error().code};
  }

  test::faulty_file_system files;
  std::optional<parking_file> file{std::in_place, files, path, 100};
};

BOOST_FIXTURE_TEST_SUITE(a_parking_file, parking)

BOOST_AUTO_TEST_CASE(gives_back_what_was_put_there) {
  const auto first = put("first");
  const auto none = put("");
  const auto second = put(std::string(50, 's'));
  BOOST_TEST(get(second) == std::string(50, 's'));
  BOOST_TEST(get(first) == "first");
  BOOST_TEST(get(none).empty());
}

BOOST_AUTO_TEST_CASE(is_made_by_the_first_use_and_removed_at_the_end) {
  BOOST_TEST(files.contents().empty());
  static_cast<void>(put("x"));
  BOOST_TEST(files.contents().contains(path));
  file.reset();
  BOOST_TEST(files.contents().empty());
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_its_bound_until_it_is_cleared) {
  const auto first = put(std::string(60, 'a'));
  BOOST_CHECK(put_error(std::string(41, 'b')) == error_code::no_space);
  const auto second = put(std::string(40, 'c'));
  BOOST_CHECK(put_error("d") == error_code::no_space);
  BOOST_TEST(get(first) + get(second) == std::string(60, 'a') + std::string(40, 'c'));
  file->clear();
  BOOST_TEST(files.contents().at(path).empty());
  BOOST_TEST(get(put(std::string(100, 'e'))) == std::string(100, 'e'));
}

BOOST_AUTO_TEST_CASE(loses_nothing_to_a_disk_that_fails) {
  files.inject(call::open, effect::full_disk);
  BOOST_CHECK(put_error("x") == error_code::no_space);
  const auto before = put("before");
  files.inject(call::write, effect::short_write);
  BOOST_CHECK(put_error("a long one") == error_code::io_failed);
  files.inject(call::write, effect::full_disk);
  BOOST_CHECK(put_error("x") == error_code::no_space);
  const auto after = put("after");
  BOOST_TEST(get(before) == "before");
  BOOST_TEST(get(after) == "after");
  files.inject(call::read, effect::io_error);
  BOOST_CHECK(file->get(before).error().code == error_code::io_failed);
  BOOST_TEST(get(before) == "before");
}

BOOST_AUTO_TEST_CASE(goes_on_though_it_could_not_be_emptied) {
  static_cast<void>(put(std::string(100, 'a')));
  files.inject(call::allocate, effect::io_error);
  file->clear();
  const auto next = put("next");
  BOOST_TEST(get(next) == "next");
}

BOOST_AUTO_TEST_CASE(sees_that_its_bytes_have_changed) {
  const auto where = put("something");
  files.overwrite(path, 3, "E");
  BOOST_CHECK(file->get(where).error().code == error_code::damaged);
  auto beyond = put("x");
  beyond.offset += 10;
  BOOST_CHECK(file->get(beyond).error().code == error_code::damaged);
}

BOOST_AUTO_TEST_CASE(of_another_run_is_removed) {
  files.put("parked/0", "left");
  files.put("parked/17", "left");
  files.put("journal/0", "kept");
  BOOST_REQUIRE(empty_parking_folder(files, "parked"));
  BOOST_TEST(files.contents().size() == 1U);
  files.put("parked/0", "left");
  files.inject(call::remove, effect::io_error);
  BOOST_CHECK(empty_parking_folder(files, "parked").error().code == error_code::io_failed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

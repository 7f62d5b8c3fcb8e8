#include "persistence/file_system.hpp"
#include "persistence/journal_writer.hpp"
#include "tests/support/journal_fixture.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace orderd;

namespace {

/// A folder of its own, gone with the test.
struct temporary_folder {
  temporary_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "orderd_test_XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~temporary_folder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::string read_all(file& opened) {
  std::string bytes(static_cast<std::size_t>(opened.size().value()), '\0');
  BOOST_REQUIRE_EQUAL(opened.read_at(0, bytes).value(), bytes.size());
  return bytes;
}

/// Limits the length of files for as long as it lives; what exceeds it is an error, not a signal.
class file_length_limit {
 public:
  explicit file_length_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limited{bytes, before_.rlim_max};
    BOOST_REQUIRE_EQUAL(::setrlimit(RLIMIT_FSIZE, &limited), 0);
  }
  ~file_length_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(posix_file_system_, temporary_folder)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  posix_file_system files;
  auto opened = files.open(path + "/f", open_mode::create);
  BOOST_REQUIRE(opened);
  BOOST_REQUIRE((*opened)->write_at(3, "abc"));
  BOOST_REQUIRE((*opened)->sync());
  BOOST_TEST((read_all(**opened) == std::string("\0\0\0abc", 6)));
  BOOST_REQUIRE((*opened)->truncate(4));
  BOOST_REQUIRE((*opened)->close());
  auto again = files.open(path + "/f", open_mode::read);
  BOOST_REQUIRE(again);
  BOOST_TEST((read_all(**again) == std::string("\0\0\0a", 4)));
}

BOOST_AUTO_TEST_CASE(a_read_is_short_only_at_the_end) {
  posix_file_system files;
  auto opened = files.open(path + "/f", open_mode::create);
  BOOST_REQUIRE((*opened)->write_at(0, "12345"));
  std::array<char, 4> bytes{};
  BOOST_TEST((*opened)->read_at(0, bytes).value() == 4U);
  BOOST_TEST((*opened)->read_at(3, bytes).value() == 2U);
  BOOST_TEST((*opened)->read_at(9, bytes).value() == 0U);
}

BOOST_AUTO_TEST_CASE(creating_empties_and_the_other_modes_do_not_create) {
  posix_file_system files;
  BOOST_TEST(!files.open(path + "/f", open_mode::write));
  BOOST_TEST(!files.open(path + "/f", open_mode::read));
  BOOST_REQUIRE((*files.open(path + "/f", open_mode::create))->write_at(0, "x"));
  BOOST_TEST((*files.open(path + "/f", open_mode::write))->size().value() == 1U);
  BOOST_TEST((*files.open(path + "/f", open_mode::create))->size().value() == 0U);
}

BOOST_AUTO_TEST_CASE(allocated_space_reads_as_zeros) {
  posix_file_system files;
  auto opened = files.open(path + "/f", open_mode::create);
  BOOST_REQUIRE((*opened)->allocate(10'000));
  BOOST_TEST((read_all(**opened) == std::string(10'000, '\0')));
}

BOOST_AUTO_TEST_CASE(a_partial_write_is_carried_on_until_the_error_shows) {
  posix_file_system files;
  auto opened = files.open(path + "/f", open_mode::create);
  const file_length_limit limit(8'192);
  const auto written = (*opened)->write_at(0, std::string(10'000, 'x'));
  BOOST_REQUIRE(!written);
  BOOST_TEST((written.error().code == error_code::io_failed));
  BOOST_TEST(written.error().detail.find(path + "/f") != std::string::npos);
  BOOST_TEST((*opened)->size().value() == 8'192U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_from_other_errors) {
  posix_file_system files;
  auto full = files.open("/dev/full", open_mode::write);
  BOOST_REQUIRE(full);
  const auto written = (*full)->write_at(0, "x");
  BOOST_REQUIRE(!written);
  BOOST_TEST((written.error().code == error_code::no_space));
}

BOOST_AUTO_TEST_CASE(folders_are_made_listed_and_renamed_in) {
  posix_file_system files;
  const std::string folder = path + "/a/b";
  BOOST_REQUIRE(files.make_folder(folder));
  BOOST_REQUIRE(files.make_folder(folder));
  BOOST_REQUIRE(files.make_folder(folder + "/not_a_file"));
  for (const char* name : {"2", "1", "3"})
    BOOST_REQUIRE(files.open(folder + "/" + name, open_mode::create));
  BOOST_REQUIRE(files.rename(folder + "/3", folder + "/0"));
  BOOST_REQUIRE(files.remove(folder + "/2"));
  BOOST_REQUIRE(files.sync_folder(folder));
  BOOST_TEST(files.list(folder).value() == (std::vector<std::string>{"0", "1"}),
             boost::test_tools::per_element());
  BOOST_TEST(files.free_bytes(folder).value() > 0U);
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_an_error_that_names_it) {
  posix_file_system files;
  const std::string absent = path + "/absent";
  for (const auto& detail :
       {files.list(absent).error().detail, files.remove(absent).error().detail,
        files.rename(absent, path + "/x").error().detail, files.sync_folder(absent).error().detail,
        files.lock_folder(absent).error().detail})
    BOOST_TEST(detail.find(absent) != std::string::npos);
  std::ofstream(path + "/file") << "x";
  BOOST_TEST(!files.make_folder(path + "/file/below"));
}

BOOST_AUTO_TEST_CASE(a_folder_is_locked_once_until_the_lock_goes) {
  posix_file_system files;
  auto lock = files.lock_folder(path);
  BOOST_REQUIRE(lock);
  const auto second = files.lock_folder(path);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().code == error_code::locked));
  lock->reset();
  BOOST_TEST(files.lock_folder(path).has_value());
}

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_no_lock) {
  posix_file_system files;
  std::array<int, 2> pipe{};
  BOOST_REQUIRE_EQUAL(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto held = files.lock_folder(path);
    const char took = held ? 'y' : 'n';
    static_cast<void>(!::write(pipe[1], &took, 1));
    for (;;)
      ::pause();
  }
  char took = 0;
  BOOST_REQUIRE_EQUAL(::read(pipe[0], &took, 1), 1);
  BOOST_TEST(took == 'y');
  BOOST_TEST(!files.lock_folder(path));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(files.lock_folder(path).has_value());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

BOOST_AUTO_TEST_CASE(a_journal_on_a_real_disk_is_written_recovered_and_released) {
  posix_file_system files;
  const std::string folder = path + "/data/journal";
  const journal_options options{folder, segment_bytes_min, test::journal_identity(), 1};
  const std::string payload(payload_bytes_max / 2, 'p');
  for (std::uint64_t run = 0; run < 3; ++run) {
    auto writer = journal_writer::open(files, options, 0);
    BOOST_REQUIRE_MESSAGE(writer.has_value(), (writer ? "" : writer.error().detail));
    BOOST_TEST((*writer)->last_seq() == run * 4);
    for (int i = 0; i < 4; ++i)
      (*writer)->append(1, payload);
    BOOST_REQUIRE((*writer)->sync());
  }
  auto reader = journal_reader::open(files, folder, test::journal_identity(), 1);
  for (int i = 0; i < 12; ++i)
    BOOST_TEST((reader->next(12).value().value().payload == payload));
  auto writer = journal_writer::open(files, options, 12);
  const auto before = (*writer)->backlog_bytes();
  BOOST_REQUIRE((*writer)->release_applied(12));
  BOOST_TEST((*writer)->backlog_bytes() < before);
  BOOST_TEST((*writer)->recovery().frames == 12U);
}

BOOST_AUTO_TEST_SUITE_END()

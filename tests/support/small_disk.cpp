#include "tests/support/small_disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace orderd::test {
namespace {

const std::string shared_memory = "/dev/shm";
constexpr std::size_t fillable_bytes_max = std::size_t{256} << 20U;

[[nodiscard]] bool can_be_filled(const std::string& path) {
  struct statvfs room {};
  return ::statvfs(path.c_str(), &room) == 0 && room.f_blocks * room.f_frsize <= fillable_bytes_max;
}

[[nodiscard]] std::string make_folder(const std::string& parent) {
  std::string path = parent + "/orderd-disk-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    throw std::runtime_error("cannot make " + path);
  return path;
}

} // namespace

small_disk::small_disk(std::size_t bytes)
    : path_(make_folder(std::filesystem::temp_directory_path().string())) {
  const auto size = "size=" + std::to_string(bytes);
  mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, size.c_str()) == 0;
  if (mounted_)
    return;
  ::rmdir(path_.c_str());
  if (!can_be_filled(shared_memory))
    throw std::runtime_error(
        "no small disk: mounting one is not permitted, and /dev/shm is too large to fill");
  path_ = make_folder(shared_memory);
}

small_disk::~small_disk() {
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator(path_, ignored))
    std::filesystem::remove_all(each.path(), ignored);
  if (mounted_)
    ::umount2(path_.c_str(), MNT_DETACH);
  ::rmdir(path_.c_str());
}

void small_disk::fill() {
  const std::string bytes(4096, 'b');
  const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  while (::write(file, bytes.data(), bytes.size()) > 0) {
  }
  ::close(file);
}

void small_disk::empty() { std::filesystem::remove(ballast()); }

} // namespace orderd::test

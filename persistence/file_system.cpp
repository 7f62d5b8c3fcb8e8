#include "persistence/file_system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace orderd {

namespace {

tl::unexpected<error> system_failure(const char* action, const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT;
  return fail(full ? error_code::no_space : error_code::io_failed,
              std::string("cannot ") + action + " " + path + ": " + std::generic_category().message(number));
}

/// Repeats a system call while signals interrupt it.
template <class Call> auto uninterrupted(Call call) {
  auto got = call();
  while (got == -1 && errno == EINTR)
    got = call();
  return got;
}

/// A file descriptor that is closed once.
class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }

  [[nodiscard]] int get() const noexcept { return number_; }

  /// False when the kernel reports an error. The descriptor is gone either way: after EINTR too, so
  /// closing again could hit a file that another thread has opened meanwhile.
  bool close() noexcept {
    const int number = std::exchange(number_, -1);
    return number < 0 || ::close(number) == 0 || errno == EINTR;
  }

 private:
  int number_;
};

class posix_file final : public file {
 public:
  posix_file(int number, std::string path) : descriptor_(number), path_(std::move(path)) {}

  result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const auto wrote = uninterrupted([&] {
        return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      if (wrote < 0)
        return system_failure("write", path_, errno);
      if (wrote == 0)
        return system_failure("write", path_, EIO);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
      offset += static_cast<std::uint64_t>(wrote);
    }
    return {};
  }

  result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto got = uninterrupted([&] {
        return ::pread(descriptor_.get(), into.data() + filled, into.size() - filled,
                       static_cast<off_t>(offset + filled));
      });
      if (got < 0)
        return system_failure("read", path_, errno);
      if (got == 0)
        break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  result<void> allocate(std::uint64_t bytes) override {
    int number = EINTR;
    while (number == EINTR)
      number = ::posix_fallocate(descriptor_.get(), 0, static_cast<off_t>(bytes));
    return number == 0 ? result<void>{} : system_failure("allocate", path_, number);
  }

  result<void> truncate(std::uint64_t bytes) override {
    const int got = uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(bytes)); });
    return got == 0 ? result<void>{} : system_failure("truncate", path_, errno);
  }

  result<void> sync() override {
    const int got = uninterrupted([&] { return ::fdatasync(descriptor_.get()); });
    return got == 0 ? result<void>{} : system_failure("sync", path_, errno);
  }

  result<std::uint64_t> size() override {
    struct stat about {};
    if (::fstat(descriptor_.get(), &about) != 0)
      return system_failure("examine", path_, errno);
    return static_cast<std::uint64_t>(about.st_size);
  }

  result<void> close() override {
    return descriptor_.close() ? result<void>{} : system_failure("close", path_, errno);
  }

 private:
  descriptor descriptor_;
  std::string path_;
};

class posix_folder_lock final : public folder_lock {
 public:
  explicit posix_folder_lock(int number) : descriptor_(number) {}

 private:
  // The lock belongs to the open descriptor; closing it unlocks.
  descriptor descriptor_;
};

int open_flags(open_mode mode) {
  switch (mode) {
  case open_mode::read:
    return O_RDONLY | O_CLOEXEC;
  case open_mode::write:
    return O_RDWR | O_CLOEXEC;
  case open_mode::create:
    break;
  }
  return O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;
}

int open_folder(const std::string& folder) {
  return uninterrupted([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

} // namespace

result<std::unique_ptr<file>> posix_file_system::open(const std::string& path, open_mode mode) {
  const int number = uninterrupted([&] { return ::open(path.c_str(), open_flags(mode), 0640); });
  if (number < 0)
    return system_failure("open", path, errno);
  return std::make_unique<posix_file>(number, path);
}

result<std::vector<std::string>> posix_file_system::list(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code trouble;
  std::filesystem::directory_iterator at(folder, trouble);
  for (; !trouble && at != std::filesystem::directory_iterator(); at.increment(trouble)) {
    std::error_code ignored;
    if (!at->is_directory(ignored))
      names.push_back(at->path().filename().string());
  }
  if (trouble)
    return system_failure("list", folder, trouble.value());
  std::sort(names.begin(), names.end());
  return names;
}

result<void> posix_file_system::remove(const std::string& path) {
  return ::unlink(path.c_str()) == 0 ? result<void>{} : system_failure("remove", path, errno);
}

result<void> posix_file_system::rename(const std::string& from, const std::string& to) {
  return ::rename(from.c_str(), to.c_str()) == 0 ? result<void>{} : system_failure("rename", from, errno);
}

result<void> posix_file_system::sync_folder(const std::string& folder) {
  const descriptor opened(open_folder(folder));
  if (opened.get() < 0)
    return system_failure("open", folder, errno);
  const int got = uninterrupted([&] { return ::fsync(opened.get()); });
  return got == 0 ? result<void>{} : system_failure("sync", folder, errno);
}

result<void> posix_file_system::make_folder(const std::string& folder) {
  const auto path = std::filesystem::absolute(folder).lexically_normal();
  std::filesystem::path made;
  for (const auto& part : path) {
    if (part.empty())
      continue;
    const auto above = made;
    made /= part;
    if (::mkdir(made.c_str(), 0750) == 0) {
      if (auto synced = sync_folder(above.string()); !synced)
        return synced;
      continue;
    }
    const int number = errno;
    std::error_code ignored;
    if (!std::filesystem::is_directory(made, ignored))
      return system_failure("make folder", made.string(), number);
  }
  return {};
}

result<std::uint64_t> posix_file_system::free_bytes(const std::string& folder) {
  struct statvfs about {};
  if (::statvfs(folder.c_str(), &about) != 0)
    return system_failure("examine", folder, errno);
  return static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
}

result<std::unique_ptr<folder_lock>> posix_file_system::lock_folder(const std::string& folder) {
  const int number = open_folder(folder);
  if (number < 0)
    return system_failure("open", folder, errno);
  auto lock = std::make_unique<posix_folder_lock>(number);
  if (::flock(number, LOCK_EX | LOCK_NB) == 0)
    return lock;
  if (errno == EWOULDBLOCK)
    return fail(error_code::locked, "folder " + folder + " is in use by another process");
  return system_failure("lock", folder, errno);
}

} // namespace orderd

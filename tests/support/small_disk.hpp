/// A folder on a file system of a few megabytes, which a test can fill and empty again.
#pragma once

#include <cstddef>
#include <string>

namespace orderd::test {

/// Mounts a file system in memory. Where that is not permitted it takes `/dev/shm` if it is small enough to
/// be filled. Throws std::runtime_error if there is neither.
class small_disk {
 public:
  explicit small_disk(std::size_t bytes);
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk();

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Takes all the room that is left.
  void fill();
  /// Gives it back.
  void empty();

 private:
  [[nodiscard]] std::string ballast() const { return path_ + "/ballast"; }

  std::string path_;
  bool mounted_ = false;
};

} // namespace orderd::test

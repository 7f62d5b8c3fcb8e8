/// Where states wait that memory has no room for: a file of this run alone.
#pragma once

#include "config/result.hpp"
#include "persistence/file_system.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace orderd {

/// Where bytes lie in the file, and what they must sum up to.
struct parked_bytes {
  std::uint64_t offset = 0;
  std::uint32_t size = 0;
  std::uint32_t checksum = 0;
};

/// Bytes laid aside, one after the other. A cache of what the journal has: nothing of it is synced, and
/// nothing is read after a start. Made by the first `put`, removed by the destructor. Not thread safe.
class parking_file {
 public:
  /// Touches nothing yet. `files` must outlive it; the path's folder must exist.
  parking_file(file_system& files, std::string path, std::uint64_t bytes_max);
  parking_file(parking_file&&) noexcept = default;
  parking_file& operator=(parking_file&&) = delete;
  ~parking_file();

  /// Lays the bytes behind all that are there. Errors, which change nothing: io_failed; no_space also when
  /// the file would become longer than `bytes_max`.
  [[nodiscard]] result<parked_bytes> put(std::string_view bytes);
  /// The bytes that were put there. Errors: io_failed, damaged.
  [[nodiscard]] result<std::string> get(const parked_bytes& where);
  /// Forgets all, and gives the disk its space back.
  void clear();

 private:
  file_system* files_;
  std::string path_;
  std::unique_ptr<file> file_; ///< once something was put
  std::uint64_t end_ = 0;
  std::uint64_t bytes_max_ = 0;
};

/// Makes the folder of these files, or empties it of what another run has left. Errors name the file.
[[nodiscard]] result<void> empty_parking_folder(file_system& files, const std::string& folder);

} // namespace orderd

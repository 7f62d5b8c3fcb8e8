/// The file system as the journal sees it: a port, so that tests can break it, and its POSIX form.
#pragma once

#include "config/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// An open file. One thread at a time; several handles of one file may be used by several threads. The
/// destructor closes it. Errors are `io_failed`, or `no_space` when the disk or the quota is full.
class file {
 public:
  virtual ~file() = default;

  /// Writes all of `bytes` at `offset`. After an error any part of them may be in the file.
  [[nodiscard]] virtual result<void> write_at(std::uint64_t offset, std::string_view bytes) = 0;

  /// Fills `into` from `offset` and returns how many bytes it got: fewer only at the end of the file.
  [[nodiscard]] virtual result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;

  /// Reserves disk space for the first `bytes` bytes and makes the file at least that long.
  [[nodiscard]] virtual result<void> allocate(std::uint64_t bytes) = 0;
  [[nodiscard]] virtual result<void> truncate(std::uint64_t bytes) = 0;

  /// Returns when content and length are durable (fdatasync). After an error nothing may be assumed of
  /// what was written since the last success, and a second call proves nothing.
  [[nodiscard]] virtual result<void> sync() = 0;
  [[nodiscard]] virtual result<std::uint64_t> size() = 0;

  /// Closes early, to see the error. Nothing else may be called afterwards.
  [[nodiscard]] virtual result<void> close() = 0;
};

/// Holds a folder for this process until destroyed.
class folder_lock {
 public:
  virtual ~folder_lock() = default;
};

enum class open_mode : std::uint8_t {
  read,   ///< an existing file, to read
  write,  ///< an existing file, to read and write
  create, ///< a new or emptied file, to read and write
};

/// Any thread.
class file_system {
 public:
  virtual ~file_system() = default;

  [[nodiscard]] virtual result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) = 0;

  /// The names (not paths) in a folder, sorted, without the folders in it.
  [[nodiscard]] virtual result<std::vector<std::string>> list(const std::string& folder) = 0;

  /// Creation, removal and renaming are durable after `sync_folder` only.
  [[nodiscard]] virtual result<void> remove(const std::string& path) = 0;
  [[nodiscard]] virtual result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual result<void> sync_folder(const std::string& folder) = 0;

  /// Makes a folder and those above it and makes their names durable. One that exists is no error.
  [[nodiscard]] virtual result<void> make_folder(const std::string& folder) = 0;

  /// Bytes this process may still write in the folder's file system.
  [[nodiscard]] virtual result<std::uint64_t> free_bytes(const std::string& folder) = 0;

  /// Takes the folder for this process alone (flock); `locked` at once if another one holds it. The
  /// kernel gives it back when the process ends, however it ends.
  [[nodiscard]] virtual result<std::unique_ptr<folder_lock>> lock_folder(const std::string& folder) = 0;
};

/// The real one: loops over partial transfers and EINTR.
class posix_file_system final : public file_system {
 public:
  [[nodiscard]] result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] result<void> remove(const std::string& path) override;
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] result<void> sync_folder(const std::string& folder) override;
  [[nodiscard]] result<void> make_folder(const std::string& folder) override;
  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& folder) override;
  [[nodiscard]] result<std::unique_ptr<folder_lock>> lock_folder(const std::string& folder) override;
};

} // namespace orderd

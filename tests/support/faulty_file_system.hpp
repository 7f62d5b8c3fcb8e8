/// A file system in memory that fails on demand and forgets what was not synced when its power is cut.
#pragma once

#include "persistence/file_system.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace orderd::test {

/// What `inject` can make fail.
enum class call : std::uint8_t { open, read, write, allocate, sync, remove, rename, sync_folder };

enum class effect : std::uint8_t {
  io_error,    ///< fails and does nothing
  full_disk,   ///< fails with `no_space` and does nothing
  short_write, ///< writes a part that is not empty, then fails
  lost_sync,   ///< fails; of the unsynced sectors any may be on disk, and all look clean from now on
};

/// Any thread. Sectors are 512 bytes and reach the disk whole or not at all.
class faulty_file_system final : public file_system {
 public:
  explicit faulty_file_system(std::uint64_t seed = 1) : random_(seed) {}

  /// Makes the `nth` call of that kind from now on (1: the next) fail, once.
  void inject(call kind, effect what, std::uint64_t nth = 1);

  /// All files together may be this long; what exceeds it meets a full disk.
  void set_capacity(std::uint64_t bytes);

  /// Calls so far that change anything.
  [[nodiscard]] std::uint64_t changes() const;

  /// The `nth` changing call from now on and all calls after it fail. That one may have left traces.
  void cut_power_at(std::uint64_t nth);

  /// Brings the power back. Unsynced sectors, creations, renamings and removals are each there or not.
  void restart_after_power_cut();

  /// As after kill -9: caches are kept, faults not yet met are forgotten.
  void restart_process();

  /// All files by path, as a process would read them.
  [[nodiscard]] std::map<std::string, std::string> contents() const;

  /// Changes bytes behind everybody's back, in the cache and on disk.
  void overwrite(const std::string& path, std::uint64_t offset, const std::string& bytes);
  void put(const std::string& path, const std::string& bytes);

  [[nodiscard]] result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) override;
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) override;
  [[nodiscard]] result<void> remove(const std::string& path) override;
  [[nodiscard]] result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] result<void> sync_folder(const std::string& folder) override;
  [[nodiscard]] result<void> make_folder(const std::string& folder) override;
  [[nodiscard]] result<std::uint64_t> free_bytes(const std::string& folder) override;
  [[nodiscard]] result<std::unique_ptr<folder_lock>> lock_folder(const std::string& folder) override;

 private:
  friend class faulty_file;

  struct inode {
    std::string cache;
    std::string disk;
    std::set<std::size_t> dirty; ///< sectors
    bool shrunk = false;         ///< the disk may still have the longer file
  };
  using names = std::map<std::string, std::shared_ptr<inode>>;

  /// A change of names that no `sync_folder` has made durable.
  struct name_change {
    std::string removed; ///< empty: nothing
    std::string added;   ///< empty: nothing
    std::shared_ptr<inode> node;
  };
  static void apply(names& to, const name_change& change);

  /// What the call meets; nothing when it is to succeed. Counts changing calls and cuts the power.
  [[nodiscard]] std::optional<effect> meet(call kind, bool changes);
  [[nodiscard]] result<void> outcome(std::optional<effect> met, const std::string& path) const;
  [[nodiscard]] std::uint64_t used() const;
  [[nodiscard]] result<void> write(inode& node, std::uint64_t offset, std::string_view bytes);
  void resize(inode& node, std::uint64_t bytes);
  void settle(inode& node);
  void to_disk(inode& node, std::size_t sector);

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  names live_;
  names durable_;
  std::vector<name_change> unsynced_names_;
  std::map<std::pair<call, std::uint64_t>, effect> faults_; ///< by the count of calls of that kind
  std::map<call, std::uint64_t> calls_;
  std::uint64_t changes_ = 0;
  std::uint64_t power_ends_at_ = UINT64_MAX;
  bool dying_ = false; ///< this very call is the one that the power went in
  std::uint64_t capacity_ = UINT64_MAX;
};

} // namespace orderd::test

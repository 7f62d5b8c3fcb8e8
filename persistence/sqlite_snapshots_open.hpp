/// Which snapshots of a SQLite file this process has open.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace orderd {

/// Counts them, so that the writer does not wait for those that it knows to stay. Shared by the parts of one
/// store; any thread.
using sqlite_snapshots_open = std::shared_ptr<std::atomic<std::size_t>>;

[[nodiscard]] inline sqlite_snapshots_open no_snapshots_open() {
  return std::make_shared<std::atomic<std::size_t>>(0);
}

/// Counts one for as long as it lives.
class sqlite_snapshot_mark {
 public:
  explicit sqlite_snapshot_mark(sqlite_snapshots_open among) noexcept : among_(std::move(among)) {
    among_->fetch_add(1, std::memory_order_relaxed);
  }
  sqlite_snapshot_mark(const sqlite_snapshot_mark&) = delete;
  sqlite_snapshot_mark& operator=(const sqlite_snapshot_mark&) = delete;
  ~sqlite_snapshot_mark() { among_->fetch_sub(1, std::memory_order_relaxed); }

 private:
  sqlite_snapshots_open among_;
};

} // namespace orderd

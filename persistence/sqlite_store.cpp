#include "persistence/sqlite_store.hpp"

#include "persistence/sqlite_migrations.hpp"
#include "persistence/sqlite_reader.hpp"
#include "persistence/sqlite_snapshot.hpp"
#include "persistence/sqlite_writer.hpp"

#include <utility>

namespace orderd {
namespace {

class sqlite_store final : public store {
 public:
  sqlite_store(std::string path, std::function<bool()> interrupted)
      : path_(std::move(path)), interrupted_(std::move(interrupted)) {}

  using store::open_reader;
  using store::open_writer;
  /// The file goes with the data folder, whose lock keeps other processes away: there is none to take it
  /// from.
  result<std::unique_ptr<store_writer>> open_writer(const takeover& /*of*/) override {
    return sqlite_writer::open(path_, interrupted_, snapshots_);
  }
  result<std::unique_ptr<store_reader>> open_reader(std::chrono::milliseconds /*longest*/) override {
    return sqlite_reader::open(path_);
  }
  result<std::unique_ptr<audit_snapshot>> open_snapshot() override {
    return sqlite_snapshot::open(path_, sqlite_access::read, snapshots_);
  }

 private:
  std::string path_;
  std::function<bool()> interrupted_;
  sqlite_snapshots_open snapshots_ = no_snapshots_open();
};

} // namespace

std::unique_ptr<store> make_sqlite_store(std::string path, std::function<bool()> interrupted) {
  return std::make_unique<sqlite_store>(std::move(path), std::move(interrupted));
}

result<int> migrate_sqlite(const std::string& path, const std::function<bool()>& interrupted) {
  const auto writer = sqlite_writer::open(path, interrupted);
  return writer ? result<int>(sqlite_migrations().back().number) : tl::unexpected(writer.error());
}

result<std::unique_ptr<audit_snapshot>> open_sqlite_at_rest(const std::string& path) {
  return sqlite_snapshot::open(path, sqlite_access::at_rest, no_snapshots_open());
}

} // namespace orderd

/// A database file in a folder of its own, removed with it.
#pragma once

#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_store.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

namespace orderd::test {

class sqlite_database final : public store_database {
 public:
  sqlite_database() {
    std::string pattern = (std::filesystem::temp_directory_path() / "orderd-store-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  sqlite_database(const sqlite_database&) = delete;
  sqlite_database& operator=(const sqlite_database&) = delete;
  ~sqlite_database() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::unique_ptr<store> open() override { return make_sqlite_store(path()); }
  [[nodiscard]] std::string path() const { return (folder_ / "orderd.db").string(); }
  /// A connection past the store, for damage and for looking.
  [[nodiscard]] sqlite_connection connect() const {
    return must(sqlite_connection::open(path(), sqlite_access::write));
  }

 private:
  std::filesystem::path folder_;
};

} // namespace orderd::test

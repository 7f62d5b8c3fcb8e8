/// A database file in a folder of its own, removed with it.
#pragma once

#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_store.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

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
  void refuse_orders_of(const std::string& customer) override {
    refuse("orders", "NEW.customer_id = '" + customer + "'");
  }
  void refuse_item(const std::string& sku) override { refuse("products", "NEW.sku = '" + sku + "'"); }
  void refuse_account(const std::string& id) override { refuse("accounts", "NEW.id = '" + id + "'"); }
  void refuse_requests() override { refuse("requests", "true"); }
  void accept_again() override {
    sqlite_connection connection = connect();
    for (const std::string& each : std::exchange(triggers_, {})) {
      must(connection.execute("DROP TRIGGER " + each));
    }
  }

  [[nodiscard]] std::string path() const { return (folder_ / "orderd.db").string(); }
  /// A connection past the store, for damage and for looking.
  [[nodiscard]] sqlite_connection connect() const {
    return must(sqlite_connection::open(path(), sqlite_access::write));
  }

 private:
  void refuse(const std::string& table, const std::string& condition) {
    sqlite_connection connection = connect();
    for (const char* change : {"INSERT", "UPDATE"}) {
      const std::string name = "refusal_" + std::to_string(triggers_.size());
      must(connection.execute("CREATE TRIGGER " + name + " BEFORE " + change + " ON " + table + " WHEN " +
                              condition + " BEGIN SELECT RAISE(ABORT, 'not in this house'); END"));
      triggers_.push_back(name);
    }
  }

  std::filesystem::path folder_;
  std::vector<std::string> triggers_;
};

} // namespace orderd::test

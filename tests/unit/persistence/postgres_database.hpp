/// An empty PostgreSQL database for the time of a scope, and a store over it.
#pragma once

#include "persistence/postgres_store.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/unit/persistence/store_contract.hpp"

#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

class postgres_database final : public store_database {
 public:
  explicit postgres_database(postgres_server& server = shared_postgres()) : database_(server) {}

  [[nodiscard]] std::unique_ptr<store> open() override { return make_postgres_store(options()); }
  void refuse_orders_of(const std::string& customer) override {
    refuse("orders", "NEW.customer_id = '" + customer + "'");
  }
  void refuse_item(const std::string& sku) override { refuse("products", "NEW.sku = '" + sku + "'"); }
  void refuse_account(const std::string& id) override { refuse("accounts", "NEW.id = '" + id + "'"); }
  void refuse_requests() override { refuse("requests", "true"); }
  void accept_again() override {
    for (const std::string& each : std::exchange(triggers_, {})) {
      query("DROP TRIGGER " + each);
    }
  }

  /// Such that no slow machine runs out of time.
  [[nodiscard]] postgres_options options() const {
    postgres_options options;
    options.conninfo = database_.url();
    options.connect_timeout = std::chrono::seconds(60);
    options.statement_timeout = std::chrono::seconds(60);
    return options;
  }
  [[nodiscard]] const std::string& name() const { return database_.name(); }
  [[nodiscard]] const std::string& url() const { return database_.url(); }
  /// Past the store, for damage and for looking; the rows of the last of several statements.
  text_rows query(const std::string& sql) const { return database_.query(sql); }

 private:
  void refuse(const std::string& table, const std::string& condition) {
    const std::string name = "refusal_" + std::to_string(triggers_.size());
    query("CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
          "$$ BEGIN RAISE EXCEPTION 'not in this house'; END $$;"
          "CREATE TRIGGER " +
          name + " BEFORE INSERT OR UPDATE ON " + table + " FOR EACH ROW WHEN (" + condition +
          ") EXECUTE FUNCTION refuse()");
    triggers_.push_back(name + " ON " + table);
  }

  temporary_database database_;
  std::vector<std::string> triggers_;
};

} // namespace orderd::test

#include "persistence/postgres_store.hpp"

#include "persistence/postgres_migrations.hpp"
#include "persistence/postgres_reader.hpp"
#include "persistence/postgres_snapshot.hpp"
#include "persistence/postgres_writer.hpp"

#include <algorithm>
#include <utility>

namespace orderd {
namespace {

class postgres_store final : public store {
 public:
  explicit postgres_store(postgres_options options) noexcept : options_(std::move(options)) {}

  using store::open_reader;
  using store::open_writer;
  result<std::unique_ptr<store_writer>> open_writer(const takeover& of) override {
    return postgres_writer::open(options_, position_, of);
  }
  result<std::unique_ptr<store_reader>> open_reader(std::chrono::milliseconds longest) override {
    auto options = options_;
    options.connect_timeout = std::min(options.connect_timeout, longest);
    options.statement_timeout = std::min(options.statement_timeout, longest);
    return postgres_reader::open(options, position_);
  }
  result<std::unique_ptr<audit_snapshot>> open_snapshot() override {
    return postgres_snapshot::open(options_, *position_);
  }

 private:
  postgres_options options_;
  std::shared_ptr<postgres_position> position_ = std::make_shared<postgres_position>();
};

} // namespace

std::unique_ptr<store> make_postgres_store(postgres_options options) {
  return std::make_unique<postgres_store>(std::move(options));
}

result<int> migrate_postgres(const postgres_options& options) {
  return migrate(options, postgres_migrations());
}

} // namespace orderd

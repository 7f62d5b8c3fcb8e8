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
  postgres_store(postgres_options options, std::function<bool()> interrupted)
      : options_(std::move(options)), interrupted_(std::move(interrupted)) {}

  using store::open_reader;
  using store::open_writer;
  result<std::unique_ptr<store_writer>> open_writer(const takeover& of) override {
    return postgres_writer::open(options_, position_, of, interrupted_);
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
  std::function<bool()> interrupted_;
  std::shared_ptr<postgres_position> position_ = std::make_shared<postgres_position>();
};

} // namespace

std::unique_ptr<store> make_postgres_store(postgres_options options, std::function<bool()> interrupted) {
  return std::make_unique<postgres_store>(std::move(options), std::move(interrupted));
}

result<int> migrate_postgres(const postgres_options& options, const std::function<bool()>& interrupted) {
  const auto number = migrate(options, postgres_migrations());
  const auto linked = number ? postgres_writer::link_stored(options, interrupted)
                             : result<void>(tl::unexpected(number.error()));
  return linked ? number : tl::unexpected(linked.error());
}

} // namespace orderd

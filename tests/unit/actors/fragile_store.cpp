#include "tests/unit/actors/fragile_store.hpp"

#include "persistence/audit_snapshot.hpp"

#include <algorithm>
#include <optional>

namespace orderd::test {

namespace {

[[nodiscard]] bool meets(std::uint64_t& faults) {
  if (faults == 0)
    return false;
  --faults;
  return true;
}

[[nodiscard]] auto away() { return fail(error_code::store_failed, "the store is away"); }

class fragile_writer final : public store_writer {
 public:
  fragile_writer(std::unique_ptr<store_writer> real, std::shared_ptr<store_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {
    faults_->writer = this;
  }
  ~fragile_writer() override { faults_->writer = nullptr; }

  result<void> apply(const store_batch& batch) override {
    ++faults_->tries;
    if (faults_->away || meets(faults_->applies))
      return away();
    if (batch.events.size() > faults_->events_in_time_max)
      return fail(error_code::timed_out, "the batch took too long");
    if (faults_->refuses && std::any_of(batch.events.begin(), batch.events.end(),
                                        [this](const auto& e) { return faults_->refuses(e.event); }))
      return fail(error_code::refused, "a rule of the database's owner");
    if (brings_refused_record(batch))
      return fail(error_code::refused, "no records in this house");
    if (auto applied = real_->apply(batch); !applied)
      return applied;
    ++faults_->applied_batches;
    if (meets(faults_->applies_that_commit))
      return away();
    return {};
  }
  result<void> set_aside(const store_batch& single, const std::string& reason) override {
    if (faults_->away)
      return away();
    if (brings_refused_record(single))
      return fail(error_code::refused, "no records in this house");
    return real_->set_aside(single, reason);
  }
  using store_writer::retry_aside;
  result<void> retry_aside(const std::function<bool()>& interrupted) override {
    if (meets(faults_->retries_aside))
      return away();
    return real_->retry_aside(interrupted);
  }
  const aside_figures& aside() const noexcept override { return real_->aside(); }
  result<std::uint64_t> checkpoint() override {
    if (faults_->away)
      return away();
    if (meets(faults_->checkpoints))
      return fail(faults_->checkpoint_error, "a checkpoint that fails");
    const auto durable = real_->checkpoint();
    ++faults_->finished_checkpoints;
    if (durable && meets(faults_->partial_checkpoints))
      return *durable - 1;
    return durable;
  }
  std::uint64_t applied_seq() const noexcept override { return real_->applied_seq(); }
  std::uint32_t epoch() const noexcept override { return real_->epoch(); }
  uuid identity() const noexcept override { return real_->identity(); }
  result<void> adopt(const uuid& identity) override { return real_->adopt(identity); }
  result<void> save_positions(const std::vector<sink_position>& positions) override {
    if (faults_->away || meets(faults_->saves))
      return away();
    if (auto saved = real_->save_positions(positions); !saved)
      return saved;
    ++faults_->saved_positions;
    return {};
  }
  result<std::size_t> drop_history(std::uint64_t until_seq, timestamp before, std::size_t limit) override {
    if (faults_->away)
      return away();
    if (faults_->drop_error)
      return fail(*faults_->drop_error, "a drop that fails");
    const auto dropped = real_->drop_history(until_seq, before, limit);
    if (dropped && *dropped > 0 && meets(faults_->drops_that_commit))
      return away();
    return dropped;
  }
  result<std::uint64_t> dropped_to() override {
    if (faults_->away)
      return away();
    return real_->dropped_to();
  }
  result<std::vector<obligation>> open_obligations() override { return real_->open_obligations(); }
  result<std::vector<payout_due>> open_payouts() override { return real_->open_payouts(); }

 private:
  [[nodiscard]] bool brings_refused_record(const store_batch& batch) const {
    return faults_->refuses_records && batch.remembers &&
           std::any_of(batch.events.begin(), batch.events.end(),
                       [](const auto& e) { return e.record() != nullptr; });
  }

  std::unique_ptr<store_writer> real_;
  std::shared_ptr<store_faults> faults_;
};

class fragile_reader final : public store_reader {
 public:
  fragile_reader(std::unique_ptr<store_reader> real, std::shared_ptr<store_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  result<order_ptr> load_order(const uuid& id) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->load_order(id);
  }
  result<std::optional<stock_item>> load_stock(const std::string& sku) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->load_stock(sku);
  }
  result<std::optional<stored_reservation>> load_reservation(const uuid& id) override {
    if (faults_->away)
      return away();
    return real_->load_reservation(id);
  }
  result<std::optional<account>> load_account(const std::string& id) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->load_account(id);
  }
  result<account_entries_page> account_entries(const account_entries_query& query) override {
    if (faults_->away)
      return away();
    return real_->account_entries(query);
  }
  result<std::optional<request_record>> load_request(const uuid& key) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->load_request(key);
  }
  result<void> each_request(const std::function<void(const remembered_key&)>& visit) override {
    return real_->each_request(visit);
  }
  result<std::vector<unfinished_order>> unfinished(const std::optional<uuid>& after,
                                                   std::size_t limit) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->unfinished(after, limit);
  }
  result<std::vector<acceptance_due>> to_be_accepted(const std::optional<acceptance_due>& after,
                                                     std::size_t limit) override {
    if (const auto fault = load_fault())
      return tl::unexpected{*fault};
    return real_->to_be_accepted(after, limit);
  }
  result<order_page> list_orders(const order_query& query) override {
    if (faults_->away)
      return away();
    return real_->list_orders(query);
  }
  result<stock_page> list_stock(const stock_query& query) override {
    if (faults_->away)
      return away();
    return real_->list_stock(query);
  }
  result<std::vector<order_event>> timeline(const uuid& id, std::uint64_t after_version,
                                            std::size_t limit) override {
    if (faults_->away)
      return away();
    return real_->timeline(id, after_version, limit);
  }
  result<void> each_product(const std::function<void(const product&)>& visit) override {
    return real_->each_product(visit);
  }
  result<std::vector<stored_deadline>> deadlines() override { return real_->deadlines(); }
  result<void> history(std::uint64_t from_seq,
                       const std::function<result<void>(const sequenced_event&)>& visit) override {
    return real_->history(from_seq, visit);
  }
  result<event_page> events_after(std::uint64_t seq, std::size_t limit) override {
    if (faults_->away || meets(faults_->pages))
      return away();
    return real_->events_after(seq, limit);
  }
  result<std::optional<std::uint64_t>> first_event_since(timestamp at) override {
    if (faults_->away)
      return away();
    return real_->first_event_since(at);
  }
  result<std::vector<sink_position>> sink_positions() override {
    if (faults_->away)
      return away();
    return real_->sink_positions();
  }
  result<std::uint64_t> dropped_to() override {
    if (faults_->away)
      return away();
    return real_->dropped_to();
  }
  result<std::optional<history_checkpoint>> checkpoint(const entity_key& of) override {
    if (faults_->away)
      return away();
    return real_->checkpoint(of);
  }
  result<std::vector<sequenced_event>> stock_events(const std::string& sku, std::uint64_t after_version,
                                                    std::size_t limit) override {
    if (faults_->away)
      return away();
    return real_->stock_events(sku, after_version, limit);
  }

 private:
  [[nodiscard]] std::optional<error> load_fault() {
    if (meets(faults_->damaged_loads))
      return error{error_code::damaged, "a row is not what was written"};
    if (faults_->away || meets(faults_->loads))
      return away().value();
    return std::nullopt;
  }

  std::unique_ptr<store_reader> real_;
  std::shared_ptr<store_faults> faults_;
};

class fragile_store final : public store {
 public:
  fragile_store(std::unique_ptr<store> real, std::shared_ptr<store_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  using store::open_reader;
  using store::open_writer;
  result<std::unique_ptr<store_writer>> open_writer(const takeover& of) override {
    auto opened = real_->open_writer(of);
    if (!opened)
      return opened;
    return std::make_unique<fragile_writer>(std::move(*opened), faults_);
  }
  result<std::unique_ptr<store_reader>> open_reader(std::chrono::milliseconds longest) override {
    auto opened = real_->open_reader(longest);
    if (!opened)
      return opened;
    return std::make_unique<fragile_reader>(std::move(*opened), faults_);
  }
  result<std::unique_ptr<audit_snapshot>> open_snapshot() override {
    if (faults_->away)
      return away();
    return real_->open_snapshot();
  }

 private:
  std::unique_ptr<store> real_;
  std::shared_ptr<store_faults> faults_;
};

} // namespace

std::unique_ptr<store> make_fragile_store(std::unique_ptr<store> real, std::shared_ptr<store_faults> faults) {
  return std::make_unique<fragile_store>(std::move(real), std::move(faults));
}

} // namespace orderd::test

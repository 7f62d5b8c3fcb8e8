/// The reading side of the PostgreSQL store. Each call reads one snapshot, most of them with one statement.
#pragma once

#include "persistence/history_checkpoint.hpp"
#include "persistence/postgres_read_session.hpp"
#include "persistence/store.hpp"
#include "persistence/write_set.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// Pages by key cost the same wherever they are. A page by number walks the index over what it skips, and its
/// total counts in the index; both look at `rows_counted_max` rows at most. Rows that cannot be true are
/// `damaged`. While the database is away calls fail, at once for a short time after each failure to connect.
class postgres_reader final : public store_reader {
 public:
  /// Connects to a database that a writer has opened before. Errors: those of a connection, newer_format.
  /// Each time it connects the database must have come as far as `position` says: else behind.
  [[nodiscard]] static result<std::unique_ptr<postgres_reader>>
  open(const postgres_options& options,
       std::shared_ptr<const postgres_position> position = std::make_shared<postgres_position>());

  [[nodiscard]] result<order_ptr> load_order(const uuid& id) override;
  [[nodiscard]] result<std::optional<stock_item>> load_stock(const std::string& sku) override;
  [[nodiscard]] result<std::optional<stored_reservation>> load_reservation(const uuid& id) override;
  [[nodiscard]] result<std::optional<account>> load_account(const std::string& id) override;
  [[nodiscard]] result<account_entries_page> account_entries(const account_entries_query& query) override;
  [[nodiscard]] result<std::optional<request_record>> load_request(const uuid& key) override;
  [[nodiscard]] result<void> each_request(const std::function<void(const remembered_key&)>& visit) override;
  [[nodiscard]] result<std::vector<unfinished_order>> unfinished(const std::optional<uuid>& after,
                                                                 std::size_t limit) override;
  [[nodiscard]] result<std::vector<acceptance_due>> to_be_accepted(const std::optional<acceptance_due>& after,
                                                                   std::size_t limit) override;
  [[nodiscard]] result<order_page> list_orders(const order_query& query) override;
  [[nodiscard]] result<stock_page> list_stock(const stock_query& query) override;
  [[nodiscard]] result<std::vector<order_event>> timeline(const uuid& id, std::uint64_t after_version,
                                                          std::size_t limit) override;
  [[nodiscard]] result<void> each_product(const std::function<void(const product&)>& visit) override;
  [[nodiscard]] result<std::vector<stored_deadline>> deadlines() override;
  /// More errors: store_failed, if events that were still to come are dropped meanwhile.
  [[nodiscard]] result<void>
  history(std::uint64_t from_seq, const std::function<result<void>(const sequenced_event&)>& visit) override;
  [[nodiscard]] result<event_page> events_after(std::uint64_t seq, std::size_t limit) override;
  [[nodiscard]] result<std::optional<std::uint64_t>> first_event_since(timestamp at) override;
  [[nodiscard]] result<std::vector<sink_position>> sink_positions() override;
  [[nodiscard]] result<std::uint64_t> dropped_to() override;
  [[nodiscard]] result<std::optional<history_checkpoint>> checkpoint(const entity_key& of) override;
  [[nodiscard]] result<std::vector<sequenced_event>>
  stock_events(const std::string& sku, std::uint64_t after_version, std::size_t limit) override;

 private:
  postgres_reader(postgres_options options, std::shared_ptr<const postgres_position> position) noexcept
      : session_(std::move(options), std::move(position)) {}

  [[nodiscard]] result<std::vector<postgres_rows>> read_page(const postgres_call& list,
                                                             const postgres_call* count);
  /// What the history holds: events behind `dropped_to`, up to `last_seq`.
  struct kept_events {
    std::uint64_t last_seq = 0;
    std::uint64_t dropped_to = 0;
  };
  [[nodiscard]] static result<kept_events> kept_in(const postgres_rows& node);
  [[nodiscard]] result<kept_events> kept();

  // Within a snapshot.
  /// `entity` and `kind` must live as long as the pages are read.
  [[nodiscard]] aside_pages aside_of(std::string_view entity, std::string_view kind);
  [[nodiscard]] result<std::map<std::string, stock_item>> items_of(const postgres_rows& skus);
  [[nodiscard]] result<std::optional<stock_item>> item_aside(std::string_view sku);
  [[nodiscard]] result<std::optional<account>> account_aside(const std::string& id);
  [[nodiscard]] result<void> visit_requests(const std::function<void(const remembered_key&)>& visit);
  [[nodiscard]] result<void> visit_products(const std::function<void(const product&)>& visit,
                                            const std::map<std::string, stock_item>& aside);
  [[nodiscard]] result<std::vector<stored_deadline>>
  read_deadlines(const std::map<std::string, stock_item>& aside);

  postgres_read_session session_;
};

} // namespace orderd

/// The reading side of the SQLite store. Each call reads one snapshot, which it does not keep.
#pragma once

#include "persistence/sqlite_connection.hpp"
#include "persistence/sqlite_events.hpp"
#include "persistence/store.hpp"

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace orderd {

/// Pages by key cost the same wherever they are. A page by number walks the index over what it skips, and its
/// total counts what the filter matches in the index: linear in the matching rows up to `rows_counted_max`.
/// A list that takes ten seconds all the same ends with timed_out. Rows that cannot be true are `damaged`.
class sqlite_reader final : public store_reader {
 public:
  /// Opens a file that a writer has opened before. Errors: store_failed, locked, damaged, newer_format.
  [[nodiscard]] static result<std::unique_ptr<sqlite_reader>> open(const std::string& path);

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
  explicit sqlite_reader(sqlite_connection connection) noexcept : connection_(std::move(connection)) {}

  [[nodiscard]] result<void> prepare();
  [[nodiscard]] result<order_ptr> read_order(const uuid& id);
  [[nodiscard]] result<void> read_lines(order& into);
  [[nodiscard]] result<std::optional<account>> account_of_rows(const std::string& id);
  [[nodiscard]] result<std::vector<uuid>> order_ids(const order_query& query, std::size_t limit,
                                                    std::optional<std::uint64_t>& total);
  [[nodiscard]] result<std::optional<stock_item>> read_stock(const std::string& sku);
  [[nodiscard]] result<std::optional<stock_item>> stock_of_rows(const std::string& sku);
  [[nodiscard]] result<std::vector<reservation>> active_of(const std::string& sku);
  [[nodiscard]] result<std::map<std::string, stock_item>> items_aside();
  [[nodiscard]] tl::unexpected<error> damaged(const std::string& what) const;

  sqlite_connection connection_;
  std::array<sqlite_statement, 8> list_orders_, count_orders_; ///< by filter
  sqlite_statement load_order_, load_lines_, load_stock_, list_stock_, count_stock_, each_product_;
  sqlite_statement active_reservations_, load_reservation_, deadlines_;
  sqlite_statement unfinished_, to_be_accepted_, load_account_, load_holds_, load_request_, each_request_;
  sqlite_events events_;
};

} // namespace orderd

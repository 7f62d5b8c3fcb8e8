/// What every store must do, whatever database is behind it. A store's test calls each rule with a fresh
/// database.
#pragma once

#include "persistence/store.hpp"
#include "tests/unit/persistence/legal_history.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

namespace orderd::test {

/// An empty database, which lives as long as this object.
class store_database {
 public:
  virtual ~store_database() = default;
  /// A store over it; may be called again after the former one was closed.
  [[nodiscard]] virtual std::unique_ptr<store> open() = 0;

  // What a foreign hand may do to the tables, past the store; once its writer was opened.

  /// Lets the database refuse every row that is to be written of orders of this customer, or of this item.
  virtual void refuse_orders_of(const std::string& customer) = 0;
  virtual void refuse_item(const std::string& sku) = 0;
  /// Lifts every such refusal.
  virtual void accept_again() = 0;
};

/// The value, or the end of the test with the error's sentence.
template <class T> T must(result<T> outcome) {
  // A verbose log formats the message of a check that holds, too.
  BOOST_REQUIRE_MESSAGE(outcome, (outcome ? std::string{} : outcome.error().detail));
  if constexpr (!std::is_void_v<T>) {
    return std::move(*outcome);
  }
}

struct opened_store {
  explicit opened_store(store_database& database)
      : whole(database.open()), writer(must(whole->open_writer())), reader(must(whole->open_reader())) {}

  std::unique_ptr<store> whole;
  std::unique_ptr<store_writer> writer;
  std::unique_ptr<store_reader> reader;
};

/// The error of what must fail.
template <class T> error refusal_of(const result<T>& outcome) {
  BOOST_REQUIRE(!outcome);
  BOOST_TEST_MESSAGE(outcome.error().detail);
  return outcome.error();
}

/// So many random steps under the run's seed.
[[nodiscard]] legal_history random_history(int steps);

/// Requires that single entities, and what is told of all items, are what the history led to.
void require_whole(store_reader& reader, const legal_history& history);
/// Requires that the reader shows exactly what the history led to, lists and timelines too.
void require_agreement(store_reader& reader, const legal_history& history);

/// Ids of all orders that a walk by key shows, page after page.
[[nodiscard]] std::vector<uuid> walk(store_reader& reader, order_query query);

namespace store_contract {

void what_is_applied_is_read_back(store_database& database);
void any_split_into_batches_gives_the_same_rows(store_database& database);
void applying_again_changes_nothing(store_database& database);
void an_overlapping_batch_applies_only_what_is_new(store_database& database);
void placing_replaces_all_lines(store_database& database);
void unknown_ids_are_nothing(store_database& database);
void orders_are_listed_newest_first(store_database& database);
void pages_by_key_stay_stable_while_orders_arrive(store_database& database);
void filters_are_combined(store_database& database);
void pages_by_number_have_a_total(store_database& database);
void stock_is_listed_by_sku(store_database& database);
void a_timeline_continues_behind_a_version(store_database& database);
void obligations_are_replaced(store_database& database);
void identity_and_position_survive_reopening(store_database& database);
void deadlines_are_those_of_free_reservations(store_database& database);
void product_ids_may_be_traded_within_one_batch(store_database& database);
void reservations_that_ended_long_ago_are_purged(store_database& database);
void a_checkpoint_covers_what_was_applied(store_database& database);
void a_gap_in_front_of_a_batch_says_behind(store_database& database);
void an_identity_is_adopted_before_the_first_event_only(store_database& database);

// What is set aside: store_contract_aside.cpp.
void a_refused_row_changes_nothing(store_database& database);
void a_change_of_a_missing_row_is_refused(store_database& database);
void an_event_aside_blocks_nothing_but_its_entity(store_database& database);
void an_order_aside_is_read_whole_and_comes_back(store_database& database);
void an_order_whose_later_events_are_aside_is_read_whole(store_database& database);
void an_item_aside_is_read_whole_and_comes_back(store_database& database);
void an_item_whose_later_events_are_aside_is_read_whole(store_database& database);
void what_is_aside_is_known_after_reopening(store_database& database);
void what_is_still_refused_stays_aside(store_database& database);
void what_was_refused_for_another_aside_comes_back_behind_it(store_database& database);
void setting_aside_again_changes_nothing(store_database& database);
void entities_aside_are_bounded(store_database& database);
void any_number_of_events_may_follow_one_aside(store_database& database);
void history_tells_every_event_in_order(store_database& database);
void history_ends_with_the_first_refusal(store_database& database);

} // namespace store_contract
} // namespace orderd::test

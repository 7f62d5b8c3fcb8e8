/// The names of what every store must do: declared once, and run for each database.
#pragma once

// clang-format off
/// Rows and lists: store_contract.cpp.
#define ORDERD_CONTRACT_OF_ROWS(RULE) \
  RULE(what_is_applied_is_read_back) \
  RULE(any_split_into_batches_gives_the_same_rows) \
  RULE(applying_again_changes_nothing) \
  RULE(an_overlapping_batch_applies_only_what_is_new) \
  RULE(placing_replaces_all_lines) \
  RULE(unknown_ids_are_nothing) \
  RULE(orders_are_listed_newest_first) \
  RULE(pages_by_key_stay_stable_while_orders_arrive) \
  RULE(filters_are_combined) \
  RULE(pages_by_number_have_a_total) \
  RULE(stock_is_listed_by_sku) \
  RULE(a_timeline_continues_behind_a_version) \
  RULE(obligations_are_replaced) \
  RULE(identity_and_position_survive_reopening) \
  RULE(deadlines_are_those_of_free_reservations) \
  RULE(product_ids_may_be_traded_within_one_batch) \
  RULE(reservations_that_ended_long_ago_are_purged) \
  RULE(a_checkpoint_covers_what_was_applied) \
  RULE(a_gap_in_front_of_a_batch_says_behind) \
  RULE(an_identity_is_adopted_before_the_first_event_only)

/// What is set aside: store_contract_aside.cpp.
#define ORDERD_CONTRACT_ASIDE(RULE) \
  RULE(a_refused_row_changes_nothing) \
  RULE(a_change_of_a_missing_row_is_refused) \
  RULE(an_event_aside_blocks_nothing_but_its_entity) \
  RULE(an_order_aside_is_read_whole_and_comes_back) \
  RULE(an_order_whose_later_events_are_aside_is_read_whole) \
  RULE(an_item_aside_is_read_whole_and_comes_back) \
  RULE(an_item_whose_later_events_are_aside_is_read_whole) \
  RULE(what_is_aside_is_known_after_reopening) \
  RULE(what_is_still_refused_stays_aside) \
  RULE(what_was_refused_for_another_aside_comes_back_behind_it) \
  RULE(setting_aside_again_changes_nothing) \
  RULE(entities_aside_are_bounded) \
  RULE(any_number_of_events_may_follow_one_aside) \
  RULE(history_tells_every_event_in_order) \
  RULE(history_ends_with_the_first_refusal)

/// Payments, accounts and remembered requests: store_contract_life.cpp.
#define ORDERD_CONTRACT_OF_LIFE(RULE) \
  RULE(orders_with_payments_are_read_back_as_they_evolve) \
  RULE(life_applies_in_any_split_and_again) \
  RULE(a_withdrawn_order_leaves_no_row) \
  RULE(what_a_placement_reserved_is_shown_only_while_it_is_under_way) \
  RULE(a_paged_walk_shows_every_unfinished_order) \
  RULE(orders_to_be_accepted_come_by_time) \
  RULE(stuck_orders_are_listed_with_every_filter) \
  RULE(an_accounts_entries_come_newest_first) \
  RULE(holds_end_with_what_becomes_of_them) \
  RULE(payouts_are_replaced) \
  RULE(a_claim_is_replaced_by_its_answer_and_never_the_other_way) \
  RULE(requests_older_than_they_are_remembered_are_purged) \
  RULE(requests_outlive_a_long_time_without_batches)       \
  RULE(a_request_of_an_event_aside_is_remembered) \
  RULE(a_mere_record_is_never_set_aside) \
  RULE(a_mere_record_leaves_no_answer_in_the_history) \
  RULE(events_are_applied_without_their_records) \
  RULE(an_event_is_set_aside_without_its_record) \
  RULE(an_order_aside_is_told_as_unfinished) \
  RULE(an_account_aside_is_read_whole_and_comes_back) \
  RULE(an_account_whose_later_events_are_aside_is_read_whole) \
  RULE(an_order_withdrawn_aside_is_unknown) \
  RULE(history_tells_accounts_and_records_in_order)

/// The outbox and what is new in events: store_contract_outbox.cpp.
#define ORDERD_CONTRACT_OF_OUTBOX(RULE) \
  RULE(positions_of_sinks_survive_reopening) \
  RULE(a_position_is_replaced_and_others_stay) \
  RULE(a_reason_is_kept_in_bounds) \
  RULE(pages_tell_every_event_once_and_in_order) \
  RULE(a_page_behind_the_last_event_is_empty_and_has_looked_to_the_end) \
  RULE(any_number_of_records_is_passed_over) \
  RULE(a_page_goes_no_further_than_what_is_applied) \
  RULE(an_instant_is_found_in_the_history) \
  RULE(an_instant_is_found_among_events_aside) \
  RULE(a_threshold_is_kept_with_its_item) \
  RULE(a_threshold_aside_is_read_and_comes_back) \
  RULE(an_item_that_became_low_is_told_in_the_history) \
  RULE(a_refused_order_leaves_its_event_and_no_row) \
  RULE(a_refused_order_comes_back_from_aside_without_a_row) \
  RULE(a_tentative_order_has_a_row_like_any_other)

/// Chained events, what is dropped and snapshots: store_contract_chain.cpp.
#define ORDERD_CONTRACT_OF_CHAIN(RULE) \
  RULE(every_event_is_chained_to_the_one_before_of_its_entity) \
  RULE(links_go_on_over_batches_reopening_and_drops) \
  RULE(links_of_orders_and_accounts_go_on_likewise) \
  RULE(a_mere_record_has_no_link) \
  RULE(what_is_aside_has_no_link_until_it_is_back) \
  RULE(dropped_events_leave_checkpoints) \
  RULE(events_are_dropped_one_by_one) \
  RULE(events_are_dropped_all_at_once) \
  RULE(a_drop_ends_where_it_is_told) \
  RULE(an_event_that_is_late_ends_a_drop) \
  RULE(nothing_is_dropped_from_an_event_on_that_is_aside) \
  RULE(orders_that_never_came_to_be_leave_no_checkpoint) \
  RULE(what_is_read_begins_behind_what_was_dropped) \
  RULE(an_items_history_is_read_in_pages) \
  RULE(a_snapshot_shows_one_moment) \
  RULE(a_snapshot_goes_by_the_bytes_of_the_keys) \
  RULE(a_snapshot_tells_what_is_aside) \
  RULE(a_snapshot_tells_open_payouts)
// clang-format on

#define ORDERD_STORE_CONTRACT(RULE)                                                                          \
  ORDERD_CONTRACT_OF_ROWS(RULE)                                                                              \
  ORDERD_CONTRACT_ASIDE(RULE)                                                                                \
  ORDERD_CONTRACT_OF_LIFE(RULE)                                                                              \
  ORDERD_CONTRACT_OF_OUTBOX(RULE)                                                                            \
  ORDERD_CONTRACT_OF_CHAIN(RULE)

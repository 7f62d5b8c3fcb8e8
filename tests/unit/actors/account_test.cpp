#include "tests/unit/actors/engine_fixture.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

[[nodiscard]] engine_options with_ledger() {
  auto options = small_engine();
  options.payments = payments_mode::ledger;
  return options;
}

struct bank : engine_fixture {
  explicit bank(const engine_options& options = with_ledger()) : engine_fixture(options, printed_seed()) {}
  bank(const engine_options& options, const std::filesystem::path& store,
       const std::map<std::string, std::string>& journal)
      : engine_fixture(options, 1, store, journal) {}

  template <class What>
  [[nodiscard]] static account_request to_account(std::string id, What what,
                                                  const caller& who = operator_caller) {
    account_request asked;
    asked.id = std::move(id);
    asked.who = who;
    asked.what = std::move(what);
    return asked;
  }
  template <class Request> [[nodiscard]] answer_slot handled(Request request) {
    const auto slot = submit(std::move(request));
    run();
    return slot;
  }
  /// Opens the account with so much to spend.
  void fund(const std::string& id, cents amount) {
    BOOST_CHECK(ask<opened_account>(to_account(id, open_account{})).created);
    ask<account_view>(to_account(id, deposit_funds{amount, "first"}));
  }
  [[nodiscard]] account_levels levels(const std::string& id) {
    return ask<account_view>(to_account(id, get_account{})).levels;
  }
  [[nodiscard]] payment_call call(payment_op op, cents amount = 400, std::uint64_t attempt = 3) const {
    return {op, order_id, attempt, amount, "USD", "ann", "bob", {}};
  }
  /// The one answer to the call.
  payment_answer pay(payment_call asked) {
    const auto answers = submit(std::move(asked));
    run();
    BOOST_REQUIRE_EQUAL(answers->size(), 1U);
    return answers->front();
  }
  void check_paid(payment_op op) {
    const auto answer = pay(call(op));
    BOOST_CHECK(answer.verdict == payment_verdict::done);
    BOOST_CHECK(answer.op == op);
    BOOST_CHECK_EQUAL(answer.attempt, 3U);
  }
  [[nodiscard]] std::size_t count(const std::string& name) {
    const auto events = journal();
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const event& e) { return name_of(e) == name; }));
  }

  uuid order_id = fresh_uuid();
};

struct two_accounts : bank {
  two_accounts() { fund("ann", 1'000); }
};

struct impatient_bank : bank {
  impatient_bank() : bank(idling()) {}
  static engine_options idling() {
    auto options = with_ledger();
    options.entity_idle = 1s;
    return options;
  }
};

/// A quarter of what may live is for accounts.
struct crowded_bank : bank {
  crowded_bank() : bank(narrow()) {}
  static engine_options narrow() {
    auto options = with_ledger();
    options.live_entities_max = 200;
    return options;
  }
};

struct without_ledger : bank {
  without_ledger() : bank(small_engine()) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(accounts)

BOOST_FIXTURE_TEST_CASE(an_account_is_its_owners_and_the_operators, two_accounts) {
  BOOST_CHECK((ask<account_view>(to_account("ann", get_account{}, ann)).levels == account_levels{1'000, 0}));
  CHECK_REFUSED(handled(to_account("ann", get_account{}, bob)), rejection_code::not_found);
  CHECK_REFUSED(handled(to_account("bob", get_account{}, bob)), rejection_code::not_found);
  CHECK_REFUSED(handled(to_account("bob", get_account{})), rejection_code::not_found);
}

BOOST_FIXTURE_TEST_CASE(asking_for_an_account_does_not_open_it, bank) {
  CHECK_REFUSED(handled(to_account("ann", get_account{}, ann)), rejection_code::not_found);
  CHECK_REFUSED(handled(to_account("ann", deposit_funds{5, {}})), rejection_code::not_found);
  BOOST_CHECK(journal().empty());
  BOOST_CHECK(ask<opened_account>(to_account("ann", open_account{})).created);
  BOOST_CHECK(!ask<opened_account>(to_account("ann", open_account{})).created);
  BOOST_CHECK_EQUAL(count("account_opened"), 1U);
}

BOOST_FIXTURE_TEST_CASE(a_deposit_names_the_operator_who_made_it, two_accounts) {
  ask<account_view>(to_account("ann", deposit_funds{5, {}}, {"root", true}));
  const auto events = journal();
  BOOST_CHECK_EQUAL(std::get<account_event>(events.front()).actor, "operator");
  BOOST_CHECK_EQUAL(std::get<account_event>(events.back()).actor, "root");
}

BOOST_FIXTURE_TEST_CASE(another_version_than_the_callers_changes_nothing, two_accounts) {
  auto stale = to_account("ann", deposit_funds{5, {}});
  stale.if_match = 1;
  CHECK_REFUSED(handled(std::move(stale)), rejection_code::version_mismatch);
  auto right = to_account("ann", deposit_funds{5, {}});
  right.if_match = 2;
  BOOST_CHECK_EQUAL(ask<account_view>(std::move(right)).version, 3U);
}

BOOST_FIXTURE_TEST_CASE(a_precondition_opens_no_account, bank) {
  auto any = to_account("ann", open_account{});
  any.must_exist = true;
  CHECK_REFUSED(handled(std::move(any)), rejection_code::version_mismatch);
  // No version that exists is 0.
  auto none = to_account("ann", open_account{});
  none.if_match = 0;
  CHECK_REFUSED(handled(std::move(none)), rejection_code::version_mismatch);
  BOOST_CHECK(journal().empty());
}

BOOST_FIXTURE_TEST_CASE(a_deposit_is_answered_once_it_is_on_disk, two_accounts) {
  settle();
  hold("orderd.journal");
  const auto deposit = submit(to_account("ann", deposit_funds{5, {}}));
  const auto seen = submit(to_account("ann", get_account{}));
  run();
  BOOST_CHECK_EQUAL(deposit->times, 0);
  BOOST_CHECK_EQUAL(seen->times, 0);
  hold({});
  run();
  BOOST_CHECK_EQUAL(expect<account_view>(deposit).levels.balance, 1'005);
  BOOST_CHECK_EQUAL(expect<account_view>(seen).levels.balance, 1'005);
}

BOOST_FIXTURE_TEST_CASE(a_payment_goes_from_the_payer_to_the_payee, two_accounts) {
  check_paid(payment_op::authorize);
  BOOST_CHECK((levels("ann") == account_levels{600, 400}));
  check_paid(payment_op::escrow);
  check_paid(payment_op::capture);
  BOOST_CHECK((levels("ann") == account_levels{600, 0}));
  BOOST_CHECK((levels("bob") == account_levels{400, 0}));
}

BOOST_FIXTURE_TEST_CASE(each_step_asked_for_again_and_again_is_done_once, two_accounts) {
  for (const auto op : {payment_op::authorize, payment_op::escrow, payment_op::capture}) {
    for (int again = 0; again < 3; ++again)
      check_paid(op);
  }
  check_paid(payment_op::give_back);
  BOOST_CHECK((levels("ann") == account_levels{600, 0}));
  BOOST_CHECK((levels("bob") == account_levels{400, 0}));
  for (const auto* name : {"funds_held", "funds_escrowed", "escrow_captured", "payout_received"})
    BOOST_CHECK_EQUAL(count(name), 1U);
  BOOST_CHECK_EQUAL(count("funds_returned"), 0U);
}

BOOST_FIXTURE_TEST_CASE(steps_that_come_together_are_done_in_their_order, two_accounts) {
  std::vector<payment_answers> answers;
  for (const auto op : {payment_op::authorize, payment_op::escrow, payment_op::give_back})
    answers.push_back(submit(call(op)));
  run();
  for (const auto& each : answers) {
    BOOST_REQUIRE_EQUAL(each->size(), 1U);
    BOOST_CHECK(each->front().verdict == payment_verdict::done);
  }
  BOOST_CHECK((levels("ann") == account_levels{1'000, 0}));
}

BOOST_FIXTURE_TEST_CASE(one_who_is_paid_by_oneself_has_it_back, two_accounts) {
  check_paid(payment_op::authorize);
  check_paid(payment_op::escrow);
  auto capture = call(payment_op::capture);
  capture.payee = "ann";
  BOOST_CHECK(pay(std::move(capture)).verdict == payment_verdict::done);
  BOOST_CHECK((levels("ann") == account_levels{1'000, 0}));
}

BOOST_FIXTURE_TEST_CASE(who_has_too_little_or_no_account_is_declined, two_accounts) {
  const auto little = pay(call(payment_op::authorize, 1'001));
  BOOST_CHECK(little.verdict == payment_verdict::declined);
  BOOST_CHECK(little.detail.find("10.01 needed") != std::string::npos);
  auto stranger = call(payment_op::authorize);
  stranger.payer = "eve";
  const auto none = pay(std::move(stranger));
  BOOST_CHECK(none.verdict == payment_verdict::declined);
  BOOST_CHECK_EQUAL(none.detail, "there is no account eve");
  BOOST_CHECK((levels("ann") == account_levels{1'000, 0}));
}

BOOST_FIXTURE_TEST_CASE(a_payment_is_answered_without_a_wait_for_the_disk, two_accounts) {
  settle();
  hold("orderd.journal");
  const auto answers = submit(call(payment_op::authorize));
  run();
  BOOST_CHECK_EQUAL(answers->size(), 1U);
  hold({});
  run();
}

BOOST_FIXTURE_TEST_CASE(a_payment_that_was_made_in_another_way_is_refused_and_not_guessed, two_accounts) {
  BOOST_CHECK(pay(call(payment_op::escrow)).verdict == payment_verdict::refused);
  check_paid(payment_op::authorize);
  BOOST_CHECK(pay(call(payment_op::capture)).verdict == payment_verdict::refused);
  BOOST_CHECK(pay(call(payment_op::authorize, 400, 9)).verdict == payment_verdict::refused);
  // Nothing is held of that one, and what is held of another stays.
  BOOST_CHECK(pay(call(payment_op::give_back, 400, 9)).verdict == payment_verdict::done);
  BOOST_CHECK((levels("ann") == account_levels{600, 400}));
}

BOOST_FIXTURE_TEST_CASE(while_the_store_is_away_a_sleeping_payer_is_unavailable_and_a_payout_waits,
                        two_accounts) {
  check_paid(payment_op::authorize);
  check_paid(payment_op::escrow);
  settle();
  faults->away = true;
  check_paid(payment_op::capture);
  auto stranger = call(payment_op::authorize);
  stranger.payer = "eve";
  const auto answers = submit(std::move(stranger));
  const auto payee = submit(to_account("bob", get_account{}));
  advance(small_engine().store_wait + 1s);
  BOOST_REQUIRE_EQUAL(answers->size(), 1U);
  BOOST_CHECK(answers->front().verdict == payment_verdict::unavailable);
  CHECK_REFUSED(payee, rejection_code::store_unavailable);
  BOOST_CHECK_EQUAL(count("payout_received"), 0U);
  faults->away = false;
  advance(small_engine().store_wait + 2s);
  BOOST_CHECK_EQUAL(count("payout_received"), 1U);
  BOOST_CHECK((levels("bob") == account_levels{400, 0}));
}

BOOST_FIXTURE_TEST_CASE(a_payout_that_a_crash_cut_off_is_made_once_at_the_next_start, two_accounts) {
  settle();
  const auto first = journal().size();
  faults->applies = std::numeric_limits<std::uint64_t>::max();
  for (const auto op : {payment_op::authorize, payment_op::escrow, payment_op::capture})
    check_paid(op);
  advance(50ms);
  const auto all = journal();
  BOOST_REQUIRE_EQUAL(name_of(all.back()), "payout_received");
  BOOST_REQUIRE_EQUAL(all.size(), first + 4);
  for (auto events = first; events <= all.size(); ++events) {
    BOOST_TEST_CONTEXT("cut after " << events - first << " events") {
      bank after{with_ledger(), store_folder(), journal_cut_after(events)};
      after.advance(50ms);
      const bool captured = events >= first + 3;
      BOOST_CHECK_EQUAL(after.journal().size(), captured ? all.size() : events);
      after.crash();
      after.run();
      after.settle();
      BOOST_CHECK_EQUAL(after.count("payout_received"), captured ? 1U : 0U);
      const auto stored = after.reader()->load_account("bob");
      BOOST_REQUIRE(stored);
      BOOST_CHECK_EQUAL(*stored ? (*stored)->view().levels.balance : 0, captured ? 400 : 0);
      const auto payer = after.levels("ann");
      BOOST_CHECK_EQUAL(payer.balance + payer.held, captured ? 600 : 1'000);
      after.audit("hold_without_order"); // nobody ordered anything here
    }
  }
}

BOOST_FIXTURE_TEST_CASE(an_account_that_slept_goes_on_where_it_was, two_accounts) {
  check_paid(payment_op::authorize);
  settle();
  close();
  open();
  BOOST_CHECK_EQUAL(counters().live_entities(), 0U);
  check_paid(payment_op::authorize);
  BOOST_CHECK((levels("ann") == account_levels{600, 400}));
  check_paid(payment_op::escrow);
  check_paid(payment_op::capture);
  settle();
  close();
  open();
  check_paid(payment_op::capture);
  BOOST_CHECK((levels("ann") == account_levels{600, 0}));
  BOOST_CHECK((levels("bob") == account_levels{400, 0}));
  audit("hold_without_order"); // nobody ordered anything here
}

BOOST_FIXTURE_TEST_CASE(an_idle_account_leaves_memory_and_comes_back, impatient_bank) {
  fund("ann", 1'000);
  check_paid(payment_op::authorize);
  BOOST_CHECK_EQUAL(counters().live_accounts, 1U);
  settle();
  advance(2s);
  BOOST_CHECK_EQUAL(counters().live_accounts, 0U);
  BOOST_CHECK((levels("ann") == account_levels{600, 400}));
}

BOOST_FIXTURE_TEST_CASE(an_unknown_account_that_was_asked_for_does_not_stay, impatient_bank) {
  CHECK_REFUSED(handled(to_account("eve", get_account{})), rejection_code::not_found);
  BOOST_CHECK_EQUAL(counters().live_accounts, 1U);
  advance(2s);
  BOOST_CHECK_EQUAL(counters().live_accounts, 0U);
}

BOOST_FIXTURE_TEST_CASE(more_accounts_than_may_live_are_turned_away_but_no_payout, crowded_bank) {
  fund("ann", 1'000);
  check_paid(payment_op::authorize);
  check_paid(payment_op::escrow);
  hold("orderd.reader");
  std::vector<answer_slot> asked;
  for (int i = 0; i < 60; ++i)
    asked.push_back(submit(to_account("user" + std::to_string(i), get_account{})));
  run();
  BOOST_CHECK(std::any_of(asked.begin(), asked.end(),
                          [](const auto& slot) { return refusal(slot) == rejection_code::overloaded; }));
  check_paid(payment_op::capture);
  hold({});
  settle();
  BOOST_CHECK_EQUAL(count("payout_received"), 1U);
}

BOOST_FIXTURE_TEST_CASE(an_accounts_entries_are_its_owners_and_the_newest_come_first, two_accounts) {
  check_paid(payment_op::authorize);
  settle();
  const auto page = ask<account_entries_page>(list_request{account_history{{"ann", 2, {}}, ann}, {}});
  BOOST_REQUIRE_EQUAL(page.items.size(), 2U);
  BOOST_CHECK_EQUAL(name_of(page.items[0]), "funds_held");
  BOOST_CHECK_EQUAL(name_of(page.items[1]), "funds_deposited");
  BOOST_CHECK(page.more);
  const auto rest = ask<account_entries_page>(list_request{account_history{{"ann", 2, 2}, ann}, {}});
  BOOST_REQUIRE_EQUAL(rest.items.size(), 1U);
  BOOST_CHECK_EQUAL(name_of(rest.items[0]), "account_opened");
  BOOST_CHECK(!rest.more);
  CHECK_REFUSED(handled(list_request{account_history{{"ann", 2, {}}, bob}, {}}), rejection_code::not_found);
}

BOOST_FIXTURE_TEST_CASE(without_a_ledger_there_are_no_accounts, without_ledger) {
  CHECK_REFUSED(handled(to_account("ann", open_account{})), rejection_code::not_found);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

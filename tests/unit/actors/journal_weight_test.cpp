#include "actors/journal_weight.hpp"
#include "config/limits.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_format.hpp"
#include "tests/unit/actors/keyed_requests.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

[[nodiscard]] engine_options with_ledger() {
  auto options = small_engine();
  options.payments = payments_mode::ledger;
  options.processor_interval = 0s;
  // All names at their longest.
  options.merchant = std::string(account_id_bytes_max, 'm');
  return options;
}

/// The largest orders there may be, all paid for by the ledger.
struct large_orders : engine_fixture {
  large_orders() : engine_fixture(with_ledger(), printed_seed()) {
    for (std::size_t i = 0; i < order_lines_max; ++i) {
      ask<defined_stock>(definition(sku(i), on_hand_max, price_max / 100'000));
      lines.push_back(line_of(sku(i), 1));
    }
    account_request opening;
    opening.id = buyer.user;
    opening.who = operator_caller;
    opening.what = open_account{};
    ask<opened_account>(std::move(opening));
  }

  [[nodiscard]] static std::string sku(std::size_t number) {
    auto text = std::to_string(number);
    return std::string(sku_bytes_max - text.size(), 'S') + text;
  }
  void deposit() {
    account_request funding;
    funding.id = buyer.user;
    funding.who = operator_caller;
    funding.what = deposit_funds{account_balance_max, "all"};
    ask<account_view>(std::move(funding));
  }
  [[nodiscard]] order_request purchase(order_status wanted) {
    id = fresh_uuid();
    auto request = creation(id, lines, wanted, buyer);
    std::get<create_order>(request.what).metadata = std::string(metadata_bytes_max, 'x');
    return request;
  }
  /// What is in the journal since the last call, with the frames around it.
  [[nodiscard]] std::uint64_t appended() {
    run();
    std::uint64_t bytes = 0;
    for (const auto& entry : entries(std::exchange(next_seq_, counters().durable_seq + 1))) {
      std::string payload;
      encode_entry(payload, entry);
      bytes += frame_bytes(payload.size());
    }
    return bytes;
  }
  /// The request is granted or not, and appends no more than it was counted with, nor far less.
  void check(order_request request) {
    static_cast<void>(appended());
    const auto weight = journal_weight_of(request, payments_mode::ledger);
    const auto slot = submit(std::move(request));
    run();
    BOOST_CHECK_EQUAL(slot->times, 1);
    const auto bytes = appended();
    BOOST_CHECK_LE(bytes, weight);
    BOOST_CHECK_GE(bytes, weight / 8);
    BOOST_TEST_MESSAGE(bytes << " of " << weight);
  }

  const caller buyer{std::string(account_id_bytes_max, 'b'), false};
  std::vector<order_line> lines;
  uuid id; ///< of the last order

 private:
  std::uint64_t next_seq_ = 1;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(journal_weights, large_orders)

BOOST_AUTO_TEST_CASE(a_paid_order_appends_no_more_than_it_was_counted_with) {
  deposit();
  check(purchase(order_status::processed));
  const caller runner{std::string(account_id_bytes_max, 'r'), false};
  check(transition(id, order_status::accepted, runner));
  check(transition(id, order_status::completed, runner));
  check(purchase(order_status::processed));
  check(transition(id, order_status::cancelled));
  auto request = purchase(order_status::processed);
  check(keyed(std::move(request), 1));
}

BOOST_AUTO_TEST_CASE(a_declined_order_appends_no_more_than_it_was_counted_with) {
  check(purchase(order_status::processed));
}

BOOST_AUTO_TEST_CASE(a_refused_order_and_its_notice_append_no_more_than_they_were_counted_with) {
  ask<defined_stock>(definition(lines.back().sku, 0, price_max / 100'000));
  settle();
  static_cast<void>(appended());
  auto request = purchase(order_status::processed);
  const auto weight = journal_weight_of(request, payments_mode::ledger);
  const auto slot = submit(std::move(request));
  run();
  CHECK_REFUSED(slot, rejection_code::insufficient_stock);
  // Nobody waits for any of it: it is synced a little later.
  settle();
  BOOST_CHECK_LE(appended(), weight);
  const auto all = journal();
  BOOST_CHECK(std::any_of(all.begin(), all.end(), [](const event& e) {
    const auto* of_order = std::get_if<order_event>(&e);
    return of_order != nullptr && std::holds_alternative<order_refused>(of_order->what);
  }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

/// A program that keeps the accounts itself, and what tests look at in them.
#pragma once

#include "tests/e2e/running_orderd.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace orderd::test {

/// Opens the account, or takes the one there is, and pays in, unless the amount is 0.
inline void deposit(api_client& operators, const std::string& account, std::int64_t cents) {
  BOOST_REQUIRE_EQUAL(operators.put("/accounts/" + account, "{}").status / 100, 2);
  if (cents == 0)
    return;
  const auto filled = operators.post("/accounts/" + account + "/deposits",
                                     "{\"amount_cents\":" + std::to_string(cents) + '}');
  BOOST_TEST_CONTEXT(filled.raw.body)
  BOOST_REQUIRE_EQUAL(filled.status, 200);
}

/// What the account shows now.
inline void check_account(api_client& operators, const std::string& account, std::int64_t balance,
                          std::int64_t held) {
  const auto shown = operators.get("/accounts/" + account);
  BOOST_TEST_CONTEXT(shown.raw.body) {
    BOOST_REQUIRE_EQUAL(shown.status, 200);
    BOOST_TEST(shown["balance_cents"].integer() == balance);
    BOOST_TEST(shown["held_cents"].integer() == held);
  }
}

/// How many entries of this kind the account has.
inline int entries_of(api_client& operators, const std::string& account, const std::string& event_type) {
  int count = 0;
  for (const auto& entry : operators.list("/accounts/" + account + "/entries"))
    count += entry["event_type"].text() == event_type ? 1 : 0;
  return count;
}

struct with_ledger : running_orderd {
  explicit with_ledger(environment more = {}) : running_orderd({}, with_payments(std::move(more))) {}

  static environment with_payments(environment all) {
    all.push_back("PAYMENTS=ledger");
    return all;
  }
};

} // namespace orderd::test

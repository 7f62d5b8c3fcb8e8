/// What every store must do, whatever database is behind it. A store's test calls each rule with a fresh
/// database.
#pragma once

#include "persistence/store.hpp"
#include "tests/unit/persistence/legal_history.hpp"
#include "tests/unit/persistence/store_contract_rules.hpp"

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

  /// Lets the database refuse every row that is to be written of orders of this customer, of this item or
  /// of this account.
  virtual void refuse_orders_of(const std::string& customer) = 0;
  virtual void refuse_item(const std::string& sku) = 0;
  virtual void refuse_account(const std::string& id) = 0;
  /// Likewise every record of a request.
  virtual void refuse_requests() = 0;
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

/// Applies the rest event by event and puts aside what is refused. Returns how often that was.
template <class History> std::size_t apply_singly(store_writer& writer, const History& history) {
  std::size_t refused = 0;
  for (std::uint64_t at = writer.applied_seq(); at < history.last_seq(); ++at) {
    const store_batch single = history.batch(at, at + 1);
    if (const auto applied = writer.apply(single); !applied) {
      BOOST_REQUIRE((applied.error().code == error_code::refused));
      must(writer.set_aside(single, applied.error().detail));
      ++refused;
    }
    BOOST_REQUIRE_EQUAL(writer.applied_seq(), at + 1);
  }
  return refused;
}

/// The history from there on, and what it has to be: these events but for the records of their requests, and
/// mere records without what was answered.
[[nodiscard]] event as_told(const event& e);
[[nodiscard]] std::vector<sequenced_event> told(store_reader& reader, std::uint64_t from_seq);
void require_events(const std::vector<sequenced_event>& shown, const std::vector<sequenced_event>& events,
                    std::uint64_t from_seq);

/// So many random steps under the run's seed.
[[nodiscard]] legal_history random_history(int steps);

/// Requires that single entities, and what is told of all items, are what the history led to.
void require_whole(store_reader& reader, const legal_history& history);
/// Requires that the reader shows exactly what the history led to, lists and timelines too.
void require_agreement(store_reader& reader, const legal_history& history);

/// Ids of all orders that a walk by key shows, page after page.
[[nodiscard]] std::vector<uuid> walk(store_reader& reader, order_query query);

#define ORDERD_DECLARE_RULE(rule) void rule(store_database& database);
namespace store_contract {
ORDERD_STORE_CONTRACT(ORDERD_DECLARE_RULE)
}
#undef ORDERD_DECLARE_RULE

} // namespace orderd::test

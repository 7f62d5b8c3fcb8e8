#include "tests/unit/persistence/life_agreement.hpp"

#include "tests/unit/persistence/sample_events.hpp"

#include <algorithm>
#include <tuple>

namespace orderd::test {
namespace {

bool is_unfinished(const order& o) {
  return !o.withdrawn && (o.step != saga_step::none || o.status == order_status::registered);
}

void require_account(store_reader& reader, const account& expected) {
  const auto stored = must(reader.load_account(expected.view().id));
  BOOST_REQUIRE(stored.has_value() == expected.exists());
  if (!stored)
    return;
  BOOST_REQUIRE((stored->view() == expected.view()));
  BOOST_REQUIRE((stored->totals() == expected.totals()));
  BOOST_REQUIRE((stored->holds() == expected.holds()));
}

void require_requests(store_reader& reader, const std::map<uuid, request_record>& expected) {
  for (const auto& [key, record] : expected) {
    const auto stored = must(reader.load_request(key));
    BOOST_REQUIRE(stored);
    BOOST_REQUIRE((*stored == record));
  }
  std::size_t visited = 0;
  timestamp last = timestamp::min();
  must(reader.each_request([&](const remembered_key& each) {
    ++visited;
    const auto found = expected.find(each.key);
    BOOST_REQUIRE(found != expected.end());
    const request_record& record = found->second;
    BOOST_REQUIRE((each == remembered_key{record.key, record.fingerprint, record.subject, record.at,
                                          record.is_answered()}));
    BOOST_REQUIRE(each.at >= last);
    last = each.at;
  }));
  BOOST_REQUIRE_EQUAL(visited, expected.size());
}

} // namespace

life_history random_life(int steps) {
  life_history history(test_seed());
  for (int i = 0; i < steps; ++i)
    history.random_step();
  return history;
}

std::vector<unfinished_order> unfinished_of(const life_history& history) {
  std::vector<unfinished_order> expected;
  for (const auto& [id, o] : history.orders())
    if (is_unfinished(o))
      expected.push_back({id, o.delay.due_at, o.delay.stuck, o.step == saga_step::none, o.step});
  return expected;
}

std::vector<acceptance_due> to_be_accepted_of(const life_history& history) {
  std::vector<acceptance_due> expected;
  for (const auto& [id, o] : history.orders())
    if (o.status == order_status::processed && o.accept_by)
      expected.push_back({id, *o.accept_by});
  std::sort(expected.begin(), expected.end(), [](const acceptance_due& a, const acceptance_due& b) {
    return std::tie(a.at, a.id) < std::tie(b.at, b.id);
  });
  return expected;
}

std::vector<unfinished_order> walk_unfinished(store_reader& reader, std::size_t limit) {
  std::vector<unfinished_order> seen;
  std::optional<uuid> after;
  for (;;) {
    const auto page = must(reader.unfinished(after, limit));
    BOOST_REQUIRE(page.size() <= limit);
    seen.insert(seen.end(), page.begin(), page.end());
    if (page.size() < limit)
      return seen;
    after = page.back().id;
  }
}

std::vector<acceptance_due> walk_to_be_accepted(store_reader& reader, std::size_t limit) {
  std::vector<acceptance_due> seen;
  std::optional<acceptance_due> after;
  for (;;) {
    const auto page = must(reader.to_be_accepted(after, limit));
    BOOST_REQUIRE(page.size() <= limit);
    seen.insert(seen.end(), page.begin(), page.end());
    if (page.size() < limit)
      return seen;
    after = page.back();
  }
}

std::vector<account_event> walk_entries(store_reader& reader, const std::string& id, std::size_t limit) {
  std::vector<account_event> seen;
  account_entries_query query{id, limit, {}};
  for (;;) {
    const auto page = must(reader.account_entries(query));
    seen.insert(seen.end(), page.items.begin(), page.items.end());
    if (!page.more)
      return seen;
    BOOST_REQUIRE_EQUAL(page.items.size(), limit);
    query.before_version = page.items.back().version;
  }
}

std::vector<account_event> entries_of(const life_history& history, const std::string& id) {
  std::vector<account_event> expected;
  for (auto e = history.events().rbegin(); e != history.events().rend(); ++e) {
    const auto* of_account = std::get_if<account_event>(&e->event);
    if (of_account != nullptr && of_account->account_id == id)
      expected.push_back(*of_account);
  }
  return expected;
}

std::vector<payout_due> sorted(std::vector<payout_due> open) {
  std::sort(open.begin(), open.end(),
            [](const payout_due& a, const payout_due& b) { return a.order_id < b.order_id; });
  return open;
}

void require_lives(opened_store& s, const life_history& history) {
  for (const auto& [id, expected] : history.orders()) {
    const auto stored = must(s.reader->load_order(id));
    BOOST_REQUIRE_EQUAL(stored == nullptr, expected.withdrawn);
    BOOST_REQUIRE((stored == nullptr || *stored == expected));
  }
  for (const auto& [id, expected] : history.accounts())
    require_account(*s.reader, expected);
  require_requests(*s.reader, history.requests());
  BOOST_REQUIRE((sorted(must(s.writer->open_payouts())) == sorted(history.all().payouts)));
}

void require_life(opened_store& s, const life_history& history) {
  require_lives(s, history);
  for (const auto& [id, each] : history.accounts())
    BOOST_REQUIRE((walk_entries(*s.reader, id, 3) == entries_of(history, id)));
  BOOST_REQUIRE((walk_unfinished(*s.reader, 4) == unfinished_of(history)));
  BOOST_REQUIRE((walk_to_be_accepted(*s.reader, 2) == to_be_accepted_of(history)));
}

} // namespace orderd::test

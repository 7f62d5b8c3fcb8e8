#include "domain/account_events.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/history_checkpoint.hpp"
#include "tests/unit/persistence/legal_history.hpp"
#include "tests/unit/persistence/life_history.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

namespace orderd::test {
namespace {

constexpr const char* golden_path = "tests/golden/states_v1.txt";

using events_by_entity = std::map<entity_key, std::vector<event>>;

events_by_entity by_entity(const std::vector<sequenced_event>& events) {
  events_by_entity all;
  for (const sequenced_event& each : events) {
    if (!std::holds_alternative<request_record>(each.event))
      all[key_of(each.event)].push_back(each.event);
  }
  return all;
}

legal_history random_stock(int steps) {
  legal_history history(test_seed());
  for (int i = 0; i < steps; ++i)
    history.random_step();
  return history;
}

life_history random_lives(int steps) {
  life_history history(test_seed());
  for (int i = 0; i < steps; ++i)
    history.random_step();
  return history;
}

/// Stock, orders and accounts of two histories that know nothing of each other.
events_by_entity random_entities(int steps) {
  auto all = by_entity(random_stock(steps).events());
  all.merge(by_entity(random_lives(steps).events()));
  return all;
}

void follow(history_fold& fold, const event& e) {
  const auto followed = fold.follow(e);
  BOOST_REQUIRE_MESSAGE(followed, (followed ? std::string() : followed.error().detail));
}

history_fold folded(const entity_key& key, const std::vector<event>& events) {
  history_fold fold(key);
  for (const event& each : events)
    follow(fold, each);
  return fold;
}

history_checkpoint checkpoint_of(const history_fold& fold) {
  return {fold.entity(), 0, fold.version(), {}, fold.link(), encode_state(*fold.state())};
}

std::string bytes_of(const std::optional<entity_state>& state) {
  return state ? encode_state(*state) : std::string();
}

void require_damage(const result<void>& followed) {
  BOOST_REQUIRE(!followed);
  BOOST_REQUIRE((followed.error().code == error_code::damaged));
}

/// One event of `events` replaced: whether the fold refuses any of them.
bool is_refused(const entity_key& key, const std::vector<event>& events, std::size_t at, const event& other) {
  history_fold fold(key);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!fold.follow(i == at ? other : events[i]))
      return true;
  }
  return false;
}

/// A state of each kind that never changes.
std::vector<entity_state> one_state_of_each() {
  stock_item item({{"sku-1", 7, "Name", 1'299, 3}, {10, 5}, 9, at_ms(1'700'000'000'000)}, {14, 3, 1},
                  {{id_of(2), 3, "bob", at_ms(5), at_ms(9), {}, {}},
                   {id_of(1), 2, "alice", at_ms(4), {}, id_of(0xEE), at_ms(8)}});
  order state;
  state.id = id_of(0xAB);
  state.customer_id = "alice";
  state.status = order_status::registered;
  state.payment = payment_status::pending;
  state.version = 3;
  state.currency = "EUR";
  state.lines = {{id_of(4), "sku-1", 7, 2, 1'299, true, id_of(1), at_ms(6)}};
  state.total = 2'598;
  state.metadata = "{}";
  state.step = saga_step::authorizing;
  state.placing = {state.lines, 2'598, refusal_outcome::withdraw};
  state.attempt = 2;
  state.keeper = payment_keeper::ledger;
  state.delay = {4, at_ms(77), "away", true};
  state.created_at = at_ms(1);
  state.updated_at = at_ms(2);
  account purse({"alice", {60, 40}, 5, at_ms(1), at_ms(3)}, {110, 0, 10},
                {{id_of(8), {id_of(8), 2, 15, false}}, {id_of(7), {id_of(7), 2, 25, true}}});
  return {std::move(item), std::make_shared<const order>(std::move(state)), std::move(purse)};
}

std::string in_hex(const std::string& bytes) {
  std::ostringstream out;
  for (const char each : bytes) {
    constexpr const char* digits = "0123456789abcdef";
    out << digits[static_cast<std::uint8_t>(each) >> 4U] << digits[static_cast<std::uint8_t>(each) & 15U];
  }
  return out.str();
}

entity_kind kind_of(const entity_state& state) { return static_cast<entity_kind>(state.index()); }

} // namespace

BOOST_AUTO_TEST_SUITE(history_checkpoints)

BOOST_AUTO_TEST_CASE(a_fold_comes_to_what_the_domain_comes_to) {
  const legal_history stock = random_stock(1'500);
  for (const auto& [key, events] : by_entity(stock.events())) {
    const history_fold fold = folded(key, events);
    BOOST_REQUIRE(fold.state());
    if (key.kind == entity_kind::stock)
      BOOST_REQUIRE(encode_state(*fold.state()) == encode_state(stock.items().at(key.key)));
    else
      BOOST_REQUIRE(*std::get<order_ptr>(*fold.state()) ==
                    stock.orders().at(std::get<order_event>(events.front()).order_id));
  }
  const life_history lives = random_lives(1'500);
  for (const auto& [key, events] : by_entity(lives.events())) {
    const history_fold fold = folded(key, events);
    if (key.kind == entity_kind::account) {
      BOOST_REQUIRE(encode_state(*fold.state()) == encode_state(lives.accounts().at(key.key)));
      continue;
    }
    const order& expected = lives.orders().at(std::get<order_event>(events.front()).order_id);
    BOOST_REQUIRE_EQUAL(fold.state().has_value(), !expected.withdrawn);
    BOOST_REQUIRE(!fold.state() || *std::get<order_ptr>(*fold.state()) == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_fold_behind_a_checkpoint_at_every_cut_comes_to_the_same) {
  for (const auto& [key, events] : random_entities(400)) {
    const history_fold whole = folded(key, events);
    history_fold front(key);
    for (std::size_t cut = 0; cut < events.size(); ++cut) {
      follow(front, events[cut]);
      if (!front.state())
        continue;
      auto rest = history_fold::behind(checkpoint_of(front));
      BOOST_REQUIRE_MESSAGE(rest, (rest ? std::string() : rest.error().detail));
      for (std::size_t i = cut + 1; i < events.size(); ++i)
        follow(*rest, events[i]);
      BOOST_REQUIRE(rest->link() == whole.link());
      BOOST_REQUIRE_EQUAL(rest->version(), whole.version());
      BOOST_REQUIRE(bytes_of(rest->state()) == bytes_of(whole.state()));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_that_was_shown_stays_as_it_is) {
  const life_history lives = random_lives(300);
  for (const auto& [key, events] : by_entity(lives.events())) {
    history_fold fold(key);
    for (const event& each : events) {
      const auto shown = fold.state();
      const std::string before = bytes_of(shown);
      const history_fold copy = fold;
      follow(fold, each);
      BOOST_REQUIRE(bytes_of(shown) == before && bytes_of(copy.state()) == before);
    }
  }
}

BOOST_AUTO_TEST_CASE(links_follow_from_each_other) {
  for (const auto& [key, events] : random_entities(200)) {
    chain_link link{};
    for (const event& each : events)
      link = next_link(link, each);
    BOOST_REQUIRE(folded(key, events).link() == link);
  }
}

BOOST_AUTO_TEST_CASE(an_event_with_any_byte_changed_is_noticed) {
  std::mt19937_64 random(test_seed());
  std::size_t read = 0;
  for (const auto& [key, events] : random_entities(150)) {
    history_fold front(key);
    for (const event& each : events) {
      std::string payload;
      encode_event(payload, each);
      history_fold next = front;
      follow(next, each);
      for (char& byte : payload) {
        const char was = std::exchange(byte, static_cast<char>(byte ^ (1 << (random() % 8))));
        const auto changed = decode_event(static_cast<std::uint16_t>(tag_of(each)), payload);
        byte = was;
        if (!changed)
          continue;
        ++read;
        history_fold other = front;
        BOOST_REQUIRE(!other.follow(*changed) || other.link() != next.link());
      }
      front = std::move(next);
    }
  }
  BOOST_TEST(read > 1'000U);
}

/// Whoever changes an event and chains all later ones anew is still refused, where the event is told to move
/// other units or money than it leaves.
BOOST_AUTO_TEST_CASE(levels_that_do_not_follow_are_refused_whatever_the_links) {
  std::mt19937_64 random(test_seed());
  for (const auto& [key, events] : random_entities(200)) {
    if (key.kind == entity_kind::order)
      continue;
    for (std::size_t at = 0; at < events.size(); ++at) {
      event changed = events[at];
      const std::int64_t by = 1 + static_cast<std::int64_t>(random() % 1'000);
      if (auto* of_stock = std::get_if<stock_event>(&changed)) {
        std::int64_t* const fields[] = {&of_stock->after.on_hand, &of_stock->after.reserved,
                                        &of_stock->totals_after.received, &of_stock->totals_after.committed,
                                        &of_stock->totals_after.adjusted_out};
        *fields[random() % 5] += random() % 2 == 0 ? by : -by;
      } else {
        auto& of_account = std::get<account_event>(changed);
        std::int64_t* const fields[] = {&of_account.after.balance, &of_account.after.held,
                                        &of_account.totals_after.deposited, &of_account.totals_after.paid_in,
                                        &of_account.totals_after.paid_out};
        *fields[random() % 5] += random() % 2 == 0 ? by : -by;
      }
      BOOST_REQUIRE(is_refused(key, events, at, changed));
    }
  }
}

BOOST_AUTO_TEST_CASE(events_left_out_or_told_twice_or_out_of_order_are_refused) {
  for (const auto& [key, events] : random_entities(300)) {
    for (std::size_t at = 0; at < events.size(); ++at) {
      history_fold fold(key);
      for (std::size_t i = 0; i < at; ++i)
        follow(fold, events[i]);
      if (at + 1 < events.size()) {
        history_fold skipping = fold;
        require_damage(skipping.follow(events[at + 1]));
      }
      follow(fold, events[at]);
      require_damage(fold.follow(events[at]));
    }
  }
}

BOOST_AUTO_TEST_CASE(events_of_another_entity_are_refused) {
  const auto all = random_entities(200);
  for (const auto& [key, events] : all) {
    for (const auto& [other, others] : all) {
      if (history_fold fold(other); other != key)
        require_damage(fold.follow(events.front()));
    }
  }
  history_fold fold({entity_kind::order, std::string(16, 'x')});
  require_damage(fold.follow(one_record()));
}

BOOST_AUTO_TEST_CASE(no_event_that_can_be_read_ends_the_process) {
  std::mt19937_64 random(test_seed());
  const auto all = random_entities(200);
  for (int round = 0; round < 200; ++round) {
    for (event each : random_of_each(random)) {
      for (const auto& [key, events] : all) {
        history_fold fold = folded(key, {events.begin(), events.begin() + random() % (events.size() + 1)});
        const std::uint64_t next = fold.version() + 1;
        if (auto* of_stock = std::get_if<stock_event>(&each); of_stock && key.kind == entity_kind::stock) {
          of_stock->sku = key.key;
          of_stock->version = next;
        } else if (auto* of_account = std::get_if<account_event>(&each);
                   of_account && key.kind == entity_kind::account) {
          of_account->account_id = key.key;
          of_account->version = next;
        } else if (auto* of_order = std::get_if<order_event>(&each);
                   of_order && key.kind == entity_kind::order) {
          std::copy(key.key.begin(), key.key.end(), of_order->order_id.bytes.begin());
          of_order->version = next;
        } else {
          continue;
        }
        const auto followed = fold.follow(each);
        BOOST_REQUIRE(followed || followed.error().code == error_code::damaged);
        if (random() % 8 == 0)
          break;
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers_at_the_ends_of_what_can_be_told_are_refused) {
  legal_history history(1);
  history.define("sku", 10);
  const auto reservation = history.reserve("sku", 4);
  const auto defined = history.events()[0].event;
  const auto reserved = history.events()[1].event;
  const entity_key key{entity_kind::stock, "sku"};
  for (const std::int64_t extreme : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, INT64_MAX}) {
    for (const auto& change : std::vector<std::function<void(stock_event&)>>{
             [&](stock_event& e) { e.after.on_hand = extreme; },
             [&](stock_event& e) { e.after.reserved = extreme; },
             [&](stock_event& e) { e.totals_after.received = extreme; },
             [&](stock_event& e) { e.totals_after.adjusted_out = extreme; },
             [&](stock_event& e) {
               e.what = stock_adjusted{extreme, {}};
             },
             [&](stock_event& e) {
               e.what = orderd::reservation_released{reservation};
               e.after = {extreme, extreme};
             }}) {
      event first = defined;
      change(std::get<stock_event>(first));
      BOOST_TEST(is_refused(key, {first}, 0, first));
      event second = reserved;
      change(std::get<stock_event>(second));
      BOOST_TEST(is_refused(key, {defined, second}, 1, second));
    }
  }
}

BOOST_AUTO_TEST_CASE(more_reserved_than_there_is_is_refused) {
  legal_history history(1);
  history.define("sku", 10);
  static_cast<void>(history.reserve("sku", 10));
  auto oversold = std::get<stock_event>(history.events()[1].event);
  ++oversold.version;
  std::get<stock_reserved>(oversold.what).reservation.id = id_of(9);
  std::get<stock_reserved>(oversold.what).reservation.qty = 1;
  oversold.after.reserved = 11;
  history_fold fold({entity_kind::stock, "sku"});
  follow(fold, history.events()[0].event);
  follow(fold, history.events()[1].event);
  const auto refused = fold.follow(oversold);
  require_damage(refused);
  BOOST_TEST(refused.error().detail == "the history of the stock sku at version 2: its next event, "
                                       "stock_reserved of version 3, leaves more reserved than there is, or "
                                       "less than nothing");
}

BOOST_AUTO_TEST_CASE(states_come_back_as_they_were) {
  for (const auto& [key, events] : random_entities(600)) {
    const auto fold = folded(key, events);
    if (!fold.state())
      continue;
    const std::string bytes = encode_state(*fold.state());
    const auto state = decode_state(key.kind, bytes);
    BOOST_REQUIRE_MESSAGE(state, (state ? std::string() : state.error().detail));
    BOOST_REQUIRE(encode_state(*state) == bytes);
  }
}

BOOST_AUTO_TEST_CASE(states_are_what_the_golden_file_holds) {
  std::ostringstream wanted;
  for (const entity_state& each : one_state_of_each())
    wanted << to_text(kind_of(each)) << ' ' << in_hex(encode_state(each)) << '\n';
  if (std::getenv("ORDERD_WRITE_GOLDEN") != nullptr)
    std::ofstream(golden_path) << wanted.str();
  std::ifstream in(golden_path);
  const std::string golden{std::istreambuf_iterator<char>(in), {}};
  BOOST_REQUIRE(!golden.empty());
  BOOST_TEST(golden == wanted.str());
}

BOOST_AUTO_TEST_CASE(a_state_cut_short_or_changed_is_damage_or_another_state) {
  std::mt19937_64 random(test_seed());
  for (const entity_state& each : one_state_of_each()) {
    const std::string bytes = encode_state(each);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      BOOST_REQUIRE(!decode_state(kind_of(each), std::string_view(bytes).substr(0, size)));
    BOOST_REQUIRE(!decode_state(kind_of(each), bytes + '\0'));
    for (int round = 0; round < 5'000; ++round) {
      std::string changed = bytes;
      for (auto flips = 1 + random() % 3; flips > 0; --flips)
        changed[2 + random() % (changed.size() - 2)] ^= static_cast<char>(1 << (random() % 8));
      if (const auto read = decode_state(kind_of(each), changed))
        BOOST_REQUIRE(encode_state(*read) == changed);
      else
        BOOST_REQUIRE((read.error().code == error_code::damaged));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_state_of_another_kind_or_format_is_refused) {
  for (const entity_state& each : one_state_of_each()) {
    std::string bytes = encode_state(each);
    for (const auto kind : {entity_kind::stock, entity_kind::order, entity_kind::account})
      BOOST_TEST(decode_state(kind, bytes).has_value() == (kind == kind_of(each)));
    bytes.front() = 2;
    BOOST_TEST((decode_state(kind_of(each), bytes).error().code == error_code::newer_format));
    bytes.front() = 0;
    BOOST_TEST((decode_state(kind_of(each), bytes).error().code == error_code::damaged));
  }
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_entity_or_version_is_damage) {
  legal_history history(1);
  history.define("sku", 10);
  const auto fold = folded({entity_kind::stock, "sku"}, {history.events()[0].event});
  const history_checkpoint good = checkpoint_of(fold);
  BOOST_TEST(history_fold::behind(good).has_value());
  history_checkpoint other = good;
  other.entity.key = "other";
  BOOST_TEST((history_fold::behind(other).error().code == error_code::damaged));
  other = good;
  other.version = 2;
  BOOST_TEST((history_fold::behind(other).error().code == error_code::damaged));
  other = good;
  other.entity.kind = entity_kind::account;
  BOOST_TEST((history_fold::behind(other).error().code == error_code::damaged));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "tests/unit/persistence/sample_events.hpp"

#include <cstdlib>
#include <iostream>
#include <limits>

namespace orderd::test {

std::uint64_t test_seed() {
  const char* given = std::getenv("ORDERD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "ORDERD_TEST_SEED=" << seed << '\n';
  return seed;
}

uuid id_of(std::uint8_t byte) {
  uuid id;
  id.bytes.fill(byte);
  return id;
}

timestamp at_ms(std::int64_t ms) { return timestamp(std::chrono::milliseconds(ms)); }

namespace {

template <class What> event of_stock(What what, std::optional<std::int64_t> low_at = {}) {
  return stock_event{"WIDGET-001",    3,     at_ms(1'700'000'000'123), {100, 7}, {120, 15, 5},
                     std::move(what), low_at};
}

template <class What> event of_order(What what) {
  return order_event{id_of(0x11), 2, at_ms(1'700'000'000'456), "alice", std::move(what)};
}

template <class What> event of_account(What what) {
  return account_event{"alice",        4, at_ms(1'700'000'000'789), "orderd", {1500, 3998}, {6000, 498, 1000},
                       std::move(what)};
}

std::vector<order_line> two_lines() {
  order_line full{id_of(0x21), "WIDGET-001", 42, 2, 1999, true, id_of(0x31), at_ms(1'700'000'000'000)};
  order_line bare{id_of(0x22), "", -1, 1, std::nullopt, false, std::nullopt, at_ms(-1)};
  bare.product_id.reset();
  return {full, bare};
}

} // namespace

std::vector<event> one_of_each() {
  const timestamp accept_by = at_ms(1'700'000'060'000);
  const order_failure declined{"payment_declined", "too little"};
  const reservation held{id_of(0x31), 2, "bob", at_ms(1'700'000'000'000), at_ms(1'700'000'600'000), {}, {}};
  order_created tentative{"alice", order_status::registered, "EUR", two_lines(), 3998, "{\"a\":1}"};
  tentative.tentative = true;
  return {
      of_stock(stock_defined{{"WIDGET-001", 42, "Widget, blue", 1999}}),
      of_stock(stock_adjusted{-5, "broken"}),
      of_stock(stock_reserved{held}),
      of_stock(reservation_extended{id_of(0x31), at_ms(1'700'000'900'000)}),
      of_stock(reservation_released{id_of(0x31)}),
      of_stock(reservation_committed{id_of(0x31)}),
      of_stock(reservations_expired{{id_of(0x31), id_of(0x32)}}),
      of_stock(reservation_claimed{id_of(0x31), id_of(0x11)}),
      of_stock(reservation_unclaimed{id_of(0x31)}),
      of_stock(stock_defined{{"WIDGET-001", 42, "Widget, blue", 1999, 93}}, 93),
      of_stock(stock_adjusted{-5, "broken"}, 100),
      of_stock(stock_reserved{held}, 95),
      of_order(order_created{"alice", order_status::draft, "EUR", two_lines(), 3998, "{\"a\":1}"}),
      of_order(order_placed{order_status::processed, two_lines(), 3998}),
      of_order(order_accepted{"runner-7"}),
      of_order(order_completed{two_lines()}),
      of_order(order_cancelled{"changed my mind", two_lines()}),
      of_order(order_failed{{"insufficient_stock", "WIDGET-001: 2 wanted, 1 left"}}),
      of_order(order_amended{"{}"}),
      of_order(order_created{"alice", order_status::processed, "EUR", two_lines(), 3998, "{}", accept_by}),
      of_order(order_placed{order_status::processed, two_lines(), 3998, accept_by}),
      of_order(order_completed{two_lines(), true}),
      of_order(order_cancelled{"changed my mind", two_lines(), true}),
      of_order(order_failed{{"payment_unknown", "no answer"}, two_lines(), true}),
      of_order(order_reserved{{two_lines(), 3998, refusal_outcome::withdraw}, payment_keeper::service}),
      of_order(payment_authorized{true}),
      of_order(payment_escrowed{}),
      of_order(payment_declined{declined, two_lines()}),
      of_order(payment_abandoned{declined, two_lines()}),
      of_order(order_withdrawn{declined, two_lines()}),
      of_order(capture_started{"runner-7"}),
      of_order(payment_returned{}),
      of_order(saga_delayed{{3, at_ms(1'700'000'001'000), "timed out", true}}),
      of_order(saga_retried{}),
      of_order(tentative),
      of_order(order_refused{"alice", two_lines(), {"insufficient_stock", "WIDGET-001: 2 wanted, 1 left"}}),
      of_account(account_opened{}),
      of_account(funds_deposited{6000, "a gift"}),
      of_account(funds_held{id_of(0x11), 2, 3998}),
      of_account(funds_escrowed{id_of(0x11), 3998}),
      of_account(funds_returned{id_of(0x11), 3998, true}),
      of_account(escrow_captured{id_of(0x11), 3998, "runner-7"}),
      of_account(payout_received{id_of(0x11), 498, "bob"}),
      one_record(),
  };
}

request_record one_record() {
  return {id_of(0x41),
          id_of(0x42),
          id_of(0x11),
          at_ms(1'700'000'000'999),
          409,
          "ETag: \"7\"\n",
          "{\"code\":\"conflict\"}"};
}

namespace {

/// Draws fields; each draw is independent of the others.
class field_source {
 public:
  explicit field_source(std::mt19937_64& random) : random_(random) {}

  std::int64_t number() {
    constexpr std::int64_t odd[] = {0,
                                    1,
                                    -1,
                                    63,
                                    64,
                                    -64,
                                    -65,
                                    std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min()};
    return coin() ? odd[random_() % std::size(odd)]
                  : static_cast<std::int64_t>(random_() >> (random_() % 64));
  }
  bool coin() { return random_() % 2 == 0; }
  uuid id() { return make_uuid_v7(at_ms(static_cast<std::int64_t>(random_() >> 20)), random_(), random_()); }
  timestamp time() { return at_ms(number()); }
  std::string text() {
    std::string drawn(coin() ? 0 : random_() % 200, 0);
    for (char& c : drawn) {
      c = static_cast<char>(random_());
    }
    return drawn;
  }
  template <class T> std::optional<T> maybe(T value) {
    return coin() ? std::optional<T>(value) : std::nullopt;
  }
  payment_keeper keeper() { return static_cast<payment_keeper>(random_() % 3); }
  order_status status() { return static_cast<order_status>(random_() % 7); }
  std::vector<order_line> lines() {
    std::vector<order_line> drawn(random_() % 5);
    for (order_line& line : drawn) {
      line = {id(), text(), maybe(number()), number(), maybe(number()), coin(), maybe(id()), time()};
    }
    return drawn;
  }
  std::vector<uuid> ids() {
    std::vector<uuid> drawn(random_() % 5);
    for (uuid& each : drawn) {
      each = id();
    }
    return drawn;
  }
  template <class What> event stock(What what, std::optional<std::int64_t> low_at = {}) {
    return stock_event{
        text(),          random_(), time(), {number(), number()}, {number(), number(), number()},
        std::move(what), low_at};
  }
  order_failure failure() { return {text(), text()}; }
  template <class What> event account(What what) {
    return account_event{
        text(),         random_(), time(), text(), {number(), number()}, {number(), number(), number()},
        std::move(what)};
  }
  template <class What> event order(What what) {
    return order_event{id(), random_(), time(), text(), std::move(what)};
  }

 private:
  std::mt19937_64& random_;
};

order_placing random_placing(field_source& f) {
  return {f.lines(), f.number(), static_cast<refusal_outcome>(static_cast<std::uint64_t>(f.number()) % 3)};
}

saga_delay random_delay(field_source& f) {
  return {static_cast<std::uint32_t>(f.number()), f.maybe(f.time()), f.text(), f.coin()};
}

} // namespace

std::vector<event> random_of_each(std::mt19937_64& random) {
  field_source f(random);
  order_created tentative{f.text(), f.status(), f.text(), f.lines(), f.number(), f.text()};
  tentative.tentative = true;
  // One of the two at least, or the first version says it all.
  const auto threshold = f.maybe(f.number());
  const auto low_at = threshold ? f.maybe(f.number()) : std::optional(f.number());
  return {
      f.stock(stock_defined{{f.text(), f.maybe(f.number()), f.text(), f.number()}}),
      f.stock(stock_adjusted{f.number(), f.text()}),
      f.stock(stock_reserved{{f.id(), f.number(), f.text(), f.time(), f.maybe(f.time()),
                              f.coin() ? f.id() : uuid{}, f.maybe(f.time())}}),
      f.stock(reservation_extended{f.id(), f.time()}),
      f.stock(reservation_released{f.id()}),
      f.stock(reservation_committed{f.id()}),
      f.stock(reservations_expired{f.ids()}),
      f.stock(reservation_claimed{f.id(), f.id()}),
      f.stock(reservation_unclaimed{f.id()}),
      f.stock(stock_defined{{f.text(), f.maybe(f.number()), f.text(), f.number(), threshold}}, low_at),
      f.stock(stock_adjusted{f.number(), f.text()}, f.number()),
      f.stock(stock_reserved{{f.id(), f.number(), f.text(), f.time(), f.maybe(f.time()),
                              f.coin() ? f.id() : uuid{}, f.maybe(f.time())}},
              f.number()),
      f.order(order_created{f.text(), f.status(), f.text(), f.lines(), f.number(), f.text()}),
      f.order(order_placed{f.status(), f.lines(), f.number()}),
      f.order(order_accepted{f.text()}),
      f.order(order_completed{f.lines()}),
      f.order(order_cancelled{f.text(), f.lines()}),
      f.order(order_failed{{f.text(), f.text()}}),
      f.order(order_amended{f.text()}),
      f.order(order_created{f.text(), f.status(), f.text(), f.lines(), f.number(), f.text(), f.time()}),
      f.order(order_placed{f.status(), f.lines(), f.number(), f.time()}),
      f.order(order_completed{f.lines(), true}),
      f.order(order_cancelled{f.text(), f.lines(), true}),
      f.order(order_failed{f.failure(), f.lines(), true}),
      f.order(order_reserved{random_placing(f), f.keeper()}),
      f.order(payment_authorized{f.coin()}),
      f.order(payment_escrowed{}),
      f.order(payment_declined{f.failure(), f.lines()}),
      f.order(payment_abandoned{f.failure(), f.lines()}),
      f.order(order_withdrawn{f.failure(), f.lines()}),
      f.order(capture_started{f.text()}),
      f.order(payment_returned{}),
      f.order(saga_delayed{random_delay(f)}),
      f.order(saga_retried{}),
      f.order(tentative),
      f.order(order_refused{f.text(), f.lines(), f.failure()}),
      f.account(account_opened{}),
      f.account(funds_deposited{f.number(), f.text()}),
      f.account(funds_held{f.id(), static_cast<std::uint64_t>(f.number()), f.number()}),
      f.account(funds_escrowed{f.id(), f.number()}),
      f.account(funds_returned{f.id(), f.number(), f.coin()}),
      f.account(escrow_captured{f.id(), f.number(), f.text()}),
      f.account(payout_received{f.id(), f.number(), f.text()}),
      random_record(random),
  };
}

request_record random_record(std::mt19937_64& random) {
  field_source f(random);
  return {f.id(), f.id(), f.id(), f.time(), static_cast<std::uint16_t>(random()), f.text(), f.text()};
}

order random_order(std::mt19937_64& random) {
  field_source f(random);
  order drawn;
  drawn.id = f.id();
  drawn.customer_id = f.text();
  drawn.status = f.status();
  drawn.payment = static_cast<payment_status>(random() % 6);
  drawn.version = random();
  drawn.currency = f.text();
  drawn.lines = f.lines();
  drawn.total = f.number();
  drawn.metadata = f.text();
  drawn.runner_id = f.text();
  drawn.failure = f.maybe(order_failure{f.text(), f.text()});
  drawn.withdrawn = f.coin();
  drawn.keeper = f.keeper();
  drawn.step = static_cast<saga_step>(random() % 6);
  drawn.placing = random_placing(f);
  drawn.attempt = random();
  drawn.payee = f.text();
  drawn.delay = random_delay(f);
  drawn.accept_by = f.maybe(f.time());
  drawn.created_at = f.time();
  drawn.updated_at = f.time();
  return drawn;
}

} // namespace orderd::test

#include "config/fault_point.hpp"
#include "tests/e2e/paid_sales.hpp"
#include "tests/e2e/payment_audit.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace orderd::test;

namespace {

constexpr int killed = 128 + 9;
constexpr std::array passages{":1", ":2"};
/// Who places an order: the request itself, or the processor.
const std::array<std::string, 2> placements{"immediate", "deferred"};

environment fault_at(const std::string& place) { return {"ORDERD_TEST_FAULT_POINT=" + place}; }

/// An escrow is the ledger's.
std::vector<std::string_view> places_with_service() {
  std::vector<std::string_view> places;
  for (const auto place : orderd::saga_fault_points)
    if (place.find("escrow") == std::string_view::npos)
      places.push_back(place);
  return places;
}

/// A shop whose customers pay by the service.
struct outside_shop {
  outside_shop() { service.add({.fault = service_fault::decline, .times = for_ever, .customer = "poor"}); }

  /// Defines the stock, once.
  void open(orderd_process& program) {
    if (std::exchange(is_open_, true))
      return;
    api_client api(program.port());
    paid_sales::define_stock(api);
  }

  /// Sells until the fault ends the process.
  void sell_until_killed(const std::string& place, const std::string& placement = placements[0]) {
    orderd_process program(data_dir, paid_by(service, {"--order-placement", placement}), fault_at(place));
    open(program);
    sales.run_until_gone(program.port());
    BOOST_REQUIRE_EQUAL(program.wait_for_end(), killed);
  }

  /// Returns how many orders there are.
  std::size_t check_exact(orderd_process& program) {
    api_client api(program.port());
    const auto orders = ended_sagas(api);
    sales.check(orders);
    check_stock_of(api, orders, paid_sales::skus(), paid_sales::units);
    check_service(service, orders);
    return orders.size();
  }

  temporary_folder folder;
  std::string data_dir = folder.path() + "/data";
  payment_stand_in service;
  paid_sales sales;

 private:
  bool is_open_ = false;
};

/// A shop that keeps its customers' accounts itself.
struct inside_shop {
  /// Defines the stock and the accounts, once.
  void open(orderd_process& program) {
    if (std::exchange(is_open_, true))
      return;
    api_client api(program.port());
    paid_sales::define_stock(api);
    const auto deposited = R"({"amount_cents":)" + std::to_string(deposit) + '}';
    BOOST_REQUIRE_EQUAL(api.put("/accounts/bob", "{}").status, 201);
    BOOST_REQUIRE_EQUAL(api.post("/accounts/bob/deposits", deposited).status, 200);
    BOOST_REQUIRE_EQUAL(api.put("/accounts/poor", "{}").status, 201);
  }

  void sell_until_killed(const std::string& place, const std::string& placement = placements[0]) {
    orderd_process program(data_dir, paid_inside({"--order-placement", placement}), fault_at(place));
    open(program);
    sales.run_until_gone(program.port());
    BOOST_REQUIRE_EQUAL(program.wait_for_end(), killed);
  }

  void check_exact() {
    orderd_process program(data_dir, paid_inside());
    api_client api(program.port());
    const auto orders = ended_sagas(api);
    sales.check(orders);
    check_stock_of(api, orders, paid_sales::skus(), paid_sales::units);
    check_accounts(api, orders, {{"bob", deposit}, {"poor", 0}}, {"runner-7"});
  }

  static constexpr std::int64_t deposit = 100'000'000;
  temporary_folder folder;
  std::string data_dir = folder.path() + "/data";
  paid_sales sales;

 private:
  bool is_open_ = false;
};

/// A customer who asks for orders under keys, and asks again under the same ones. One thread at a time.
class keyed_buyer {
 public:
  keyed_buyer(std::string name) : name_(std::move(name)) {}

  /// Places orders, each under a key of its own, until the server is gone.
  void buy_until_gone(std::uint16_t port, std::atomic<int>& answers) {
    try {
      api_client api(port, name_);
      for (;;) {
        auto& body = answered_.emplace_back();
        const auto made = ask(api, answered_.size() - 1);
        if (made.status == 0)
          return;
        body = made.raw.body;
        ++answers;
      }
    } catch (const std::runtime_error&) {
      return;
    }
  }

  /// Repeats each request: the answer is the one that was given, and the same twice. `ids`: the keys by the
  /// orders that they stand for.
  void repeat_all(std::uint16_t port, std::map<std::string, std::string>& ids) {
    api_client api(port, name_);
    for (std::size_t number = 0; number < answered_.size(); ++number) {
      const auto once = ask(api, number);
      BOOST_TEST_CONTEXT("key " << key(number) << ": " << once.raw.body) {
        BOOST_REQUIRE_EQUAL(once.status, 201);
        BOOST_TEST(ask(api, number).raw.body == once.raw.body);
        BOOST_TEST((answered_[number].empty() || answered_[number] == once.raw.body));
        BOOST_TEST(ids.emplace(once["id"].text(), key(number)).second);
        answered_[number] = once.raw.body;
      }
    }
  }

 private:
  [[nodiscard]] std::string key(std::size_t number) const { return name_ + '-' + std::to_string(number); }
  [[nodiscard]] api_answer ask(api_client& api, std::size_t number) const {
    return api.post("/orders", order_of("BOOK", 1), {"Idempotency-Key: " + key(number)});
  }

  std::string name_;
  std::vector<std::string> answered_; ///< by the key's number; empty: it never was
};

/// A change or a creation that was asked for under a key.
struct keyed_request {
  std::string user;
  std::string path;
  std::string body;
  int status = 0;          ///< of success
  std::string answer = {}; ///< empty: it never was
};

/// Goes through sales under keys until the server is gone, one request after another.
class keyed_sales {
 public:
  void run_until_gone(std::uint16_t port) {
    try {
      for (;;) {
        const auto sold = order_in(ask(port, {"bob", "/orders", order_of("BOOK", 1), 201}));
        ask(port, {"runner-7", sold + "/accept", "{}", 200});
        ask(port, {"runner-7", sold + "/complete", "{}", 200});
        const auto returned = order_in(ask(port, {"bob", "/orders", order_of("LAMP", 2), 201}));
        ask(port, {"bob", returned + "/cancel", "{}", 200});
      }
    } catch (const std::runtime_error&) {
      return;
    }
  }

  /// Repeats every request: it succeeds, in the same way each time.
  void repeat_all(std::uint16_t port) {
    for (std::size_t number = 0; number < requests_.size(); ++number) {
      auto& request = requests_[number];
      for (int times = 0; times < 2; ++times) {
        const auto done = send(port, number);
        BOOST_TEST_CONTEXT("request " << number << " " << request.path << ": " << done.raw.body) {
          BOOST_TEST(done.status == request.status);
          BOOST_TEST((request.answer.empty() || request.answer == done.raw.body));
        }
        request.answer = done.raw.body;
      }
    }
  }

  [[nodiscard]] std::size_t creations() const {
    return static_cast<std::size_t>(std::count_if(requests_.begin(), requests_.end(),
                                                  [](const auto& each) { return each.status == 201; }));
  }

 private:
  [[nodiscard]] static std::string order_in(const std::string& body) {
    return "/orders/" + json_view::parse(body)["id"].text();
  }
  const std::string& ask(std::uint16_t port, keyed_request request) {
    requests_.push_back(std::move(request));
    const auto done = send(port, requests_.size() - 1);
    if (done.status == 0)
      throw std::runtime_error("the server is gone");
    BOOST_TEST_CONTEXT(done.raw.body)
    BOOST_TEST(done.status == requests_.back().status);
    return requests_.back().answer = done.raw.body;
  }
  [[nodiscard]] api_answer send(std::uint16_t port, std::size_t number) const {
    const auto& request = requests_[number];
    return api_client(port, request.user)
        .post(request.path, request.body, {"Idempotency-Key: sale-" + std::to_string(number)});
  }

  std::vector<keyed_request> requests_; ///< the number is the key
};

/// Every order whose saga is under way has been asked for in vain at least once.
void await_trouble(api_client& api) {
  eventually("a round of each saga that failed", [&] {
    for (const auto& each : api.list("/orders"))
      if (!each["saga"].is_null() && each["saga"]["failed_rounds"].integer() == 0)
        return false;
    return true;
  });
}

} // namespace

BOOST_AUTO_TEST_SUITE(saga_kill)

BOOST_DATA_TEST_CASE(killed_there_each_effect_at_the_service_nets_once,
                     boost::unit_test::data::make(placements) *
                         boost::unit_test::data::make(places_with_service()),
                     placement, place) {
  outside_shop shop;
  for (const auto* passage : passages) {
    BOOST_TEST_CONTEXT("at " << place << passage << ", " << placement) {
      shop.sell_until_killed(std::string(place) + passage, placement);
      orderd_process program(shop.data_dir, paid_by(shop.service));
      shop.check_exact(program);
    }
  }
}

BOOST_DATA_TEST_CASE(killed_there_while_the_service_dies_too_each_effect_nets_once,
                     boost::unit_test::data::make(placements) *
                         boost::unit_test::data::make(places_with_service()),
                     placement, place) {
  outside_shop shop;
  for (const auto* passage : passages) {
    BOOST_TEST_CONTEXT("at " << place << passage << ", " << placement) {
      // It does the work and dies, whatever it is asked for first.
      for (const auto verb :
           {payment_verb::authorize, payment_verb::capture, payment_verb::cancel, payment_verb::state})
        shop.service.add({.fault = service_fault::die_after, .verb = verb});
      shop.sell_until_killed(std::string(place) + passage, placement);
      shop.service.go_away();
      orderd_process program(shop.data_dir, paid_by(shop.service));
      api_client api(program.port());
      await_trouble(api);
      shop.service.come_back();
      shop.check_exact(program);
    }
  }
}

BOOST_DATA_TEST_CASE(killed_there_the_accounts_are_exact,
                     boost::unit_test::data::make(placements) *
                         boost::unit_test::data::make(orderd::saga_fault_points),
                     placement, place) {
  inside_shop shop;
  for (const auto* passage : passages) {
    BOOST_TEST_CONTEXT("at " << place << passage << ", " << placement) {
      shop.sell_until_killed(std::string(place) + passage, placement);
      shop.check_exact();
    }
  }
}

BOOST_AUTO_TEST_CASE(killed_between_any_two_groups_of_the_journal_the_accounts_are_exact) {
  inside_shop shop;
  {
    orderd_process program(shop.data_dir, paid_inside());
    shop.open(program);
  }
  // A sale with its payment takes fewer groups than this.
  constexpr int groups = 12;
  for (int group = 1; group <= groups; ++group) {
    BOOST_TEST_CONTEXT("behind group " << group) {
      shop.sell_until_killed("journal.synced:" + std::to_string(group));
      shop.check_exact();
    }
  }
}

BOOST_DATA_TEST_CASE(killed_in_one_recovery_after_another_each_effect_nets_once,
                     boost::unit_test::data::make({"authorize", "capture", "give_back"}), step) {
  outside_shop shop;
  const auto at = [&](const char* place) { return "saga." + std::string(step) + place; };
  shop.sell_until_killed(at(".asked:2"));
  arguments flags{"--data-dir", shop.data_dir, "--port", "0", "--journal-segment-bytes", "1048576"};
  for (const auto& flag : paid_by(shop.service))
    flags.push_back(flag);
  for (const auto* place : {".asked:1", ".answered:1", ".answered:1", ".journaled:1"})
    BOOST_TEST_CONTEXT("at " << at(place))
  BOOST_REQUIRE_EQUAL(run_orderd(flags, fault_at(at(place))).exit_status, killed);
  orderd_process program(shop.data_dir, paid_by(shop.service));
  shop.check_exact(program);
}

BOOST_DATA_TEST_CASE(killed_there_each_key_stands_for_what_was_done_once,
                     boost::unit_test::data::make(places_with_service()), place) {
  outside_shop shop;
  keyed_sales sales;
  for (const auto* passage : passages) {
    BOOST_TEST_CONTEXT("at " << place << passage) {
      {
        orderd_process program(shop.data_dir, paid_by(shop.service), fault_at(std::string(place) + passage));
        shop.open(program);
        sales.run_until_gone(program.port());
        BOOST_REQUIRE_EQUAL(program.wait_for_end(), killed);
      }
      orderd_process program(shop.data_dir, paid_by(shop.service));
      sales.repeat_all(program.port());
      BOOST_TEST(shop.check_exact(program) == sales.creations());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_the_service_does_late_for_one_that_was_killed_counts_once) {
  for (const auto verb : {payment_verb::authorize, payment_verb::capture, payment_verb::cancel}) {
    for (const auto fault : {service_fault::hold, service_fault::hold_answer}) {
      outside_shop shop;
      orderd_process program(shop.data_dir, paid_by(shop.service));
      shop.open(program);
      shop.service.add({.fault = fault, .verb = verb});
      std::thread customer([&] { shop.sales.run_until_gone(program.port()); });
      eventually("the held request", [&] {
        const auto requests = shop.service.requests();
        return std::any_of(requests.begin(), requests.end(),
                           [&](const auto& each) { return each.verb == verb; });
      });
      program.kill();
      customer.join();
      program.start();
      shop.check_exact(program);
      shop.service.release();
      shop.check_exact(program);
    }
  }
}

BOOST_AUTO_TEST_CASE(killed_under_load_each_key_stands_for_one_order) {
  payment_stand_in service;
  running_orderd engine(paid_by(service));
  paid_sales::define_stock(engine.api);
  std::array<keyed_buyer, 4> buyers{{{"ann"}, {"ben"}, {"cat"}, {"dan"}}};
  for (int round = 1; round <= 3; ++round) {
    BOOST_TEST_CONTEXT("round " << round) {
      std::atomic<int> answers{0};
      std::vector<std::thread> running;
      for (auto& buyer : buyers)
        running.emplace_back([&] { buyer.buy_until_gone(engine.program.port(), answers); });
      eventually("answers", [&] { return answers >= 20 * round; });
      engine.program.kill();
      for (auto& each : running)
        each.join();
      engine.program.start();
      std::map<std::string, std::string> ids;
      for (auto& buyer : buyers)
        buyer.repeat_all(engine.program.port(), ids);
      api_client api(engine.program.port());
      const auto orders = ended_sagas(api);
      BOOST_TEST(orders.size() == ids.size());
      for (const auto& [id, key] : ids)
        BOOST_TEST(orders.count(id) == 1U);
      check_stock_of(api, orders, paid_sales::skus(), paid_sales::units);
      check_service(service, orders);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

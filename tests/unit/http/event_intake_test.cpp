#include "config/log.hpp"
#include "http/event_intake.hpp"
#include "http/problem.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/orderd_process.hpp"
#include "tests/support/payment_stand_in.hpp"
#include "tests/unit/http/recording_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace orderd {

// Boost prints what differs.
static std::ostream& operator<<(std::ostream& out, settlement what) { return out << static_cast<int>(what); }

namespace {

using namespace std::chrono_literals;
using http::event_intake;
using tests::manual_clock;
using tests::recording_engine;

constexpr auto guard = 60s;
const std::string customer = "0f0e0d0c-0b0a-4908-8706-050403020100";

class promised_sink final : public reply_sink {
 public:
  [[nodiscard]] std::future<outcome> future() { return promise_.get_future(); }
  void answer(outcome&& result) noexcept override { promise_.set_value(std::move(result)); }

 private:
  std::promise<outcome> promise_;
};

using header_list = std::vector<std::pair<std::string, std::string>>;

[[nodiscard]] incoming_message message_of(std::string subject, std::string body, header_list headers = {},
                                          std::string place = "nats:inbound:1") {
  return {std::move(subject), std::move(headers), std::move(body), std::move(place), 1};
}

/// An intake over a real engine, in a folder of its own.
struct real_intake {
  real_intake() {
    log::set_level(log::level::error);
    options.data_dir = folder.path();
    options.journal_segment_bytes = std::size_t{1} << 20U;
    options.shards = 2;
    options.processor_interval = 0s;
  }

  void start() {
    core.reset();
    auto started = engine::start(options, clock);
    BOOST_REQUIRE_MESSAGE(started, (started ? "" : started.error().detail));
    core = std::move(*started);
    intake = std::make_unique<event_intake>(*core, clock, http::intake_terms{});
  }

  template <class Request> [[nodiscard]] outcome ask(Request request) const {
    auto sink = std::make_unique<promised_sink>();
    auto future = sink->future();
    request.reply = reply_token{std::move(sink)};
    core->submit(std::move(request));
    BOOST_REQUIRE(future.wait_for(guard) == std::future_status::ready);
    return future.get();
  }
  void define(const std::string& sku, std::int64_t on_hand) {
    define_stock what;
    what.price = 100;
    what.on_hand = on_hand;
    BOOST_REQUIRE(std::holds_alternative<defined_stock>(ask(stock_request{sku, {"", true}, {}, what, {}})));
  }
  [[nodiscard]] stock_levels levels(const std::string& sku) const {
    return std::get<stock_view>(ask(stock_request{sku, {"", true}, {}, get_stock{}, {}})).levels;
  }
  [[nodiscard]] order_ptr order_now(const uuid& id) const {
    return std::get<order_ptr>(ask(order_request{id, {"", true}, {}, get_order{}, {}}));
  }

  [[nodiscard]] std::future<message_outcome> begin(incoming_message message) {
    auto settled = std::make_shared<std::promise<message_outcome>>();
    auto future = settled->get_future();
    intake->handler()(std::move(message), [settled](message_outcome what) { settled->set_value(what); });
    return future;
  }
  message_outcome take(incoming_message message) {
    auto settled = begin(std::move(message));
    BOOST_REQUIRE(settled.wait_for(guard) == std::future_status::ready);
    return settled.get();
  }
  void check_done(incoming_message message) {
    const auto what = take(std::move(message));
    BOOST_TEST(what.what == settlement::done, what.reason);
  }
  void check_poison(incoming_message message, const std::string& reason) {
    const auto what = take(std::move(message));
    BOOST_TEST(what.what == settlement::poison);
    BOOST_TEST(what.reason.find(reason) != std::string::npos, what.reason << " lacks: " << reason);
  }

  const test::temporary_folder folder;
  manual_clock clock;
  engine_options options;
  std::unique_ptr<engine> core;
  std::unique_ptr<event_intake> intake;
};

struct stocked_intake : real_intake {
  stocked_intake() {
    start();
    define("A", 100);
  }
  [[nodiscard]] std::string order_body(const std::string& more = {}) const {
    return R"({"customer_id": ")" + customer + R"(", "items": [{"sku": "A", "qty": 2}])" + more + "}";
  }
};

const std::string five_units = R"({"event_id": "e-1", "sku": "A", "qty": 5, "received_at": "today"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_intakes, stocked_intake)

BOOST_AUTO_TEST_CASE(units_that_came_in_five_times_are_added_once) {
  for (int i = 0; i < 5; ++i)
    check_done(message_of("stock.received", five_units));
  BOOST_TEST(levels("A").on_hand == 105);
}

BOOST_AUTO_TEST_CASE(deliveries_at_the_same_time_add_once) {
  std::vector<std::future<message_outcome>> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(begin(message_of("stock.received", five_units)));
  for (auto& each : all)
    BOOST_TEST(each.get().what == settlement::done);
  BOOST_TEST(levels("A").on_hand == 105);
}

BOOST_AUTO_TEST_CASE(an_event_is_remembered_over_a_restart_also_after_days) {
  check_done(message_of("stock.received", five_units));
  start();
  check_done(message_of("stock.received", five_units));
  clock.advance(72h);
  start();
  check_done(message_of("stock.received", R"({"event_id": "e-2", "sku": "A", "qty": 1})"));
  check_done(message_of("stock.received", five_units));
  BOOST_TEST(levels("A").on_hand == 106);
}

BOOST_AUTO_TEST_CASE(one_event_through_two_brokers_adds_once) {
  check_done(message_of("stock.received", five_units, {{"nats-msg-id", "other"}}, "nats:inbound:17"));
  check_done(message_of("stock.received", R"( {"event_id":"e-1","sku":"A","qty":5,"received_at":"today"} )",
                        {}, "kafka:stock.received:0:4"));
  BOOST_TEST(levels("A").on_hand == 105);
}

BOOST_AUTO_TEST_CASE(a_cloud_event_is_one_in_binary_and_in_structured_mode) {
  const std::string data = R"({"sku": "A", "qty": 5})";
  const auto structured =
      R"({"specversion": "1.0", "id": "7", "source": "/dock", "type": "stock.received", "data": )" + data +
      "}";
  check_done(message_of("stock.received", data, {{"ce-id", "7"}, {"ce-source", "/dock"}}));
  check_done(message_of("stock.received", data, {{"ce_id", "7"}, {"ce_source", "/dock"}}));
  check_done(message_of("stock.received", structured));
  check_done(message_of("stock.received", structured, {{"content-type", "application/cloudevents+json"}}));
  BOOST_TEST(levels("A").on_hand == 105);
  check_done(message_of("stock.received", data, {{"ce-id", "7"}, {"ce-source", "/other"}}));
  BOOST_TEST(levels("A").on_hand == 110);
  check_poison(message_of("stock.received", R"({"id": "8", "data": {}})",
                          {{"content-type", "application/cloudevents+json; charset=utf-8"}}),
               "specversion is missing");
}

BOOST_AUTO_TEST_CASE(without_an_id_the_place_at_the_broker_is_the_events_name) {
  const std::string body = R"({"sku": "A", "quantity": 1})";
  for (int i = 0; i < 2; ++i) {
    check_done(message_of("stock.received", body, {}, "nats:inbound:1"));
    check_done(message_of("stock.received", body, {}, "nats:inbound:2"));
    check_done(message_of("stock.received", body, {{"nats-msg-id", "m"}}, "nats:inbound:3"));
    check_done(message_of("stock.received", body, {{"nats-msg-id", "m"}}, "nats:inbound:4"));
  }
  BOOST_TEST(levels("A").on_hand == 103);
  check_poison(message_of("stock.received", body, {}, ""), "neither an id nor a place");
}

BOOST_AUTO_TEST_CASE(an_id_with_another_content_is_poison) {
  check_done(message_of("stock.received", five_units));
  check_poison(message_of("stock.received", R"({"event_id": "e-1", "sku": "A", "qty": 6})"),
               "event id \"e-1\" was seen with another content");
  BOOST_TEST(levels("A").on_hand == 105);
}

BOOST_AUTO_TEST_CASE(units_of_an_unknown_item_come_again_until_it_is_there) {
  const auto early = take(message_of("stock.received", R"({"event_id": "x", "sku": "B", "qty": 5})"));
  BOOST_TEST(early.what == settlement::again);
  BOOST_TEST(early.reason.find("B") != std::string::npos);
  define("B", 1);
  for (int i = 0; i < 2; ++i)
    check_done(message_of("stock.received", R"({"event_id": "x", "sku": "B", "qty": 5})"));
  BOOST_TEST(levels("B").on_hand == 6);
}

BOOST_AUTO_TEST_CASE(what_is_malformed_is_poison_that_names_the_value_and_the_next_is_handled) {
  const std::pair<std::string, std::string> wrong[] = {
      {R"({"sku": "A"})", "qty is missing"},
      {R"({"qty": 1})", "sku is missing"},
      {R"({"sku": "A", "qty": "five"})", "qty is \"five\" and must be an integer"},
      {R"({"sku": "A", "qty": 0})", "qty is 0 and must be from 1"},
      {R"({"sku": "A", "qty": -5})", "qty is -5"},
      {R"({"sku": "A", "qty": 99999999999999})", "qty is 99999999999999"},
      {R"({"sku": "A", "qty": 1000000000000})", "invalid_field: "},
      {R"({"sku": "A", "qty": 1, "quantity": 2})", "quantity is 2 and qty 1"},
      {R"({"sku": 5, "qty": 1})", "sku is 5"},
      {R"({"sku": "A", "qty": 1, "event_id": 5})", "event_id is 5"},
      {R"([1])", "the body is an array and must be an object"},
      {"\"\xff\xfe\"", "JSON"},
      {"", "JSON"},
      {"{\"sku\": ", "JSON"},
      {std::string(2'000, '['), "JSON"},
      {std::string(1'000'000, 'x'), "JSON"},
      {'"' + std::string(1'000'000, 'x') + '"', "must be an object"},
      {'"' + std::string(2'000'000, 'x') + '"', "the body has 2000002 bytes and may have 1048576"},
  };
  int number = 0;
  for (const auto& [body, reason] : wrong)
    check_poison(message_of("stock.received", body, {}, "place " + std::to_string(++number)), reason);
  check_poison(message_of("stock.received", five_units, {{"ce-id", "a\x01"}, {"ce-source", "/dock"}}),
               "ce-id");
  check_poison(message_of("stock.gone", five_units), "the subject is \"stock.gone\"");
  check_done(message_of("stock.received", five_units));
  BOOST_TEST(levels("A").on_hand == 105);
}

BOOST_AUTO_TEST_CASE(an_order_is_made_once_by_its_event_and_by_its_key) {
  for (int i = 0; i < 2; ++i)
    check_done(message_of("orders.submitted", order_body(R"(, "event_id": "o-1")")));
  BOOST_TEST(levels("A").reserved == 2);
  check_done(message_of("orders.submitted", order_body(R"(, "event_id": "o-2", "idempotency_key": "k")")));
  check_done(message_of("orders.submitted", order_body(R"(, "event_id": "o-3", "idempotency_key": "k")")));
  check_done(message_of("orders.submitted", order_body(), {{"idempotency-key", "k"}}));
  BOOST_TEST(levels("A").reserved == 4);
  check_poison(message_of("orders.submitted", order_body(R"(, "idempotency_key": "k", "status": "draft")")),
               "idempotency key \"k\" of customer " + customer + " was seen with another content");
  check_done(message_of("orders.submitted", order_body(R"(, "event_id": "o-4", "status": "draft")")));
  BOOST_TEST(levels("A").reserved == 4);
}

BOOST_AUTO_TEST_CASE(an_order_that_is_refused_is_poison_with_its_code) {
  check_poison(message_of("orders.submitted", R"({"items": [{"sku": "A", "qty": 1}]})"),
               "customer_id is missing");
  check_poison(message_of("orders.submitted", R"({"customer_id": "bob", "items": [{"sku": "A", "qty": 1}]})"),
               "customer_id is \"bob\"");
  const auto of = [](const std::string& item) {
    return R"({"customer_id": ")" + customer + R"(", "items": [)" + item + "]}";
  };
  check_poison(message_of("orders.submitted", of("")), "empty_items: items is empty");
  check_poison(message_of("orders.submitted", of(R"({"sku": "A", "qty": 0})")), "items[0].qty is 0");
  for (int i = 0; i < 2; ++i)
    check_poison(message_of("orders.submitted", of(R"({"sku": "A", "qty": 1000})"), {}, "short"),
                 "insufficient_stock: ");
  check_poison(message_of("orders.submitted", of(R"({"sku": "A", "qty": 1, "price": 2.5})"), {}, "dear"),
               "price_changed: ");
  BOOST_TEST(levels("A").reserved == 0);
}

BOOST_AUTO_TEST_CASE(an_order_of_an_unknown_product_comes_again_until_it_is_there) {
  const auto of = [](const std::string& id, const std::string& item) {
    return message_of("orders.submitted", R"({"event_id": ")" + id + R"(", "customer_id": ")" + customer +
                                              R"(", "items": [)" + item + "]}");
  };
  const std::string by_sku = R"({"sku": "Z", "qty": 1})";
  for (const auto& item : {by_sku, std::string(R"({"product_id": 77, "qty": 1})")}) {
    const auto early = take(of("early " + item.substr(2, 3), item));
    BOOST_TEST(early.what == settlement::again);
    BOOST_TEST(early.reason.find("unknown_product: ") == 0U, early.reason);
  }
  define("Z", 5);
  for (int i = 0; i < 2; ++i)
    check_done(of("early sku", by_sku));
  BOOST_TEST(levels("Z").reserved == 1);
}

BOOST_AUTO_TEST_CASE(an_order_cannot_take_what_is_reserved_for_somebody_else) {
  const std::string other = "11111111-2222-4333-8444-555555555555";
  const auto reserve = [&](const std::string& holder, const uuid& id) {
    make_reservation what;
    what.id = id;
    what.qty = 2;
    what.holder = holder;
    what.ttl = 600s;
    BOOST_REQUIRE(
        std::holds_alternative<reservation_view>(ask(stock_request{"A", {holder, false}, {}, what, {}})));
  };
  const auto order_of = [](const std::string& who, const uuid& id) {
    return message_of("orders.submitted",
                      R"({"customer_id": ")" + who + R"(", "reservations": [)" + R"({"sku": "A", "id": ")" +
                          to_string(id) + R"("}]})",
                      {}, "of " + who);
  };
  const auto theirs = parse_uuid("00000000-0000-4000-8000-000000000001").value();
  reserve(other, theirs);
  check_poison(order_of(customer, theirs), "");
  BOOST_TEST(levels("A").reserved == 2);
  const std::string spelt = "0F0E0D0C-0B0A-4908-8706-050403020100";
  const auto own = parse_uuid("00000000-0000-4000-8000-000000000002").value();
  reserve(customer, own);
  check_done(order_of(spelt, own));
}

BOOST_AUTO_TEST_CASE(a_notice_of_an_unknown_order_or_payment_is_settled_so) {
  const std::string unknown = R"({"order_id": ")" + customer + R"("})";
  BOOST_TEST(take(message_of("payments.authorized", unknown)).what == settlement::again);
  check_poison(message_of("payments.failed", R"({"order_id": "x"})"), "order_id is \"x\" and must be a UUID");
  check_poison(message_of("payments.refunded", R"({"attempt": 0})"), "attempt is 0");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(event_intake_answers)

BOOST_AUTO_TEST_CASE(refusals_that_pass_come_later_and_others_never) {
  const std::pair<rejection_code, settlement> all[] = {
      {rejection_code::shutting_down, settlement::later},
      {rejection_code::overloaded, settlement::later},
      {rejection_code::backlog_full, settlement::later},
      {rejection_code::store_unavailable, settlement::later},
      {rejection_code::payment_unavailable, settlement::later},
      {rejection_code::not_found, settlement::again},
      {rejection_code::idempotency_mismatch, settlement::poison},
      {rejection_code::invalid_field, settlement::poison},
      {rejection_code::illegal_transition, settlement::poison},
      {rejection_code::payment_declined, settlement::poison},
  };
  recording_engine core;
  const manual_clock clock;
  event_intake intake(core, clock, {});
  for (const auto& [code, expected] : all) {
    core.script.emplace_back(rejection{code, "because", {}, {}, {}});
    int settled = 0;
    intake.handle(message_of("stock.received", five_units), [&, wanted = expected](message_outcome what) {
      ++settled;
      BOOST_TEST(what.what == wanted, code_text(code));
      BOOST_TEST(!what.reason.empty());
    });
    BOOST_TEST(settled == 1);
  }
  BOOST_TEST((core.stock.back().reply.durability() == durability_mode::journal));
}

BOOST_AUTO_TEST_CASE(a_token_that_the_engine_drops_settles_the_message) {
  message_outcome got;
  {
    recording_engine core;
    const manual_clock clock;
    event_intake intake(core, clock, {});
    intake.handle(message_of("stock.received", five_units),
                  [&](message_outcome what) { got = std::move(what); });
  }
  BOOST_TEST(got.what == settlement::later);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(event_intake_of_payments)

BOOST_AUTO_TEST_CASE(notices_of_a_service_advance_orders_whose_answers_are_late) {
  test::payment_stand_in service;
  real_intake shop;
  shop.options.payments = payments_mode::http;
  shop.options.payment_service.emplace();
  shop.options.payment_service->url = service.url();
  shop.start();
  shop.define("A", 10);
  service.add({test::service_fault::hold_answer, test::payment_verb::authorize});
  auto submitted = shop.begin(message_of("orders.submitted", R"({"customer_id": ")" + customer +
                                                                 R"(", "items": [{"sku": "A", "qty": 2}]})"));
  test::eventually("an authorization", [&] { return !service.payments().empty(); });
  const auto order_id = service.payments().front().order_id;
  const auto notice = R"({"order_id": ")" + order_id + R"(", "reason": "as agreed"})";
  shop.check_done(message_of("payments.authorized", notice));
  BOOST_REQUIRE(submitted.wait_for(guard) == std::future_status::ready);
  BOOST_TEST(submitted.get().what == settlement::done);
  service.release();
  const auto id = parse_uuid(order_id).value();
  BOOST_TEST((shop.order_now(id)->status == order_status::processed));
  for (int i = 0; i < 2; ++i)
    shop.check_done(message_of("payments.refunded", notice));
  BOOST_TEST((shop.order_now(id)->status == order_status::cancelled));
  test::eventually("the money back", [&] { return service.charged(order_id) == 0; });
  BOOST_TEST(shop.levels("A").reserved == 0);
  shop.check_poison(message_of("payments.failed", R"({"order_id": ")" + order_id + R"(", "attempt": 99})"),
                    "attempt is 99");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd

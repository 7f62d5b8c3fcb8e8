#include "actors/engine.hpp"
#include "config/log.hpp"
#include "tests/unit/actors/sample_requests.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

/// Hands its answer to another thread.
class promised_sink final : public reply_sink {
 public:
  [[nodiscard]] std::future<outcome> future() { return promise_.get_future(); }
  void answer(outcome&& result) noexcept override { promise_.set_value(std::move(result)); }

 private:
  std::promise<outcome> promise_;
};

/// A folder of its own, and the engine as the process runs it: on its own threads, on the real disk.
struct real_engine {
  real_engine() {
    log::set_level(log::level::error);
    std::string pattern = (std::filesystem::temp_directory_path() / "orderd-engine-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    options.data_dir = pattern;
    options.journal_segment_bytes = std::size_t{1} << 20U;
    options.shards = 2;
  }
  ~real_engine() {
    running.reset();
    std::filesystem::remove_all(options.data_dir);
  }

  void start() {
    auto started = engine::start(options, clock);
    BOOST_REQUIRE_MESSAGE(started, (started ? "" : started.error().detail));
    running = std::move(*started);
  }

  template <class Request> [[nodiscard]] std::future<outcome> submit(Request request) const {
    auto sink = std::make_unique<promised_sink>();
    auto future = sink->future();
    request.reply = reply_token{std::move(sink)};
    running->submit(std::move(request));
    return future;
  }

  template <class Request> [[nodiscard]] outcome ask(Request request) const {
    auto future = submit(std::move(request));
    BOOST_REQUIRE(future.wait_for(30s) == std::future_status::ready);
    return future.get();
  }

  template <class T, class Request> T expect(Request request) const {
    auto answer = ask(std::move(request));
    BOOST_REQUIRE(std::holds_alternative<T>(answer));
    return std::get<T>(std::move(answer));
  }

  [[nodiscard]] uuid next_id() { return make_uuid_v7(clock.now(), 1, ++ids); }

  engine_options options;
  system_clock_port clock;
  std::unique_ptr<engine> running;
  std::uint64_t ids = 0;
};

[[nodiscard]] std::size_t threads_now() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{"/proc/self/task"})
    ++count;
  return count;
}

[[nodiscard]] rejection_code code_of(const outcome& answer) {
  BOOST_REQUIRE(std::holds_alternative<rejection>(answer));
  return std::get<rejection>(answer).code;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(whole_engine, real_engine)

BOOST_AUTO_TEST_CASE(what_was_answered_is_there_after_a_restart) {
  start();
  expect<defined_stock>(definition("A", 10, 250, 7));
  const auto placed = expect<order_ptr>(creation(next_id(), {line_of("A", 2)}));
  const auto cancelled = expect<order_ptr>(creation(next_id(), {line_of("A", 3)}));
  expect<order_ptr>(transition(cancelled->id, order_status::cancelled));
  running.reset();
  start();
  BOOST_CHECK(*expect<order_ptr>(look(placed->id)) == *placed);
  BOOST_CHECK(expect<stock_view>(to_stock("A", get_stock{})).levels == (stock_levels{10, 2}));
  BOOST_CHECK_EQUAL(expect<order_page>(to_lists(order_query{})).items.size(), 2U);
  BOOST_CHECK_EQUAL(running->catalogue().find(7)->sku, "A");
  const auto status = running->status();
  BOOST_CHECK(status.accepts_writes);
  BOOST_CHECK_EQUAL(status.requests_in_flight, 0U);
  BOOST_CHECK_EQUAL(status.applied_seq, status.durable_seq);
  BOOST_CHECK_EQUAL(status.lag_seconds, 0);
  BOOST_REQUIRE_EQUAL(status.hot_skus.size(), 1U);
  BOOST_CHECK_EQUAL(status.hot_skus[0].sku, "A");
}

BOOST_AUTO_TEST_CASE(the_end_answers_and_stores_what_is_under_way) {
  start();
  expect<defined_stock>(definition("A", 1'000));
  std::vector<std::future<outcome>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(submit(creation(next_id(), {line_of("A", 1)})));
  running.reset();
  for (auto& each : answers) {
    BOOST_REQUIRE(each.wait_for(0s) == std::future_status::ready);
    BOOST_CHECK(std::holds_alternative<order_ptr>(each.get()));
  }
  start();
  BOOST_CHECK_EQUAL(expect<stock_view>(to_stock("A", get_stock{})).levels.reserved, 200);
}

BOOST_AUTO_TEST_CASE(buyers_on_many_threads_get_exactly_what_there_is) {
  options.scheduler_threads = 4;
  start();
  expect<defined_stock>(definition("A", 100));
  expect<defined_stock>(definition("B", 100));
  std::atomic<int> sold{0};
  std::vector<std::thread> buyers;
  for (std::uint64_t n = 0; n < 4; ++n)
    buyers.emplace_back([&, n] {
      std::vector<std::future<outcome>> answers;
      for (std::uint64_t i = 0; i < 100; ++i)
        answers.push_back(
            submit(creation(make_uuid_v7(timestamp{}, n, i * 100),
                            {line_of(n % 2 == 0 ? "A" : "B", 1), line_of(n % 2 == 0 ? "B" : "A", 1)})));
      for (auto& each : answers)
        if (each.wait_for(30s) == std::future_status::ready && std::holds_alternative<order_ptr>(each.get()))
          ++sold;
    });
  for (auto& each : buyers)
    each.join();
  // A basket may meet another one half way and be refused, so the last units may be left; none is sold twice.
  BOOST_CHECK_LE(sold, 100);
  BOOST_CHECK_GT(sold, 0);
  const auto reserved = [&](const char* sku) {
    return expect<stock_view>(to_stock(sku, get_stock{})).levels.reserved;
  };
  BOOST_CHECK_EQUAL(reserved("A"), sold);
  BOOST_CHECK_EQUAL(reserved("B"), sold);
}

BOOST_AUTO_TEST_CASE(a_second_engine_may_not_have_the_folder) {
  start();
  const auto second = engine::start(options, clock);
  BOOST_REQUIRE(!second);
  BOOST_CHECK(second.error().code == error_code::locked);
}

BOOST_AUTO_TEST_CASE(without_room_in_the_journal_writes_are_refused_and_reads_go_on) {
  start();
  expect<defined_stock>(definition("A", 10));
  const auto placed = expect<order_ptr>(creation(next_id(), {line_of("A", 2)}));
  running.reset();
  options.journal_backlog_bytes_max = 1;
  start();
  const auto give_up = std::chrono::steady_clock::now() + 30s;
  while (running->status().accepts_writes && std::chrono::steady_clock::now() < give_up)
    std::this_thread::yield();
  BOOST_CHECK(code_of(ask(creation(next_id(), {line_of("A", 2)}))) == rejection_code::backlog_full);
  BOOST_CHECK(code_of(ask(to_stock("A", adjust_stock{1, ""}))) == rejection_code::backlog_full);
  BOOST_CHECK(*expect<order_ptr>(look(placed->id)) == *placed);
  expect<stock_view>(to_stock("A", get_stock{}));
  BOOST_CHECK_EQUAL(expect<order_page>(to_lists(order_query{})).items.size(), 1U);
}

BOOST_AUTO_TEST_CASE(writes_are_taken_from_the_start_though_the_segment_is_almost_full) {
  start();
  expect<defined_stock>(definition("A", 10));
  for (int i = 0; i < 45; ++i) {
    auto large = creation(next_id(), {line_of("A", 1)}, order_status::draft);
    std::get<create_order>(large.what).metadata = "{\"x\":\"" + std::string(15'000, 'x') + "\"}";
    expect<order_ptr>(std::move(large));
  }
  for (int i = 0; i < 10; ++i) {
    running.reset();
    start();
    expect<order_ptr>(creation(next_id(), {line_of("A", 1)}));
  }
}

BOOST_AUTO_TEST_CASE(only_so_many_requests_are_under_way) {
  options.requests_in_flight_max = 0;
  start();
  BOOST_CHECK(code_of(ask(look(next_id()))) == rejection_code::overloaded);
  BOOST_CHECK(code_of(ask(definition("A", 10))) == rejection_code::overloaded);
  BOOST_CHECK(code_of(ask(to_lists(order_query{}))) == rejection_code::overloaded);
  const auto status = running->status();
  BOOST_CHECK(status.hot_skus.empty());
}

BOOST_AUTO_TEST_CASE(the_scheduler_has_as_many_threads_as_set) {
  options.scheduler_threads = 1;
  start();
  const auto with_one = threads_now();
  running.reset();
  options.scheduler_threads = 4;
  start();
  BOOST_CHECK_EQUAL(threads_now(), with_one + 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

#include "http/ending_signals.hpp"
#include "http/engine_start.hpp"
#include "http/entrance.hpp"
#include "tests/unit/http/api_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <pthread.h>

#include <csignal>
#include <deque>

using namespace orderd;
using namespace orderd::tests;
using http::method;
using std::chrono::milliseconds;

namespace {

struct entrance_fixture : api_fixture {
  http::response ask(method m, std::string_view path, header_list headers = {}) {
    http::request in;
    in.method = m;
    in.path = path;
    for (const auto& [name, value] : headers)
      in.headers.push_back({name, value});
    http::response answer{0, {}, {}, {}};
    door.handle(in, http::answer_port([&](http::response given) { answer = std::move(given); }));
    return answer;
  }

  struct counting final : http::request_observer {
    void answered(const http::answered_request& what) noexcept override {
      ++count;
      last = what.result;
      path = what.matched == nullptr ? "" : what.matched->path_template;
    }
    int count = 0;
    http::request_result last;
    std::string_view path;
  };
  counting told;
  http::entrance door{clock, &told};
};

/// A start whose attempts end as the script says, and the pauses between them.
struct scripted_start {
  result<std::unique_ptr<engine>> run(bool patient) {
    http::engine_start how;
    how.attempt = [this]() -> result<std::unique_ptr<engine>> {
      ++attempts;
      if (failures.empty())
        return std::make_unique<recording_engine>();
      const auto code = failures.front();
      failures.pop_front();
      return fail(code, "because");
    };
    how.patient = patient;
    how.failed = [this](const error& why, milliseconds) { reasons.push_back(why.detail); };
    how.ends_within = [this](milliseconds span) {
      if (span.count() > 0)
        pauses.push_back(span);
      return pauses.size() >= pauses_max || (attempts >= ends_in_attempt);
    };
    return http::start_patiently(how);
  }

  std::deque<error_code> failures;
  std::size_t pauses_max = 1'000;
  int ends_in_attempt = 1'000;
  int attempts = 0;
  std::vector<milliseconds> pauses;
  std::vector<std::string> reasons;
};

/// Gives the thread its signals back at the end of the scope.
struct kept_signal_mask {
  kept_signal_mask() { pthread_sigmask(SIG_BLOCK, nullptr, &mask); }
  ~kept_signal_mask() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  sigset_t mask;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(entrance, entrance_fixture)

BOOST_AUTO_TEST_CASE(until_the_engine_is_there_everything_is_refused_and_may_be_tried_again) {
  for (const auto* path : {"/orders", "/stock/A", "/health", "/health/ready", "/metrics", "/nothing", "/"}) {
    const auto answer = ask(method::get, path);
    check_problem(answer, 503, "recovering");
    BOOST_TEST(header_of(answer, "Retry-After") == "1");
  }
  check_problem(ask(method::post, "/orders"), 503, "recovering");
  check_problem(ask(method::post, "/health/live"), 503, "recovering");
  BOOST_TEST(header_of(ask(method::get, "/orders", {{"X-Request-Id", "mine"}}), "X-Request-Id") == "mine");
}

BOOST_AUTO_TEST_CASE(pages_from_memory_need_no_engine) {
  for (const auto* path : {"/console", "/console/", "/api/console", "/console/console.js", "/docs"}) {
    const auto answer = ask(method::get, path);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(!answer.body.empty());
    BOOST_TEST(!header_of(answer, "Content-Security-Policy").empty());
  }
  const auto etag = header_of(ask(method::get, "/console"), "ETag");
  BOOST_TEST(ask(method::get, "/console", {{"If-None-Match", etag}}).status == 304);
  BOOST_TEST(ask(method::post, "/console").status == 503);
}

BOOST_AUTO_TEST_CASE(who_watches_requests_is_told_of_these_too) {
  ask(method::post, "/orders");
  BOOST_TEST(told.count == 1);
  BOOST_TEST(told.last.status == 503);
  BOOST_TEST(told.last.code == "recovering");
  BOOST_TEST(told.path == "/orders");
  ask(method::get, "/nothing");
  BOOST_TEST(told.count == 2);
  BOOST_TEST(told.path == "");
}

BOOST_AUTO_TEST_CASE(the_process_lives_meanwhile) {
  for (const auto* path : {"/health/live", "/health/live/", "/api/health/live"}) {
    const auto answer = ask(method::get, path);
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(member_of(answer, "status") == "live");
    BOOST_TEST(!header_of(answer, "X-Request-Id").empty());
  }
  BOOST_TEST(ask(method::head, "/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(only_the_health_pages_say_what_is_in_the_way) {
  door.set_obstacle("nobody answers at db.internal");
  for (const auto* path : {"/health", "/health/ready", "/api/health/"})
    BOOST_TEST(member_of(ask(method::get, path), "detail").find("db.internal") != std::string::npos, path);
  BOOST_TEST(ask(method::get, "/orders").body.find("db.internal") == std::string::npos);
  door.set_obstacle("now another reason");
  BOOST_TEST(member_of(ask(method::get, "/health"), "detail").find("another reason") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(once_it_is_open_the_api_answers) {
  door.set_obstacle("gone by");
  door.open(*api);
  BOOST_TEST(ask(method::get, "/health/ready").status == 200);
  check_problem(ask(method::get, "/nothing"), 404, "not_found");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(engine_start, scripted_start)

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_tried_again_in_growing_pauses) {
  failures.assign(12, error_code::store_failed);
  failures[3] = error_code::timed_out;
  failures[7] = error_code::locked;
  const auto started = run(true);
  BOOST_REQUIRE(started);
  BOOST_TEST(*started != nullptr);
  BOOST_TEST(attempts == 13);
  BOOST_TEST(reasons.size() == 12U);
  BOOST_REQUIRE(pauses.size() == 12U);
  auto longest = milliseconds{250};
  for (const auto pause : pauses) {
    BOOST_TEST(pause.count() >= longest.count() / 2);
    BOOST_TEST(pause.count() <= longest.count());
    longest = std::min(2 * longest, milliseconds{5'000});
  }
}

BOOST_AUTO_TEST_CASE(what_will_not_pass_ends_the_start) {
  for (const auto code : {error_code::damaged, error_code::newer_format, error_code::invalid_setting,
                          error_code::superseded, error_code::behind}) {
    failures.assign(1, code);
    attempts = 0;
    const auto started = run(true);
    BOOST_REQUIRE(!started);
    BOOST_CHECK(started.error().code == code);
    BOOST_TEST(attempts == 1);
  }
  failures.assign(1, error_code::locked);
  BOOST_TEST(!run(false).has_value());
  BOOST_TEST(pauses.empty());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_process_ends_the_start_between_tries_and_within_one) {
  failures.assign(100, error_code::store_failed);
  pauses_max = 3;
  const auto between = run(true);
  BOOST_REQUIRE(between);
  BOOST_TEST(*between == nullptr);
  BOOST_TEST(attempts == 3);
  for (const bool patient : {true, false}) {
    scripted_start other;
    other.failures.assign(100, error_code::timed_out);
    other.ends_in_attempt = 1;
    const auto within = other.run(patient);
    BOOST_REQUIRE(within);
    BOOST_TEST(*within == nullptr);
    BOOST_TEST(other.attempts == 1);
    BOOST_TEST(other.pauses.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(ending_signals, kept_signal_mask)

BOOST_AUTO_TEST_CASE(a_signal_waits_until_it_is_taken_and_is_taken_once) {
  http::ending_signals signals;
  BOOST_TEST(!signals.pending());
  BOOST_TEST(!signals.wait_for(milliseconds{0}));
  for (const int one : {SIGTERM, SIGINT}) {
    ::raise(one);
    BOOST_TEST(signals.pending());
    BOOST_TEST(signals.wait_for(milliseconds{0}));
    BOOST_TEST(!signals.pending());
    BOOST_TEST(!signals.wait_for(milliseconds{1}));
  }
  ::raise(SIGTERM);
  BOOST_TEST(signals.wait());
}

BOOST_AUTO_TEST_CASE(a_hangup_renews_and_ends_nothing) {
  http::ending_signals signals;
  int renewals = 0;
  signals.on_hangup([&] { ++renewals; });
  ::raise(SIGHUP);
  BOOST_TEST(!signals.pending());
  BOOST_TEST(!signals.wait_for(milliseconds{0}));
  BOOST_TEST(renewals == 1);
  ::raise(SIGHUP);
  ::raise(SIGTERM);
  BOOST_TEST(signals.wait());
  BOOST_TEST(renewals == 2);
  std::string order;
  http::ending_signals several;
  several.on_hangup([&] { order += "a"; });
  several.on_hangup([&] { order += "b"; });
  ::raise(SIGHUP);
  BOOST_TEST(!several.wait_for(milliseconds{0}));
  BOOST_TEST(order == "ab");
  BOOST_TEST(!signals.wait_for(milliseconds{0}));
}

BOOST_AUTO_TEST_SUITE_END()

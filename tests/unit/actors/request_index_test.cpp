#include "actors/request_bodies.hpp"
#include "actors/request_index.hpp"
#include "tests/unit/actors/keyed_requests.hpp"

namespace orderd::test {

using namespace std::chrono_literals;

namespace {

const timestamp start{1'700'000'000'000ms};

remembered_key answered(unsigned key, timestamp at = start) {
  return {key_of(key), key_of(1'000 + key), {}, at, true};
}

remembered_key claimed(unsigned key, timestamp at = start) {
  return {key_of(key), key_of(1'000 + key), key_of(2'000 + key), at, false};
}

request_record_ptr record_of(unsigned key, std::size_t body_bytes) {
  auto record = std::make_shared<request_record>();
  record->key = key_of(key);
  record->status = 200;
  record->body.assign(body_bytes, 'x');
  return record;
}

} // namespace

BOOST_AUTO_TEST_SUITE(requests_remembered)

BOOST_AUTO_TEST_CASE(a_key_is_found_for_a_day) {
  request_index index{10};
  index.remember(answered(1));
  const auto found = index.find(key_of(1), start + request_memory - 1ms);
  BOOST_REQUIRE(found);
  BOOST_CHECK(found->answered && found->fingerprint == key_of(1'001));
  BOOST_CHECK(!index.find(key_of(1), start + request_memory));
  BOOST_CHECK(!index.find(key_of(2), start));
}

BOOST_AUTO_TEST_CASE(what_a_start_has_read_is_held_for_a_while_however_old_it_is) {
  request_index index{10};
  const auto started = start + 3 * request_memory;
  index.hold_until(started + request_memory_after_start);
  index.remember(answered(1));
  index.remember(claimed(2));
  index.expire(started + request_memory_after_start - 1ms);
  BOOST_CHECK(index.find(key_of(1), started + request_memory_after_start - 1ms));
  BOOST_CHECK(index.find(key_of(2), started + request_memory_after_start - 1ms));
  BOOST_CHECK(!index.find(key_of(1), started + request_memory_after_start));
  index.expire(started + request_memory_after_start);
  BOOST_CHECK(index.empty());
}

BOOST_AUTO_TEST_CASE(what_is_older_than_a_day_leaves_memory_and_nothing_else) {
  request_index index{10};
  index.remember(answered(1));
  index.remember({key_of(2), key_of(3), key_of(4), start, false});
  index.remember(answered(5, start + 1ms));
  index.expire(start + request_memory);
  BOOST_CHECK_EQUAL(index.size(), 1U);
  BOOST_CHECK(index.find(key_of(5), start + request_memory));
  index.expire(start + request_memory + 1ms);
  BOOST_CHECK(index.empty());
  BOOST_CHECK_EQUAL(index.forgotten_early(), 0U);
}

BOOST_AUTO_TEST_CASE(beyond_the_bound_the_oldest_goes_and_is_counted) {
  request_index index{3};
  index.remember(claimed(9));
  for (unsigned key = 0; key < 5; ++key)
    index.remember(answered(key, start + std::chrono::milliseconds{key}));
  BOOST_CHECK_EQUAL(index.size(), 3U);
  BOOST_CHECK(!index.find(key_of(9), start));
  BOOST_CHECK(!index.find(key_of(1), start));
  BOOST_CHECK(index.find(key_of(2), start));
  BOOST_CHECK_EQUAL(index.forgotten_early(), 3U);
}

BOOST_AUTO_TEST_CASE(open_claims_are_bounded_like_answers) {
  request_index index{3};
  for (unsigned key = 0; key < 5; ++key)
    index.remember(claimed(key, start + std::chrono::milliseconds{key}));
  BOOST_CHECK_EQUAL(index.size(), 3U);
  BOOST_CHECK(!index.find(key_of(1), start));
  BOOST_CHECK(index.find(key_of(2), start));
  BOOST_CHECK_EQUAL(index.forgotten_early(), 2U);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_claimed_over_and_over_pushes_out_no_other) {
  request_index index{2};
  index.remember(answered(1));
  for (int i = 0; i < 1'000; ++i)
    index.remember(claimed(2, start + std::chrono::milliseconds{i}));
  BOOST_CHECK(index.find(key_of(1), start));
  BOOST_CHECK_EQUAL(index.size(), 2U);
  BOOST_CHECK_EQUAL(index.forgotten_early(), 0U);
  index.expire(start + request_memory);
  BOOST_CHECK(!index.find(key_of(1), start));
  BOOST_CHECK(index.find(key_of(2), start + request_memory));
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_answered_is_open_no_more) {
  request_index index{3};
  index.remember({key_of(1), key_of(3), key_of(4), start, false});
  const auto open = index.find(key_of(1), start);
  BOOST_REQUIRE(open);
  BOOST_CHECK(!open->answered && open->subject == key_of(4));
  index.remember(answered(1));
  BOOST_CHECK(index.find(key_of(1), start)->answered);
  BOOST_CHECK_EQUAL(index.size(), 1U);
}

BOOST_AUTO_TEST_CASE(a_key_that_is_remembered_anew_outlives_its_former_place) {
  request_index index{3};
  index.remember(answered(1));
  index.forget(key_of(1));
  index.remember(answered(1, start + 1h));
  index.expire(start + request_memory);
  BOOST_CHECK(index.find(key_of(1), start + request_memory));
}

BOOST_AUTO_TEST_CASE(answers_stay_until_the_store_has_them_and_the_latest_for_longer) {
  std::atomic<std::uint64_t> unstored{0};
  constexpr std::size_t half = request_bodies::recent_bytes_max / 2;
  {
    request_bodies bodies{&unstored};
    for (unsigned key = 1; key <= 4; ++key)
      bodies.keep(record_of(key, half));
    BOOST_CHECK(unstored >= 4 * half);
    for (unsigned key = 1; key <= 4; ++key)
      BOOST_CHECK(bodies.find(key_of(key)) != nullptr);
    bodies.set_stored(3);
    BOOST_CHECK(unstored >= half && unstored < 2 * half);
    BOOST_CHECK(bodies.find(key_of(1)) == nullptr);
    BOOST_CHECK(bodies.find(key_of(2)) == nullptr);
    BOOST_CHECK(bodies.find(key_of(3)) != nullptr);
    BOOST_CHECK(bodies.find(key_of(4)) != nullptr);
    BOOST_CHECK(bodies.is_stored(3) && !bodies.is_stored(4) && !bodies.are_all_stored());
  }
  BOOST_CHECK_EQUAL(unstored, 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

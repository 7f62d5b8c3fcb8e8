#include "persistence/event_codec.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace orderd {
namespace {

constexpr int rounds = 200;

std::string encoded(const event& e) {
  std::string out;
  encode_event(out, e);
  return out;
}

std::string encoded(const journal_entry& e) {
  std::string out;
  encode_entry(out, e);
  return out;
}

std::uint16_t tag_number(const journal_entry& e) { return static_cast<std::uint16_t>(tag_of(e)); }
std::uint16_t tag_number(const event& e) { return static_cast<std::uint16_t>(tag_of(e)); }

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

bool is_damaged(std::uint16_t tag, std::string_view payload) {
  const auto read = decode_event(tag, payload);
  return !read && read.error().code == error_code::damaged;
}

/// A payload's number in hexadecimal digits: the end of a stock_adjusted event with no reason.
std::string adjusted_by(std::string_view delta) {
  std::string payload = encoded(stock_event{"A", 1, {}, {}, {}, stock_adjusted{}});
  payload.resize(payload.size() - 2);
  return payload.append(delta) + '\0';
}

BOOST_AUTO_TEST_SUITE(event_codec)

BOOST_AUTO_TEST_CASE(bytes_are_those_of_the_first_release) {
  std::ifstream golden("tests/golden/events_v1.txt");
  BOOST_REQUIRE(golden);
  for (const event& e : test::one_of_each()) {
    unsigned tag = 0;
    std::string bytes;
    golden >> tag >> bytes;
    BOOST_TEST(tag == tag_number(e));
    BOOST_TEST(bytes == hex(encoded(e)));
  }
  const journal_entry keyed{test::one_of_each().front(),
                            std::make_shared<const request_record>(test::one_record())};
  unsigned tag = 0;
  std::string bytes;
  golden >> tag >> bytes;
  BOOST_TEST(tag == static_cast<unsigned>(event_tag::keyed_event_v1));
  BOOST_TEST(bytes == hex(encoded(keyed)));
  std::string rest;
  BOOST_TEST(!(golden >> rest));
}

BOOST_AUTO_TEST_CASE(random_events_of_every_tag_come_back_as_they_were) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < rounds; ++round) {
    for (const event& e : test::random_of_each(random)) {
      const auto read = decode_event(tag_number(e), encoded(e));
      BOOST_REQUIRE_MESSAGE(read, "tag " << tag_number(e));
      BOOST_REQUIRE_MESSAGE(*read == e, "tag " << tag_number(e));
    }
  }
}

BOOST_AUTO_TEST_CASE(encoding_appends_to_what_is_there) {
  const event e = test::one_of_each().front();
  std::string out = "before";
  encode_event(out, e);
  BOOST_TEST(out == "before" + encoded(e));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_damage) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < 5; ++round) {
    for (const event& e : test::random_of_each(random)) {
      const std::string payload = encoded(e);
      for (std::size_t size = 0; size < payload.size(); ++size) {
        BOOST_REQUIRE_MESSAGE(is_damaged(tag_number(e), std::string_view(payload).substr(0, size)),
                              "tag " << tag_number(e) << " cut to " << size << " of " << payload.size());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_left_over_are_damage) {
  for (const event& e : test::one_of_each()) {
    BOOST_TEST(is_damaged(tag_number(e), encoded(e) + '\0'));
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits_are_damage_or_another_event_with_the_same_bytes) {
  std::mt19937_64 random(test::test_seed());
  for (int round = 0; round < rounds; ++round) {
    for (const event& e : test::random_of_each(random)) {
      std::string payload = encoded(e);
      payload[random() % payload.size()] ^= static_cast<char>(1 << (random() % 8));
      const auto read = decode_event(tag_number(e), payload);
      if (read) {
        BOOST_REQUIRE(hex(encoded(*read)) == hex(payload));
      } else {
        BOOST_REQUIRE(read.error().code == error_code::damaged);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_never_crash) {
  std::mt19937_64 random(test::test_seed());
  const auto events = test::one_of_each();
  for (int round = 0; round < 20'000; ++round) {
    std::string payload(random() % 64, 0);
    for (char& c : payload) {
      c = static_cast<char>(random());
    }
    const std::uint16_t tag = tag_number(events[random() % events.size()]);
    const auto read = decode_event(tag, payload);
    BOOST_REQUIRE(read ? encoded(*read) == payload : read.error().code == error_code::damaged);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_tag_is_of_a_newer_format) {
  for (const std::uint16_t tag : {0, 13, 31, 56, 63, 71, 95, 97, 98, 65535}) {
    const auto read = decode_event(tag, "");
    BOOST_REQUIRE(!read);
    BOOST_TEST((read.error().code == error_code::newer_format));
    BOOST_TEST(read.error().detail.find(std::to_string(tag)) != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(an_entry_keeps_its_event_and_the_record_of_its_request) {
  std::mt19937_64 random(test::test_seed());
  for (const event& e : test::random_of_each(random)) {
    const bool is_record = std::holds_alternative<request_record>(e);
    for (const bool keyed : {false, true}) {
      journal_entry entry{e, {}};
      if (keyed && !is_record)
        entry.request = std::make_shared<const request_record>(test::random_record(random));
      const std::string payload = encoded(entry);
      const auto read = decode_entry(tag_number(entry), payload);
      BOOST_REQUIRE(read);
      BOOST_REQUIRE((read->event == e));
      BOOST_REQUIRE((read->request == nullptr) == (entry.request == nullptr));
      BOOST_REQUIRE((!read->request || *read->request == *entry.request));
      for (std::size_t size = 0; size < payload.size(); ++size) {
        const auto cut = decode_entry(tag_number(entry), std::string_view(payload).substr(0, size));
        BOOST_REQUIRE((!cut && cut.error().code == error_code::damaged));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_entry_holds_no_other_entry_and_no_second_record) {
  std::string record;
  encode_event(record, test::one_record());
  const auto tag = static_cast<std::uint16_t>(event_tag::keyed_event_v1);
  for (const auto inner : {event_tag::keyed_event_v1, event_tag::request_record_v1}) {
    const auto read = decode_entry(tag, record + static_cast<char>(inner) + record);
    BOOST_TEST((!read && read.error().code == error_code::damaged));
  }
}

BOOST_AUTO_TEST_CASE(a_later_version_that_says_no_more_than_an_earlier_one_is_damage) {
  std::string payload = encoded(order_event{{}, 1, {}, "", order_failed{{"a", "b"}, {}, true}});
  BOOST_TEST(!is_damaged(43, payload));
  payload.back() = 0;
  BOOST_TEST(is_damaged(43, payload));

  stock_event low{"A", 1, {}, {}, {}, stock_defined{{"A", {}, "The A", 250, 5}}, 7};
  std::string defined = encoded(low);
  BOOST_TEST(!is_damaged(10, defined));
  defined.resize(defined.size() - 4);
  using namespace std::string_view_literals;
  BOOST_TEST(!is_damaged(10, defined + std::string("\0\1\16"sv)), "low at a threshold that it lost since");
  BOOST_TEST(!is_damaged(10, defined + std::string("\1\12\0"sv)), "not low");
  BOOST_TEST(is_damaged(10, defined + std::string("\0\0"sv)), "neither");
  low.low_at.reset();
  std::get<stock_defined>(low.what).product.low_threshold.reset();
  BOOST_TEST(is_damaged(10, encoded(low)), "cut off");
}

BOOST_AUTO_TEST_CASE(a_number_has_one_encoding) {
  BOOST_TEST(!is_damaged(2, adjusted_by("\x02")));
  using namespace std::string_view_literals;
  BOOST_TEST(is_damaged(2, adjusted_by("\x82\x00"sv)), "a needless last byte");
  BOOST_TEST(!is_damaged(2, adjusted_by("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")));
  BOOST_TEST(is_damaged(2, adjusted_by("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")), "a 65th bit");
  BOOST_TEST(is_damaged(2, adjusted_by("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")), "eleven bytes");
}

BOOST_AUTO_TEST_CASE(a_count_beyond_the_payload_is_refused_before_memory_is_taken) {
  std::string payload = encoded(stock_event{"A", 1, {}, {}, {}, reservations_expired{}});
  payload.pop_back();
  // 2^63 ids: a reader that believed it would throw or die.
  payload += std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01");
  BOOST_TEST(is_damaged(7, payload));
}

BOOST_AUTO_TEST_CASE(a_status_beyond_the_last_one_is_damage) {
  std::string payload = encoded(order_event{{}, 1, {}, "", order_placed{order_status::failed, {}, 0}});
  BOOST_TEST(!is_damaged(33, payload));
  payload[payload.size() - 3] = 7;
  BOOST_TEST(is_damaged(33, payload));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace orderd

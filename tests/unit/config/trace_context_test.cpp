#include "config/trace_context.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(trace_contexts)

BOOST_AUTO_TEST_CASE(what_is_rendered_is_read_back) {
  const std::string text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto read = parse_traceparent(text);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->sampled);
  BOOST_TEST(to_traceparent(*read) == text);
  BOOST_TEST(to_text(read->trace) == "4bf92f3577b34da6a3ce929d0e0e4736");
  BOOST_TEST(!parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled);
}

BOOST_AUTO_TEST_CASE(flags_that_are_not_known_yet_say_nothing_and_are_not_passed_on) {
  const auto read = parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff");
  BOOST_REQUIRE(read);
  BOOST_TEST(to_traceparent(*read).ends_with("-01"));
  BOOST_TEST(!parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe")->sampled);
}

BOOST_AUTO_TEST_CASE(what_the_recommendation_calls_invalid_is_none) {
  for (const char* text : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902bg-01",
           " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
       })
    BOOST_TEST(!parse_traceparent(text), text);
}

BOOST_AUTO_TEST_CASE(a_later_version_is_read_as_far_as_it_is_known) {
  for (const char* text :
       {"01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-brings"}) {
    const auto read = parse_traceparent(text);
    BOOST_REQUIRE_MESSAGE(read, text);
    BOOST_TEST(to_traceparent(*read) == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  }
  BOOST_TEST(!parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what"));
}

BOOST_AUTO_TEST_CASE(fresh_ids_differ_and_are_never_nil) {
  std::set<trace_id> traces;
  std::set<span_id> spans;
  for (int i = 0; i < 10'000; ++i) {
    traces.insert(fresh_trace_id());
    spans.insert(fresh_span_id());
  }
  BOOST_TEST(traces.size() == 10'000U);
  BOOST_TEST(spans.size() == 10'000U);
  BOOST_TEST(!traces.contains(trace_id{}));
  BOOST_TEST(!spans.contains(span_id{}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

#include "config/trace_headers.hpp"
#include "config/tracer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <thread>
#include <vector>

namespace orderd::tests {

namespace {

using namespace std::chrono_literals;

trace_context parent_that_is(bool sampled) { return {fresh_trace_id(), fresh_span_id(), sampled}; }

span some_span() {
  return {{fresh_trace_id(), fresh_span_id(), true}, {}, span_kind::internal, "x", 1, 2, false, {}};
}

trace_options options_of(trace_sampler sampler, double ratio = 1) {
  trace_options options;
  options.sampler = sampler;
  options.ratio = ratio;
  options.traces_per_second_max = 1'000'000;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tracers)

BOOST_AUTO_TEST_CASE(each_sampler_decides_as_its_name_says) {
  struct sample {
    trace_sampler sampler;
    bool alone, below_sampled, below_unsampled;
  };
  using enum trace_sampler;
  for (const auto& each : std::vector<sample>{{always_on, true, true, true},
                                              {always_off, false, false, false},
                                              {parent_always_on, true, true, false},
                                              {parent_always_off, false, true, false}}) {
    tracer traces(options_of(each.sampler));
    BOOST_TEST(traces.begin(std::nullopt).has_value() == each.alone);
    BOOST_TEST(traces.begin(parent_that_is(true)).has_value() == each.below_sampled);
    BOOST_TEST(traces.begin(parent_that_is(false)).has_value() == each.below_unsampled);
  }
}

BOOST_AUTO_TEST_CASE(a_span_that_is_not_sampled_is_neither_kept_nor_counted) {
  tracer traces(options_of(trace_sampler::always_on));
  auto over = some_span();
  over.context.sampled = false;
  traces.finish(std::move(over));
  BOOST_TEST(traces.take(1, 0ms).empty());
  BOOST_TEST(traces.figures().dropped == 0U);
}

BOOST_AUTO_TEST_CASE(a_span_never_ends_before_it_began_though_the_clock_was_set_back) {
  tracer traces(options_of(trace_sampler::always_on));
  auto over = some_span();
  over.began = 10;
  over.ended = 3;
  traces.finish(std::move(over));
  BOOST_TEST(traces.take(1, 0ms).front().ended == 10);
}

BOOST_AUTO_TEST_CASE(a_share_is_drawn_by_the_id_of_the_trace_so_that_all_services_agree) {
  tracer some(options_of(trace_sampler::ratio, 0.25));
  tracer others(options_of(trace_sampler::ratio, 0.25));
  int sampled = 0;
  for (int i = 0; i < 4'000; ++i) {
    const auto parent = parent_that_is(false);
    const bool is_sampled = some.begin(parent).has_value();
    BOOST_REQUIRE(others.begin(parent).has_value() == is_sampled);
    sampled += is_sampled ? 1 : 0;
  }
  BOOST_TEST(sampled > 800); // 1,000 are expected, with a deviation of 27
  BOOST_TEST(sampled < 1'200);
  tracer all(options_of(trace_sampler::ratio, 1));
  tracer none(options_of(trace_sampler::ratio, 0));
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(all.begin(std::nullopt).has_value());
    BOOST_TEST(!none.begin(std::nullopt).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_request_below_a_span_keeps_its_trace_and_one_alone_begins_its_own) {
  tracer traces(options_of(trace_sampler::always_on));
  const auto parent = parent_that_is(true);
  const auto below = traces.begin(parent);
  BOOST_REQUIRE(below);
  BOOST_TEST((below->trace == parent.trace));
  BOOST_TEST((below->span != parent.span));
  BOOST_TEST((traces.begin(std::nullopt)->trace != traces.begin(std::nullopt)->trace));
}

BOOST_AUTO_TEST_CASE(what_finds_no_room_is_dropped_and_counted) {
  auto options = options_of(trace_sampler::always_on);
  options.spans_waiting_max = 3;
  tracer traces(options);
  for (int i = 0; i < 5; ++i)
    traces.finish(some_span());
  BOOST_TEST(traces.figures().dropped == 2U);
  BOOST_TEST(traces.take(2, 0ms).size() == 2U);
  traces.finish(some_span());
  BOOST_TEST(traces.figures().dropped == 2U);
  BOOST_TEST(traces.take(10, 0ms).size() == 2U);
  BOOST_TEST(traces.take(10, 0ms).empty());
}

BOOST_AUTO_TEST_CASE(the_exporter_is_woken_by_a_full_batch_and_by_the_end) {
  tracer traces(options_of(trace_sampler::always_on));
  std::vector<span> taken;
  std::thread waits([&] { taken = traces.take(2, 1h); });
  traces.finish(some_span());
  traces.finish(some_span());
  waits.join();
  BOOST_TEST(taken.size() == 2U);
  traces.finish(some_span());
  std::thread ends([&] { taken = traces.take(2, 1h); });
  traces.end();
  ends.join();
  BOOST_TEST(taken.size() == 1U);
  traces.finish(some_span()); // nobody will take it
  BOOST_TEST(traces.figures().dropped == 1U);
}

BOOST_AUTO_TEST_CASE(headers_are_read_as_the_specification_of_the_exporter_has_them) {
  using lines = std::vector<std::string>;
  BOOST_TEST(*parse_trace_headers("") == lines{}, boost::test_tools::per_element());
  const lines two{"api-key: a b", "x: 1=2"};
  BOOST_TEST(*parse_trace_headers(" api-key = a%20b ,x=1=2") == two, boost::test_tools::per_element());
  for (const char* text : {"x", "=1", "a b=1", "x=%0d%0aY: 1", "x=%4", "x=%zz", "x=1,,y=2"})
    BOOST_TEST(!parse_trace_headers(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

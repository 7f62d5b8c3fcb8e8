#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_traces)

BOOST_AUTO_TEST_CASE(nothing_is_traced_unless_a_collector_is_named) {
  const settings values = good(read({}));
  BOOST_TEST(values.traces_endpoint.empty());
  BOOST_TEST((values.trace_sampler == trace_sampler::parent_always_on));
  BOOST_TEST(good(read({}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"}})).traces_endpoint ==
             "http://collector:4318");
}

BOOST_AUTO_TEST_CASE(samplers_have_the_names_that_others_know) {
  const auto named = [](const char* name) {
    return good(read({}, {{"OTEL_TRACES_SAMPLER", name}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}}));
  };
  BOOST_TEST((named("parentbased_traceidratio").trace_sampler == trace_sampler::parent_ratio));
  BOOST_TEST((named("traceidratio").trace_sampler == trace_sampler::ratio));
  BOOST_TEST((named("always_on").trace_sampler == trace_sampler::always_on));
  BOOST_TEST((named("always_off").trace_sampler == trace_sampler::always_off));
  BOOST_TEST((named("parentbased_always_off").trace_sampler == trace_sampler::parent_always_off));
  BOOST_TEST(named("always_on").trace_ratio == 0.25);
  BOOST_TEST(contains(complaint(read({}, {{"OTEL_TRACES_SAMPLER", "sometimes"}})), "OTEL_TRACES_SAMPLER"));
  BOOST_TEST(contains(complaint(read({}, {{"OTEL_TRACES_SAMPLER_ARG", "2"}})), "OTEL_TRACES_SAMPLER_ARG"));
}

BOOST_AUTO_TEST_CASE(headers_are_checked_and_never_printed) {
  BOOST_TEST(
      contains(complaint(read({}, {{"OTEL_EXPORTER_OTLP_HEADERS", "x"}})), "OTEL_EXPORTER_OTLP_HEADERS"));
  const auto shown = printed(read({"--print-config"}, {{"OTEL_EXPORTER_OTLP_HEADERS", "key=s3cret"}}));
  BOOST_TEST(!contains(shown.text, "s3cret"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

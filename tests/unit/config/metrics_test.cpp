#include "config/metrics.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(a_page_is_help_type_and_value_of_each_figure) {
  const std::vector<metric> all = {{"orderd_syncs_total", "Syncs.", metric_type::counter, 7},
                                   {"orderd_store_up", "1 or 0.", metric_type::gauge, 0}};
  BOOST_TEST(metrics_text(all) == "# HELP orderd_syncs_total Syncs.\n"
                                  "# TYPE orderd_syncs_total counter\n"
                                  "orderd_syncs_total 7\n"
                                  "# HELP orderd_store_up 1 or 0.\n"
                                  "# TYPE orderd_store_up gauge\n"
                                  "orderd_store_up 0\n");
  BOOST_TEST(metrics_text({}).empty());
}

BOOST_AUTO_TEST_CASE(figures_of_one_name_are_told_apart_by_their_label) {
  const std::vector<metric> all = {{"orderd_a_total", "A.", metric_type::counter, 1, {"step", "one"}},
                                   {"orderd_a_total", "A.", metric_type::counter, 2, {"step", "two"}},
                                   {"orderd_b", "B.", metric_type::gauge, 3}};
  BOOST_TEST(metrics_text(all) == "# HELP orderd_a_total A.\n"
                                  "# TYPE orderd_a_total counter\n"
                                  "orderd_a_total{step=\"one\"} 1\n"
                                  "orderd_a_total{step=\"two\"} 2\n"
                                  "# HELP orderd_b B.\n"
                                  "# TYPE orderd_b gauge\n"
                                  "orderd_b 3\n");
}

BOOST_AUTO_TEST_CASE(large_figures_lose_no_digit) {
  for (const std::uint64_t value : {1'234'567ULL, 123'456'789'012ULL, 9'007'199'254'740'991ULL}) {
    const std::vector<metric> one = {{"a", "b", metric_type::gauge, value}};
    const auto text = metrics_text(one);
    const auto shown = text.substr(text.rfind("a ") + 2);
    BOOST_TEST(static_cast<std::uint64_t>(std::stod(shown)) == value, text);
  }
}

BOOST_AUTO_TEST_CASE(a_figure_has_several_labels_and_any_value_in_them) {
  const std::vector<metric> all = {
      {"a_total", "A.", metric_type::counter, 0.5, {{"one", "x"}, {"two", "q\"b\\n\nend"}}}};
  BOOST_TEST(metrics_text(all) == "# HELP a_total A.\n"
                                  "# TYPE a_total counter\n"
                                  "a_total{one=\"x\",two=\"q\\\"b\\\\n\\nend\"} 0.5\n");
}

BOOST_AUTO_TEST_CASE(a_histogram_shows_its_buckets_in_order_and_what_they_add_up_to) {
  const std::vector<metric> all = {
      histogram_metric("a_seconds", "A.", {{0.5, 1}, {2, 0, 3}, 7.25}, {"path", "/orders"})};
  BOOST_TEST(metrics_text(all) == "# HELP a_seconds A.\n"
                                  "# TYPE a_seconds histogram\n"
                                  "a_seconds_count{path=\"/orders\"} 5\n"
                                  "a_seconds_sum{path=\"/orders\"} 7.25\n"
                                  "a_seconds_bucket{path=\"/orders\",le=\"0.5\"} 2\n"
                                  "a_seconds_bucket{path=\"/orders\",le=\"1\"} 2\n"
                                  "a_seconds_bucket{path=\"/orders\",le=\"+Inf\"} 5\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

#include "persistence/kafka_options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace orderd::test {
namespace {

[[nodiscard]] std::string refusal(const std::string& text) {
  const auto read = read_kafka_options(text);
  BOOST_REQUIRE_MESSAGE(!read, text);
  BOOST_TEST((read.error().code == error_code::invalid_setting));
  return read.error().detail;
}

[[nodiscard]] bool names(const std::string& sentence, const std::string& what) {
  return sentence.find(what) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(kafka_options)

BOOST_AUTO_TEST_CASE(options_are_taken_as_they_are) {
  BOOST_TEST(read_kafka_options("").value().empty());
  const auto read = read_kafka_options(
      "security.protocol=SASL_PLAINTEXT; sasl.mechanisms=PLAIN;sasl.username=ann;sasl.password=a=b c;");
  BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error().detail));
  const kafka_option_list expected{{"security.protocol", "SASL_PLAINTEXT"},
                                   {"sasl.mechanisms", "PLAIN"},
                                   {"sasl.username", "ann"},
                                   {"sasl.password", "a=b c"}};
  BOOST_TEST((*read == expected));
}

BOOST_AUTO_TEST_CASE(an_option_that_cannot_be_used_is_named_without_its_value) {
  const std::string value = "s3cret";
  for (const std::string name : {"sasl.pasword", "security.protocol", "opaque", "log_cb"}) {
    const auto why = refusal("sasl.username=ann;" + name + "=" + value);
    BOOST_TEST(names(why, name), why);
    BOOST_TEST(!names(why, value), why);
    BOOST_TEST(names(why, "ORDERD_KAFKA_OPTIONS"), why);
  }
}

BOOST_AUTO_TEST_CASE(what_the_engine_sets_is_not_the_operators) {
  for (const std::string name :
       {"enable.idempotence", "acks", "request.required.acks", "enable.auto.commit", "group.id",
        "bootstrap.servers", "metadata.broker.list", "message.timeout.ms", "transactional.id"})
    BOOST_TEST(refusal(name + "=1") ==
               "ORDERD_KAFKA_OPTIONS: the option " + name + " is set by the engine and cannot be given");
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_options_is_refused_without_showing_it) {
  BOOST_TEST(names(refusal("sasl.username=ann;s3cret"), "option 2 has no ="));
  BOOST_TEST(!names(refusal("s3cret"), "s3cret"));
  BOOST_TEST(names(refusal("=s3cret"), "option 1 has no name"));
  BOOST_TEST(names(refusal("debug=all;debug=all"), "the option debug is given twice"));
}

BOOST_AUTO_TEST_CASE(options_that_do_not_work_together_are_refused_at_once) {
  const auto why = refusal("security.protocol=SSL;ssl.ca.location=/nowhere/s3cret.pem");
  BOOST_TEST(names(why, "ssl.ca.location"), why);
  BOOST_TEST(!names(why, "s3cret"), why);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

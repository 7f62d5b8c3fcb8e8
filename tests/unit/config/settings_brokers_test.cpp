#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_brokers)

BOOST_AUTO_TEST_CASE(files_and_options_of_brokers_are_taken) {
  const settings values = good(read({}, {{"NATS_URL", "tls://nats.example.org"},
                                         {"ORDERD_NATS_CREDENTIALS", "/run/orderd.creds"},
                                         {"ORDERD_NATS_CA_FILE", "/run/ca.pem"},
                                         {"KAFKA_BROKERS", "kafka:9092"},
                                         {"ORDERD_KAFKA_OPTIONS", "sasl.username=ann;sasl.password=a=b c"}}));
  BOOST_TEST(values.nats_credentials == "/run/orderd.creds");
  BOOST_TEST(values.nats_ca_file == "/run/ca.pem");
  BOOST_TEST(values.kafka_options == "sasl.username=ann;sasl.password=a=b c");
}

BOOST_AUTO_TEST_CASE(what_would_guard_nothing_is_refused) {
  BOOST_TEST(contains(complaint(read({"--nats-credentials", "x.creds"})),
                      "ORDERD_NATS_CREDENTIALS: a file is named that would never be used"));
  BOOST_TEST(contains(complaint(read({"--nats-ca-file", "ca.pem", "--nats-url", "nats://here"})),
                      "ORDERD_NATS_CA_FILE: a file is named that would never be used"));
  BOOST_TEST(contains(complaint(read({"--kafka-options", "debug=all"})),
                      "ORDERD_KAFKA_OPTIONS: options are given that would never be used"));
}

BOOST_AUTO_TEST_CASE(options_of_kafka_are_never_printed) {
  const std::string only = complaint(read({"--kafka-brokers", "k:1", "--kafka-options", "a=s3cret\nb=1"}));
  BOOST_TEST(contains(only, "ORDERD_KAFKA_OPTIONS: the value"));
  BOOST_TEST(!contains(only, "s3cret"));
  const auto shown = printed(
      read({"--print-config", "--kafka-brokers", "k:1"}, {{"ORDERD_KAFKA_OPTIONS", "sasl.password=s3cret"}}));
  BOOST_TEST(!contains(shown.text, "s3cret"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

#include "persistence/webhook_signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace orderd;

namespace {

constexpr std::chrono::sys_seconds then{std::chrono::seconds{1'614'265'330}};

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_signatures)

BOOST_AUTO_TEST_CASE(the_published_example_has_its_published_signature) {
  const auto signer = webhook_signer::make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  BOOST_REQUIRE(signer.has_value());
  BOOST_TEST(signer->sign("msg_p5jXN8AQM9LWM0D4loKWxJek", then, R"({"test": 2432232314})") ==
             "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

BOOST_AUTO_TEST_CASE(id_time_body_and_secret_each_change_the_signature) {
  const auto signer = webhook_signer::make("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
  const auto other = webhook_signer::make("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYY");
  BOOST_REQUIRE(signer.has_value());
  BOOST_REQUIRE(other.has_value());
  const auto signature = signer->sign("a", then, "{}");
  BOOST_TEST(signer->sign("a", then, "{}") == signature);
  BOOST_TEST(signer->sign("b", then, "{}") != signature);
  BOOST_TEST(signer->sign("a", then + std::chrono::seconds{1}, "{}") != signature);
  BOOST_TEST(signer->sign("a", then, "{ }") != signature);
  BOOST_TEST(other->sign("a", then, "{}") != signature);
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_none_is_refused_and_not_quoted) {
  for (const std::string_view secret : {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_%%%%",
                                        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!", "WHSEC_MfKQ9r8G"}) {
    const auto signer = webhook_signer::make(secret);
    BOOST_REQUIRE_MESSAGE(!signer.has_value(), secret);
    BOOST_TEST((signer.error().code == error_code::invalid_setting));
    BOOST_TEST(signer.error().detail.find("MfKQ") == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

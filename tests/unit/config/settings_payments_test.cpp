#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

BOOST_AUTO_TEST_SUITE(settings_payments)

BOOST_AUTO_TEST_CASE(nobody_is_charged_unless_told) {
  const settings values = good(read({}));
  BOOST_TEST((values.payments == payments_mode::none));
  BOOST_TEST((values.payee == payee_choice::runner));
  BOOST_TEST((good(read({"--payments", "ledger"})).payments == payments_mode::ledger));
}

BOOST_AUTO_TEST_CASE(an_outside_service_needs_a_place_and_a_place_needs_to_be_asked) {
  BOOST_TEST(contains(complaint(read({"--payments", "http"})), "PAYMENT_SERVICE_URL: PAYMENTS is 'http'"));
  for (const char* mode : {"none", "ledger"})
    BOOST_TEST(contains(complaint(read({"--payments", mode}, {{"PAYMENT_SERVICE_URL", "http://pay"}})),
                        "PAYMENT_SERVICE_URL: a service is named that would never be asked"));
  const settings values = good(read({"--payments", "http"}, {{"PAYMENT_SERVICE_URL", "http://pay"}}));
  BOOST_TEST((values.payments == payments_mode::http));
  BOOST_TEST(values.payment_service_url == "http://pay");
}

BOOST_AUTO_TEST_CASE(what_would_never_be_used_is_refused) {
  for (const char* mode : {"none", "ledger"})
    BOOST_TEST(contains(complaint(read({"--payments", mode}, {{"PAYMENT_SERVICE_TOKEN", "s3cret"}})),
                        "PAYMENT_SERVICE_TOKEN: a token is given that would never be sent"));
  BOOST_TEST(good(read({"--payments", "http", "--payment-service-url", "http://pay"},
                       {{"PAYMENT_SERVICE_TOKEN", "s3cret"}}))
                 .payment_service_token == "s3cret");
  BOOST_TEST(contains(complaint(read({"--payments", "ledger", "--merchant-account", "shop"})),
                      "ORDERD_MERCHANT_ACCOUNT: an account is named that would never be paid"));
  BOOST_TEST(good(read({"--payee", "merchant", "--merchant-account", "shop"})).merchant_account == "shop");
  // Only what is good is judged against another.
  BOOST_TEST(complaints(read({"--merchant-account", "shop", "--payee", "nobody"})).size() == 1U);
  BOOST_TEST(complaints(read({"--payment-service-token", "x", "--payments", "cash"})).size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_place_of_a_service_is_a_url_to_append_to) {
  for (const char* url : {"http://127.0.0.1:9000", "https://pay.example.org", "https://pay.example.org/v1/",
                          "http://[::1]:9000/pay", "http://localhost/"})
    BOOST_TEST(good(read({"--payments", "http", "--payment-service-url", url})).payment_service_url == url);
  for (const char* url :
       {"pay.example.org", "ftp://pay", "http://", "http:///pay", "http://ann:secret@pay", "http://pay:0",
        "http://pay:99999", "http://pay:", "http://pay?x=1", "http://pay/#x", "http://pay/a b", "http://[::1",
        "http://[pay]", "http://[::1]x", "http://pay\r\nX: y"})
    BOOST_TEST(contains(complaint(read({"--payments", "http", "--payment-service-url", url})),
                        "PAYMENT_SERVICE_URL: "),
               url);
}

BOOST_AUTO_TEST_CASE(the_token_cannot_smuggle_a_header_and_is_never_printed) {
  const std::string only = complaint(read({"--payment-service-token", "x\r\nHost: y"}));
  BOOST_TEST(contains(only, "PAYMENT_SERVICE_TOKEN: the value"));
  BOOST_TEST(!contains(only, "Host"));
  const auto shown =
      printed(read({"--print-config", "--payments", "http"},
                   {{"PAYMENT_SERVICE_TOKEN", "s3cret"}, {"PAYMENT_SERVICE_URL", "http://pay"}}));
  BOOST_TEST(!contains(shown.text, "s3cret"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

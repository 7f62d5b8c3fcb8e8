#include "config/settings.hpp"
#include "tests/unit/config/settings_fixture.hpp"

namespace orderd::tests {

namespace {

const std::string url = "https://shop.example.org/hooks";

} // namespace

BOOST_AUTO_TEST_SUITE(settings_webhook)

BOOST_AUTO_TEST_CASE(a_receiver_and_the_secret_need_each_other) {
  const std::string secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";
  BOOST_TEST(good(read({"--webhook-url", url}, {{"WEBHOOK_SECRET", secret}})).webhook_secret == secret);
  BOOST_TEST(contains(complaint(read({"--webhook-url", url})), "WEBHOOK_SECRET: WEBHOOK_URL is"));
  BOOST_TEST(contains(complaint(read({}, {{"WEBHOOK_SECRET", secret}})),
                      "WEBHOOK_SECRET: a secret is given that would never be used"));
}

BOOST_AUTO_TEST_CASE(the_receiver_is_a_url_with_a_host_and_without_a_user) {
  const variables secret = {{"WEBHOOK_SECRET", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}};
  for (const char* one :
       {"http://127.0.0.1:9000", "https://shop.example.org", "https://shop.example.org/a/b",
        "http://[::1]:9000/hooks", "https://shop.example.org?key=1&x=%20", "http://shop/?x"})
    BOOST_TEST(good(read({"--webhook-url", one}, secret)).webhook_url == one);
  for (const char* one : {"shop.example.org", "ftp://shop", "HTTPS", "http://", "http:///hooks", "http://?x",
                          "http://ann:secret@shop", "http://shop:0", "http://shop:99999", "http://shop:",
                          "http://shop:8x/", "http://shop/#x", "http://shop/a b", "http://[::1",
                          "http://[shop]", "http://[::1]x", "http://sh,op/", "http://shop\r\nX: y"})
    BOOST_TEST(contains(complaint(read({"--webhook-url", one}, secret)), "WEBHOOK_URL: "), one);
  BOOST_TEST(contains(complaint(read({"--webhook-url", "http://shop/" + std::string(2000, 'x')}, secret)),
                      "WEBHOOK_URL: "));
}

// What is taken here is what signs: a secret that cannot be read would end the program later.
BOOST_AUTO_TEST_CASE(a_secret_is_a_key_of_24_bytes_or_more_and_is_never_printed) {
  for (const std::string key : {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA==",
                                "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk="})
    BOOST_TEST(good(read({"--webhook-url", url}, {{"WEBHOOK_SECRET", "whsec_" + key}})).webhook_secret ==
               "whsec_" + key);
  for (const std::string bad :
       {"whsec_", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXG",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA=", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA===",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFR_X", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"}) {
    const auto only = complaint(read({"--webhook-url", url}, {{"WEBHOOK_SECRET", bad}}));
    BOOST_TEST(contains(only, "WEBHOOK_SECRET: "));
    BOOST_TEST(!contains(only, "AAECAwQF"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::tests

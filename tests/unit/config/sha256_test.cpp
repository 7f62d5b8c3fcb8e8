#include "config/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace orderd;

namespace {

std::string hex_of(sha256& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : hash.finish()) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string digest_of(std::string_view bytes) {
  sha256 hash;
  hash.update(bytes);
  return hex_of(hash);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sha_256)

BOOST_AUTO_TEST_CASE(the_published_examples_have_their_published_digests) {
  BOOST_TEST(digest_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(digest_of(std::string(1'000'000, 'a')) ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(the_parts_that_bytes_come_in_make_no_difference) {
  const std::string text(200, 'x');
  const auto whole = digest_of(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    sha256 hash;
    hash.update(std::string_view(text).substr(0, cut)).update(std::string_view(text).substr(cut));
    BOOST_TEST(hex_of(hash) == whole);
  }
}

BOOST_AUTO_TEST_SUITE_END()

#include "http/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace orderd;
using namespace orderd::http;

namespace {

/// SHA-256 of `abc`, as published, and of the empty text.
constexpr std::string_view digest_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr std::string_view digest_of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

request with_header(std::string_view name, std::string_view value) {
  request in;
  in.headers.push_back({name, value});
  return in;
}

request from_peer(std::string_view peer, std::string_view user = "bob") {
  auto in = with_header("X-User", user);
  in.peer = peer;
  return in;
}

token_table tokens_of(std::string_view user) {
  return *token_table::parse(std::string(user) + ' ' + std::string(digest_of_abc));
}

/// `user`, with a `*` behind an operator's; or the status and code of the refusal.
std::string said(const tl::expected<caller, problem>& told) {
  if (told)
    return told->user + (told->is_operator ? "*" : "");
  return std::to_string(told.error().status) + ' ' + std::string(told.error().code);
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_)

BOOST_AUTO_TEST_CASE(who_is_an_operator_and_who_a_customer) {
  const open_identity identity({"operator", "ops"});
  BOOST_TEST(identity.identify({})->is_operator);
  BOOST_TEST(identity.identify({})->user.empty());
  BOOST_TEST(identity.identify(with_header("x-user", "ops"))->is_operator);
  const auto customer = identity.identify(with_header("X-User", "alice"));
  BOOST_TEST(!customer->is_operator);
  BOOST_TEST(customer->user == "alice");
  BOOST_TEST(identity.identify(with_header("X-User", "550E8400-E29B-41D4-A716-446655440000"))->user ==
             "550e8400-e29b-41d4-a716-446655440000");
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_shown_is_refused) {
  const open_identity identity({});
  const std::string longest(64, 'a');
  BOOST_TEST(identity.identify(with_header("X-User", longest)).has_value());
  for (const auto& bad : {std::string(), longest + 'a', std::string("a\tb"), std::string("\xFF")})
    BOOST_TEST(identity.identify(with_header("X-User", bad)).error().code == "bad_parameter");
}

BOOST_AUTO_TEST_CASE(a_gateway_names_every_caller) {
  const gateway_identity identity({"ops"}, {"127.0.0.0/8", "::1", "10.1.0.0/16"});
  for (const auto* trusted : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.1.255.1"})
    BOOST_TEST(said(identity.identify(from_peer(trusted))) == "bob", trusted);
  BOOST_TEST(said(identity.identify(from_peer("::1", "ops"))) == "ops*");
  request nameless;
  nameless.peer = "127.0.0.1";
  BOOST_TEST(said(identity.identify(nameless)) == "401 missing_user");
  BOOST_TEST(identity.identify(nameless).error().challenge == "X-User");
  BOOST_TEST(said(identity.identify(from_peer("127.0.0.1", ""))) == "400 bad_parameter");
}

BOOST_AUTO_TEST_CASE(a_name_from_beside_the_gateway_is_refused) {
  const gateway_identity identity({"ops"}, {"127.0.0.0/8", "::1", "10.1.0.0/16"});
  for (const auto* stranger : {"10.2.0.1", "128.0.0.1", "::2", "::ffff:10.2.0.1", "2001:db8::1", ""})
    for (const auto* user : {"bob", "ops"})
      BOOST_TEST(said(identity.identify(from_peer(stranger, user))) == "403 untrusted_peer", stranger);
  const gateway_identity nobodys({"ops"}, {});
  BOOST_TEST(said(nobodys.identify(from_peer("127.0.0.1"))) == "403 untrusted_peer");
}

BOOST_AUTO_TEST_CASE(a_token_says_whose_it_is_and_x_user_says_nothing) {
  const token_identity identity({"ops", "550e8400-e29b-41d4-a716-446655440000"}, tokens_of("bob"));
  for (const auto* credentials : {"Bearer abc", "bearer abc", "BEARER   abc"})
    BOOST_TEST(said(identity.identify(with_header("Authorization", credentials))) == "bob", credentials);
  auto with_both = with_header("authorization", "Bearer abc");
  with_both.headers.push_back({"X-User", "ops"});
  BOOST_TEST(said(identity.identify(with_both)) == "bob");
  const token_identity upper({"550e8400-e29b-41d4-a716-446655440000"},
                             tokens_of("550E8400-E29B-41D4-A716-446655440000"));
  BOOST_TEST(said(upper.identify(with_header("Authorization", "Bearer abc"))) ==
             "550e8400-e29b-41d4-a716-446655440000*");
}

BOOST_AUTO_TEST_CASE(without_a_token_the_answer_is_a_challenge) {
  const token_identity identity({"ops"}, tokens_of("ops"));
  for (const auto& nobody : {request{}, with_header("X-User", "ops"), with_header("Authorization", ""),
                             with_header("Authorization", "Basic abc"), with_header("Authorization", "abc"),
                             with_header("Authorization", "Bearerabc")}) {
    const auto told = identity.identify(nobody);
    BOOST_TEST(said(told) == "401 missing_user");
    BOOST_TEST(told.error().challenge == "Bearer realm=\"orderd\"");
  }
  for (const auto* unknown :
       {"Bearer abcd", "Bearer ABC", "Bearer ab", "Bearer", "Bearer ", "Bearer abc abc"}) {
    const auto told = identity.identify(with_header("Authorization", unknown));
    BOOST_TEST(said(told) == "401 invalid_token", unknown);
    BOOST_TEST(told.error().challenge == "Bearer realm=\"orderd\", error=\"invalid_token\"");
    BOOST_TEST(told.error().detail.find("abc") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(no_token_is_no_empty_token) {
  const token_identity identity({}, *token_table::parse("bob " + std::string(digest_of_nothing)));
  BOOST_TEST(said(identity.identify(with_header("Authorization", "Bearer"))) == "401 invalid_token");
  BOOST_TEST(said(identity.identify(request{})) == "401 missing_user");
}

BOOST_AUTO_TEST_CASE(replaced_tokens_hold_from_the_next_request_on) {
  token_identity identity({}, tokens_of("bob"));
  const auto asked = with_header("Authorization", "Bearer abc");
  BOOST_TEST(said(identity.identify(asked)) == "bob");
  identity.replace(tokens_of("ann"));
  BOOST_TEST(said(identity.identify(asked)) == "ann");
  identity.replace(token_table());
  BOOST_TEST(said(identity.identify(asked)) == "401 invalid_token");
}

BOOST_AUTO_TEST_SUITE_END()

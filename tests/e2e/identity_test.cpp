#include "tests/e2e/calling_as.hpp"

#include <csignal>
#include <string>

using namespace orderd::test;

namespace {

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++times;
  return times;
}

constexpr std::string_view renewed = R"("message":"the tokens were read again")";
constexpr std::string_view not_renewed = R"("message":"the tokens were not read again)";

/// A program that knows its callers by their tokens: at first the operator and eve.
struct with_tokens {
  /// Asks for the file to be read again and waits until the log says what came of it.
  void hang_up(std::string_view wanted) {
    const auto before = times_in(engine.program.log(), wanted);
    BOOST_REQUIRE(::kill(engine.program.pid(), SIGHUP) == 0);
    eventually("the end of the reading", [&] { return times_in(engine.program.log(), wanted) > before; });
  }
  api_answer list_as(const std::string& who) { return client.get("/orders", credentials_of(who, "token")); }

  token_file tokens{token_line("operator") + token_line("eve")};
  running_orderd engine{{"--auth", "token", "--token-file", tokens.path()}};
  api_client client{engine.program.port()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(whoever_gets_around_the_gateway_is_nobody) {
  running_orderd engine({"--auth", "gateway"}, {"TRUSTED_PROXIES=10.0.0.0/8,::1"});
  check_problem(engine.as("operator").get("/orders"), 403, "untrusted_peer");
  check_problem(engine.as("bob").post("/orders", order_of("WIDGET", 1)), 403, "untrusted_peer");
  check_problem(engine.api.get("/orders"), 401, "missing_user");
  BOOST_TEST(engine.api.get("/health").status == 200);
  BOOST_TEST(engine.api.get("/metrics").status == 200);
}

BOOST_AUTO_TEST_CASE(a_gateway_on_every_address_is_known_by_its_ipv4_one) {
  running_orderd engine({"--auth", "gateway", "--host", "::"});
  BOOST_TEST(engine.as("bob").get("/orders/me").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_revoked_token_is_refused_and_a_new_one_let_in_after_a_hangup, with_tokens) {
  BOOST_TEST(list_as("eve").status == 200);
  check_problem(list_as("runner-7"), 401, "invalid_token");

  tokens.write("# eve has left\n" + token_line("operator") + token_line("runner-7"));
  BOOST_TEST(list_as("eve").status == 200);
  hang_up(renewed);
  const auto refused = list_as("eve");
  check_problem(refused, 401, "invalid_token");
  BOOST_TEST(refused.header("WWW-Authenticate") == R"(Bearer realm="orderd", error="invalid_token")");
  BOOST_TEST(list_as("runner-7").status == 200);
  BOOST_TEST(list_as("operator").status == 200);
}

BOOST_FIXTURE_TEST_CASE(a_bad_file_keeps_the_former_tokens_and_its_line_is_logged, with_tokens) {
  tokens.write(token_line("runner-7") + "\neve hunter2\n");
  hang_up(not_renewed);
  BOOST_TEST(holds(engine.program.log(), tokens.path() + "': line 3 "));
  BOOST_TEST(!holds(engine.program.log(), "hunter2"));
  BOOST_TEST(list_as("eve").status == 200);
  check_problem(list_as("runner-7"), 401, "invalid_token");

  std::filesystem::remove(tokens.path());
  hang_up(not_renewed);
  BOOST_TEST(list_as("eve").status == 200);

  tokens.write(token_line("runner-7"));
  hang_up(renewed);
  check_problem(list_as("eve"), 401, "invalid_token");
  BOOST_TEST(list_as("runner-7").status == 200);
  BOOST_TEST(engine.program.stop() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_token_is_not_helped_by_a_name_beside_it, with_tokens) {
  auto lines = credentials_of("eve", "token");
  lines.emplace_back("X-User: operator");
  check_problem(client.put("/stock/WIDGET", R"({"name":"w","price":1,"on_hand":1})", lines), 403,
                "forbidden");
  check_problem(client.get("/orders", {"X-User: operator"}), 401, "missing_user");
  auto two = credentials_of("eve", "token");
  two.push_back(credentials_of("operator", "token").front());
  check_problem(client.get("/orders", two), 400, "bad_request");
}

BOOST_AUTO_TEST_CASE(without_good_tokens_it_does_not_start) {
  const temporary_folder folder;
  const token_file bad(token_line("operator") + "eve\n");
  const arguments start{"--port", "0", "--data-dir", folder.path() + "/data", "--auth", "token"};
  auto with_bad = start;
  with_bad.insert(with_bad.end(), {"--token-file", bad.path()});
  const auto refused = run_orderd(with_bad);
  BOOST_TEST(refused.exit_status == 1);
  BOOST_TEST(holds(refused.errors, bad.path() + "': line 2 "), refused.errors);
  const auto unnamed = run_orderd(start);
  BOOST_TEST(unnamed.exit_status == 2);
  BOOST_TEST(holds(unnamed.errors, "ORDERD_TOKEN_FILE"), unnamed.errors);
}

BOOST_AUTO_TEST_SUITE_END()

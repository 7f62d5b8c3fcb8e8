#include "tests/e2e/calling_as.hpp"

#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

using namespace orderd::test;

namespace {

std::size_t times_in(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++times;
  return times;
}

/// A settings file that a test rewrites.
struct settings_file {
  explicit settings_file(const std::string& text) { write(text); }
  void write(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }

  temporary_folder folder;
  std::string path = folder.path() + "/orderd.toml";
};

void hang_up(const orderd_process& program, std::string_view awaited) {
  const auto before = times_in(program.log(), awaited);
  BOOST_REQUIRE(::kill(program.pid(), SIGHUP) == 0);
  eventually("the log's word of it", [&] { return times_in(program.log(), awaited) > before; });
}

/// The line of the log that names this request; an empty one if there is none.
json_view line_of(const orderd_process& program, const std::string& request_id) {
  std::istringstream lines(program.log());
  for (std::string line; std::getline(lines, line);) {
    if (line.find("\"request_id\":\"" + request_id + '"') != std::string::npos)
      return json_view::parse(line);
  }
  return json_view::parse("{}");
}

constexpr std::string_view renewed = R"("message":"the settings file was read again")";
constexpr std::string_view wrong = R"("message":"the settings were read again and are wrong)";

} // namespace

BOOST_AUTO_TEST_SUITE(log_level)

BOOST_AUTO_TEST_CASE(the_files_level_is_taken_over_at_a_hangup_and_a_bad_file_changes_nothing) {
  const settings_file file("log_level = \"info\"\n");
  running_orderd engine({"--config", file.path});
  engine.api.get("/stock", {"X-Request-Id: silent-1"});
  file.write("log_level = \"debug\"\n");
  hang_up(engine.program, renewed);
  engine.api.get("/stock/NONE", {"X-Request-Id: seen-1", "X-User: bob",
                                 "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"});
  const auto line = line_of(engine.program, "seen-1");
  BOOST_TEST(line["level"].text() == "debug");
  BOOST_TEST(line["trace_id"].text() == "0af7651916cd43dd8448eb211c80319c");
  BOOST_TEST(line["method"].text() == "GET");
  BOOST_TEST(line["path"].text() == "/stock/{sku}");
  BOOST_TEST(line["status"].integer() == 404);
  BOOST_TEST(line["code"].text() == "not_found");
  BOOST_TEST(line["caller"].text() == "customer");
  BOOST_TEST(times_in(engine.program.log(), "silent-1") == 0U);

  file.write("log_level = \"error\"\nno_such_key = 1\n");
  hang_up(engine.program, wrong);
  BOOST_TEST(times_in(engine.program.log(), "no_such_key") == 1U);
  engine.api.get("/stock", {"X-Request-Id: seen-2"});
  BOOST_TEST(times_in(engine.program.log(), "seen-2") == 1U);

  file.write("log_level = \"error\"\n");
  hang_up(engine.program, renewed);
  engine.api.get("/stock", {"X-Request-Id: silent-2"});
  BOOST_TEST(times_in(engine.program.log(), "silent-2") == 0U);

  file.write("");
  hang_up(engine.program, renewed);
  BOOST_TEST(engine.api.get("/health/live").status == 200);
  BOOST_TEST(engine.program.stop() == 0);
  BOOST_TEST(times_in(engine.program.log(), R"("message":"ending")") == 1U);
}

BOOST_AUTO_TEST_CASE(a_level_from_elsewhere_stays_and_the_log_says_so) {
  const settings_file file("log_level = \"error\"\n");
  running_orderd engine({"--config", file.path}, {"LOG_LEVEL=debug"});
  hang_up(engine.program, "the log level does not come from it and stays");
  BOOST_TEST(times_in(engine.program.log(), "environment variable LOG_LEVEL") == 1U);
  engine.api.get("/stock", {"X-Request-Id: seen"});
  BOOST_TEST(times_in(engine.program.log(), "\"seen\"") == 1U);
}

BOOST_AUTO_TEST_CASE(a_hangup_without_a_file_ends_nothing) {
  running_orderd engine;
  hang_up(engine.program, "there is no settings file to be read again");
  BOOST_TEST(engine.api.get("/health/live").status == 200);
}

BOOST_AUTO_TEST_CASE(one_hangup_renews_level_and_tokens) {
  const settings_file file("log_level = \"info\"\n");
  token_file tokens(token_line("operator"));
  running_orderd engine({"--config", file.path, "--auth", "token", "--token-file", tokens.path()});
  tokens.write(token_line("operator") + token_line("eve"));
  file.write("log_level = \"debug\"\n");
  hang_up(engine.program, R"("message":"the tokens were read again")");
  BOOST_TEST(times_in(engine.program.log(), renewed) == 1U);
  BOOST_TEST(engine.api.get("/orders", credentials_of("eve", "token")).status == 200);
  // Its own file being wrong keeps neither from the other.
  file.write("log_level = \"debug\"\nno_such_key = 1\n");
  tokens.write(token_line("operator"));
  hang_up(engine.program, R"("message":"the tokens were read again")");
  BOOST_TEST(times_in(engine.program.log(), wrong) == 1U);
  BOOST_TEST(engine.api.get("/orders", credentials_of("eve", "token")).status == 401);
}

BOOST_AUTO_TEST_CASE(a_request_that_never_was_one_is_logged_with_the_id_of_its_answer) {
  running_orderd engine({}, {"LOG_LEVEL=debug"});
  raw_client raw(engine.program.port());
  raw.send("GET / HTTP/7.0\r\n\r\n");
  const auto answer = raw.read_response();
  BOOST_REQUIRE(answer);
  const auto line = line_of(engine.program, answer->header("X-Request-Id"));
  BOOST_TEST(line["status"].integer() == answer->status);
  BOOST_TEST(line["code"].text() == json_view::parse(answer->body)["code"].text());
}

BOOST_AUTO_TEST_SUITE_END()

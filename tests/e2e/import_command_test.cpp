#include "tests/e2e/calling_as.hpp"
#include "tests/e2e/running_orderd.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/tcp_gate.hpp"
#include "tests/support/tiny_http_server.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace orderd::test;

namespace {

[[nodiscard]] std::string url_of(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

[[nodiscard]] bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// A catalogue on the disk.
class catalogue_file {
 public:
  explicit catalogue_file(const std::string& text) { std::ofstream(path(), std::ios::binary) << text; }
  [[nodiscard]] std::string path() const { return folder_.path() + "/catalog.csv"; }

 private:
  temporary_folder folder_;
};

[[nodiscard]] std::string csv_of(int rows) {
  std::string text = "sku,name,price,on_hand\n";
  for (int i = 0; i < rows; ++i)
    text += "ROW-" + std::to_string(i) + ",\"Lamp, number\n" + std::to_string(i) + "\",1.00,1\n";
  return text;
}

/// The same without line ends inside of fields, which names may not have.
[[nodiscard]] std::string plain_csv_of(int rows) {
  std::string text = "sku,name,price,on_hand\n";
  for (int i = 0; i < rows; ++i)
    text += "ROW-" + std::to_string(i) + ",\"Lamp, number " + std::to_string(i) + "\",1.00,1\n";
  return text;
}

[[nodiscard]] std::int64_t items_of(api_client& api) {
  const auto page = api.get("/stock?page=1&limit=1");
  return page.status == 200 ? page["total"].integer() : -1; // A list may wait too long for the store.
}

/// An import that runs while the test does something else.
class running_import {
 public:
  explicit running_import(const arguments& flags) : pid_(spawn_child({command_of(flags), log_path()})) {}
  running_import(const running_import&) = delete;
  running_import& operator=(const running_import&) = delete;
  ~running_import() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  void interrupt() const { ::kill(pid_, SIGINT); }
  int wait() {
    int status = 0;
    await_child(std::exchange(pid_, -1), "the import", &status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  /// Both what it prints and what it complains of.
  [[nodiscard]] std::string text() const { return file_content(log_path()); }

 private:
  [[nodiscard]] static arguments command_of(const arguments& flags) {
    arguments command{orderd_path(), "import"};
    command.insert(command.end(), flags.begin(), flags.end());
    return command;
  }
  [[nodiscard]] std::string log_path() const { return folder_.path() + "/log"; }

  temporary_folder folder_;
  pid_t pid_ = -1;
};

/// An engine that says what the test wants, and keeps what it was asked.
class scripted_engine {
 public:
  explicit scripted_engine(std::vector<std::string> script)
      : script_(std::move(script)), server_([this](const tiny_request& asked) { return answer(asked); }) {}

  [[nodiscard]] std::string url() const { return url_of(server_.port()); }
  [[nodiscard]] std::vector<tiny_request> asked() {
    const std::lock_guard guard(mutex_);
    return asked_;
  }

 private:
  std::optional<std::string> answer(const tiny_request& asked) {
    const std::lock_guard guard(mutex_);
    asked_.push_back(asked);
    return script_.at(std::min(asked_.size(), script_.size()) - 1);
  }

  std::mutex mutex_;
  std::vector<tiny_request> asked_;
  const std::vector<std::string> script_;
  tiny_http_server server_;
};

[[nodiscard]] std::string counts(int created, int updated, int failed, int unavailable) {
  return tiny_answer(200, {},
                     "{\"created\":" + std::to_string(created) + ",\"updated\":" + std::to_string(updated) +
                         ",\"failed\":" + std::to_string(failed) +
                         ",\"unavailable\":" + std::to_string(unavailable) + ",\"errors\":[]}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(import_command)

BOOST_FIXTURE_TEST_CASE(a_large_catalogue_is_taken_whole_and_once, running_orderd) {
  const catalogue_file file(plain_csv_of(100'000));
  const auto first = run_orderd({"import", file.path(), "--url", url_of(program.port())});
  BOOST_TEST_CONTEXT(first.errors) {
    BOOST_TEST(first.exit_status == 0);
    BOOST_TEST(first.output.starts_with("100,000 rows: 100,000 created, 0 updated, 0 failed, in "));
    // Not a terminal: lines, and no control characters.
    BOOST_TEST(has(first.errors, "orderd import: 50%: "));
    BOOST_TEST(!has(first.errors, "\r"));
    BOOST_TEST(!has(first.errors, "\x1b"));
  }
  eventually("every row in the list", [&] { return items_of(api) == 100'000; });
  BOOST_REQUIRE(api.post("/stock/ROW-7/adjustments", R"({"delta":4,"reason":"count"})").status / 100 == 2);

  const auto second = run_orderd({"import", file.path(), "--url", url_of(program.port())});
  BOOST_TEST(second.exit_status == 3);
  BOOST_TEST(second.output.starts_with(
                 "100,000 rows: 0 created, 0 updated, 0 failed, 100,000 left from an earlier run, in "),
             second.output);
  BOOST_TEST(has(second.errors, "nothing is changed: all of " + file.path()), second.errors);
  BOOST_TEST(has(second.errors, "--again"));
  check_stock(api, "ROW-7", 5, 0);

  const auto again = run_orderd({"import", file.path(), "--again", "--url", url_of(program.port())});
  BOOST_TEST(again.exit_status == 0);
  BOOST_TEST(again.output.starts_with("100,000 rows: 0 created, 100,000 updated, 0 failed, in "));
  check_stock(api, "ROW-7", 1, 0);
}

BOOST_FIXTURE_TEST_CASE(an_earlier_file_brings_prices_back_only_when_told_to, running_orderd) {
  const catalogue_file former("sku,price\nA,1.00\nB,1.00\n");
  const catalogue_file dearer("sku,price\nA,2.00\nB,2.00\n");
  const auto import = [&](const catalogue_file& file, const arguments& more = {}) {
    arguments flags{"import", file.path(), "--url", url_of(program.port())};
    flags.insert(flags.end(), more.begin(), more.end());
    return run_orderd(flags);
  };
  const auto price_of_a = [&] { return api.get("/stock/A")["price_cents"].integer(); };
  BOOST_TEST(import(former).exit_status == 0);
  BOOST_TEST(import(dearer).exit_status == 0);
  BOOST_TEST(price_of_a() == 200);

  const auto back = import(former);
  BOOST_TEST(back.exit_status == 3);
  BOOST_TEST(
      back.output.starts_with("2 rows: 0 created, 0 updated, 0 failed, 2 left from an earlier run, in "),
      back.output);
  BOOST_TEST(has(back.errors, "nothing is changed"), back.errors);
  BOOST_TEST(price_of_a() == 200);

  BOOST_TEST(import(former, {"--again"}).exit_status == 0);
  BOOST_TEST(price_of_a() == 100);
}

BOOST_AUTO_TEST_CASE(parts_of_an_earlier_run_are_told_apart_from_what_is_done_now) {
  const auto replayed = tiny_answer(200, {{"Idempotency-Replayed", "true"}},
                                    R"({"created":999,"updated":0,"failed":1,"unavailable":0,"errors":[]})");
  scripted_engine engine({replayed, counts(0, 7, 0, 0)});
  const catalogue_file file(plain_csv_of(1'007));
  const auto run = run_orderd({"import", file.path(), "--url", engine.url()});
  BOOST_TEST(
      run.output.starts_with("1,007 rows: 0 created, 7 updated, 1 failed, 999 left from an earlier run, in "),
      run.output);
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(!has(run.errors, "nothing is changed"), run.errors);
}

BOOST_FIXTURE_TEST_CASE(refused_rows_are_named_by_their_lines_in_the_file, running_orderd) {
  std::string text = plain_csv_of(2'500); // lines 2 to 2501
  text += "BAD-PRICE,b,1.999,1\n\nFEW,b\nGOOD,\"g\",1,1\n,nameless,1,1";
  const catalogue_file file(text);
  const auto run = run_orderd({"import", file.path(), "--url", url_of(program.port())});
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(run.output.starts_with("2,504 rows: 2,501 created, 0 updated, 3 failed"));
    BOOST_TEST(has(run.errors, file.path() + ":2502: invalid_field: price is \"1.999\""));
    BOOST_TEST(has(run.errors, file.path() + ":2504: invalid_field: it has 2 fields"));
    BOOST_TEST(has(run.errors, file.path() + ":2506: invalid_field: sku is empty"));
  }
  // A field may hold line ends: what is refused is still named by the line at which it begins.
  const catalogue_file quoted(csv_of(1'200));
  const auto other = run_orderd({"import", quoted.path(), "--url", url_of(program.port())});
  BOOST_TEST(other.exit_status == 1);
  BOOST_TEST(has(other.output, "1,200 failed"));
  BOOST_TEST(has(other.errors, quoted.path() + ":2: invalid_field: name has "));
  BOOST_TEST(has(other.errors, quoted.path() + ":4: invalid_field: name has "));
  BOOST_TEST(has(other.errors, "and 1180 rows more"));
}

BOOST_FIXTURE_TEST_CASE(json_lines_are_taken_and_their_lines_named, running_orderd) {
  std::string text;
  for (int i = 0; i < 2'000; ++i)
    text += R"({"sku":"J)" + std::to_string(i) + R"(","price":1.5,"on_hand":2})" + "\n\n";
  text += "[\"no row\"]\nno json\n";
  const catalogue_file file(text);
  const auto run = run_orderd({"import", file.path(), "--url", url_of(program.port())});
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 1);
    BOOST_TEST(run.output.starts_with("2,002 rows: 2,000 created, 0 updated, 2 failed"));
    BOOST_TEST(has(run.errors, ":4001: invalid_field: "));
    BOOST_TEST(has(run.errors, ":4002: malformed_json: "));
  }
  check_stock(api, "J1999", 2, 0);
}

BOOST_AUTO_TEST_CASE(an_engine_that_is_killed_and_comes_back_gets_every_row) {
  const temporary_folder folder;
  orderd_process program(folder.path() + "/data", {"--port", std::to_string(unused_port())});
  api_client api(program.port());
  const catalogue_file file(plain_csv_of(60'000));
  running_import import({file.path(), "--url", url_of(program.port())});
  for (const int rows : {5'000, 30'000}) {
    eventually("some of the rows", [&] { return items_of(api) >= rows; });
    program.kill();
    program.start();
  }
  const int status = import.wait();
  const auto text = import.text();
  BOOST_TEST_CONTEXT(text) {
    BOOST_TEST(status == 0);
    BOOST_TEST(has(text, "trying again"));
    BOOST_TEST(has(text, "\n60,000 rows: "));
    BOOST_TEST(has(text, " 0 failed, in "));
  }
  eventually("every row in the list", [&] { return items_of(api) == 60'000; });
}

BOOST_FIXTURE_TEST_CASE(a_lost_answer_is_asked_for_again_and_nothing_done_twice, running_orderd) {
  tcp_gate gate(program.port());
  const catalogue_file file(plain_csv_of(10));
  gate.stall_answers();
  running_import import({file.path(), "--url", url_of(gate.port())});
  eventually("the rows", [&] { return items_of(api) == 10; });
  gate.cut();
  gate.open();
  const int status = import.wait();
  BOOST_TEST_CONTEXT(import.text()) {
    BOOST_TEST(status == 0);
    // Done twice they would have been updated.
    BOOST_TEST(has(import.text(), "10 rows: 10 created, 0 updated, 0 failed"));
    BOOST_TEST(!has(import.text(), "earlier run"));
  }
}

BOOST_FIXTURE_TEST_CASE(an_interruption_ends_it_at_once_and_says_how_far_it_is, running_orderd) {
  tcp_gate gate(program.port());
  const catalogue_file file(plain_csv_of(200'000));
  running_import import({file.path(), "--url", url_of(gate.port())});
  eventually("some of the rows", [&] { return items_of(api) >= 3'000; });
  gate.stall();
  import.interrupt();
  const int status = import.wait();
  BOOST_TEST_CONTEXT(import.text()) {
    BOOST_TEST(status == 1);
    BOOST_TEST(has(import.text(),
                   "orderd import: interrupted\norderd import: all of " + file.path() + " before line "));
    BOOST_TEST(has(import.text(), "what is decided is not done twice"));
  }
}

BOOST_AUTO_TEST_CASE(a_busy_engine_is_asked_again_under_the_same_key_when_it_wants) {
  scripted_engine engine(
      {tiny_answer(503, {{"Retry-After", "1"}}, R"({"code":"overloaded","detail":"busy"})"),
       tiny_answer(429, {}, ""), counts(2, 0, 1, 1), counts(1, 2, 0, 0)});
  const catalogue_file file("sku\nA\nB\nC\n");
  const auto run = run_orderd({"import", file.path(), "--url", engine.url()});
  BOOST_TEST_CONTEXT(run.errors) {
    BOOST_TEST(run.exit_status == 0);
    // Those that were created and then updated by the repetition were created.
    BOOST_TEST(run.output.starts_with("3 rows: 3 created, 0 updated, 0 failed"));
    BOOST_TEST(has(run.errors, "503 overloaded: busy; trying again"));
  }
  const auto asked = engine.asked();
  BOOST_REQUIRE_EQUAL(asked.size(), 4U);
  for (const auto& each : asked) {
    BOOST_TEST(each.header("Idempotency-Key") == asked.front().header("Idempotency-Key"));
    BOOST_TEST(each.header("Idempotency-Key").size() > 60U);
    BOOST_TEST(each.body == "sku\nA\nB\nC\n");
  }
}

BOOST_AUTO_TEST_CASE(an_engine_without_room_for_long_ends_it) {
  scripted_engine engine({counts(1, 0, 2, 2)});
  const catalogue_file file("sku\nA\nB\nC\n");
  const auto run = run_orderd({"import", file.path(), "--url", engine.url(), "--retry-for", "0"});
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(run.output.starts_with("3 rows: 1 created, 0 updated, 2 failed"));
  BOOST_TEST(has(run.errors, "the engine had no room for 2 rows"));
  BOOST_TEST(has(run.errors, "before line 2 is decided"));
}

BOOST_AUTO_TEST_CASE(what_answers_otherwise_is_no_engine) {
  scripted_engine page({tiny_answer(200, {}, "<html>hello</html>")});
  const catalogue_file file("sku\nA\n");
  const auto run = run_orderd({"import", file.path(), "--url", page.url()});
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(has(run.errors, "is no engine that imports"));
}

BOOST_AUTO_TEST_CASE(an_engine_that_is_away_from_the_first_is_said_at_once) {
  const catalogue_file file("sku\nA\n");
  const auto run = run_orderd({"import", file.path(), "--url", url_of(unused_port())});
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(run.output.empty());
  BOOST_TEST(run.errors.starts_with("orderd import: the engine cannot be reached: "), run.errors);
}

BOOST_FIXTURE_TEST_CASE(who_is_no_operator_is_told_so, running_orderd) {
  const catalogue_file file("sku\nA\n");
  const auto run = run_orderd({"import", file.path(), "--url", url_of(program.port()), "--user", "eve"});
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(run.errors ==
             "orderd import: the engine answers 403 forbidden: only operators import a catalogue, "
             "and eve is none\n");
  BOOST_TEST(run_orderd({"import", file.path(), "--url", url_of(program.port()), "--user", "operator"})
                 .exit_status == 0);
}

BOOST_AUTO_TEST_CASE(a_token_comes_from_the_environment) {
  const token_file tokens(token_line("operator"));
  running_orderd engine({"--auth", "token", "--token-file", tokens.path()});
  const catalogue_file file("sku,price\nA,1\n");
  const arguments flags{"import", file.path(), "--url", url_of(engine.program.port())};
  BOOST_TEST(has(run_orderd(flags).errors, "401 missing_user"));
  BOOST_TEST(has(run_orderd(flags, {"ORDERD_TOKEN=wrong"}).errors, "401 invalid_token"));
  BOOST_TEST(run_orderd(flags, {"ORDERD_TOKEN=token-of-operator"}).exit_status == 0);
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_used_is_bad_usage) {
  const temporary_folder folder;
  const catalogue_file history(std::string("ORDERDHX") + std::string(60, '\0'));
  for (const auto& [name, complaint] :
       {std::pair{folder.path() + "/none", "cannot be opened: No such file"},
        std::pair{folder.path(), "is a folder"}, std::pair{std::string("/dev/null"), "it is empty"},
        std::pair{std::string("-"), "it is empty"}, std::pair{history.path(), "orderd --import reads it"}}) {
    const auto run = run_orderd({"import", name});
    BOOST_TEST(run.exit_status == 2);
    BOOST_TEST(has(run.errors, complaint), run.errors);
  }
  BOOST_TEST(run_orderd({"import"}).exit_status == 2);
  BOOST_TEST(run_orderd({"import", "--help"}).exit_status == 0);
}

BOOST_FIXTURE_TEST_CASE(a_catalogue_is_no_history, running_orderd) {
  const catalogue_file file("sku\nA\n");
  const auto run = run_orderd({"--import", file.path(), "--data-dir", folder.path() + "/other"});
  BOOST_TEST(run.exit_status == 1);
  BOOST_TEST(has(run.errors, "orderd import FILE"), run.errors);
}

BOOST_FIXTURE_TEST_CASE(a_terminal_shows_a_bar_that_fits, running_orderd) {
  const catalogue_file file(plain_csv_of(20'000));
  const temporary_folder own;
  const std::string log = own.path() + "/log";
  const std::string command = "stty cols 60; TERM=xterm exec " + orderd_path() + " import " + file.path() +
                              " --url " + url_of(program.port());
  int status = 0;
  await_child(spawn_child({{"/usr/bin/script", "-qec", command, "/dev/null"}, log}), "script", &status);
  const auto text = file_content(log);
  BOOST_TEST_CONTEXT(text) {
    BOOST_TEST(status == 0);
    BOOST_TEST(has(text, "\r100% [#"));
    BOOST_TEST(has(text, "20,000 rows: 20,000 created"));
    std::size_t draws = 0;
    for (std::size_t at = text.find('\r'); at != std::string::npos; at = text.find('\r', at + 1)) {
      const auto end = text.find_first_of("\r\n\x1b", at + 1);
      if (end == std::string::npos || text[end] != '\x1b')
        continue;
      ++draws;
      BOOST_TEST(end - at - 1 < 60U);
    }
    BOOST_TEST(draws >= 2U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

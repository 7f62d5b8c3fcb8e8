#include "tests/e2e/calling_as.hpp"
#include "tests/support/node_script.hpp"

#include <fstream>
#include <string>

using namespace orderd::test;

namespace {

std::string named(const std::string& name, const running_orderd& engine) {
  return name + '=' + std::to_string(engine.program.port());
}

/// Runs the script to its end, which must be a good one.
void check_with(const std::string& script, const arguments& more) {
  const temporary_folder folder;
  const auto log = folder.path() + "/log";
  const int status = run_node(script, more, log);
  BOOST_TEST(status == 0, script << " ended with " << status << ":\n" << file_content(log));
}

/// Nobody listens there.
const std::string nowhere = "http://127.0.0.1:9/";

} // namespace

BOOST_AUTO_TEST_SUITE(openapi)

BOOST_AUTO_TEST_CASE(every_example_is_answered_as_described_and_every_refusal_comes) {
  const running_orderd ledger({}, {"PAYMENTS=ledger", "WEBHOOK_URL=" + nowhere,
                                   "ORDERD_WEBHOOK_ALLOW_PRIVATE=true",
                                   "WEBHOOK_SECRET=whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"});
  const running_orderd away({},
                            {"PAYMENTS=http", "PAYMENT_SERVICE_URL=" + nowhere, "ORDER_PLACEMENT=deferred",
                             "INTERVAL_SECONDS=0", "ORDERD_PAYMENT_WAIT_MS=200"});
  const token_file tokens{token_line("operator")};
  const running_orderd token({"--auth", "token", "--token-file", tokens.path()});
  const running_orderd gateway({"--auth", "gateway"}, {"TRUSTED_PROXIES=192.0.2.1"});
  const running_orderd limited({}, {"RATE_LIMIT_RPS=1"});
  check_with("replay_openapi.mjs", {named("ledger", ledger), named("away", away), named("token", token),
                                    named("gateway", gateway), named("limited", limited)});
}

BOOST_AUTO_TEST_CASE(a_public_linter_has_nothing_to_say) {
  running_orderd engine;
  const auto served = engine.api.get("/openapi.json");
  BOOST_REQUIRE_EQUAL(served.status, 200);
  BOOST_TEST(served.header("Content-Type") == "application/json");
  const auto file = engine.folder.path() + "/openapi.json";
  std::ofstream(file, std::ios::binary) << served.raw.body;
  check_with("lint_openapi.mjs", {file});
}

BOOST_AUTO_TEST_CASE(a_linter_that_never_finds_anything_would_be_found_out) {
  const temporary_folder folder;
  const auto file = folder.path() + "/openapi.json";
  std::ofstream(file, std::ios::binary) << R"({"openapi": "3.1.1", "info": {"title": "t", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "d", "content": {"application/json":
    {"schema": {"type": "string"}, "example": 1}}}}}}}})";
  const auto log = folder.path() + "/log";
  BOOST_TEST(run_node("lint_openapi.mjs", {file}, log) == 1);
  const auto said = file_content(log);
  for (const std::string rule :
       {"no-invalid-media-type-examples", "operation-operationId", "operation-4xx-response"})
    BOOST_TEST(said.find(rule) != std::string::npos, said);
}

BOOST_AUTO_TEST_SUITE_END()

#include "tests/e2e/calling_as.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace orderd::test;

namespace {

/// What the order in a path has come to before the request.
enum class order_so_far { none, draft, processed, accepted };

/// One request and how each kind of caller is answered. `{order}` is an order of the customer, in the end
/// accepted by runner-7; `{reservation}` one that the customer holds.
struct rule {
  std::string_view method;
  std::string_view path;
  std::string_view body;
  order_so_far order;
  /// Nobody (only with AUTH=open, as the operator without a name), the order's customer, another customer,
  /// runner-7, an operator.
  std::array<int, 5> status;
  bool asks_for_caller = true;
};

const std::array<std::string, 5> callers{"", customer_name, "eve", "runner-7", "operator"};

constexpr std::string_view one_widget = R"({"items":[{"sku":"WIDGET","qty":1}]})";
constexpr std::string_view one_for_the_customer =
    R"({"customer_id":"550e8400-e29b-41d4-a716-446655440000","items":[{"sku":"WIDGET","qty":1}]})";
constexpr std::string_view csv = "sku,name,price,on_hand\nIMPORTED,Imported,1.00,1\n";

using enum order_so_far;
constexpr rule order_rules[] = {
    {"GET", "/orders", "", none, {200, 200, 200, 200, 200}},
    {"GET", "/orders/me", "", none, {401, 200, 200, 200, 200}},
    {"GET", "/orders/status/processed", "", none, {200, 200, 200, 200, 200}},
    {"GET", "/orders?customer_id=eve", "", none, {200, 403, 200, 403, 200}},
    {"GET", "/orders/{order}", "", processed, {200, 200, 404, 404, 200}},
    {"GET", "/orders/{order}", "", accepted, {200, 200, 404, 200, 200}},
    {"GET", "/orders/{order}/events", "", accepted, {200, 200, 404, 200, 200}},
    {"POST", "/orders", one_widget, none, {401, 201, 201, 201, 201}},
    {"POST", "/orders", one_for_the_customer, none, {201, 201, 403, 403, 201}},
    {"POST", "/orders", R"({"items":[]})", none, {401, 400, 400, 400, 400}},
    {"POST", "/orders/{order}/place", "", draft, {200, 200, 404, 404, 200}},
    {"POST", "/orders/{order}/accept", "", draft, {409, 409, 404, 404, 409}},
    {"POST", "/orders/{order}/accept", "", processed, {422, 200, 200, 200, 200}},
    {"POST", "/orders/{order}/accept", R"({"runner_id":"runner-7"})", processed, {200, 403, 403, 200, 200}},
    {"POST", "/orders/{order}/accept", "", accepted, {409, 409, 409, 409, 409}},
    {"POST", "/orders/{order}/complete", "", processed, {409, 403, 404, 404, 409}},
    {"POST", "/orders/{order}/complete", "", accepted, {200, 403, 404, 200, 200}},
    {"POST", "/orders/{order}/cancel", "", processed, {200, 200, 404, 404, 200}},
    {"POST", "/orders/{order}/cancel", "", accepted, {200, 200, 404, 403, 200}},
    {"POST", "/orders/{order}/retry", "", processed, {409, 403, 404, 404, 409}},
    {"POST", "/orders/{order}/retry", "", accepted, {409, 403, 404, 403, 409}},
    {"PUT", "/orders/{order}", R"({"status":"cancelled"})", processed, {200, 200, 404, 404, 200}},
    {"PATCH", "/orders/{order}/status", R"({"status":"completed"})", accepted, {200, 403, 404, 200, 200}},
    {"PATCH", "/orders/{order}", R"({"metadata":{"a":1}})", accepted, {200, 200, 404, 200, 200}},
};

constexpr rule stock_rules[] = {
    {"GET", "/stock", "", none, {200, 200, 200, 200, 200}},
    {"GET", "/stock/WIDGET", "", none, {200, 200, 200, 200, 200}},
    {"PUT", "/stock/WIDGET", R"({"name":"Widget"})", none, {200, 403, 403, 403, 200}},
    {"POST", "/stock/WIDGET/adjustments", R"({"delta":1})", none, {200, 403, 403, 403, 200}},
    {"POST", "/stock/import", csv, none, {200, 403, 403, 403, 200}},
    {"POST", "/stock/WIDGET/reservations", R"({"qty":1})", none, {201, 201, 201, 201, 201}},
    {"GET", "/stock/WIDGET/reservations/{reservation}", "", none, {200, 200, 404, 404, 200}},
    {"PATCH",
     "/stock/WIDGET/reservations/{reservation}",
     R"({"ttl_seconds":9})",
     none,
     {200, 200, 404, 404, 200}},
    {"DELETE", "/stock/WIDGET/reservations/{reservation}", "", none, {200, 200, 404, 404, 200}},
    {"POST", "/stock/WIDGET/reservations/{reservation}/commit", "", none, {200, 200, 404, 404, 200}},
};

constexpr std::string_view five_cents = R"({"amount_cents":5})";

/// `{account}` is the customer's, and there is one.
constexpr rule account_rules[] = {
    {"PUT", "/accounts/{account}", "{}", none, {200, 403, 403, 403, 200}},
    {"GET", "/accounts/{account}", "", none, {200, 200, 404, 404, 200}},
    {"GET", "/accounts/{account}/entries", "", none, {200, 200, 404, 404, 200}},
    {"POST", "/accounts/{account}/deposits", five_cents, none, {200, 403, 403, 403, 200}},
    {"GET", "/accounts/nobody", "", none, {404, 404, 404, 404, 404}},
};

constexpr rule rules_for_everybody[] = {
    {"GET", "/health", "", none, {200, 200, 200, 200, 200}, false},
    {"GET", "/health/live", "", none, {200, 200, 200, 200, 200}, false},
    {"GET", "/health/ready", "", none, {200, 200, 200, 200, 200}, false},
    {"GET", "/metrics", "", none, {200, 200, 200, 200, 200}, false},
    {"GET", "/nothing", "", none, {404, 404, 404, 404, 404}, false},
    {"DELETE", "/orders", "", none, {405, 405, 405, 405, 405}, false},
};

void put_in(std::string& path, std::string_view mark, const std::string& value) {
  if (const auto at = path.find(mark); at != std::string::npos)
    path.replace(at, mark.size(), value);
}

/// A program with AUTH as named, and everybody who calls it.
struct house {
  explicit house(std::string mode, environment more = {})
      : auth(std::move(mode)), engine(flags(), std::move(more)), client(engine.program.port()) {
    BOOST_REQUIRE_EQUAL(
        ask("operator", "PUT", "/stock/WIDGET", R"({"name":"Widget","price":1,"on_hand":100000})").status,
        201);
  }

  [[nodiscard]] arguments flags() const {
    if (auth == "token")
      return {"--auth", auth, "--token-file", tokens.path()};
    return {"--auth", auth};
  }

  api_answer ask(const std::string& who, std::string_view method, std::string_view path,
                 std::string_view body = {}) {
    return client.ask(method, path, body, credentials_of(who, auth));
  }

  /// What the request made, which must be so far allowed; its id.
  std::string made(const std::string& who, const std::string& path, std::string_view body = {}) {
    const auto answer = ask(who, "POST", path, body);
    BOOST_TEST_CONTEXT(answer.raw.body)
    BOOST_REQUIRE(answer.status / 100 == 2);
    return answer["id"].text();
  }

  std::string order(order_so_far state) {
    if (state == draft)
      return made(customer_name, "/orders", R"({"status":"draft","items":[{"sku":"WIDGET","qty":1}]})");
    const auto id = made(customer_name, "/orders", one_widget);
    if (state == accepted)
      made("runner-7", "/orders/" + id + "/accept");
    return id;
  }

  void check(const rule& one) {
    for (std::size_t i = 0; i < callers.size(); ++i) {
      std::string path(one.path);
      if (one.order != none)
        put_in(path, "{order}", order(one.order));
      put_in(path, "{account}", customer_name);
      if (path.find("{reservation}") != std::string::npos)
        put_in(path, "{reservation}", made(customer_name, "/stock/WIDGET/reservations", R"({"qty":1})"));
      const bool unknown = callers[i].empty() && auth != "open" && one.asks_for_caller;
      const auto answer = ask(callers[i], one.method, path, one.body);
      BOOST_TEST_CONTEXT(auth << ": " << (callers[i].empty() ? "nobody" : callers[i]) << " asks "
                              << one.method << ' ' << path << ' ' << one.body << ": " << answer.raw.body) {
        BOOST_TEST(answer.status == (unknown ? 401 : one.status[i]));
        if (answer.status == 401) {
          BOOST_TEST(answer.code() == "missing_user");
          BOOST_TEST(answer.header("WWW-Authenticate") ==
                     (auth == "token" ? "Bearer realm=\"orderd\"" : "X-User"));
        }
      }
    }
  }

  token_file tokens{token_line(customer_name) + token_line("eve") + token_line("runner-7") +
                    token_line("operator")};
  std::string auth;
  running_orderd engine;
  api_client client;
};

void check_all_rules(const std::string& auth) {
  house tested(auth);
  for (const auto& each : order_rules)
    tested.check(each);
  for (const auto& each : stock_rules)
    tested.check(each);
  for (const auto& each : rules_for_everybody)
    tested.check(each);

  house with_accounts(auth, {"PAYMENTS=ledger"});
  BOOST_REQUIRE_EQUAL(with_accounts.ask("operator", "PUT", "/accounts/" + customer_name, "{}").status, 201);
  for (const auto& each : account_rules)
    with_accounts.check(each);
}

} // namespace

BOOST_AUTO_TEST_SUITE(roles)

BOOST_AUTO_TEST_CASE(everybody_may_do_what_the_role_allows_in_the_open) { check_all_rules("open"); }
BOOST_AUTO_TEST_CASE(everybody_may_do_what_the_role_allows_behind_a_gateway) { check_all_rules("gateway"); }
BOOST_AUTO_TEST_CASE(everybody_may_do_what_the_role_allows_with_a_token) { check_all_rules("token"); }

BOOST_AUTO_TEST_SUITE_END()

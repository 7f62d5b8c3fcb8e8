#include "config/json_writer.hpp"
#include "domain/public_events.hpp"
#include "persistence/cloud_event.hpp"
#include "persistence/event_payloads.hpp"
#include "persistence/event_schemas.hpp"
#include "tests/unit/persistence/legal_history.hpp"
#include "tests/unit/persistence/sample_events.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/wait.h>

#include <cstdio>
#include <map>
#include <set>
#include <string>

using namespace orderd;
using namespace orderd::test;

namespace {

// What tests/npm/check_events.mjs exits with; 2 and all others: it could not judge.
constexpr int all_fit = 0;
constexpr int some_do_not = 1;

[[nodiscard]] std::string line_of(std::string_view type, std::string_view data) {
  std::string line;
  json_writer json(line);
  json.begin_object().member("type", type).key("data").raw(data);
  json.end_object();
  return line + '\n';
}

[[nodiscard]] std::string schema_lines() {
  std::string lines;
  for (const auto& name : event_schema_names())
    lines += R"({"schema":)" + event_schema(name).value() + "}\n";
  return lines;
}

/// What a public validator of JSON Schema says of the schemas and these events.
[[nodiscard]] int judge(const std::string& events) {
  const auto input = schema_lines() + events;
  FILE* const child = popen("node tests/npm/check_events.mjs", "w");
  BOOST_REQUIRE(child != nullptr);
  std::fwrite(input.data(), 1, input.size(), child);
  const int status = pclose(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

[[nodiscard]] order_line some_line() {
  order_line line;
  line.id = id_of(3);
  line.sku = "WIDGET";
  line.product_id = 2;
  line.qty = 2;
  line.price = 1999;
  line.reservation = id_of(4);
  line.created_at = at_ms(1'769'860'800'000);
  return line;
}

/// A line of which nothing is known but a number that the catalogue does not have.
[[nodiscard]] order_line bare_line() {
  order_line line;
  line.id = id_of(5);
  line.product_id = 77;
  line.created_at = at_ms(1'769'860'800'000);
  return line;
}

[[nodiscard]] order_trail trail_with(std::vector<order_line> lines, bool announced) {
  order_trail trail;
  trail.version = 1;
  trail.customer_id = "ada";
  trail.created_at = at_ms(1'769'860'800'000);
  trail.status = order_status::registered;
  trail.total = 3998;
  trail.lines = std::move(lines);
  trail.announced = announced;
  trail.authorized = true;
  return trail;
}

/// Adds all that the outside is told of one event, in every situation that makes a difference.
void tell(const event& e, std::string& lines, std::set<std::string>& types) {
  const auto add = [&](public_event_type type, const std::string& data) {
    lines += line_of(to_text(type), data);
    types.emplace(to_text(type));
  };
  if (const auto* of_stock = std::get_if<stock_event>(&e)) {
    for (const auto type : told_of(*of_stock))
      add(type, payload_of(type, *of_stock));
    return;
  }
  const auto* of_order = std::get_if<order_event>(&e);
  if (of_order == nullptr)
    return;
  for (const bool announced : {false, true}) {
    for (const auto& ordered : {std::vector{some_line()}, std::vector{some_line(), bare_line()}}) {
      const auto before = trail_with(ordered, announced);
      auto after = before;
      after.follow(*of_order);
      for (const auto type : told_of(*of_order, before))
        add(type, payload_of(type, *of_order, after));
    }
  }
}

[[nodiscard]] order_event created_by_ada() {
  order_event e;
  e.order_id = id_of(2);
  e.version = 1;
  e.at = at_ms(1'769'860'800'000);
  e.actor = "ada";
  order_created made;
  made.customer_id = "ada";
  made.status = order_status::processed;
  made.currency = "USD";
  made.lines = {some_line()};
  made.total = 3998;
  made.metadata = R"({"note":"not told"})";
  e.what = made;
  return e;
}

/// All that is told of a random history.
[[nodiscard]] std::string lines_of_a_history(std::uint64_t seed) {
  legal_history shop(seed);
  for (int step = 0; step < 300; ++step)
    shop.random_step();
  std::string lines;
  std::map<uuid, order_trail> trails;
  for (const auto& happened : shop.events()) {
    const auto& each = happened.event;
    if (const auto* of_stock = std::get_if<stock_event>(&each))
      for (const auto type : told_of(*of_stock))
        lines += line_of(to_text(type), payload_of(type, *of_stock));
    const auto* of_order = std::get_if<order_event>(&each);
    if (of_order == nullptr)
      continue;
    auto& trail = trails[of_order->order_id];
    const auto told = told_of(*of_order, trail);
    trail.follow(*of_order);
    for (const auto type : told)
      lines += line_of(to_text(type), payload_of(type, *of_order, trail));
  }
  return lines;
}

[[nodiscard]] std::string created_payload() {
  const auto e = created_by_ada();
  order_trail after;
  after.follow(e);
  return payload_of(public_event_type::order_created, e, after);
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_schemas)

BOOST_AUTO_TEST_CASE(every_type_of_event_has_a_schema_with_its_id) {
  BOOST_TEST(event_schema_names().size() == public_event_types + 1);
  for (std::size_t i = 0; i < public_event_types; ++i) {
    const auto type = to_text(static_cast<public_event_type>(i));
    const auto schema = event_schema(type);
    BOOST_REQUIRE_MESSAGE(schema, type);
    BOOST_TEST(schema->find("\"$id\":\"" + schema_urn(type) + '"') != std::string::npos);
    BOOST_TEST(event_schema(envelope_schema)->find('"' + std::string(type) + '"') != std::string::npos);
  }
  BOOST_TEST(!event_schema("order_eaten"));
}

BOOST_AUTO_TEST_CASE(what_is_told_of_every_event_fits_the_schema_of_its_type) {
  std::string lines;
  std::set<std::string> types;
  for (const auto& each : one_of_each())
    tell(each, lines, types);
  auto low = std::get<stock_event>(one_of_each().front());
  low.low_at = 10;
  tell(low, lines, types);
  order_event refused = created_by_ada();
  refused.what = order_refused{"ada", {some_line(), bare_line()}, {"insufficient_stock", "1 is left"}};
  tell(refused, lines, types);
  lines += lines_of_a_history(test_seed());
  std::string missing;
  for (const auto& name : event_schema_names())
    if (name != envelope_schema && types.count(name) == 0)
      missing += ' ' + name;
  BOOST_TEST(missing == "", "no sample tells of" << missing);
  BOOST_TEST(judge(lines) == all_fit);
}

BOOST_AUTO_TEST_CASE(the_structured_event_fits_the_schema_of_the_envelope) {
  cloud_event e;
  e.id = to_string(id_of(9));
  e.type = "order_created";
  e.subject = e.key = to_string(id_of(2));
  e.sequence = "10";
  e.time = at_ms(1'769'860'800'000);
  e.data = created_payload();
  BOOST_TEST(judge(line_of(envelope_schema, structured(e, default_event_source))) == all_fit);
  e.id = "7";
  BOOST_TEST(judge(line_of(envelope_schema, structured(e, default_event_source))) == some_do_not);
}

BOOST_AUTO_TEST_CASE(a_payload_that_lacks_a_member_or_has_one_more_or_another_type_is_found) {
  const auto right = created_payload();
  BOOST_TEST(judge(line_of("order_created", right)) == all_fit);
  const auto changed = [&](std::string_view from, std::string_view to) {
    auto wrong = right;
    const auto at = wrong.find(from);
    BOOST_REQUIRE(at != std::string::npos);
    wrong.replace(at, from.size(), to);
    return line_of("order_created", wrong);
  };
  BOOST_TEST(judge(changed(R"("customer_id":"ada",)", "")) == some_do_not);
  BOOST_TEST(judge(changed(R"("customer_id")", R"("more":1,"customer_id")")) == some_do_not);
  BOOST_TEST(judge(changed(R"("total_amount":39.98)", R"("total_amount":"39.98")")) == some_do_not);
  BOOST_TEST(judge(changed(R"("qty":2)", R"("qty":2.5)")) == some_do_not);
  BOOST_TEST(judge(changed("0202", "02-02")) == some_do_not);
  BOOST_TEST(judge(line_of("order_updated", right)) == some_do_not);
}

BOOST_AUTO_TEST_CASE(order_created_has_exactly_the_members_that_subscribers_were_promised) {
  BOOST_TEST(
      created_payload() ==
      R"({"event_type":"order_created","order_id":"02020202-0202-0202-0202-020202020202","customer_id":"ada",)"
      R"("status":"processed","total_amount":39.98,"items":[{"id":"03030303-0303-0303-0303-030303030303",)"
      R"("sku":"WIDGET","product_id":2,"qty":2,"price_cents":1999,"price":19.99,)"
      R"("reservation_id":"04040404-0404-0404-0404-040404040404","created_at":"2026-01-31T12:00:00.000Z"}],)"
      R"("created_at":"2026-01-31T12:00:00.000Z"})");
}

BOOST_AUTO_TEST_SUITE_END()

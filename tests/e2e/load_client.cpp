#include "tests/e2e/load_client.hpp"

#include <iterator>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

/// Makes an order fill a good part of a kilobyte in the journal, so that segments roll.
const std::string padding(600, 'p');

struct step_of_order {
  const char* path;
  const char* status;
};

/// The steps from a status, the last one being to give up; none from a final one.
std::vector<step_of_order> steps_from(const std::string& status) {
  if (status == "draft")
    return {{"/place", "processed"}, {"/cancel", "cancelled"}};
  if (status == "processed")
    return {{"/accept", "accepted"}, {"/accept", "accepted"}, {"/cancel", "cancelled"}};
  if (status == "accepted")
    return {{"/complete", "completed"}, {"/complete", "completed"}, {"/cancel", "cancelled"}};
  return {};
}

/// Refused at the door. What was let in and then dropped may have happened.
bool is_overload(const api_answer& answer) {
  return answer.code() == "overloaded" && answer["detail"].text().find("dropped") == std::string::npos;
}

void book(booked_order& order, const json_view& answer) {
  order.version = answer["version"].integer();
  order.status = answer["status"].text();
  order.body = answer.minified();
  order.in_flight.reset();
}

} // namespace

void load_client::run(client_rules rules) {
  rules_ = rules;
  while (!server_is_gone_) {
    try {
      step();
    } catch (const std::runtime_error&) {
      server_is_gone_ = true;
    }
  }
}

void load_client::step() {
  const int die = any(100);
  if (rules_.only_buys)
    return die < 80 ? create_order() : reserve();
  if (die < 40)
    create_order();
  else if (die < 80)
    change_order();
  else if (die < 90)
    reserve();
  else
    settle_reservation();
}

load_client::verdict load_client::judge(const api_answer& answer, int expected) {
  if (answer.status == expected) {
    answers_.fetch_add(1);
    return verdict::done;
  }
  // The journal may wait for the disk, and requests before it for the journal: then nothing has happened.
  if (!rules_.never_refused && answer.status == 503 &&
      (answer.code() == "backlog_full" || is_overload(answer)))
    return verdict::refused;
  server_is_gone_ = answer.status == 0 || answer.status == 503;
  if (!server_is_gone_ || (rules_.never_refused && answer.status != 0))
    book_.surprises.push_back(answer.raw.body);
  return verdict::unknown;
}

void load_client::create_order() {
  std::string items;
  const int lines = 1 + any(3);
  const int first = any(order_load::skus);
  for (int line = 0; line < lines; ++line)
    items += (line == 0 ? "" : ",") +
             ("{\"sku\":\"ORD-" + std::to_string((first + line) % order_load::skus)) +
             "\",\"qty\":" + std::to_string(1 + any(3)) + '}';
  const std::string status = any(5) == 0 ? R"(,"status":"draft")" : "";
  ++book_.creations_in_flight;
  const auto answer = api_.post("/orders", "{\"items\":[" + items + "],\"metadata\":{\"p\":\"" + padding +
                                               "\"}" + status + '}');
  const auto judged = judge(answer, 201);
  if (judged != verdict::unknown)
    --book_.creations_in_flight;
  if (judged != verdict::done)
    return;
  const auto body = answer.json();
  book(book_.orders[body["id"].text()], body);
}

void load_client::change_order() {
  if (book_.orders.empty())
    return;
  // Ids are by time: the newest are the ones that are still open.
  auto at = std::prev(book_.orders.end());
  for (int back = any(8); back > 0 && at != book_.orders.begin(); --back)
    --at;
  auto& [id, order] = *at;
  const auto steps = steps_from(order.status);
  if (steps.empty())
    return;
  const auto& next = steps[static_cast<std::size_t>(any(static_cast<int>(steps.size())))];
  order.in_flight = next.status;
  const auto answer = api_.post("/orders/" + id + next.path);
  const auto judged = judge(answer, 200);
  if (judged == verdict::refused)
    order.in_flight.reset();
  if (judged != verdict::done)
    return;
  book(order, answer.json());
  if (order.status != next.status)
    book_.surprises.push_back(answer.raw.body);
}

void load_client::reserve() {
  const auto sku = "RES-" + std::to_string(any(order_load::skus));
  const std::int64_t qty = 1 + any(3);
  book_.units_in_flight += qty;
  const auto answer = api_.post("/stock/" + sku + "/reservations",
                                "{\"qty\":" + std::to_string(qty) + ",\"ttl_seconds\":86400}");
  const auto judged = judge(answer, 201);
  if (judged != verdict::unknown)
    book_.units_in_flight -= qty;
  if (judged != verdict::done)
    return;
  book_.reservations[answer["id"].text()] = {sku, qty, {}};
}

void load_client::settle_reservation() {
  if (book_.reservations.empty())
    return;
  const auto at = std::prev(book_.reservations.end());
  auto& [id, reservation] = *at;
  const auto path = "/stock/" + reservation.sku + "/reservations/" + id;
  const bool commits = any(2) == 0;
  reservation.in_flight = commits ? "commit" : "release";
  const auto answer = commits ? api_.post(path + "/commit") : api_.remove(path);
  const auto judged = judge(answer, 200);
  if (judged == verdict::refused)
    reservation.in_flight.reset();
  if (judged != verdict::done)
    return;
  if (commits)
    book_.units_committed += reservation.qty;
  book_.reservations.erase(at);
}

} // namespace orderd::test

#include "tests/support/payment_stand_in.hpp"

#include "tests/support/json_view.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

namespace orderd::test {

/// A request as it came.
struct payment_stand_in::reading {
  service_request request;
  bool known = false;   ///< a method and path of the contract
  bool allowed = false; ///< with the right token
};

namespace {

constexpr std::chrono::seconds guard{60}; ///< against a hang, not a measure of speed

/// Reads `/payments…` into the request; false if the contract has no such thing.
[[nodiscard]] bool read_target(std::string_view method, std::string_view path, service_request& request) {
  constexpr std::string_view root = "/payments";
  if (!path.starts_with(root))
    return false;
  path.remove_prefix(root.size());
  if (path.empty()) {
    request.verb = payment_verb::authorize;
    request.id = json_view::parse(request.body)["id"].text();
    return method == "POST";
  }
  path.remove_prefix(1);
  const auto slash = path.find('/');
  request.id = std::string(path.substr(0, slash));
  if (slash == std::string_view::npos)
    return method == "GET";
  const auto verb = path.substr(slash + 1);
  request.verb = verb == "capture" ? payment_verb::capture
                 : verb == "void"  ? payment_verb::cancel
                                   : payment_verb::refund;
  return method == "POST" && (verb == "capture" || verb == "void" || verb == "refund");
}

[[nodiscard]] std::string response_of(const service_answer& answer, const std::string& retry_after = {}) {
  header_list headers{{"Content-Type", "application/json"}};
  if (!retry_after.empty())
    headers.emplace_back("Retry-After", retry_after);
  return tiny_answer(answer.status, headers, answer.body);
}

[[nodiscard]] bool names(const service_request& request, const std::string& customer) {
  return request.verb == payment_verb::authorize &&
         json_view::parse(request.body)["customer_id"].text() == customer;
}

} // namespace

payment_stand_in::payment_stand_in(std::string token)
    : token_(std::move(token)), server_([this](const tiny_request& request) { return serve(request); }) {}

payment_stand_in::~payment_stand_in() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

std::optional<std::string> payment_stand_in::serve(const tiny_request& came) {
  reading what;
  what.request.key = came.header("Idempotency-Key");
  what.request.traceparent = came.header("traceparent");
  what.request.body = came.body;
  what.allowed = token_.empty() || came.header("Authorization") == "Bearer " + token_;
  try {
    what.known = read_target(came.method, came.path, what.request);
    return answer(what);
  } catch (const std::exception&) {
    return response_of({400, R"({"reason":"the body is not as the contract has it"})"});
  }
}

std::optional<std::string> payment_stand_in::answer(const reading& what) {
  std::unique_lock lock(mutex_);
  requests_.push_back(what.request);
  changed_.notify_all();
  if (!what.known || !what.allowed)
    return response_of({what.known ? 401 : 404, "{}"});
  const auto rule = take_rule(what.request);
  if (!rule)
    return response_of(books_.handle(what.request));
  if (rule->fault == service_fault::hold)
    hold(lock, *rule);
  const auto done = work(what.request, *rule);
  if (rule->fault == service_fault::hold_answer)
    hold(lock, *rule);
  if (rule->fault == service_fault::drop || rule->fault == service_fault::die_after)
    return std::nullopt;
  const auto bytes = response_of(done, rule->retry_after);
  return rule->fault == service_fault::answer_twice ? bytes + bytes : bytes;
}

service_answer payment_stand_in::work(const service_request& request, const service_rule& rule) {
  constexpr std::size_t flood_bytes = std::size_t{1} << 20U;
  switch (rule.fault) {
  case service_fault::decline:
    return books_.decline(request);
  case service_fault::fail:
  case service_fault::drop:
    return {rule.status, R"({"reason":"told to fail"})"};
  case service_fault::babble:
    return {rule.status, "<html>Welcome</html>"};
  case service_fault::fail_after:
    static_cast<void>(books_.handle(request));
    return {rule.status, R"({"reason":"told to fail"})"};
  case service_fault::flood: {
    auto done = books_.handle(request);
    done.body.insert(done.body.size() - 1, flood_bytes, ' ');
    return done;
  }
  case service_fault::work_twice:
    static_cast<void>(books_.handle(request));
    return books_.handle(request);
  case service_fault::die_after:
  case service_fault::hold:
  case service_fault::hold_answer:
  case service_fault::answer_twice:
    break;
  }
  return books_.handle(request);
}

std::optional<service_rule> payment_stand_in::take_rule(const service_request& request) {
  for (auto each = rules_.begin(); each != rules_.end(); ++each) {
    if ((each->verb && *each->verb != request.verb) ||
        (!each->customer.empty() && !names(request, each->customer)))
      continue;
    const auto rule = *each;
    if (each->times != for_ever && --each->times == 0)
      rules_.erase(each);
    return rule;
  }
  return std::nullopt;
}

void payment_stand_in::hold(std::unique_lock<std::mutex>& lock, const service_rule& rule) {
  ++held_;
  const auto before = released_;
  const auto let_go = [&] { return ending_ || released_ != before; };
  if (rule.delay.count() > 0)
    changed_.wait_for(lock, rule.delay, let_go);
  else
    changed_.wait(lock, let_go);
  // Whoever waits for this sees it when the lock is free again, and then the work is done.
  --held_;
  changed_.notify_all();
}

void payment_stand_in::add(service_rule rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back(std::move(rule));
}

void payment_stand_in::clear_rules() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

void payment_stand_in::release() {
  std::unique_lock lock(mutex_);
  ++released_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return held_ == 0; });
}

void payment_stand_in::await_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, guard, [&] { return requests_.size() >= count; }))
    throw std::runtime_error("only " + std::to_string(requests_.size()) + " requests came");
}

std::vector<service_request> payment_stand_in::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::vector<booked_payment> payment_stand_in::payments() const {
  const std::lock_guard lock(mutex_);
  std::vector<booked_payment> all;
  for (const auto& [id, payment] : books_.payments())
    all.push_back(payment);
  return all;
}

std::optional<booked_payment> payment_stand_in::payment(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = books_.payments().find(id);
  return found == books_.payments().end() ? std::nullopt : std::optional(found->second);
}

std::vector<payment_effect> payment_stand_in::effects(const std::string& id) const {
  const auto found = payment(id);
  return found ? found->effects : std::vector<payment_effect>{};
}

cents payment_stand_in::charged(const std::string& order_id) const {
  cents sum = 0;
  for (const auto& each : payments())
    if (each.order_id == order_id)
      sum += each.charged();
  return sum;
}

} // namespace orderd::test

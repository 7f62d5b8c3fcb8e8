#include "tests/support/webhook_receiver.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace orderd::test {

std::string received_webhook::header(std::string_view name) const { return field_of(headers, name); }

webhook_receiver::webhook_receiver() : server_([this](const tiny_request& came) { return serve(came); }) {}

webhook_receiver::~webhook_receiver() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

std::optional<std::string> webhook_receiver::serve(const tiny_request& came) {
  std::unique_lock lock(mutex_);
  const auto place = received_.size();
  received_.push_back({came.path, came.headers, came.body});
  const auto rule = take_rule(came.path);
  const bool stalls = rule.fault == webhook_fault::stall;
  if (stalls)
    ++stalled_;
  changed_.notify_all();
  if (stalls) {
    const auto before = released_;
    changed_.wait(lock, [&] { return ending_ || released_ != before; });
    --stalled_;
    changed_.notify_all();
  }
  if (rule.fault == webhook_fault::drop || ending_)
    return std::nullopt;
  received_[place].status = rule.status;
  changed_.notify_all();
  return tiny_answer(rule.status, rule.headers, {});
}

webhook_rule webhook_receiver::take_rule(const std::string& path) {
  for (auto each = rules_.begin(); each != rules_.end(); ++each) {
    if (!each->path.empty() && each->path != path)
      continue;
    const auto rule = *each;
    if (each->times != for_ever && --each->times == 0)
      rules_.erase(each);
    return rule;
  }
  return {webhook_fault::answer, 200};
}

void webhook_receiver::add(webhook_rule rule) {
  const std::lock_guard lock(mutex_);
  rules_.push_back(std::move(rule));
}

void webhook_receiver::clear_rules() {
  const std::lock_guard lock(mutex_);
  rules_.clear();
}

void webhook_receiver::release() {
  std::unique_lock lock(mutex_);
  ++released_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return stalled_ == 0; });
}

std::vector<received_webhook> webhook_receiver::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::vector<received_webhook> webhook_receiver::accepted() const {
  const std::lock_guard lock(mutex_);
  std::vector<received_webhook> all;
  std::copy_if(received_.begin(), received_.end(), std::back_inserter(all),
               [](const received_webhook& each) { return each.accepted(); });
  return all;
}

std::size_t webhook_receiver::count_accepted() const {
  return static_cast<std::size_t>(std::count_if(
      received_.begin(), received_.end(), [](const received_webhook& each) { return each.accepted(); }));
}

void webhook_receiver::await(std::size_t count, int guard_seconds) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(guard_seconds),
                         [&] { return received_.size() >= count; }))
    throw std::runtime_error("only " + std::to_string(received_.size()) + " of " + std::to_string(count) +
                             " webhooks came");
}

void webhook_receiver::await_accepted(std::size_t count, int guard_seconds) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(guard_seconds),
                         [&] { return count_accepted() >= count; }))
    throw std::runtime_error("only " + std::to_string(count_accepted()) + " of " + std::to_string(count) +
                             " webhooks were accepted");
}

} // namespace orderd::test

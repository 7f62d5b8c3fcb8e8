/// Many clients at once, and how they were answered.
#pragma once

#include "tests/support/api_client.hpp"

#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace orderd::test {

/// Runs `body(index)` in `count` threads and waits for all. What one throws ends only that one: the counts
/// that are checked afterwards show it.
template <class Body> void in_threads(int count, Body body) {
  std::vector<std::thread> threads;
  for (int index = 0; index < count; ++index)
    threads.emplace_back([&body, index] {
      try {
        body(index);
      } catch (const std::exception&) {
      }
    });
  for (auto& each : threads)
    each.join();
}

/// How often each outcome was seen: "201", or status and code.
class outcome_counts {
 public:
  void add(const api_answer& answer) {
    auto name = std::to_string(answer.status);
    if (answer.status >= 400)
      name += ' ' + answer.code();
    const std::lock_guard guard(mutex_);
    ++counts_[name];
  }
  int operator[](const std::string& name) const {
    const auto found = counts_.find(name);
    return found == counts_.end() ? 0 : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

} // namespace orderd::test

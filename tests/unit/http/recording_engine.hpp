/// An engine that keeps what it was asked and answers what the test says.
#pragma once

#include "actors/engine.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace orderd::tests {

/// Answers inside `submit` while a script is left, else keeps the request. One thread.
class recording_engine final : public engine {
 public:
  void submit(order_request request) noexcept override { take(orders, std::move(request)); }
  void submit(stock_request request) noexcept override { take(stock, std::move(request)); }
  void submit(account_request request) noexcept override { take(accounts, std::move(request)); }
  void submit(list_request request) noexcept override {
    if (answers_lists)
      request.reply.answer(stock_page{});
    else
      take(lists, std::move(request));
  }
  void submit(keyed_task task) noexcept override {
    ++tasks;
    task.run(std::move(task.reply));
  }
  bool subscribe(event_subscription what) override {
    if (refuses_streams)
      return false;
    auto listener = what.make([this](bool gone) { streams_gone += gone ? 1 : 0; });
    streams.push_back({std::move(what.filter), what.after, std::move(listener)});
    return true;
  }
  bool replay(const std::string& sink, std::optional<std::uint64_t> from) override {
    replays.emplace_back(sink, from);
    return std::any_of(state.sinks.begin(), state.sinks.end(),
                       [&](const sink_status& each) { return each.name == sink; });
  }
  void audit(reply_token reply) noexcept override {
    if (audited)
      reply.answer(outcome(*audited));
    else
      audits.push_back(std::move(reply));
  }
  bool prove(stock_proof_request what) override {
    if (refuses_streams)
      return false;
    proofs.push_back(std::move(what));
    return true;
  }
  void prepare_to_end() noexcept override {}
  const catalogue_index& catalogue() const noexcept override { return products; }
  engine_status status() const override { return state; }

  std::deque<order_request> orders;
  std::deque<stock_request> stock;
  std::deque<account_request> accounts;
  std::deque<list_request> lists;
  struct begun_stream {
    event_filter filter;
    std::optional<event_position> after;
    std::unique_ptr<event_listener> listener;
  };
  std::vector<begun_stream> streams;
  bool refuses_streams = false;
  int streams_gone = 0;
  std::vector<std::pair<std::string, std::optional<std::uint64_t>>> replays; ///< asked for
  std::vector<stock_proof_request> proofs;
  std::optional<outcome> audited;  ///< what every audit is answered with
  std::vector<reply_token> audits; ///< asked for while that is empty
  int tasks = 0;                   ///< each run at once
  std::deque<outcome> script;
  bool answers_lists = false; ///< at once and empty, whatever the script says
  catalogue_index products;
  engine_status state;

 private:
  template <class Request> void take(std::deque<Request>& into, Request&& request) {
    into.push_back(std::move(request));
    if (script.empty())
      return;
    auto next = std::move(script.front());
    script.pop_front();
    into.back().reply.answer(std::move(next));
  }
};

} // namespace orderd::tests

#include "actors/auditor.hpp"

#include "config/log.hpp"
#include "config/thread_name.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/audit_walk.hpp"

#include <exception>
#include <future>
#include <random>
#include <utility>

namespace orderd {

namespace {

/// How soon a wait notices that it is to end.
constexpr std::chrono::milliseconds wait_slice{20};

[[nodiscard]] rejection refusal(rejection_code code, std::string detail) {
  return {code, std::move(detail), {}, {}, {}};
}

[[nodiscard]] rejection shutting_down() {
  return refusal(rejection_code::shutting_down, "the engine is shutting down");
}

/// Hands the outcome to whoever waits for it; one that is destroyed unanswered has been answered by its
/// token.
class promised final : public reply_sink {
 public:
  explicit promised(std::promise<outcome> to) : to_(std::move(to)) {}
  void answer(outcome&& result) noexcept override { to_.set_value(std::move(result)); }

 private:
  std::promise<outcome> to_;
};

/// Asks `is_ready`, which waits a slice, until it is. False if the time is up, or `ended` says so.
template <class Ready, class Ended>
[[nodiscard]] bool await(Ready is_ready, std::chrono::milliseconds longest, Ended ended) {
  const auto give_up = std::chrono::steady_clock::now() + longest;
  while (!is_ready())
    if (ended() || std::chrono::steady_clock::now() >= give_up)
      return false;
  return true;
}

template <class T, class Ended>
[[nodiscard]] bool await(std::future<T>& what, std::chrono::milliseconds longest, Ended ended) {
  return await([&what] { return what.wait_for(wait_slice) == std::future_status::ready; }, longest, ended);
}

[[nodiscard]] std::uint64_t random_number() {
  std::random_device source;
  return (static_cast<std::uint64_t>(source()) << 32U) | source();
}

} // namespace

void auditor::begin(reply_token reply) noexcept {
  if (is_interrupted())
    return reply.answer(shutting_down());
  if (running_.exchange(true))
    return reply.answer(refusal(rejection_code::audit_running, "an audit is running; one at a time"));
  try {
    const std::lock_guard lock{mutex_};
    // Whoever stops looks for a thread under this lock.
    if (is_interrupted()) {
      running_ = false;
      return reply.answer(shutting_down());
    }
    if (thread_.joinable())
      thread_.join(); // It has nothing left to do.
    thread_ = std::thread([this, token = std::move(reply)]() mutable { run(std::move(token)); });
  } catch (const std::exception& failure) {
    // The token went with the thread that could not be, and has answered `overloaded`.
    log::error("an audit could not begin", {{"detail", failure.what()}});
    running_ = false;
  }
}

void auditor::stop() noexcept {
  interrupt();
  std::thread last;
  {
    const std::lock_guard lock{mutex_};
    last = std::move(thread_);
  }
  if (last.joinable())
    last.join();
}

std::optional<audit_figures> auditor::last() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

void auditor::run(reply_token reply) noexcept {
  outcome answer = refusal(rejection_code::overloaded, "the audit could not be carried out");
  try {
    name_this_thread("audit");
    answer = audit();
  } catch (const std::exception& failure) {
    log::error("an audit failed", {{"detail", failure.what()}});
  }
  running_ = false;
  reply.answer(std::move(answer));
}

outcome auditor::audit() {
  const auto begun = std::chrono::steady_clock::now();
  if (setup_.counters->store_away.load(std::memory_order_relaxed))
    return refusal(rejection_code::store_unavailable, "the store is away; an audit needs it");
  auto live = gather();
  if (!live)
    return std::move(live).error();
  // What was shown is in the snapshot that is taken behind it.
  if (auto refused = await_store())
    return *std::move(refused);
  const auto taken = setup_.database->open_snapshot();
  const auto at = setup_.clock->now();
  if (!taken)
    return is_interrupted() ? shutting_down()
                            : refusal(rejection_code::store_unavailable, taken.error().detail);
  audit_options options;
  options.live = &*live;
  options.interrupted = [this] { return is_interrupted(); };
  options.salt = random_number();
  auto found = walk(**taken, options);
  if (!found)
    return is_interrupted() ? shutting_down()
                            : refusal(rejection_code::store_unavailable, found.error().detail);
  auto result = std::make_shared<audit_result>();
  result->report = *std::move(found);
  result->at = at;
  result->duration =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  const auto differences = result->report.differences_total;
  log::write(differences == 0 ? log::level::info : log::level::error, "audited",
             {{"differences", differences},
              {"events", result->report.checked.events},
              {"duration_ms", result->duration.count()}});
  const std::lock_guard lock{mutex_};
  last_ = audit_figures{differences, at};
  return audit_result_ptr{std::move(result)};
}

decision<shown_entities> auditor::gather() {
  std::promise<shown_entities> done;
  auto shown = done.get_future();
  setup_.gather(std::make_shared<live_gathering>(std::move(done)));
  if (await(shown, setup_.wait, [this] { return is_interrupted(); }))
    return shown.get();
  if (is_interrupted())
    return tl::unexpected(shutting_down());
  return refuse(rejection_code::overloaded, "the live entities did not answer in time");
}

std::optional<rejection> auditor::await_journal() {
  std::promise<outcome> done;
  auto answered = done.get_future();
  setup_.await_journal(reply_token{std::make_unique<promised>(std::move(done))});
  if (await(answered, setup_.wait, [this] { return is_interrupted(); })) {
    auto answer = answered.get();
    auto* const refused = std::get_if<rejection>(&answer);
    return refused != nullptr ? std::optional(std::move(*refused)) : std::nullopt;
  }
  return is_interrupted() ? shutting_down()
                          : refusal(rejection_code::overloaded, "the journal did not answer in time");
}

std::optional<rejection> auditor::await_store() {
  if (auto refused = await_journal())
    return refused;
  const auto& counters = *setup_.counters;
  const auto wanted = counters.durable_seq.load(std::memory_order_acquire);
  const auto is_there = [&] { return counters.applied_seq.load(std::memory_order_acquire) >= wanted; };
  const auto comes = [&] {
    if (!is_there())
      std::this_thread::sleep_for(wait_slice);
    return is_there();
  };
  if (!await(comes, setup_.wait, [this] { return is_interrupted(); }))
    return is_interrupted()
               ? shutting_down()
               : refusal(rejection_code::store_unavailable, "the store has not caught up in time");
  return std::nullopt;
}

} // namespace orderd

/// Audits the store while the engine runs: on a thread and a connection of its own, one audit at a time.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/live_gathering.hpp"
#include "actors/reply.hpp"
#include "config/clock.hpp"
#include "persistence/store.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace orderd {

struct auditor_setup {
  store* database = nullptr; ///< outlives the auditor
  const clock_port* clock = nullptr;
  engine_counters* counters = nullptr;
  /// Have the live entities show themselves.
  std::function<void(std::shared_ptr<live_gathering>)> gather;
  /// Has the token answered once all that was sent to the journal before is durable there.
  std::function<void(reply_token)> await_journal;
  /// For the live entities, for the journal and for the store, each. Not that of answers, which may be none.
  std::chrono::milliseconds wait{10'000};
};

/// What is kept of the last audit that came to its end.
struct audit_figures {
  std::uint64_t differences = 0;
  timestamp at;
};

/// Any thread, but `stop`.
class auditor {
 public:
  explicit auditor(auditor_setup setup) : setup_(std::move(setup)) {}
  auditor(const auditor&) = delete;
  auditor& operator=(const auditor&) = delete;
  ~auditor() { stop(); }

  /// Begins an audit, which answers with an `audit_result_ptr`, or is refused: audit_running, shutting_down,
  /// store_unavailable, overloaded (the live entities or the journal did not answer in time).
  void begin(reply_token reply) noexcept;
  /// Ends an audit that is under way as soon as may be, and lets none begin.
  void interrupt() noexcept { interrupted_.store(true, std::memory_order_release); }
  /// The same, and waits until it has ended. A wait for the database ends by the database's own stop signal.
  void stop() noexcept;
  [[nodiscard]] std::optional<audit_figures> last() const;

 private:
  void run(reply_token reply) noexcept;
  [[nodiscard]] outcome audit();
  [[nodiscard]] decision<shown_entities> gather();
  [[nodiscard]] std::optional<rejection> await_store();
  [[nodiscard]] std::optional<rejection> await_journal();
  [[nodiscard]] bool is_interrupted() const noexcept { return interrupted_.load(std::memory_order_acquire); }

  auditor_setup setup_;
  std::atomic<bool> interrupted_{false};
  std::atomic<bool> running_{false};
  mutable std::mutex mutex_; ///< of what follows
  std::optional<audit_figures> last_;
  std::thread thread_; ///< of the audit that is under way, or of the one before
};

} // namespace orderd

/// Answers, and the token that carries the right to give one through any number of messages.
#pragma once

#include "actors/request_trace.hpp"
#include "config/durability.hpp"
#include "domain/account.hpp"
#include "domain/events.hpp"
#include "domain/rejection.hpp"
#include "persistence/audit_report.hpp"
#include "persistence/cloud_event.hpp"
#include "persistence/store.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace orderd {

/// A stock item after `PUT`: whether it is new decides between 201 and 200.
struct defined_stock {
  stock_view view;
  bool created = false;
};

/// A reservation as its holder sees it.
struct reservation_view {
  std::string sku;
  orderd::reservation reservation;
  reservation_state state = reservation_state::active;
};

/// An account after `PUT`: whether it is new decides between 201 and 200.
struct opened_account {
  account_view view;
  bool created = false;
};

struct timeline_page {
  std::vector<order_event> events;
  bool more = false;
};

/// Public events, oldest first.
struct event_history_page {
  std::vector<std::string> items; ///< structured CloudEvents
  event_position looked_to;       ///< what there is up to here is on the page, or was not asked for
  bool more = false;              ///< the history goes on behind that
};

/// What became of the rows of an imported catalogue.
struct import_report {
  struct failure {
    std::size_t line = 0;
    std::string_view code; ///< a literal
    std::string detail;
  };
  std::uint64_t created = 0;
  std::uint64_t updated = 0;
  std::uint64_t failed = 0;
  std::vector<failure> first_failures;
  std::uint64_t unavailable =
      0; ///< of those that failed: refused for want of room, which says nothing of them
};

/// What an audit of the running engine found.
struct audit_result {
  audit_report report;
  timestamp at; ///< when its snapshot was taken
  std::chrono::milliseconds duration{0};
};
using audit_result_ptr = std::shared_ptr<const audit_result>;

/// What a request is answered with. Errors of the environment arrive as `store_unavailable` or `overloaded`.
using outcome = std::variant<rejection, order_ptr, stock_view, defined_stock, reservation_view, order_page,
                             stock_page, timeline_page, account_view, opened_account, account_entries_page,
                             import_report, event_history_page, request_record_ptr, audit_result_ptr>;

/// Takes the answer of one request. Called exactly once, on whichever thread knows the answer (often the
/// journal's): it must hand over and return.
class reply_sink {
 public:
  virtual ~reply_sink() = default;
  virtual void answer(outcome&& result) noexcept = 0;
};

/// What a request with an idempotency key brings along for being remembered.
struct request_ticket {
  uuid key;         ///< as in `request_record`
  uuid fingerprint; ///< as in `request_record`
  /// Puts the HTTP answer that the outcome means into the record. Any thread; never throws.
  std::function<void(const outcome&, request_record&)> render;
  /// What it is about may come to be later: `not_found` is a refusal that passes. Not for creations.
  bool unknown_passes = false;
  /// Of a creation: the catalogue may come later, so `unknown_product` is a refusal that passes.
  bool unknown_product_passes = false;
};

/// The claim that a request with an idempotency key has on its answer. One for each execution; shared between
/// the token and whoever remembers keys.
class request_claim {
 public:
  virtual ~request_claim() = default;

  /// The record to be journaled with the event that decides the request: with the answer that `result` is
  /// rendered to. Null for a refusal that passes, which is not remembered. Any thread; called once.
  [[nodiscard]] virtual request_record_ptr answered(const outcome& result) noexcept = 0;
  /// The record to be journaled with the first event of a request that takes several: about `subject`, and
  /// not answered yet.
  [[nodiscard]] virtual request_record_ptr claimed(const uuid& subject) noexcept = 0;
  /// What was claimed never came to be: before an answer that passes, the request is as if it had not come.
  virtual void withdraw() noexcept = 0;
};

/// Where the requests under way are counted, if they are, and the journal bytes they may ask for.
struct flight {
  std::atomic<std::uint64_t>* requests = nullptr;
  std::atomic<std::uint64_t>* bytes = nullptr;
  std::uint64_t weight_bytes = 0;
};

/// The right to answer one request, exactly once; destroyed unanswered, it answers `overloaded`. It travels
/// inside messages: CAF asks for a copy constructor, which no moved message ever calls, so a copy is a bug
/// and aborts.
class reply_token {
 public:
  reply_token() noexcept = default;
  explicit reply_token(std::unique_ptr<reply_sink> sink) noexcept : sink_(std::move(sink)) {}
  reply_token(reply_token&&) noexcept;
  reply_token& operator=(reply_token&& other) noexcept;
  reply_token(const reply_token& other);
  reply_token& operator=(const reply_token&) = delete;
  ~reply_token();

  /// The answer waits until the change, and all that it shows, is this durable. Only ever raised.
  void require(durability_mode least) noexcept { durability_ = std::max(durability_, least); }
  [[nodiscard]] durability_mode durability() const noexcept { return durability_; }

  /// The request came with an idempotency key, and is to be remembered.
  void set_ticket(std::shared_ptr<const request_ticket> ticket) noexcept { ticket_ = std::move(ticket); }
  /// Null without a key.
  [[nodiscard]] const std::shared_ptr<const request_ticket>& ticket() const noexcept { return ticket_; }

  /// The request is being executed, and will be remembered: what it causes is journaled with the record of
  /// this claim.
  void set_claim(std::shared_ptr<request_claim> claim) noexcept { claim_ = std::move(claim); }
  /// Null for a request that is not to be remembered.
  [[nodiscard]] request_claim* claim() const noexcept { return claim_.get(); }

  /// The request is traced.
  void set_trace(std::shared_ptr<request_trace> trace) noexcept { trace_ = std::move(trace); }
  /// Done on behalf of another token's request, which may be traced.
  void traced_like(const reply_token& other) noexcept { trace_ = other.trace_; }
  /// Null for a request that is not.
  [[nodiscard]] request_trace* trace() const noexcept { return trace_.get(); }
  /// Below which span something happens for the request: nothing unless it is traced.
  [[nodiscard]] trace_parent traced_by() const noexcept { return trace_ ? trace_->entity() : trace_parent{}; }

  /// Counts the request in `where` until it is answered, and has it begin now. The counters must outlive the
  /// token.
  void track(flight where) noexcept;
  /// Counts the bytes of another token's request once more, until this one is destroyed: its events may be on
  /// their way for longer than the other waits.
  void track_bytes_of(const reply_token& other) noexcept;
  /// When the request came to the engine; nothing for one of its own.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> begun_at() const noexcept {
    return begun_at_ == std::chrono::steady_clock::time_point{} ? std::nullopt : std::optional{begun_at_};
  }
  /// This token takes the place of the other one.
  void begin_with(const reply_token& other) noexcept { begun_at_ = other.begun_at_; }
  void answer(outcome&& result) noexcept;
  /// The right to answer, to be used at once. The request is counted until the token is destroyed: its events
  /// are still on their way.
  [[nodiscard]] std::unique_ptr<reply_sink> release() noexcept { return std::move(sink_); }
  /// False for a token nobody waits on: made empty, or already answered.
  [[nodiscard]] explicit operator bool() const noexcept { return sink_ != nullptr; }

 private:
  void drop() noexcept;
  void land() noexcept;

  std::unique_ptr<reply_sink> sink_;
  flight flight_;
  std::shared_ptr<const request_ticket> ticket_;
  std::shared_ptr<request_claim> claim_;
  std::shared_ptr<request_trace> trace_;
  std::chrono::steady_clock::time_point begun_at_{};
  durability_mode durability_ = durability_mode::memory;
};

} // namespace orderd

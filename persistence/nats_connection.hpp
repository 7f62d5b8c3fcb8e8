/// One connection to NATS with JetStream and a mailbox for the answers: what its publisher and its source
/// share. Included by persistence/nats_* only.
#pragma once

#include "config/backoff.hpp"
#include "config/result.hpp"
#include "persistence/nats_trust.hpp"

#include <nats/nats.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

template <class T, void (*destroy)(T*)> struct nats_closer {
  void operator()(T* what) const noexcept { destroy(what); }
};
using nats_message = std::unique_ptr<natsMsg, nats_closer<natsMsg, natsMsg_Destroy>>;

/// Messages on their way from the library's threads to their owner's. Any thread. Holds no more than its
/// owner has asked the server for.
class nats_mailbox {
 public:
  void put(nats_message message);
  /// Ends a `wait`, or the next one.
  void wake();
  /// The next message; null if `wake` or the deadline came first.
  [[nodiscard]] nats_message wait(std::chrono::steady_clock::time_point until);
  void clear();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<nats_message> messages_;
  bool woken_ = false;
};

struct nats_endpoint {
  std::string url;  ///< one or more, divided by commas; a user and a password may stand in them
  std::string name; ///< what the server calls this client
  nats_trust trust = {};
  std::chrono::milliseconds connect_timeout{2'000}; ///< of each server
  std::chrono::milliseconds answer_timeout{3'000};  ///< of requests to JetStream
  std::chrono::milliseconds pause_min{100};         ///< before connecting again; doubles with each failure
  std::chrono::milliseconds pause_max{5'000};
};

/// The URLs without the secrets in them, for logs.
[[nodiscard]] std::string without_secrets(std::string_view nats_urls);

/// Belongs to one thread. The library's own reconnecting is off: its buffer would send events of which
/// nothing is known any more, and its calls wait for connections under way. So a lost connection stays lost
/// until `open`, and what was sent over it is not waited for. All errors are store_failed, and name no
/// secret.
class nats_connection {
 public:
  nats_connection(nats_endpoint endpoint, std::shared_ptr<nats_mailbox> mailbox);
  nats_connection(const nats_connection&) = delete;
  nats_connection& operator=(const nats_connection&) = delete;
  ~nats_connection() { close(); }

  /// Connects if there is no connection, unless the pause after the last failure is not over: then it fails
  /// at once with the error of that one.
  [[nodiscard]] result<void> open();
  [[nodiscard]] bool is_open() const;
  void close() noexcept;
  /// Which connection this is, from 1: grows with each that was opened.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// Of JetStream's management. Only while it was opened.
  [[nodiscard]] jsCtx* jetstream() const noexcept { return jetstream_.get(); }
  /// A subject of this connection's own: what is sent to `<inbox>.<word>` comes into the mailbox.
  [[nodiscard]] const std::string& inbox() const noexcept { return inbox_; }
  /// The word behind this connection's inbox; empty for other messages.
  [[nodiscard]] std::string_view answer_word(natsMsg* message) const;

  [[nodiscard]] natsStatus publish(natsMsg* message) const {
    return natsConnection_PublishMsg(handle_.get(), message);
  }
  [[nodiscard]] natsStatus publish(const std::string& subject, const std::string& reply,
                                   const std::string& body) const;
  /// Waits for the answer.
  [[nodiscard]] result<std::string> request(const std::string& subject, const std::string& body) const;
  [[nodiscard]] natsStatus say(const std::string& subject, const std::string& body) const {
    return natsConnection_PublishString(handle_.get(), subject.c_str(), body.c_str());
  }
  /// Nothing comes into the mailbox any more after what the server had sent before. The end of that is waited
  /// for, not longer than this.
  void stop_answers(std::chrono::milliseconds timeout) const;
  /// Waits until the server has read what was published.
  void flush(std::chrono::milliseconds timeout) const;

  /// Of a call that has failed: "`what`: reason".
  [[nodiscard]] tl::unexpected<error> failure(const std::string& what, natsStatus status) const;
  /// Of a call to JetStream, with the server's own words.
  [[nodiscard]] tl::unexpected<error> refusal(const std::string& what, natsStatus status,
                                              jsErrCode code) const;
  /// `NATS at <servers>`.
  [[nodiscard]] const std::string& place() const noexcept { return place_; }

 private:
  [[nodiscard]] natsStatus connect();
  [[nodiscard]] natsStatus subscribe();

  const nats_endpoint endpoint_;
  const std::string place_;
  const std::shared_ptr<nats_mailbox> mailbox_;
  std::uint64_t number_ = 0;
  std::string inbox_;
  std::unique_ptr<natsConnection, nats_closer<natsConnection, natsConnection_Destroy>> handle_;
  std::unique_ptr<jsCtx, nats_closer<jsCtx, jsCtx_Destroy>> jetstream_;
  std::unique_ptr<natsSubscription, nats_closer<natsSubscription, natsSubscription_Destroy>> answers_;
  std::string trouble_; ///< of the last attempt
  backoff pause_;
  std::chrono::steady_clock::time_point next_attempt_;
};

} // namespace orderd

/// One thread of the server: accepts, polls and closes the connections that are its own.
#pragma once

#include "http/connection.hpp"
#include "http/owned_fd.hpp"
#include "http/reply_mailbox.hpp"
#include "http/server_state.hpp"

#include <pistache/transport.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct sockaddr_storage;

namespace orderd::http {

/// A transport of the reactor, which clones the one it is given for each of its threads. Of the base class
/// only the table of peers is used: its queues, timers and writes lose wake-ups and are left alone.
class worker final : public Pistache::Tcp::Transport {
 public:
  /// `listener` is shared by all workers; the last one to stop accepting closes it.
  worker(std::shared_ptr<server_state> state, std::shared_ptr<owned_fd> listener);
  /// Closes what is still open. Its thread has ended.
  ~worker() override;

  std::shared_ptr<Pistache::Aio::Handler> clone() const override;
  /// Throws if a descriptor cannot be made or polled. The thread that starts the server.
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& ready) override;

  /// Any thread, once registered.
  [[nodiscard]] const std::shared_ptr<reply_mailbox>& mailbox() const noexcept { return mailbox_; }
  /// Connections whose client still waits for an answer. Only after its thread has ended.
  [[nodiscard]] std::size_t connections_owed() const noexcept;

 private:
  /// What is known of one descriptor. The generation tells its present connection from earlier ones, of which
  /// an event may still be under way.
  struct slot {
    std::unique_ptr<connection> held;
    std::uint32_t generation = 0;
    socket_interest polled;
  };

  void handle(const Pistache::Aio::FdSet::Entry& entry);
  void handle_connection(const Pistache::Aio::FdSet::Entry& entry);
  void take_mail();
  template <class Deliver> void deliver_to(const reply_route& route, Deliver deliver);
  bool accept_waiting();
  void open_connection(int fd, const sockaddr_storage& address);
  void settle(int fd);
  void poll_for(int fd, socket_interest wanted);
  void close_connection(int fd) noexcept;
  void pause_accepting();
  void tick();
  void arm_tick();
  void begin_drain();

  std::shared_ptr<server_state> state_;
  std::shared_ptr<owned_fd> listener_;
  std::shared_ptr<reply_mailbox> mailbox_;
  worker_context context_;
  owned_fd timer_;
  bool ticking_ = false;
  bool accepting_paused_ = false;
  bool draining_ = false;
  std::size_t open_ = 0;
  std::vector<slot> slots_; ///< by descriptor
  std::vector<addressed_reply> arrived_;
  std::vector<stream_notice> noticed_;
};

} // namespace orderd::http

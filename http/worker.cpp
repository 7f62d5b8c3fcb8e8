#include "http/worker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pistache/peer.h>
#include <pistache/tcp.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>

namespace orderd::http {
namespace {

using Pistache::Polling::Mode;
using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

// Tags of connections are made of a descriptor (31 bits) and a generation above it, so the topmost bits tell
// these apart from them.
constexpr Tag listener_tag{(1ULL << 63) | 1};
constexpr Tag mailbox_tag{(1ULL << 63) | 2};
constexpr Tag timer_tag{(1ULL << 63) | 3};

constexpr std::uint32_t generations = 1U << 31;
/// How many connections are taken at one go before the open ones get their turn.
constexpr int accepts_per_turn = 64;
/// Connections beyond the cap that are told so at the same time. Those beyond these wait in the backlog.
constexpr std::size_t turned_away_max = 64;

Tag connection_tag(int fd, std::uint32_t generation) {
  return Tag((static_cast<std::uint64_t>(generation) << 32) | static_cast<std::uint32_t>(fd));
}

/// The base class demands a handler; input never reaches it.
class silent_handler final : public Pistache::Tcp::Handler {
 public:
  void onInput(const char*, std::size_t, const std::shared_ptr<Pistache::Tcp::Peer>&) override {}
  std::shared_ptr<Pistache::Tcp::Handler> clone() const override {
    return std::make_shared<silent_handler>();
  }
};

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6)
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  else
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  return text;
}

/// Fine enough for the shortest deadline, coarse enough to cost nothing.
std::chrono::milliseconds tick_period(const server_limits& limits) {
  const auto shortest = std::min({limits.head_timeout, limits.body_timeout, limits.idle_timeout,
                                  limits.write_stall_timeout, limits.lingering_close});
  return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

} // namespace

worker::worker(std::shared_ptr<server_state> state, std::shared_ptr<owned_fd> listener)
    : Transport(std::make_shared<silent_handler>()), state_(std::move(state)),
      listener_(std::move(listener)), context_{*state_, std::chrono::steady_clock::now(), {}, {}} {}

worker::~worker() {
  if (mailbox_)
    mailbox_->close();
  for (std::size_t fd = 0; fd < slots_.size(); ++fd) {
    if (!slots_[fd].held)
      continue;
    slots_[fd].held.reset();
    ::close(static_cast<int>(fd));
    state_->open.fetch_sub(1);
  }
}

std::shared_ptr<Pistache::Aio::Handler> worker::clone() const {
  return std::make_shared<worker>(state_, listener_);
}

void worker::registerPoller(Pistache::Polling::Epoll& poller) {
  using interest = Pistache::Flags<NotifyOn>;
  mailbox_ = std::make_shared<reply_mailbox>();
  timer_ = owned_fd(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (timer_.get() < 0)
    throw std::system_error(errno, std::generic_category(), "timerfd");
  poller.addFd(mailbox_->event_fd(), interest(NotifyOn::Read), mailbox_tag, Mode::Edge);
  poller.addFd(timer_.get(), interest(NotifyOn::Read), timer_tag, Mode::Level);
  poller.addFd(listener_->get(), interest(NotifyOn::Read), listener_tag, Mode::Level);
}

void worker::onReady(const Pistache::Aio::FdSet& ready) {
  mailbox_->adopt_thread();
  context_.now = std::chrono::steady_clock::now();
  for (const auto& entry : ready) {
    try {
      handle(entry);
    } catch (const std::exception&) {
      // Nothing may leave this function: it would end the process. What failed is the system's want of
      // memory or descriptors, which a connection cannot be told about.
      const auto tag = entry.getTag().value();
      if ((tag >> 63) == 0)
        close_connection(static_cast<int>(tag & 0xFFFFFFFFU));
    }
  }
}

void worker::handle(const Pistache::Aio::FdSet::Entry& entry) {
  if (entry.getTag() == mailbox_tag)
    take_mail();
  else if (entry.getTag() == listener_tag)
    accept_waiting();
  else if (entry.getTag() == timer_tag)
    tick();
  else
    handle_connection(entry);
}

void worker::handle_connection(const Pistache::Aio::FdSet::Entry& entry) {
  const auto tag = entry.getTag().value();
  const auto fd = static_cast<std::size_t>(tag & 0xFFFFFFFFU);
  if (fd >= slots_.size() || !slots_[fd].held || slots_[fd].generation != tag >> 32)
    return; // An event of a connection that an earlier event of the same turn closed.
  auto& held = *slots_[fd].held;
  const bool failed = entry.isHangup() || !(entry.isReadable() || entry.isWritable());
  if (entry.isWritable())
    held.on_writable();
  if (held.wanted().read && (entry.isReadable() || failed))
    held.on_readable();
  else if (failed)
    held.on_hangup();
  settle(static_cast<int>(fd));
}

void worker::take_mail() {
  if (state_->draining.load() && !draining_)
    begin_drain();
  mailbox_->take(arrived_, noticed_);
  for (auto& one : arrived_)
    deliver_to(*one.route, [&](connection& to) { to.on_reply(one.sequence, one.content); });
  for (const auto& one : noticed_)
    deliver_to(*one.route, [&](connection& to) { to.on_stream(one.sequence); });
  arrived_.clear();
  noticed_.clear();
}

template <class Deliver> void worker::deliver_to(const reply_route& route, Deliver deliver) {
  auto* const target = route.target;
  if (target == nullptr)
    return;
  const int fd = target->fd();
  try {
    deliver(*target);
    settle(fd);
  } catch (const std::exception&) {
    // One answer that cannot be held in memory must not take the others down with it.
    close_connection(fd);
  }
}

/// True if there may be more than it took at one go.
bool worker::accept_waiting() {
  // An event of the listener may still be under way in the turn that gave it up.
  if (!listener_ || accepting_paused_)
    return false;
  const auto cap = state_->limits.connections_max;
  for (int taken = 0; taken < accepts_per_turn; ++taken) {
    if (state_->open.load() >= cap + turned_away_max) {
      pause_accepting();
      return false;
    }
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener_->get(), reinterpret_cast<sockaddr*>(&address), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      open_connection(fd, address);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      return false;
    // Out of descriptors or memory the listener stays readable; polling it on would spin.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause_accepting();
      return false;
    }
  }
  return true;
}

void worker::open_connection(int fd, const sockaddr_storage& address) {
  owned_fd guard(fd);
  const auto index = static_cast<std::size_t>(fd);
  if (index >= slots_.size())
    slots_.resize(index + 1);
  auto& here = slots_[index];
  auto opened = std::make_unique<connection>(fd, address_text(address), context_, mailbox_);
  try {
    // The peer's own address is never asked for: its text form was worked out here, once.
    handleNewPeer(Pistache::Tcp::Peer::Create(fd, Pistache::Address()));
  } catch (const std::exception&) {
    peers.erase(fd);
    return;
  }
  guard.release();
  here.generation = (here.generation + 1) % generations;
  here.held = std::move(opened);
  ++open_;
  const bool turn_away = state_->open.fetch_add(1) >= state_->limits.connections_max;
  try {
    poll_for(fd, {true, false});
    arm_tick();
    if (turn_away)
      here.held->turn_away();
    settle(fd);
  } catch (const std::exception&) {
    close_connection(fd);
  }
}

void worker::settle(int fd) {
  auto& here = slots_[static_cast<std::size_t>(fd)];
  if (here.held->finished())
    return close_connection(fd);
  if (const auto wanted = here.held->wanted(); wanted != here.polled)
    poll_for(fd, wanted);
}

void worker::poll_for(int fd, socket_interest wanted) {
  auto& here = slots_[static_cast<std::size_t>(fd)];
  auto interest = NotifyOn::None;
  if (wanted.read)
    interest = interest | NotifyOn::Read;
  if (wanted.write)
    interest = interest | NotifyOn::Write;
  reactor()->modifyFd(key(), fd, interest, connection_tag(fd, here.generation), Mode::Level);
  here.polled = wanted;
}

void worker::close_connection(int fd) noexcept {
  auto& here = slots_[static_cast<std::size_t>(fd)];
  if (!here.held)
    return;
  here.held.reset();
  --open_;
  try {
    // A copy: the base class erases its own while it still uses what it was given.
    const auto peer = peers.at(fd);
    removePeer(peer);
  } catch (const std::exception&) {
    peers.erase(fd);
    ::close(fd);
  }
  if (state_->open.fetch_sub(1) == 1 && state_->draining.load()) {
    const std::lock_guard guard(state_->mutex);
    state_->changed.notify_all();
  }
}

void worker::pause_accepting() {
  if (accepting_paused_)
    return;
  reactor()->removeFd(key(), listener_->get());
  accepting_paused_ = true;
  arm_tick();
}

void worker::arm_tick() {
  if (ticking_)
    return;
  const auto period = tick_period(state_->limits).count();
  itimerspec spec{};
  spec.it_interval = {period / 1000, (period % 1000) * 1'000'000};
  spec.it_value = spec.it_interval;
  ::timerfd_settime(timer_.get(), 0, &spec, nullptr);
  ticking_ = true;
}

void worker::tick() {
  std::uint64_t expirations = 0;
  static_cast<void>(::read(timer_.get(), &expirations, sizeof expirations));
  if (accepting_paused_ && listener_) {
    accepting_paused_ = false;
    reactor()->registerFd(key(), listener_->get(), NotifyOn::Read, listener_tag, Mode::Level);
  }
  for (std::size_t fd = 0; fd < slots_.size(); ++fd) {
    if (!slots_[fd].held)
      continue;
    slots_[fd].held->on_tick();
    settle(static_cast<int>(fd));
  }
  // An idle server is woken by nothing.
  if (open_ == 0 && !accepting_paused_) {
    const itimerspec never{};
    ::timerfd_settime(timer_.get(), 0, &never, nullptr);
    ticking_ = false;
  }
}

void worker::begin_drain() {
  draining_ = true;
  // Clients whose connection is established may have sent a request already.
  while (accept_waiting()) {
  }
  if (listener_ && !accepting_paused_)
    reactor()->removeFd(key(), listener_->get());
  listener_.reset();
  for (std::size_t fd = 0; fd < slots_.size(); ++fd) {
    if (!slots_[fd].held)
      continue;
    slots_[fd].held->begin_drain();
    settle(static_cast<int>(fd));
  }
  const std::lock_guard guard(state_->mutex);
  ++state_->workers_draining;
  state_->changed.notify_all();
}

std::size_t worker::connections_owed() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const slot& one) { return one.held && one.held->owes_answer(); }));
}

} // namespace orderd::http

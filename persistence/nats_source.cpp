#include "persistence/nats_source.hpp"

#include "config/thread_name.hpp"
#include "domain/assert.hpp"
#include "persistence/nats_consumers.hpp"
#include "persistence/settlement_queue.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <thread>
#include <utility>

namespace orderd {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How soon a lost connection is noticed.
constexpr milliseconds look_interval{200};
/// Before the consumers are set up again; doubles.
constexpr milliseconds set_up_pause_min{100};
constexpr milliseconds set_up_pause_max{5'000};
/// Before another dead letter is sent when one was not taken.
constexpr milliseconds letter_pause{1'000};
/// Of sending dead letters before anything else has its turn.
constexpr milliseconds letters_max{1'000};
constexpr milliseconds last_flush{1'000};
/// Messages whose tries are remembered.
constexpr std::size_t tries_kept_max = 100'000;

const std::string acknowledged = "+ACK";
const std::string in_progress = "+WPI";
const std::string given_back = "-NAK";

[[nodiscard]] std::string given_back_for(milliseconds pause) {
  return given_back + " {\"delay\":" + std::to_string(std::chrono::nanoseconds(pause).count()) + '}';
}

/// Wakes the source through its mailbox.
class nats_settlements final : public settlement_queue<std::string> {
 public:
  explicit nats_settlements(std::shared_ptr<nats_mailbox> owner) : owner_(std::move(owner)) {}

 private:
  void wake() override { owner_->wake(); }

  const std::shared_ptr<nats_mailbox> owner_;
};

} // namespace

/// The thread and what belongs to it.
class nats_source::reader {
 public:
  reader(nats_source_options options, message_handler handler);
  ~reader();

  [[nodiscard]] source_figures figures() const;

 private:
  enum class stage : std::uint8_t { waiting, handed_over, dying };

  /// A message that was delivered and not given back.
  struct held {
    std::size_t consumer = 0;
    nats_message message;
    std::string reply; ///< of the newest delivery
    nats_position position;
    stage at = stage::waiting;
    std::string reason;                   ///< of the dead letter
    std::uint32_t tries = 1;              ///< the present one included
    steady_clock::time_point next_sign;   ///< of life, to the server
    steady_clock::time_point last_letter; ///< that was not taken
  };

  /// How often a message came to nothing.
  struct failures {
    std::uint32_t tries = 0; ///< that ended in `again`
    backoff pause;           ///< before it comes again
  };

  void serve();
  [[nodiscard]] result<void> prepare();
  void work();
  void settle();
  void settle_one(const std::string& key, held& what, message_outcome outcome);
  void try_again(const std::string& key, held& what, std::string reason);
  [[nodiscard]] failures& failures_of(const std::string& key);
  void bury();
  [[nodiscard]] bool bury_one(const std::string& key, held& what);
  void show_life();
  void hand_over();
  void ask();
  void await_mail();
  void take(nats_message message);
  void take_delivery(nats_message message, nats_position position);
  void give_back_all();
  void answer(const held& what, const std::string& words);
  void tell(std::string trouble);
  template <class Change> void change_figures(Change change);
  [[nodiscard]] std::size_t busy() const;

  const nats_source_options options_;
  const message_handler handler_;
  const std::shared_ptr<nats_mailbox> mailbox_ = std::make_shared<nats_mailbox>();
  const std::shared_ptr<nats_settlements> settlements_ = std::make_shared<nats_settlements>(mailbox_);
  nats_connection connection_;
  nats_consumers consumers_;
  std::uint64_t ready_ = 0; ///< the connection for which the consumers are set up
  backoff set_up_pause_{set_up_pause_min, set_up_pause_max, std::random_device{}()};
  steady_clock::time_point next_set_up_;
  std::string trouble_;                      ///< of the last set-up
  std::map<std::string, held> held_;         ///< by key
  std::deque<std::string> waiting_;          ///< keys, in the order of arrival
  std::map<std::string, failures> failures_; ///< by key
  steady_clock::time_point next_letter_;
  mutable std::mutex figures_mutex_;
  source_figures figures_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_; ///< last: it uses all above
};

nats_source::reader::reader(nats_source_options options, message_handler handler)
    : options_(std::move(options)), handler_(std::move(handler)),
      connection_({.url = options_.url,
                   .name = "orderd source",
                   .trust = options_.trust,
                   .pause_min = options_.connect_pause_min,
                   .pause_max = options_.connect_pause_max},
                  mailbox_),
      consumers_({.inbound_stream = options_.inbound_stream,
                  .durable = options_.durable,
                  .dead_letter_prefix = options_.dead_letter_prefix,
                  .in_flight_max = options_.bounds.in_flight_max,
                  .ack_wait = options_.ack_wait}) {
  ORDERD_ASSERT(handler_ && options_.bounds.in_flight_max > 0 && options_.bounds.tries_max > 0);
  thread_ = std::thread([this] { serve(); });
}

nats_source::reader::~reader() {
  stopping_ = true;
  mailbox_->wake();
  thread_.join();
  settlements_->close();
}

void nats_source::reader::serve() {
  name_this_thread("nats-source");
  while (!stopping_) {
    auto ready = prepare();
    if (ready)
      work();
    // Dead letters that cannot be stored are told of until they are.
    tell(ready ? trouble_ : std::move(ready.error().detail));
    await_mail();
  }
  give_back_all();
}

result<void> nats_source::reader::prepare() {
  if (auto opened = connection_.open(); !opened)
    return opened;
  if (ready_ == connection_.number())
    return {};
  if (steady_clock::now() < next_set_up_)
    return fail(error_code::store_failed, trouble_);
  auto done = consumers_.set_up(connection_);
  if (done)
    set_up_pause_.reset();
  next_set_up_ = steady_clock::now() + (done ? set_up_pause_min : set_up_pause_.next());
  trouble_ = done ? std::string{} : done.error().detail;
  if (done)
    ready_ = connection_.number();
  return done;
}

void nats_source::reader::work() {
  settle();
  bury();
  show_life();
  hand_over();
  ask();
}

void nats_source::reader::settle() {
  for (auto& [key, outcome] : settlements_->take()) {
    const auto found = held_.find(key);
    if (found == held_.end() || found->second.at != stage::handed_over)
      continue;
    settle_one(key, found->second, std::move(outcome));
    if (found->second.at != stage::dying)
      held_.erase(found);
  }
}

void nats_source::reader::settle_one(const std::string& key, held& what, message_outcome outcome) {
  switch (outcome.what) {
  case settlement::done:
    answer(what, acknowledged);
    failures_.erase(key);
    change_figures([](source_figures& figures) { ++figures.done; });
    return;
  case settlement::later:
    answer(what, given_back_for(failures_of(key).pause.next()));
    change_figures([](source_figures& figures) { ++figures.retried; });
    return;
  case settlement::again:
    try_again(key, what, std::move(outcome.reason));
    return;
  case settlement::poison:
    what.at = stage::dying;
    what.reason = std::move(outcome.reason);
    return;
  }
}

nats_source::reader::failures& nats_source::reader::failures_of(const std::string& key) {
  // Forgetting one only lets it have more tries.
  if (failures_.size() >= tries_kept_max && !failures_.contains(key))
    failures_.erase(failures_.begin());
  return failures_.try_emplace(key, failures{0, pauses_of(options_.bounds, std::hash<std::string>{}(key))})
      .first->second;
}

void nats_source::reader::try_again(const std::string& key, held& what, std::string reason) {
  auto& failed = failures_of(key);
  change_figures([](source_figures& figures) { ++figures.retried; });
  if (++failed.tries >= options_.bounds.tries_max) {
    what.at = stage::dying;
    what.reason = std::move(reason);
    return;
  }
  answer(what, given_back_for(failed.pause.next()));
}

void nats_source::reader::bury() {
  // Each letter is waited for, so that one outage must not be waited for with each of them.
  for (const auto until = steady_clock::now() + letters_max; !stopping_;) {
    const auto now = steady_clock::now();
    if (now < next_letter_ || now >= until)
      return;
    auto due = held_.end();
    for (auto each = held_.begin(); each != held_.end(); ++each)
      if (each->second.at == stage::dying &&
          (due == held_.end() || each->second.last_letter < due->second.last_letter))
        due = each;
    if (due == held_.end())
      return;
    if (bury_one(due->first, due->second)) {
      held_.erase(due);
      continue;
    }
    // It goes behind the others: the letter itself may be what is not taken.
    due->second.last_letter = steady_clock::now();
    next_letter_ = due->second.last_letter + letter_pause;
  }
}

bool nats_source::reader::bury_one(const std::string& key, held& what) {
  const dead_letter_note note{what.reason, what.position, what.tries};
  jsErrCode code{};
  const auto send = [&](bool with_body) {
    const auto letter = dead_letter_of(what.message.get(), options_.dead_letter_prefix, note, with_body);
    return letter == nullptr ? NATS_NO_MEMORY
                             : js_PublishMsg(nullptr, connection_.jetstream(), letter.get(), nullptr, &code);
  };
  auto status = send(true);
  if (status == NATS_MAX_PAYLOAD)
    status = send(false);
  if (status != NATS_OK) {
    if (status == NATS_NO_RESPONDERS)
      ready_ = 0; // the stream of dead letters is gone
    trouble_ =
        connection_.refusal("no dead letter for " + what.position.place(), status, code).value().detail;
    return false;
  }
  trouble_.clear();
  answer(what, acknowledged);
  failures_.erase(key);
  change_figures([](source_figures& figures) { ++figures.dead_letters; });
  return true;
}

void nats_source::reader::show_life() {
  const auto now = steady_clock::now();
  for (auto& [key, what] : held_)
    if (what.next_sign <= now) {
      answer(what, in_progress);
      what.next_sign = now + options_.ack_wait / 2;
    }
}

std::size_t nats_source::reader::busy() const { return held_.size() - waiting_.size(); }

void nats_source::reader::hand_over() {
  while (!waiting_.empty() && busy() < options_.bounds.in_flight_max && !stopping_) {
    const auto key = std::move(waiting_.front());
    waiting_.pop_front();
    auto& what = held_.at(key);
    what.at = stage::handed_over;
    auto incoming = incoming_of(what.message.get(), what.position);
    const auto failed = failures_.find(key);
    what.tries = (failed == failures_.end() ? 0 : failed->second.tries) + 1;
    incoming.tries = what.tries;
    change_figures([this](source_figures& figures) { figures.in_flight = busy(); });
    handler_(std::move(incoming), nats_settlements::receiver_of(settlements_, key));
  }
  change_figures([this](source_figures& figures) { figures.in_flight = busy(); });
}

void nats_source::reader::ask() {
  // Each consumer may owe its share beyond what is in flight, so that an idle one holds back none.
  const auto count = consumers_.count();
  const auto share = (options_.bounds.in_flight_max + count - 1) / count;
  std::vector<std::size_t> waiting(count, 0);
  for (const auto& key : waiting_)
    ++waiting[held_.at(key).consumer];
  for (std::size_t each = 0; each < count; ++each)
    if (!consumers_.ask(connection_, each, share - std::min(share, waiting[each])))
      ready_ = 0;
}

void nats_source::reader::await_mail() {
  for (auto until = steady_clock::now() + look_interval; auto message = mailbox_->wait(until); until = {})
    take(std::move(message));
}

void nats_source::reader::take(nats_message message) {
  if (const auto word = connection_.answer_word(message.get()); !word.empty()) {
    if (!consumers_.answered(word, message.get()))
      ready_ = 0;
    return;
  }
  const char* const reply = natsMsg_GetReply(message.get());
  if (reply == nullptr)
    return;
  if (auto position = position_of(reply))
    take_delivery(std::move(message), std::move(*position));
}

void nats_source::reader::take_delivery(nats_message message, nats_position position) {
  const auto consumer = consumers_.index_of(position);
  if (!consumer)
    return; // of a consumer that there was before
  consumers_.delivered(*consumer);
  auto key = position.key();
  std::string reply = natsMsg_GetReply(message.get());
  const auto next_sign = steady_clock::now() + options_.ack_wait / 2;
  if (const auto known = held_.find(key); known != held_.end()) {
    known->second.reply = std::move(reply);
    known->second.next_sign = next_sign;
    return;
  }
  held what;
  what.consumer = *consumer;
  what.message = std::move(message);
  what.reply = std::move(reply);
  what.position = std::move(position);
  what.next_sign = next_sign;
  waiting_.push_back(key);
  held_.emplace(std::move(key), std::move(what));
}

void nats_source::reader::give_back_all() {
  if (connection_.is_open()) {
    settle();
    // What is given back must not be delivered to requests of this source, but to the next one's.
    connection_.stop_answers(last_flush);
    while (auto message = mailbox_->wait({}))
      take(std::move(message));
    for (const auto& [key, what] : held_)
      answer(what, given_back);
    connection_.flush(last_flush);
  }
  connection_.close();
}

void nats_source::reader::answer(const held& what, const std::string& words) {
  // One that is lost makes the server deliver again.
  static_cast<void>(connection_.say(what.reply, words));
}

void nats_source::reader::tell(std::string trouble) {
  change_figures([&](source_figures& figures) { figures.trouble = std::move(trouble); });
}

template <class Change> void nats_source::reader::change_figures(Change change) {
  const std::lock_guard lock(figures_mutex_);
  change(figures_);
}

source_figures nats_source::reader::figures() const {
  const std::lock_guard lock(figures_mutex_);
  return figures_;
}

nats_source::nats_source(nats_source_options options, message_handler handler)
    : reader_(std::make_unique<reader>(std::move(options), std::move(handler))) {}

nats_source::~nats_source() = default;

source_figures nats_source::figures() const { return reader_->figures(); }

} // namespace orderd

#include "persistence/nats_publisher.hpp"

#include "domain/assert.hpp"
#include "domain/public_events.hpp"
#include "persistence/event_headers.hpp"
#include "persistence/nats_connection.hpp"
#include "persistence/nats_streams.hpp"

#include <atomic>
#include <charconv>
#include <map>
#include <utility>

namespace orderd {
namespace {

using std::chrono::steady_clock;

/// How soon a lost connection is noticed while answers are waited for.
constexpr std::chrono::milliseconds look_interval{200};
constexpr std::string_view subject_prefix = "orders.";

/// Listed one by one: other streams may have other subjects below `orders`.
[[nodiscard]] std::vector<std::string> all_subjects() {
  std::vector<std::string> subjects;
  for (std::size_t type = 0; type < public_event_types; ++type)
    subjects.push_back(std::string(subject_prefix) +
                       std::string(to_text(static_cast<public_event_type>(type))));
  return subjects;
}

struct ack {
  bool taken = false;
  std::string trouble;
};

[[nodiscard]] ack ack_of(natsMsg* message, const std::string& stream) {
  if (natsMsg_IsNoResponders(message))
    return {false, "no stream takes the subject"};
  const std::string_view body(natsMsg_GetData(message),
                              static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  if (const auto refusal = refusal_in(body))
    return {false, "stream " + stream + " refused an event: " + *refusal};
  // One that it had already is acknowledged as a duplicate: taken.
  if (body.find("\"seq\":") != std::string_view::npos)
    return {true, {}};
  return {false, "stream " + stream + " answered what is no acknowledgement"};
}

[[nodiscard]] natsStatus add_headers(natsMsg* message, const cloud_event& event,
                                     const nats_publisher_options& options) {
  for (const auto& [name, value] : attributes_of(event, options.source)) {
    const auto header = "ce-" + std::string(name);
    const auto text = to_header_value(value);
    if (const auto status = natsMsgHeader_Set(message, header.c_str(), text.c_str()); status != NATS_OK)
      return status;
  }
  const std::string type(event_data_type);
  const auto id = to_header_value(event.id);
  // Another stream that has got hold of the subject must not acknowledge in the place of ours.
  for (const auto& [name, value] :
       {std::pair{"ce-datacontenttype", type.c_str()}, std::pair{"Content-Type", type.c_str()},
        std::pair{"Nats-Msg-Id", id.c_str()}, std::pair{"Nats-Expected-Stream", options.stream.c_str()}})
    if (const auto status = natsMsgHeader_Set(message, name, value); status != NATS_OK)
      return status;
  return NATS_OK;
}

} // namespace

struct nats_publisher::link {
  explicit link(nats_publisher_options all)
      : options(std::move(all)), connection({.url = options.url,
                                             .name = "orderd publisher",
                                             .trust = options.trust,
                                             .pause_min = options.connect_pause_min,
                                             .pause_max = options.connect_pause_max},
                                            mailbox) {}

  /// Connects and sees to the stream, where that is needed.
  [[nodiscard]] result<void> prepare();

  const nats_publisher_options options;
  const std::shared_ptr<nats_mailbox> mailbox = std::make_shared<nats_mailbox>();
  nats_connection connection;
  std::uint64_t checked = 0; ///< the connection whose stream is known to be there
  std::uint64_t runs = 0;
  std::atomic<bool> interrupted = false;
};

result<void> nats_publisher::link::prepare() {
  if (auto opened = connection.open(); !opened)
    return opened;
  if (checked == connection.number())
    return {};
  auto ensured = ensure_stream(connection, options.stream, all_subjects());
  if (ensured)
    checked = connection.number();
  return ensured;
}

/// One call of `publish`.
class nats_publisher::run {
 public:
  run(link& link, std::span<const cloud_event> events)
      : link_(link), events_(events), word_(std::to_string(++link.runs) + '-') {
    report_.taken.assign(events.size(), false);
  }

  [[nodiscard]] publish_report all();

 private:
  void send_next();
  void await_one();
  void take(natsMsg& message);
  void expire();
  /// Nothing more is sent.
  void give_up(std::string trouble);
  void note(std::string trouble);

  link& link_;
  const std::span<const cloud_event> events_;
  const std::string word_; ///< what the words of this call's answers begin with
  publish_report report_;
  std::size_t next_ = 0;
  bool giving_up_ = false;
  /// The deadline of each that is sent and not acknowledged; the first is the oldest.
  std::map<std::size_t, steady_clock::time_point> in_flight_;
};

publish_report nats_publisher::run::all() {
  while (!link_.interrupted && link_.connection.is_open()) {
    while (!giving_up_ && next_ < events_.size() && in_flight_.size() < link_.options.in_flight_max)
      send_next();
    if (in_flight_.empty())
      break;
    await_one();
  }
  const bool unfinished = !in_flight_.empty() || (next_ < events_.size() && !giving_up_);
  if (unfinished && link_.interrupted)
    note("the publisher was interrupted");
  else if (unfinished)
    note("the connection to " + link_.connection.place() + " was lost");
  return std::move(report_);
}

void nats_publisher::run::send_next() {
  const auto index = next_++;
  const auto& event = events_[index];
  const auto subject = std::string(subject_prefix) + event.type;
  const auto reply = link_.connection.inbox() + '.' + word_ + std::to_string(index);
  natsMsg* made = nullptr;
  auto status = natsMsg_Create(&made, subject.c_str(), reply.c_str(), event.data.data(),
                               static_cast<int>(event.data.size()));
  const nats_message message(made);
  if (status == NATS_OK)
    status = add_headers(made, event, link_.options);
  if (status == NATS_OK)
    status = link_.connection.publish(made);
  if (status == NATS_OK) {
    in_flight_.emplace(index, steady_clock::now() + link_.options.ack_timeout);
    return;
  }
  auto reason = link_.connection.failure("event " + event.id + " cannot be sent", status).value().detail;
  // An event that is too large stays so, and the others go on.
  if (status == NATS_MAX_PAYLOAD)
    note(std::move(reason));
  else
    give_up(std::move(reason));
}

void nats_publisher::run::await_one() {
  const auto now = steady_clock::now();
  const auto until = std::min(now + look_interval, in_flight_.begin()->second);
  if (const auto message = link_.mailbox->wait(until))
    take(*message);
  expire();
}

void nats_publisher::run::take(natsMsg& message) {
  auto word = link_.connection.answer_word(&message);
  if (!word.starts_with(word_))
    return; // of an event that an earlier call has given up
  word.remove_prefix(word_.size());
  std::size_t index = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), index);
  if (read.ec != std::errc{} || in_flight_.erase(index) == 0)
    return;
  auto answer = ack_of(&message, link_.options.stream);
  report_.taken[index] = answer.taken;
  if (answer.taken)
    return;
  // The stream may be another one by now, or gone.
  link_.checked = 0;
  note(link_.connection.place() + ": " + answer.trouble);
}

void nats_publisher::run::expire() {
  const auto now = steady_clock::now();
  while (!in_flight_.empty() && in_flight_.begin()->second <= now) {
    in_flight_.erase(in_flight_.begin());
    give_up(link_.connection.place() + " did not acknowledge an event within " +
            std::to_string(link_.options.ack_timeout.count()) + " ms");
  }
}

void nats_publisher::run::give_up(std::string trouble) {
  giving_up_ = true;
  note(std::move(trouble));
}

void nats_publisher::run::note(std::string trouble) {
  if (report_.trouble.empty())
    report_.trouble = std::move(trouble);
}

nats_publisher::nats_publisher(nats_publisher_options options)
    : link_(std::make_unique<link>(std::move(options))) {
  ORDERD_ASSERT(link_->options.in_flight_max > 0 && link_->options.ack_timeout.count() > 0);
}

nats_publisher::~nats_publisher() = default;

std::string nats_publisher::prepare() {
  auto ready = link_->prepare();
  return ready ? std::string() : std::move(ready.error().detail);
}

publish_report nats_publisher::publish(std::span<const cloud_event> events) {
  publish_report none{std::vector<bool>(events.size(), false), {}};
  if (events.empty())
    return none;
  if (link_->interrupted) {
    none.trouble = "the publisher was interrupted";
    return none;
  }
  if (auto ready = link_->prepare(); !ready) {
    none.trouble = std::move(ready.error().detail);
    return none;
  }
  return run(*link_, events).all();
}

void nats_publisher::interrupt() noexcept {
  link_->interrupted = true;
  link_->mailbox->wake();
}

} // namespace orderd

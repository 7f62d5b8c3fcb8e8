/// Tells clients that stay of every public event as it is stored, and of earlier ones first where they ask.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/event_stream.hpp"
#include "actors/journal_messages.hpp"
#include "actors/relay_messages.hpp"
#include "actors/sink_figures.hpp"
#include "persistence/event_renderer.hpp"
#include "persistence/store.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

struct event_feed_setup {
  std::shared_ptr<store_reader> reader;
  caf::actor write_behind;
  engine_counters* counters = nullptr;
  std::string source;                    ///< CloudEvents' `source`
  std::size_t client_bytes_max = 0;      ///< that a client may leave unread
  std::uint64_t rate_max = 20'000;       ///< events of the history a second, for all that catch up
  std::chrono::milliseconds beat{5'000}; ///< between signs of life of a silent stream
};

/// To the feed: a new client.
struct feed_client {
  std::uint64_t id = 0;
  event_filter filter;
  std::optional<event_position> after;
  std::unique_ptr<event_listener> listener;
};
/// The same in a message, which CAF may want to copy.
using feed_client_ptr = std::shared_ptr<feed_client>;
/// To the feed, from a client's listener.
struct feed_signal {
  std::uint64_t id = 0;
  bool gone = false;
};
/// From the feed to itself.
using beat_atom = caf::atom_constant<caf::atom("beat")>;
using catchup_atom = caf::atom_constant<caf::atom("catchup")>;
using read_on_atom = caf::atom_constant<caf::atom("readon")>;

/// Messages: `look_atom`, `feed_client_ptr`, `feed_signal`, `beat_atom`, `catchup_atom`, `read_on_atom`.
///
/// Clients that are up to date share each event's text. One that resumes reads the stored history, as fast as
/// it takes it, until it is up to date; so does one that has left too much unread, and if it takes nothing
/// for a while it is dropped.
class feed_state {
 public:
  explicit feed_state(caf::event_based_actor* self) : self_(self) {}

  void look();
  void join(feed_client& client);
  void signal(const feed_signal& what);
  void beat();
  void catch_up();
  /// Reads a page of the history for those who are up to date, and sees to the next.
  void read_on();

  static inline const char* name = "orderd.event_feed";

 private:
  friend caf::behavior event_feed(caf::stateful_actor<feed_state>*, event_feed_setup);

  struct client {
    event_filter filter;
    std::unique_ptr<event_listener> listener;
    std::uint64_t read_to = 0;           ///< what of the history it was told of, or need not be
    std::optional<event_position> after; ///< within the first event that it reads
    bool live = false;                   ///< it is told of whatever is read next for all
    bool full = false;                   ///< it catches up, and waits until it has room
    unsigned full_beats = 0;             ///< for how long
  };
  using client_iterator = std::map<std::uint64_t, client>::iterator;

  [[nodiscard]] result<void> catch_up(client& one);
  /// Tells the client of what is no longer kept, if it asked for that. False if it has gone.
  [[nodiscard]] bool pass_dropped(client& one);
  /// One page of the history, rendered.
  struct page {
    std::vector<cloud_event> events;
    std::uint64_t last_seq = 0;
  };
  [[nodiscard]] result<page> read(event_renderer& renderer, std::uint64_t after);
  void tell_live(const cloud_event& event);
  /// It leaves too much unread to be told of this one: it reads it itself when it has room.
  static void fall_behind(client& one, const event_position& before);
  /// Tells it where it stands. False if it has gone.
  [[nodiscard]] bool tell_position(const client& one) const;
  [[nodiscard]] std::shared_ptr<const std::string> text_of(const cloud_event& event) const;
  void schedule_catch_up(std::chrono::milliseconds pause);
  client_iterator drop(client_iterator which);
  [[nodiscard]] bool has_live() const;

  caf::event_based_actor* self_;
  event_feed_setup setup_;
  std::optional<event_renderer> live_renderer_;
  std::optional<event_renderer> earlier_renderer_; ///< of those who catch up
  std::shared_ptr<sink_figures> figures_ = std::make_shared<sink_figures>();
  std::map<std::uint64_t, client> clients_;
  std::uint64_t tail_ = 0; ///< how far the history was read for those who are up to date
  std::uint64_t last_caught_up_ = 0;
  bool catching_up_ = false;
  bool reading_ = false;
  bool beating_ = false;
};

/// Spawn it detached: it blocks for the store.
caf::behavior event_feed(caf::stateful_actor<feed_state>* self, event_feed_setup setup);

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::feed_client_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::feed_signal)

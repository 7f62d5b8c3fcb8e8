/// The engine's relays: from the history to the sinks of events.
#include "actors/engine_actors.hpp"
#include "actors/event_feed.hpp"
#include "actors/event_relay.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace orderd {

result<std::vector<sink_position>> engine_actors::positions_of(engine_ground& ground, store_reader& stored,
                                                               store_writer& writer) {
  const auto dropped_to = stored.dropped_to();
  if (!dropped_to)
    return tl::unexpected{dropped_to.error()};
  ground.counters.dropped_to = *dropped_to;
  const auto known = stored.sink_positions();
  if (!known)
    return tl::unexpected{known.error()};
  std::vector<sink_position> positions;
  std::vector<sink_position> fresh;
  for (const auto& sink : ground.options.sinks) {
    const auto found = std::find_if(known->begin(), known->end(),
                                    [&](const sink_position& each) { return each.sink == sink.name; });
    const bool is_new = found == known->end();
    positions.push_back(is_new ? sink_position{sink.name, writer.applied_seq()} : *found);
    // A database that has fallen back shows events again, under the same ids.
    positions.back().seq = std::min(positions.back().seq, writer.applied_seq());
    if (is_new)
      fresh.push_back(positions.back());
  }
  if (!fresh.empty())
    if (const auto saved = writer.save_positions(fresh); !saved)
      return tl::unexpected{saved.error()};
  return positions;
}

result<void> engine_actors::spawn_relays(caf::actor_system& system, engine_ground& ground, store& database,
                                         std::vector<sink_position> positions, bool detached) {
  const auto& options = ground.options;
  for (std::size_t i = 0; i < options.sinks.size(); ++i) {
    const auto& sink = options.sinks[i];
    auto reader = database.open_reader();
    if (!reader)
      return tl::unexpected{reader.error()};
    ground.sinks.push_back(std::make_shared<sink_figures>());
    relay_setup setup;
    setup.start = std::move(positions[i]);
    setup.to = sink.to;
    setup.reader = std::move(*reader);
    setup.write_behind = write_behind_;
    setup.figures = ground.sinks.back();
    setup.counters = &ground.counters;
    setup.clock = ground.clock;
    setup.bounds.rate_max = options.events_rate_max;
    setup.bounds.age_max = options.events_age_max;
    setup.bounds.waiting_max = options.events_waiting_max;
    setup.bounds.pause_max = sink.pause_max;
    setup.bounds.disable_after = sink.disable_after;
    setup.jitter_seed = options.jitter_seed + static_cast<std::uint32_t>(i);
    publishers_.push_back(sink.to);
    relays_.push_back(detached ? system.spawn<caf::detached>(event_relay, std::move(setup))
                               : system.spawn(event_relay, std::move(setup)));
  }
  return {};
}

result<void> engine_actors::spawn_feed(caf::actor_system& system, engine_ground& ground, store& database,
                                       bool detached) {
  auto reader = database.open_reader();
  if (!reader)
    return tl::unexpected{reader.error()};
  const auto& options = ground.options;
  event_feed_setup setup;
  setup.reader = std::move(*reader);
  setup.write_behind = write_behind_;
  setup.counters = &ground.counters;
  setup.source = options.event_source;
  setup.client_bytes_max = options.event_client_bytes_max;
  setup.rate_max = options.events_rate_max;
  feed_ = detached ? system.spawn<caf::detached>(event_feed, std::move(setup))
                   : system.spawn(event_feed, std::move(setup));
  return spawn_prover(system, ground, database, detached);
}

void engine_actors::subscribe(event_subscription&& what, std::uint64_t client) const {
  auto joining = std::make_shared<feed_client>();
  joining->id = client;
  joining->filter = std::move(what.filter);
  joining->after = what.after;
  joining->listener = what.make([feed = caf::actor_cast<caf::weak_actor_ptr>(feed_), client](bool gone) {
    // Whoever holds the signal may outlive the engine, and must not keep the feed.
    if (const auto alive = caf::actor_cast<caf::actor>(feed))
      caf::anon_send(alive, feed_signal{client, gone});
  });
  caf::anon_send(feed_, feed_client_ptr{std::move(joining)});
}

void engine_actors::replay(std::size_t sink, const replay_sink& from) const {
  caf::anon_send(relays_.at(sink), from);
}

} // namespace orderd

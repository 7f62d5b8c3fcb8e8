/// Turns the history into the events that the outside is told of.
#pragma once

#include "config/result.hpp"
#include "domain/public_events.hpp"
#include "persistence/cloud_event.hpp"
#include "persistence/store.hpp"

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

namespace orderd {

/// Renders one event of the history after the other; what it needs of earlier ones it remembers, or reads.
/// What comes out depends on the history alone: the same event is rendered alike by every renderer, at every
/// time. One thread.
class event_renderer {
 public:
  /// `reader` must outlive it. It remembers `trails_max` orders.
  explicit event_renderer(store_reader& reader, std::size_t trails_max = 4'096);

  /// The public events that follow from `e`, oldest first; mostly one or none. Errors: as the reader.
  [[nodiscard]] result<std::vector<cloud_event>> render(const sequenced_event& e);

 private:
  using trail_entry = std::pair<uuid, order_trail>;
  [[nodiscard]] result<order_trail*> trail_before(const order_event& e);
  [[nodiscard]] result<order_trail> read_trail(const order_event& e);
  [[nodiscard]] result<bool> follow_to(const order_event& e, order_trail& trail);

  store_reader& reader_;
  std::size_t trails_max_;
  std::list<trail_entry> trails_; ///< the latest used first
  std::unordered_map<uuid, std::list<trail_entry>::iterator> by_order_;
};

} // namespace orderd

/// The chain of each order's, item's and account's events, as the writer of the PostgreSQL store goes on with
/// it.
#pragma once

#include "persistence/event_chain.hpp"
#include "persistence/postgres_connection.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace orderd {

/// Whose event it is, by the key as in `entity_key`, and which. Borrows the key.
struct chain_place {
  entity_kind kind = entity_kind::stock;
  std::string_view key;
  std::int64_t version = 0; ///< after the event
};

/// Of an event that lives on. Not of a mere record (asserted).
[[nodiscard]] chain_place place_of(const event& e);

/// As a column takes them.
[[nodiscard]] inline std::string_view link_bytes(const chain_link& link) noexcept {
  return {reinterpret_cast<const char*>(link.data()), link.size()};
}

/// One thread. Keeps the latest links in memory, `chain_links_kept` twice at most besides those of a batch.
/// What it knows holds as long as all that was followed is committed: whatever fails, `forget`.
class postgres_chain {
 public:
  /// What the connection must have prepared.
  [[nodiscard]] static std::span<const postgres_statement> statements() noexcept;

  /// Learns the links in front of these events, which are in journal order: those that are not known and not
  /// of first events, in one round trip. An event whose predecessor is gone or has no link, which only
  /// another hand can have done, begins a chain. More errors: refused, for a name that the server cannot
  /// hold.
  [[nodiscard]] result<void> learn(postgres_connection& connection, std::span<const chain_place> places);
  /// The link of the next event at a place that was learned (asserted), from which the one behind it follows.
  [[nodiscard]] const chain_link& follow(const chain_place& at, event_tag tag, std::string_view payload);
  void forget() noexcept;

 private:
  struct name_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const noexcept {
      return std::hash<std::string_view>{}(name);
    }
  };
  using link_map = std::unordered_map<std::string, chain_link, name_hash, std::equal_to<>>;
  using link_maps = std::array<link_map, 3>; ///< by kind

  [[nodiscard]] bool is_known(const chain_place& at);
  [[nodiscard]] result<void> ask(postgres_connection& connection, std::span<const chain_place> unknown);

  link_maps recent_;
  link_maps older_; ///< what was `recent_` before it was full
};

/// How many links are kept before the older ones go: some MiB.
inline constexpr std::size_t chain_links_kept = 20'000;

} // namespace orderd

/// The links of the SQLite store's history, as its writer makes them.
#pragma once

#include "persistence/event_chain.hpp"
#include "persistence/sqlite_connection.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace orderd {

/// Reads a column of 32 bytes; nothing of any other value.
[[nodiscard]] std::optional<chain_link> read_link(const sqlite_statement& row, int column);
[[nodiscard]] inline std::string_view bytes_of(const chain_link& link) noexcept {
  return {reinterpret_cast<const char*>(link.data()), link.size()};
}
std::string_view bytes_of(const chain_link&&) = delete;

/// Whose event it is, as the columns `kind` and `entity` say it. Borrows from the event or row.
struct sqlite_entity {
  std::int64_t kind = 0;
  std::string_view key; ///< the 16 bytes of an order's id
};

/// Links the events that are written to those that are there. One thread; must not outlive its connection.
class sqlite_chain {
 public:
  [[nodiscard]] result<void> prepare(sqlite_connection& connection);

  /// The link of the event of this version, whose bytes in the history are `payload`, and of which all before
  /// it are written. One that lacks the event before it is linked as the first.
  [[nodiscard]] result<chain_link> link(const sqlite_entity& entity, std::uint64_t version, event_tag tag,
                                        std::string_view payload);
  /// The transaction came to nothing: so did the links that were made in it.
  void forget() noexcept;

 private:
  /// Where an entity's chain ends.
  struct head {
    std::uint64_t version = 0;
    chain_link link{};
  };
  using heads = std::unordered_map<std::string, head>;

  [[nodiscard]] result<chain_link> link_of(const sqlite_entity& entity, std::uint64_t version);
  void note(const std::string& name, const head& next);

  sqlite_statement find_[3]; ///< by kind
  sqlite_statement find_checkpoint_;
  /// Heads of the entities that were written last. When the first are enough, they become the second.
  heads newest_, older_;
  std::string name_;
};

/// Links the events that a former version of the program has written, page by page, each in a transaction of
/// its own: what ends it is gone on with by the next call. Costs one row when there are none. Asks
/// `interrupted` between pages; then timed_out.
[[nodiscard]] result<void> chain_history(sqlite_connection& connection, sqlite_chain& chain,
                                         const std::function<bool()>& interrupted);

} // namespace orderd

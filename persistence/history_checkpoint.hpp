/// What is left of an entity's events once the history no longer keeps them: where its chain stood and what
/// its state came to, so that the rest can be followed from there.
#pragma once

#include "config/result.hpp"
#include "domain/account.hpp"
#include "domain/order.hpp"
#include "domain/stock.hpp"
#include "persistence/event_chain.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace orderd {

/// An entity's state after some event. An order that never came to be has none.
using entity_state = std::variant<stock_item, order_ptr, account>;

/// One an entity, of the last of its events that was dropped.
struct history_checkpoint {
  entity_key entity;
  std::uint64_t seq = 0;     ///< of that event
  std::uint64_t version = 0; ///< after it
  timestamp at;              ///< when it happened
  chain_link link{};         ///< of it
  std::string state;         ///< `encode_state` of what the events up to it come to

  bool operator==(const history_checkpoint&) const = default;
};

/// A state as bytes that are kept over restarts and upgrades. Format: event_codec.md, "States".
[[nodiscard]] std::string encode_state(const entity_state& state);
/// Errors: damaged (also of a state that does not add up), newer_format.
[[nodiscard]] result<entity_state> decode_state(entity_kind kind, std::string_view bytes);

/// Follows one entity's events as they are stored. What the domain asserts of events that it made itself is
/// asked of these: nothing that is read ever ends the process.
class history_fold {
 public:
  /// From the entity's first event on, or from behind a checkpoint. Errors: those of `decode_state`.
  explicit history_fold(entity_key entity);
  [[nodiscard]] static result<history_fold> behind(const history_checkpoint& from);

  /// The next event. `damaged`, in words that name it: it is of another entity, out of order, does not follow
  /// from the state, or leaves levels that cannot be (more reserved than there is, anything below zero, sums
  /// that do not come to what is on hand, money from nowhere). After an error the fold is of no more use.
  [[nodiscard]] result<void> follow(const event& e);

  [[nodiscard]] const entity_key& entity() const noexcept { return entity_; }
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] const chain_link& link() const noexcept { return link_; }
  /// What the events came to. Nothing before the first, and of an order that never came to be. A copy keeps
  /// what it shows; that of an item or account copies all its reservations or holds.
  [[nodiscard]] const std::optional<entity_state>& state() const noexcept { return state_; }

 private:
  // Null, or what is wrong with the event.
  [[nodiscard]] const char* take(const stock_event& e);
  [[nodiscard]] const char* take(const order_event& e);
  [[nodiscard]] const char* take(const account_event& e);

  entity_key entity_;
  std::uint64_t version_ = 0;
  chain_link link_{};
  std::optional<entity_state> state_;
  std::shared_ptr<order> order_; ///< of an order: what `state_` shares while it is shown
};

} // namespace orderd

/// Messages to readers of the store, and back to whoever asked.
#pragma once

#include "actors/requests.hpp"
#include "config/result.hpp"
#include "persistence/store_queries.hpp"

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// What an account is found by: its id, which is not a SKU.
struct account_key {
  std::string id;
  auto operator<=>(const account_key&) const = default;
};
/// What a remembered request is found by.
struct request_key {
  uuid digest;
  auto operator<=>(const request_key&) const = default;
};

} // namespace orderd

template <> struct std::hash<orderd::account_key> {
  std::size_t operator()(const orderd::account_key& key) const noexcept {
    return std::hash<std::string>{}(key.id);
  }
};

namespace orderd {

template <class Key> struct load_entity {
  Key key;
  caf::actor reply_to;
};
struct loaded_order {
  uuid key;
  result<order_ptr> state = order_ptr{};
};
struct loaded_stock {
  std::string key;
  result<std::optional<stock_item>> state = std::optional<stock_item>{};
};
struct loaded_account {
  account_key key;
  result<std::optional<account>> state = std::optional<account>{};
};
struct loaded_request {
  request_key key;
  result<std::optional<request_record>> state = std::optional<request_record>{};
};
/// From the processor: what is there to attend to, behind `after`? Answered by a `loaded_unfinished`.
struct load_unfinished {
  std::optional<uuid> after;
  std::size_t limit = 0;
  caf::actor reply_to;
};
struct loaded_unfinished {
  result<std::vector<unfinished_order>> orders = std::vector<unfinished_order>{};
};
/// The same of orders to be accepted.
struct load_acceptances {
  std::optional<acceptance_due> after;
  std::size_t limit = 0;
  caf::actor reply_to;
};
struct loaded_acceptances {
  result<std::vector<acceptance_due>> orders = std::vector<acceptance_due>{};
};
/// A list to be read now. The reader clears `busy` when it has answered, and tells `waiters` if that is
/// awaited.
struct reading {
  list_request ask;
  std::shared_ptr<std::atomic<bool>> busy;
  caf::actor waiters;
};
/// From a reader to itself: try the loads that wait for the store.
using reload_atom = caf::atom_constant<caf::atom("reload")>;

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_account)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_unfinished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_unfinished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_acceptances)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_acceptances)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::account_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::request_key>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<orderd::uuid>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::load_entity<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::loaded_stock)

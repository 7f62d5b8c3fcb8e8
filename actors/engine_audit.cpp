/// What an audit asks of the engine's actors.
#include "actors/engine_actors.hpp"

#include <caf/send.hpp>

namespace orderd {

void engine_actors::gather(const std::shared_ptr<live_gathering>& to) const {
  const auto ask = [&to](const std::vector<caf::actor>& shards) {
    for (const auto& shard : shards)
      caf::anon_send(shard, gather_live{to});
  };
  ask(*stock_);
  ask(orders_);
  if (accounts_)
    ask(*accounts_);
}

void engine_actors::await_store(reply_token reply) const {
  caf::anon_send(journal_,
                 journal_append{std::nullopt, nullptr, nullptr, 0, std::move(reply), outcome{order_ptr{}}});
}

} // namespace orderd

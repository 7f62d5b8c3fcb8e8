/// What an audit asks of the engine's actors.
#include "actors/engine_actors.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <utility>

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

void engine_actors::await_journal(reply_token reply) const {
  caf::anon_send(journal_,
                 journal_append{std::nullopt, nullptr, nullptr, 0, std::move(reply), outcome{order_ptr{}}});
}

namespace {

/// Passes a request for a proof on when the store has come far enough, or cannot.
class later_proof final : public reply_sink {
 public:
  later_proof(caf::actor prover, proof_client_ptr what)
      : prover_(std::move(prover)), what_(std::move(what)) {}
  void answer(outcome&& result) noexcept override {
    if (auto* refused = std::get_if<rejection>(&result))
      what_->refused = std::move(*refused);
    caf::anon_send(prover_, std::move(what_));
  }

 private:
  caf::actor prover_;
  proof_client_ptr what_;
};

} // namespace

result<void> engine_actors::spawn_prover(caf::actor_system& system, engine_ground& ground, store& database,
                                         bool detached) {
  auto reader = database.open_reader();
  if (!reader)
    return tl::unexpected{reader.error()};
  prover_setup setup{std::move(*reader), &ground.counters};
  prover_ = detached ? system.spawn<caf::detached>(prover, std::move(setup))
                     : system.spawn(prover, std::move(setup));
  return {};
}

void engine_actors::prove(stock_proof_request&& what, std::uint64_t client) const {
  auto asked = std::make_shared<proof_client>();
  asked->id = client;
  asked->what = std::move(what);
  reply_token once_stored{std::make_unique<later_proof>(prover_, std::move(asked))};
  once_stored.require(durability_mode::store);
  await_journal(std::move(once_stored));
}

} // namespace orderd

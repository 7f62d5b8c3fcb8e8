/// One shard of the accounts' directory.
#pragma once

#include "actors/account_actor.hpp"
#include "actors/entity_shard.hpp"
#include "config/clock.hpp"
#include "domain/account.hpp"

#include <caf/stateful_actor.hpp>

#include <memory>
#include <optional>

namespace orderd {

struct account_shard_setup {
  shard_setup shard;
  /// All of them, this one included. Complete before the first message comes.
  std::shared_ptr<const account_shards> shards;
  const clock_port* clock = nullptr;
};

/// Messages: `account_message` from the engine, from orders and from other accounts, `loaded_account` from
/// readers, `entity_ended` and `entity_busy` from its accounts, `tick_atom` from itself.
class account_shard_state
    : public entity_shard<account_shard_state, account_key, account_message, std::optional<account>>,
      public no_parking<account_key, std::optional<account>> {
 public:
  explicit account_shard_state(caf::event_based_actor* self) : entity_shard(self) {}

  void set_up(account_shard_setup setup);
  void take(loaded_account& found);

  [[nodiscard]] static account_key key_of(const account_message& message);
  /// Money that has left its payer arrives.
  static bool must_accept(const account_message& message);
  /// Only the store knows which accounts there are.
  static bool is_new(const account_message&) { return false; }
  static bool may_exist(const account_key&) { return true; }
  void refuse(account_message&& message, rejection why);
  static void refuse_unknown(account_message&& message);
  static void on_tick() {}
  [[nodiscard]] static bool awaits_tick() { return false; }
  [[nodiscard]] caf::actor spawn(const account_key& key, std::optional<account> state,
                                 std::shared_ptr<durable_mark> mark);

  static inline const char* name = "orderd.accounts";

 private:
  account_shard_setup account_setup_;
};

caf::behavior account_shard(caf::stateful_actor<account_shard_state>* self, account_shard_setup setup);

} // namespace orderd

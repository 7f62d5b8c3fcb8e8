#include "persistence/postgres_chain.hpp"

#include "domain/assert.hpp"
#include "persistence/postgres_chain_statements.hpp"
#include "persistence/signed_number.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace orderd {
namespace {

constexpr std::array all = {postgres_chain_texts::links_of_stock, postgres_chain_texts::links_of_orders,
                            postgres_chain_texts::links_of_accounts};

constexpr std::array types = {postgres_type::text, postgres_type::uuid, postgres_type::text};
static_assert(static_cast<int>(entity_kind::stock) == 0 && static_cast<int>(entity_kind::order) == 1 &&
              static_cast<int>(entity_kind::account) == 2);

[[nodiscard]] std::size_t index_of(entity_kind kind) noexcept { return static_cast<std::size_t>(kind); }

void add_key(postgres_array& to, const chain_place& at) {
  if (at.kind != entity_kind::order) {
    to.add(at.key);
    return;
  }
  uuid id;
  ORDERD_ASSERT(at.key.size() == id.bytes.size());
  std::memcpy(id.bytes.data(), at.key.data(), id.bytes.size());
  to.add(id);
}

} // namespace

chain_place place_of(const event& e) {
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    return {entity_kind::stock, of_stock->sku, signed_number(of_stock->version)};
  if (const auto* of_order = std::get_if<order_event>(&e))
    return {entity_kind::order, bytes_of(of_order->order_id), signed_number(of_order->version)};
  const auto* of_account = std::get_if<account_event>(&e);
  ORDERD_ASSERT(of_account != nullptr);
  return {entity_kind::account, of_account->account_id, signed_number(of_account->version)};
}

std::span<const postgres_statement> postgres_chain::statements() noexcept { return all; }

/// Also moves what is known up among the recent ones.
bool postgres_chain::is_known(const chain_place& at) {
  link_map& recent = recent_[index_of(at.kind)];
  if (recent.find(at.key) != recent.end()) {
    return true;
  }
  const link_map& older = older_[index_of(at.kind)];
  const auto found = older.find(at.key);
  if (found == older.end() && at.version > 1) {
    return false;
  }
  recent.emplace(at.key, found == older.end() ? chain_link{} : found->second);
  return true;
}

result<void> postgres_chain::learn(postgres_connection& connection, std::span<const chain_place> places) {
  if (recent_[0].size() + recent_[1].size() + recent_[2].size() >= chain_links_kept) {
    older_ = std::exchange(recent_, {});
  }
  std::vector<chain_place> unknown;
  for (const chain_place& at : places) {
    if (!is_known(at)) {
      unknown.push_back(at);
      recent_[index_of(at.kind)].emplace(at.key, chain_link{});
    }
  }
  return unknown.empty() ? result<void>() : ask(connection, unknown);
}

result<void> postgres_chain::ask(postgres_connection& connection, std::span<const chain_place> unknown) {
  std::array<std::vector<const chain_place*>, 3> asked;
  for (const chain_place& at : unknown) {
    asked[index_of(at.kind)].push_back(&at);
  }
  std::vector<std::size_t> kinds;
  for (std::size_t kind = 0; kind < asked.size(); ++kind) {
    if (asked[kind].empty()) {
      continue;
    }
    postgres_array key(types[kind], asked[kind].size());
    postgres_array version(postgres_type::int8, asked[kind].size());
    for (const chain_place* at : asked[kind]) {
      add_key(key, *at);
      version.add(at->version);
    }
    if (auto queued = connection.queue(all[kind], postgres_parameters().add(key).add(version)); !queued) {
      connection.close();
      return queued;
    }
    kinds.push_back(kind);
  }
  const auto answers = connection.sync();
  if (!answers) {
    return tl::unexpected(answers.error());
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const postgres_rows& rows = (*answers)[i];
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const chain_place& at = *asked[kinds[i]].at(static_cast<std::size_t>(rows.integer(row, 0)) - 1);
      const std::string_view link = rows.text(row, 1);
      if (chain_link& known = recent_[kinds[i]].find(at.key)->second; link.size() == known.size()) {
        std::memcpy(known.data(), link.data(), known.size());
      }
    }
  }
  return {};
}

const chain_link& postgres_chain::follow(const chain_place& at, event_tag tag, std::string_view payload) {
  link_map& known = recent_[index_of(at.kind)];
  const auto found = known.find(at.key);
  ORDERD_ASSERT(found != known.end());
  return found->second = next_link(found->second, tag, payload);
}

void postgres_chain::forget() noexcept {
  for (link_map& each : recent_) {
    each.clear();
  }
  for (link_map& each : older_) {
    each.clear();
  }
}

} // namespace orderd

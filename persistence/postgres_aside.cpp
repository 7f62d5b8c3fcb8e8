#include "persistence/postgres_aside.hpp"

#include "persistence/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace orderd {
namespace {

constexpr std::string_view kind_of_order = "order";
constexpr std::string_view kind_of_stock = "stock";
constexpr std::string_view kind_of_account = "account";

constexpr postgres_statement aside_figures_of = {"aside_figures", R"sql(
SELECT count(*), (SELECT reason FROM events_aside WHERE reason IS NOT NULL ORDER BY seq DESC LIMIT 1)
  FROM events_aside)sql"};
constexpr postgres_statement aside_keys = {
    "aside_keys", "SELECT kind, entity FROM events_aside GROUP BY kind, entity ORDER BY min(seq)"};
constexpr postgres_statement aside_events = {
    "aside_events", "SELECT seq, tag, data FROM events_aside WHERE kind = $1::text AND entity = $2::bytea "
                    "ORDER BY seq LIMIT $3::int8"};
constexpr postgres_statement insert_aside = {"insert_aside", R"sql(
INSERT INTO events_aside (seq, kind, entity, version, tag, occurred_at, data, reason)
SELECT u.*, $8::text FROM unnest($1::int8[], $2::text[], $3::bytea[], $4::int8[], $5::int2[],
                                 $6::timestamptz[], $7::bytea[]) AS u)sql"};
constexpr postgres_statement remove_aside = {
    "remove_aside",
    "DELETE FROM events_aside WHERE kind = $1::text AND entity = $2::bytea AND seq <= $3::int8"};

constexpr std::array<postgres_statement, 5> all = {aside_figures_of, aside_keys, aside_events, insert_aside,
                                                   remove_aside};

postgres_parameters naming(const aside_key& key) {
  postgres_parameters out;
  out.add(std::string_view(key.kind)).add(std::string_view(key.entity));
  return out;
}

/// What the table calls the entity of an event.
struct event_entity {
  std::string_view kind;
  std::string_view name; ///< bytes of the event
};

event_entity entity_of(const event& e) {
  if (const auto* of_order = std::get_if<order_event>(&e))
    return {kind_of_order, bytes_of(of_order->order_id)};
  if (const auto* of_account = std::get_if<account_event>(&e))
    return {kind_of_account, of_account->account_id};
  return {kind_of_stock, std::get<stock_event>(e).sku};
}

/// Nothing if it has not the bytes of an id.
std::optional<uuid> order_of(const aside_key& key) {
  uuid id;
  if (key.entity.size() != id.bytes.size()) {
    return std::nullopt;
  }
  std::memcpy(id.bytes.data(), key.entity.data(), id.bytes.size());
  return id;
}

result<void> insert_key(aside_entities& to, const aside_key& key) {
  if (key.kind == kind_of_stock) {
    to.skus.insert(key.entity);
    return {};
  }
  if (key.kind == kind_of_account) {
    to.accounts.insert(key.entity);
    return {};
  }
  const auto id = order_of(key);
  if (!id) {
    return fail(error_code::damaged,
                "the table events_aside names an order by " + std::to_string(key.entity.size()) + " bytes");
  }
  to.orders.insert(*id);
  return {};
}

} // namespace

std::string aside_key::name() const {
  const auto id = kind == kind_of_order ? order_of(*this) : std::nullopt;
  return id ? to_string(*id) : entity;
}

std::span<const postgres_statement> postgres_aside::statements() noexcept { return all; }

result<void> postgres_aside::load(postgres_connection& connection) {
  const auto rows = connection.run(aside_figures_of, {});
  const auto found = rows ? keys(connection) : tl::unexpected(rows.error());
  if (!found) {
    return tl::unexpected(found.error());
  }
  aside_entities entities;
  for (const aside_key& key : *found) {
    if (auto inserted = insert_key(entities, key); !inserted) {
      return inserted;
    }
  }
  figures_ = {static_cast<std::uint64_t>(rows->integer(0, 0)), entities.size(),
              std::string(rows->text(0, 1))};
  entities_ = std::move(entities);
  return {};
}

result<void> postgres_aside::check_room(const event& e) const {
  if (std::holds_alternative<request_record>(e)) {
    return fail(error_code::refused, "a remembered request is of no order, item or account to be set aside");
  }
  if (entities_.size() < aside_entities_max || entities_.contains(e)) {
    return {};
  }
  return fail(error_code::refused, "the database has refused events of " + std::to_string(entities_.size()) +
                                       " orders, items and accounts already, the last because " +
                                       figures_.reason);
}

void postgres_aside::add(postgres_transaction& to, std::span<const sequenced_event* const> events,
                         const std::string* reason) {
  using type = postgres_type;
  const std::size_t n = events.size();
  if (n == 0) {
    return;
  }
  postgres_array seq(type::int8, n), kind(type::text, n), entity(type::bytea, n), version(type::int8, n),
      tag(type::int2, n), occurred_at(type::timestamptz, n), data(type::bytea, n);
  std::string payload;
  for (const sequenced_event* e : events) {
    seq.add(static_cast<std::int64_t>(e->seq));
    const auto [its_kind, its_name] = entity_of(e->event);
    kind.add(its_kind);
    entity.add(its_name);
    version.add(static_cast<std::int64_t>(version_of(e->event)));
    occurred_at.add(time_of(e->event));
    tag.add(static_cast<std::int64_t>(tag_of(e->event)));
    payload.clear();
    encode_event(payload, e->event);
    data.add(std::string_view(payload));
  }
  auto values = columns({&seq, &kind, &entity, &version, &tag, &occurred_at, &data});
  reason != nullptr ? values.add(std::string_view(*reason)) : values.add_null();
  to.add(insert_aside, values, n, "events to be set aside");
}

void postgres_aside::note(std::span<const sequenced_event* const> events, const std::string* reason) {
  for (const sequenced_event* e : events) {
    entities_.insert(e->event);
  }
  figures_.events += events.size();
  figures_.entities = entities_.size();
  if (reason != nullptr) {
    figures_.reason = *reason;
  }
}

result<std::vector<aside_key>> postgres_aside::keys(postgres_connection& connection) {
  const auto rows = connection.run(aside_keys, {});
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<aside_key> found;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    found.push_back({std::string(rows->text(row, 0)), std::string(rows->text(row, 1))});
  }
  return found;
}

result<std::vector<sequenced_event>> postgres_aside::events_of(postgres_connection& connection,
                                                               const aside_key& key) {
  const auto rows =
      connection.run(aside_events, naming(key).add(static_cast<std::int64_t>(retry_events_max)));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  std::vector<sequenced_event> events;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    auto e = decode_event(static_cast<std::uint16_t>(rows->integer(row, 1)), rows->text(row, 2));
    if (!e) {
      return tl::unexpected(e.error());
    }
    events.push_back({static_cast<std::uint64_t>(rows->integer(row, 0)), std::move(*e)});
  }
  return events;
}

void postgres_aside::remove(postgres_transaction& to, const aside_key& key, std::uint64_t last_seq,
                            std::size_t count) {
  to.add(remove_aside, naming(key).add(static_cast<std::int64_t>(last_seq)), count,
         "events that were set aside");
}

} // namespace orderd

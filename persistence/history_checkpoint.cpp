#include "persistence/history_checkpoint.hpp"

#include "persistence/event_fit.hpp"
#include "persistence/line_bytes.hpp"
#include "persistence/order_codec.hpp"
#include "persistence/write_set.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace orderd {
namespace {

constexpr std::uint8_t state_format_version = 1;

/// The values of a map by ids, in the order of the ids: a state has one encoding.
template <class Value> std::vector<const Value*> by_id(const std::unordered_map<uuid, Value>& all) {
  std::vector<std::pair<uuid, const Value*>> pairs;
  pairs.reserve(all.size());
  for (const auto& [id, each] : all)
    pairs.emplace_back(id, &each);
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const Value*> values;
  values.reserve(pairs.size());
  for (const auto& each : pairs)
    values.push_back(each.second);
  return values;
}

// ---- stock items ----

/// The least that a reservation takes: two ids, and a byte for each of its other five values.
constexpr std::size_t reservation_bytes_min = 37;

void put(byte_writer& out, const stock_item& item) {
  const stock_view& view = item.view();
  out.text(view.product.sku);
  put(out, view.product.product_id);
  out.text(view.product.name);
  out.signed_varint(view.product.price);
  put(out, view.product.low_threshold);
  out.signed_varint(view.levels.on_hand);
  out.signed_varint(view.levels.reserved);
  out.varint(view.version);
  out.time(view.updated_at);
  out.signed_varint(item.totals().received);
  out.signed_varint(item.totals().committed);
  out.signed_varint(item.totals().adjusted_out);
  out.varint(item.active().size());
  for (const reservation* each : by_id(item.active())) {
    out.id(each->id);
    out.signed_varint(each->qty);
    out.text(each->holder);
    out.time(each->created_at);
    put(out, each->expires_at);
    out.id(each->order_id);
    put(out, each->claimed_expiry);
  }
}

reservation read_reservation(byte_reader& in) {
  reservation r;
  r.id = in.id();
  r.qty = in.signed_varint();
  r.holder = in.text();
  r.created_at = in.time();
  r.expires_at = optional_time(in);
  r.order_id = in.id();
  r.claimed_expiry = optional_time(in);
  return r;
}

std::optional<entity_state> read_item(byte_reader& in) {
  stock_view view;
  view.product.sku = in.text();
  view.product.product_id = optional_number(in);
  view.product.name = in.text();
  view.product.price = in.signed_varint();
  view.product.low_threshold = optional_number(in);
  view.levels.on_hand = in.signed_varint();
  view.levels.reserved = in.signed_varint();
  view.version = in.varint();
  view.updated_at = in.time();
  stock_totals totals;
  totals.received = in.signed_varint();
  totals.committed = in.signed_varint();
  totals.adjusted_out = in.signed_varint();
  std::vector<reservation> active(in.count(reservation_bytes_min));
  for (reservation& each : active)
    each = read_reservation(in);
  const auto descends = [](const reservation& a, const reservation& b) { return a.id >= b.id; };
  const bool repeats = std::adjacent_find(active.begin(), active.end(), descends) != active.end();
  if (!in.ended_well() || repeats || !adds_up(view, totals, active))
    return std::nullopt;
  return stock_item(std::move(view), totals, std::move(active));
}

// ---- accounts ----

/// The least that a hold takes: an id, and a byte for each of its other three values.
constexpr std::size_t hold_bytes_min = 19;

void put(byte_writer& out, const account& state) {
  const account_view& view = state.view();
  out.text(view.id);
  out.signed_varint(view.levels.balance);
  out.signed_varint(view.levels.held);
  out.varint(view.version);
  out.time(view.created_at);
  out.time(view.updated_at);
  out.signed_varint(state.totals().deposited);
  out.signed_varint(state.totals().paid_in);
  out.signed_varint(state.totals().paid_out);
  out.varint(state.holds().size());
  for (const account_hold* each : by_id(state.holds())) {
    out.id(each->order_id);
    out.varint(each->attempt);
    out.signed_varint(each->amount);
    out.flag(each->escrowed);
  }
}

std::optional<entity_state> read_account(byte_reader& in) {
  account_view view;
  view.id = in.text();
  view.levels.balance = in.signed_varint();
  view.levels.held = in.signed_varint();
  view.version = in.varint();
  view.created_at = in.time();
  view.updated_at = in.time();
  account_totals totals;
  totals.deposited = in.signed_varint();
  totals.paid_in = in.signed_varint();
  totals.paid_out = in.signed_varint();
  std::unordered_map<uuid, account_hold> holds;
  bool ascends = true;
  uuid before;
  for (std::size_t left = in.count(hold_bytes_min); left > 0; --left) {
    account_hold hold;
    hold.order_id = in.id();
    hold.attempt = in.varint();
    hold.amount = in.signed_varint();
    hold.escrowed = in.flag();
    ascends = ascends && before < hold.order_id;
    before = hold.order_id;
    holds.emplace(before, hold);
  }
  if (!in.ended_well() || !ascends || view.version == 0 || !adds_up(view, totals, holds))
    return std::nullopt;
  return account(std::move(view), totals, std::move(holds));
}

// ---- states ----

std::optional<entity_state> read_order(std::string_view bytes) {
  auto state = decode_order(bytes);
  if (!state || !adds_up(*state))
    return std::nullopt;
  return std::make_shared<const order>(std::move(*state));
}

std::optional<entity_state> read_state(entity_kind kind, std::string_view bytes) {
  byte_reader in(bytes);
  switch (kind) {
  case entity_kind::stock:
    return read_item(in);
  case entity_kind::order:
    return read_order(bytes);
  case entity_kind::account:
    break;
  }
  return read_account(in);
}

struct named_version {
  entity_key entity;
  std::uint64_t version = 0;
};

struct namer {
  named_version operator()(const stock_item& item) const {
    return {{entity_kind::stock, item.view().product.sku}, item.view().version};
  }
  named_version operator()(const order_ptr& state) const {
    return {{entity_kind::order, std::string(bytes_of(state->id))}, state->version};
  }
  named_version operator()(const account& state) const {
    return {{entity_kind::account, state.view().id}, state.view().version};
  }
};

} // namespace

std::string encode_state(const entity_state& state) {
  std::string out;
  byte_writer writer(out);
  writer.byte(state_format_version);
  writer.byte(static_cast<std::uint8_t>(std::visit(namer{}, state).entity.kind));
  if (const auto* item = std::get_if<stock_item>(&state))
    put(writer, *item);
  else if (const auto* of_order = std::get_if<order_ptr>(&state))
    encode_order(out, **of_order);
  else
    put(writer, std::get<account>(state));
  return out;
}

result<entity_state> decode_state(entity_kind kind, std::string_view bytes) {
  const std::uint8_t format = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
  if (format > state_format_version)
    return fail(error_code::newer_format, "the state has format version " + std::to_string(format) +
                                              ", this program reads " + std::to_string(state_format_version));
  const bool is_of_kind = format > 0 && bytes.size() > 1 &&
                          static_cast<std::uint8_t>(bytes[1]) == static_cast<std::uint8_t>(kind);
  auto state = is_of_kind ? read_state(kind, bytes.substr(2)) : std::nullopt;
  if (!state)
    return fail(error_code::damaged, "these " + std::to_string(bytes.size()) +
                                         " bytes are no state of kind " + std::string(to_text(kind)) +
                                         " that adds up");
  return *std::move(state);
}

// ---- following events ----

history_fold::history_fold(entity_key entity) : entity_(std::move(entity)) {}

result<history_fold> history_fold::behind(const history_checkpoint& from) {
  auto state = decode_state(from.entity.kind, from.state);
  const std::string where =
      "the checkpoint of the " + std::string(to_text(from.entity.kind)) + " " + shown_key(from.entity);
  if (!state)
    return fail(state.error().code, where + ": " + state.error().detail);
  const auto named = std::visit(namer{}, *state);
  if (named.entity != from.entity || named.version != from.version)
    return fail(error_code::damaged, where + " at version " + std::to_string(from.version) +
                                         " holds the state of " + shown_key(named.entity) + " at version " +
                                         std::to_string(named.version));
  history_fold fold(from.entity);
  fold.version_ = from.version;
  fold.link_ = from.link;
  if (const auto* of_order = std::get_if<order_ptr>(&*state))
    fold.order_ = std::make_shared<order>(**of_order);
  fold.state_ = std::move(*state);
  if (fold.order_ != nullptr)
    fold.state_ = order_ptr(fold.order_);
  return fold;
}

const char* history_fold::take(const stock_event& e) {
  if (entity_.kind != entity_kind::stock || entity_.key != e.sku)
    return "is of another item";
  // What begins is named, so that its first event is held against the name.
  if (!state_)
    state_ = stock_item({{.sku = entity_.key, .product_id = {}, .name = {}}, {}, 0, {}}, {}, {});
  auto& item = std::get<stock_item>(*state_);
  const char* const wrong = misfit(item, e);
  if (wrong == nullptr)
    item.evolve(e);
  return wrong;
}

const char* history_fold::take(const account_event& e) {
  if (entity_.kind != entity_kind::account || entity_.key != e.account_id)
    return "is of another account";
  if (!state_)
    state_ = account({entity_.key, {}, 0, {}, {}}, {}, {});
  auto& state = std::get<account>(*state_);
  const char* const wrong = misfit(state, e);
  if (wrong == nullptr)
    state.evolve(e);
  return wrong;
}

const char* history_fold::take(const order_event& e) {
  if (entity_.kind != entity_kind::order || entity_.key != bytes_of(e.order_id))
    return "is of another order";
  if (order_ == nullptr)
    order_ = std::make_shared<order>();
  if (const char* const wrong = misfit(*order_, e))
    return wrong;
  // A state that was handed out stays as it is: what others hold is copied, the own one is not.
  state_.reset();
  if (order_.use_count() > 1)
    order_ = std::make_shared<order>(*order_);
  evolve(*order_, e);
  if (!order_->withdrawn)
    state_ = order_ptr(order_);
  return nullptr;
}

result<void> history_fold::follow(const event& e) {
  const char* wrong = "is of no entity";
  if (const auto* of_stock = std::get_if<stock_event>(&e))
    wrong = take(*of_stock);
  else if (const auto* of_order = std::get_if<order_event>(&e))
    wrong = take(*of_order);
  else if (const auto* of_account = std::get_if<account_event>(&e))
    wrong = take(*of_account);
  if (wrong != nullptr)
    return fail(error_code::damaged, "the history of the " + std::string(to_text(entity_.kind)) + " " +
                                         shown_key(entity_) + " at version " + std::to_string(version_) +
                                         ": its next event, " + std::string(name_of(e)) + " of version " +
                                         std::to_string(version_of(e)) + ", " + wrong);
  version_ = version_of(e);
  link_ = next_link(link_, e);
  return {};
}

} // namespace orderd

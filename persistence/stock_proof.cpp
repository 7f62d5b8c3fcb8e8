#include "persistence/stock_proof.hpp"

#include "config/base64.hpp"
#include "config/json_writer.hpp"
#include "domain/assert.hpp"
#include "persistence/event_codec.hpp"

namespace orderd {

namespace {

void write(json_writer& json, const stock_levels& levels, const stock_totals& totals) {
  json.member("on_hand", levels.on_hand).member("reserved", levels.reserved);
  json.member("available", levels.available()).member("received", totals.received);
  json.member("committed", totals.committed).member("adjusted_out", totals.adjusted_out);
}

} // namespace

stock_proof::stock_proof(const std::string& sku, const proof_extent& extent)
    : sku_(sku), extent_(extent),
      chain_({entity_kind::stock, sku}, extent.dropped_to, extent.last_seq, found_) {}

std::string stock_proof::begin(const std::optional<history_checkpoint>& from) {
  std::string line;
  json_writer json(line);
  json.begin_object().member("sku", sku_).key("checkpoint");
  if (!from) {
    json.value(nullptr).end_object();
    return line + "\n";
  }
  chain_.begin_behind(*from);
  head_ = from->link;
  version_ = from->version;
  json.begin_object().member("seq", from->seq).member("version", from->version);
  json.member("at", to_rfc3339(from->at));
  // What cannot be read is told in the last line.
  if (const auto& state = chain_.fold().state(); chain_.is_known() && state) {
    const auto& item = std::get<stock_item>(*state);
    write(json, item.view().levels, item.totals());
  }
  json.member("hash", to_text(from->link)).end_object().end_object();
  return line + "\n";
}

std::string stock_proof::link(const sequenced_event& next) {
  const auto* event = std::get_if<stock_event>(&next.event);
  ORDERD_ASSERT(event != nullptr);
  chain_.follow(next, false);
  ++links_;
  version_ = event->version;
  head_ = next.link.value_or(chain_link{});
  std::string payload;
  encode_for_history(payload, next.event);
  std::string line;
  json_writer json(line);
  json.begin_object().member("seq", next.seq).member("version", event->version);
  json.member("at", to_rfc3339(event->at)).member("event", name_of(*event));
  write(json, event->after, event->totals_after);
  json.member("tag", static_cast<std::uint32_t>(tag_of(next.event)));
  json.member("payload", encode_base64(payload)).member("hash", to_text(head_)).end_object();
  return line + "\n";
}

bool stock_proof::reaches(const sequenced_event& next) const {
  return next.seq <= extent_.until_seq || version_of(next.event) <= extent_.version;
}

std::string stock_proof::end() { return last_line(problem()); }
std::string stock_proof::break_off(const std::string& why) { return last_line(why); }

std::optional<std::string> stock_proof::problem() const {
  if (!found_.ok())
    return found_.differences.front().detail;
  if (version_ == 0)
    return "there is no event of it";
  if (version_ != extent_.version)
    return "the item is at version " + std::to_string(extent_.version) + ", its links end with version " +
           std::to_string(version_);
  return std::nullopt;
}

std::string stock_proof::last_line(const std::optional<std::string>& problem) const {
  std::string line;
  json_writer json(line);
  json.begin_object().member("sku", sku_).member("head", to_text(head_)).member("links", links_);
  json.member("never_oversold", !problem);
  if (problem)
    json.member("problem", *problem);
  json.end_object();
  return line + "\n";
}

} // namespace orderd

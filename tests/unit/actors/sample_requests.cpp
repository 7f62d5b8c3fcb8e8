#include "tests/unit/actors/sample_requests.hpp"

namespace orderd::test {

namespace {

class recording_sink final : public reply_sink {
 public:
  explicit recording_sink(answer_slot into) : into_(std::move(into)) {}
  void answer(outcome&& result) noexcept override {
    if (into_->ignored)
      return;
    ++into_->times;
    into_->value = std::move(result);
  }

 private:
  answer_slot into_;
};

} // namespace

reply_token make_token(answer_slot into) {
  return reply_token{std::make_unique<recording_sink>(std::move(into))};
}

std::string describe(const answer_slot& slot) {
  std::string text = "answered " + std::to_string(slot->times) + " times";
  if (!slot->value)
    return text;
  if (const auto* refused = std::get_if<rejection>(&*slot->value))
    return text + ", refused: " + std::string{code_text(refused->code)} + ": " + refused->detail;
  return text + ", granted: alternative " + std::to_string(slot->value->index());
}

std::optional<rejection_code> refusal(const answer_slot& slot) {
  if (slot->times != 1 || !std::holds_alternative<rejection>(*slot->value))
    return std::nullopt;
  return std::get<rejection>(*slot->value).code;
}

bool granted(const answer_slot& slot) { return slot->times == 1 && !refusal(slot); }

order_line line_of(std::string sku, std::int64_t qty) {
  order_line line;
  line.sku = std::move(sku);
  line.qty = qty;
  return line;
}

order_line claim_of(std::string sku, const uuid& reservation, std::int64_t qty) {
  auto line = line_of(std::move(sku), qty);
  line.reservation = reservation;
  return line;
}

order_request creation(const uuid& id, std::vector<order_line> lines, order_status wanted,
                       const caller& who) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].id = id;
    lines[i].id.bytes[15] = static_cast<std::uint8_t>(lines[i].id.bytes[15] + i + 1);
  }
  return {id, who, {}, create_order{who.user, std::move(lines), "{}", "USD", wanted}, {}};
}

order_request transition(const uuid& id, order_status target, const caller& who,
                         std::optional<std::uint64_t> if_match) {
  change_status status;
  status.target = target;
  if (target == order_status::accepted && who.is_operator)
    status.runner_id = "runner";
  return {id, who, if_match, change_order{std::move(status), {}}, {}};
}

order_request metadata_change(const uuid& id, std::string metadata, std::optional<change_status> status,
                              const caller& who) {
  auto merge = [metadata = std::move(metadata)](const std::string&) -> decision<std::string> {
    return metadata;
  };
  return {id, who, {}, change_order{std::move(status), std::move(merge)}, {}};
}

order_request look(const uuid& id, const caller& who) { return {id, who, {}, get_order{}, {}}; }

stock_request definition(std::string sku, std::int64_t on_hand, cents price,
                         std::optional<std::int64_t> product_id) {
  return {std::move(sku), operator_caller, {}, define_stock{std::nullopt, price, on_hand, product_id}, {}};
}

} // namespace orderd::test

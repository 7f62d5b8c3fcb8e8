#include "tests/unit/actors/keyed_requests.hpp"

namespace orderd::test {

uuid key_of(unsigned number) { return make_uuid_v7(timestamp{}, number, number); }

std::string shown(const outcome& result) {
  if (const auto* refused = std::get_if<rejection>(&result))
    return std::string{code_text(refused->code)};
  if (const auto* order = std::get_if<order_ptr>(&result))
    return to_string((*order)->id) + " at version " + std::to_string((*order)->version);
  return "alternative " + std::to_string(result.index());
}

std::shared_ptr<const request_ticket> ticket_of(unsigned key, unsigned fingerprint) {
  auto render = [](const outcome& result, request_record& into) {
    into.status = std::holds_alternative<rejection>(result) ? 400 : 200;
    into.body = shown(result);
  };
  return std::make_shared<const request_ticket>(
      request_ticket{key_of(key), key_of(fingerprint), std::move(render)});
}

std::vector<request_record> records_in(engine_fixture& engine) {
  std::vector<request_record> found;
  for (const auto& entry : engine.entries())
    if (const auto* record = entry.record(); record != nullptr && record->is_answered())
      found.push_back(*record);
  return found;
}

} // namespace orderd::test

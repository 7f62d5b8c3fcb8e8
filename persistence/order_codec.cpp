#include "persistence/order_codec.hpp"

#include "persistence/event_bytes.hpp"
#include "persistence/line_bytes.hpp"

#include <limits>

namespace orderd {

namespace {

[[nodiscard]] payment_status read_payment(byte_reader& in) {
  return static_cast<payment_status>(in.up_to(static_cast<std::uint8_t>(payment_status::failed)));
}

[[nodiscard]] std::optional<order_failure> read_failure(byte_reader& in) {
  if (!in.flag())
    return std::nullopt;
  order_failure failure;
  failure.code = in.text();
  failure.detail = in.text();
  return failure;
}

void read_saga(byte_reader& in, order& state) {
  state.withdrawn = in.flag();
  state.step = static_cast<saga_step>(in.up_to(static_cast<std::uint8_t>(saga_step::returning)));
  state.placing = read_placing(in);
  state.attempt = in.varint();
  state.keeper = read_keeper(in);
  state.payee = in.text();
  const std::uint64_t rounds = in.varint();
  if (rounds > std::numeric_limits<std::uint32_t>::max())
    in.fail();
  state.delay.rounds = static_cast<std::uint32_t>(rounds);
  state.delay.due_at = optional_time(in);
  state.delay.trouble = in.text();
  state.delay.stuck = in.flag();
  state.accept_by = optional_time(in);
}

} // namespace

void encode_order(std::string& out, const order& state) {
  byte_writer writer(out);
  writer.id(state.id);
  writer.text(state.customer_id);
  writer.byte(static_cast<std::uint8_t>(state.status));
  writer.byte(static_cast<std::uint8_t>(state.payment));
  writer.varint(state.version);
  writer.text(state.currency);
  put(writer, state.lines);
  writer.signed_varint(state.total);
  writer.text(state.metadata);
  writer.text(state.runner_id);
  writer.flag(state.failure.has_value());
  if (state.failure) {
    writer.text(state.failure->code);
    writer.text(state.failure->detail);
  }
  writer.flag(state.withdrawn);
  writer.byte(static_cast<std::uint8_t>(state.step));
  put(writer, state.placing);
  writer.varint(state.attempt);
  writer.byte(static_cast<std::uint8_t>(state.keeper));
  writer.text(state.payee);
  writer.varint(state.delay.rounds);
  put(writer, state.delay.due_at);
  writer.text(state.delay.trouble);
  writer.flag(state.delay.stuck);
  put(writer, state.accept_by);
  writer.time(state.created_at);
  writer.time(state.updated_at);
}

result<order> decode_order(std::string_view bytes) {
  byte_reader in(bytes);
  order state;
  state.id = in.id();
  state.customer_id = in.text();
  state.status = read_status(in);
  state.payment = read_payment(in);
  state.version = in.varint();
  state.currency = in.text();
  state.lines = read_lines(in);
  state.total = in.signed_varint();
  state.metadata = in.text();
  state.runner_id = in.text();
  state.failure = read_failure(in);
  read_saga(in, state);
  state.created_at = in.time();
  state.updated_at = in.time();
  if (!in.ended_well())
    return fail(error_code::damaged,
                "the state of an order of " + std::to_string(bytes.size()) + " bytes is malformed");
  return state;
}

} // namespace orderd

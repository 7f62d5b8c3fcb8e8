/// The source of events from NATS JetStream: durable pull consumers with explicit acknowledgement.
#pragma once

#include "persistence/event_source.hpp"
#include "persistence/nats_trust.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace orderd {

struct nats_source_options {
  std::string url; ///< `nats://` or `tls://`, one or more divided by commas; may hold secrets
  std::string inbound_stream = "orders_inbound"; ///< for the subjects that no other stream has
  std::string durable = "orderd"; ///< the consumers are `<durable>-payments-authorized` and so on
  source_bounds bounds;
  std::string dead_letter_prefix = "dead_letter";   ///< the subject becomes `<prefix>.<subject>`
  std::chrono::milliseconds ack_wait{60'000};       ///< after it the server delivers again what a crash left
  std::chrono::milliseconds connect_pause_min{100}; ///< doubles with each failure
  std::chrono::milliseconds connect_pause_max{5'000};
  nats_trust trust = {};
};

/// Reads `payments.authorized`, `payments.failed`, `payments.refunded`, `stock.received` and
/// `orders.submitted`, each from the stream that has it. Tries are counted in memory, and a message's begin
/// anew with each process. What waits for long is renewed with the server at half of `ack_wait`, and a second
/// delivery of what is still in flight is dropped. Dead letters go into the stream
/// `<inbound_stream>_dead_letters`, made if no other has them; the message is acknowledged once they are
/// stored.
class nats_source final : public event_source {
 public:
  /// Reads from now on. The handler is called in a thread of this object, never after its end.
  nats_source(nats_source_options options, message_handler handler);
  /// Gives back to the server what is not settled; takes a few seconds at most.
  ~nats_source() override;

  [[nodiscard]] source_figures figures() const override;

 private:
  class reader;
  std::unique_ptr<reader> reader_;
};

} // namespace orderd

/// The durable pull consumers of a source, and what they were asked for. Included by persistence/nats_* only.
#pragma once

#include "persistence/nats_connection.hpp"
#include "persistence/nats_delivery.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderd {

/// The subjects that a source reads.
inline constexpr std::array<std::string_view, 5> inbound_subjects{
    "payments.authorized", "payments.failed", "payments.refunded", "stock.received", "orders.submitted"};

struct nats_consumer_options {
  std::string inbound_stream;
  std::string durable; ///< what the names of the consumers begin with
  std::string dead_letter_prefix;
  std::size_t in_flight_max = 64;
  std::chrono::milliseconds ack_wait{60'000};
};

/// One consumer for each subject, since a consumer of nats-server 2.9 has one filter, and a filter with a
/// wildcard would also catch what others send. Belongs to one thread.
class nats_consumers {
 public:
  explicit nats_consumers(nats_consumer_options options);

  /// Finds for each subject the stream that has it; the inbound stream is made, or extended, for those that
  /// none has. Makes the consumers, or sets those that are there to these options, and the stream of dead
  /// letters. What was asked for is forgotten. Errors name the stream.
  [[nodiscard]] result<void> set_up(const nats_connection& connection);

  [[nodiscard]] std::size_t count() const noexcept { return consumers_.size(); }
  /// Which consumer has delivered it; nothing if it is none of these.
  [[nodiscard]] std::optional<std::size_t> index_of(const nats_position& position) const;
  /// Asks a consumer for so many messages, unless it still owes some or has refused lately. False if it has
  /// left a question without any answer: it may be gone, and has to be set up again.
  [[nodiscard]] bool ask(const nats_connection& connection, std::size_t index, std::size_t messages);
  /// Notes that a consumer has delivered one.
  void delivered(std::size_t index) noexcept;
  /// Reads an answer that is no delivery. False if the consumer is gone and has to be set up again.
  [[nodiscard]] bool answered(std::string_view word, natsMsg* message);

 private:
  struct consumer {
    std::string subject;
    std::string name;
    std::string stream;
    std::string word;     ///< of the answers to the last request
    std::size_t owed = 0; ///< messages of that request that may still come
    std::chrono::steady_clock::time_point owed_until;
    std::chrono::steady_clock::time_point next_request;
  };

  [[nodiscard]] result<void> find_streams(const nats_connection& connection);
  [[nodiscard]] result<void> make_consumer(const nats_connection& connection, const consumer& which) const;
  [[nodiscard]] result<void> make_dead_letter_stream(const nats_connection& connection) const;

  const nats_consumer_options options_;
  std::vector<consumer> consumers_;
  std::uint64_t requests_ = 0;
};

} // namespace orderd

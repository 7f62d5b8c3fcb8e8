/// Streams of stock items' chains to clients: what the edge gives and is given.
#pragma once

#include "actors/event_stream.hpp"
#include "domain/rejection.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace orderd {

/// Somebody wants the chain of an item. One of the two functions is called, once, on any thread.
struct stock_proof_request {
  std::string sku;
  std::function<std::unique_ptr<event_listener>(listener_signal)> begin;
  std::function<void(rejection)> refuse;
};

/// A client with more than this before it waits for its next page.
inline constexpr std::size_t proof_unread_bytes_max = 64U * 1024;
/// So many proofs at once.
inline constexpr std::uint64_t proofs_max = 16;

} // namespace orderd

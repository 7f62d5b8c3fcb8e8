/// Reads the chains of stock items for those who want them proved, page by page as they take them.
#pragma once

#include "actors/engine_counters.hpp"
#include "actors/proof_request.hpp"
#include "persistence/stock_proof.hpp"
#include "persistence/store.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace orderd {

struct prover_setup {
  std::shared_ptr<store_reader> reader;
  engine_counters* counters = nullptr;
};

/// To the prover: a request, once the store has all that its client could have seen, or will not have it.
struct proof_client {
  std::uint64_t id = 0;
  stock_proof_request what;
  std::optional<rejection> refused;
};
/// The same in a message, which CAF may want to copy.
using proof_client_ptr = std::shared_ptr<proof_client>;
/// To the prover, from a client's listener.
struct proof_signal {
  std::uint64_t id = 0;
  bool gone = false;
};
/// From the prover to itself: this client's next page.
using next_page_atom = caf::atom_constant<caf::atom("nextpage")>;

/// Messages: `proof_client_ptr`, `proof_signal`, `(next_page_atom, id)`.
///
/// Each client is given a page, and the next when it has taken most of that: one that reads slowly costs a
/// page, and nobody else waits for it.
class prover_state {
 public:
  explicit prover_state(caf::event_based_actor* self) : self_(self) {}

  void join(proof_client& client);
  void signal(const proof_signal& what);
  void go_on(std::uint64_t id);

  static inline const char* name = "orderd.prover";

 private:
  friend caf::behavior prover(caf::stateful_actor<prover_state>*, prover_setup);

  struct client {
    std::unique_ptr<event_listener> listener;
    std::optional<stock_proof> proof; ///< since its first line was given
    std::string sku;
    bool coming = false; ///< its next page is on its way
  };
  using client_iterator = std::map<std::uint64_t, client>::iterator;
  [[nodiscard]] result<std::string> begin(client& one);
  [[nodiscard]] result<std::string> next_page(client& one, bool& ended);
  /// Gives the client a page, if it has room. False when it has all, or has gone.
  [[nodiscard]] bool serve(std::uint64_t id, client& one);
  void drop(client_iterator which);

  caf::event_based_actor* self_;
  prover_setup setup_;
  std::map<std::uint64_t, client> clients_;
};

/// Spawn it detached: it blocks for the store.
caf::behavior prover(caf::stateful_actor<prover_state>* self, prover_setup setup);

} // namespace orderd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::proof_client_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(orderd::proof_signal)

#include "actors/prover.hpp"

#include "actors/fail_stop.hpp"
#include "config/thread_name.hpp"

#include <caf/behavior.hpp>
#include <caf/send.hpp>

#include <utility>

namespace orderd {

namespace {

constexpr std::size_t events_a_page = 200;

} // namespace

void prover_state::join(proof_client& client) {
  auto& what = client.what;
  if (client.refused) {
    setup_.counters->proofs.fetch_sub(1, std::memory_order_relaxed);
    return what.refuse(*std::move(client.refused));
  }
  const auto id = client.id;
  auto& one = clients_[id];
  one.sku = what.sku;
  // Whoever holds the signal may outlive the engine, and must not keep the prover.
  one.listener = what.begin([self = caf::actor_cast<caf::weak_actor_ptr>(self_), id](bool gone) {
    if (const auto alive = caf::actor_cast<caf::actor>(self))
      caf::anon_send(alive, proof_signal{id, gone});
  });
  go_on(id);
}

void prover_state::signal(const proof_signal& what) {
  const auto found = clients_.find(what.id);
  if (found != clients_.end() && what.gone)
    drop(found);
  else if (found != clients_.end() && !found->second.coming)
    go_on(what.id);
}

void prover_state::go_on(std::uint64_t id) {
  const auto found = clients_.find(id);
  if (found == clients_.end())
    return;
  found->second.coming = false;
  if (!serve(id, found->second))
    drop(found);
}

void prover_state::drop(client_iterator which) {
  clients_.erase(which);
  setup_.counters->proofs.fetch_sub(1, std::memory_order_relaxed);
}

bool prover_state::serve(std::uint64_t id, client& one) {
  // It will tell when it has taken that.
  if (one.listener->pending_bytes() > proof_unread_bytes_max)
    return true;
  bool ended = false;
  auto text = one.proof ? next_page(one, ended) : begin(one);
  if (!text) {
    const std::string why = "the history could not be read to its end: " + text.error().detail;
    one.listener->end(one.proof ? one.proof->break_off(why) : stock_proof(one.sku, {}).break_off(why));
    return false;
  }
  if (ended) {
    one.listener->end(*std::move(text));
    return false;
  }
  if (!one.listener->give(std::make_shared<const std::string>(*std::move(text))))
    return false;
  // Other clients' pages come in between.
  one.coming = one.listener->pending_bytes() <= proof_unread_bytes_max;
  if (one.coming)
    self_->send(self_, next_page_atom::value, id);
  return true;
}

result<std::string> prover_state::begin(client& one) {
  proof_extent extent;
  extent.until_seq = setup_.counters->applied_seq.load(std::memory_order_acquire);
  const auto item = setup_.reader->load_stock(one.sku);
  if (!item)
    return tl::unexpected{item.error()};
  extent.version = *item ? (*item)->view().version : 0;
  // Whatever the store showed was durable before.
  extent.last_seq = setup_.counters->durable_seq.load(std::memory_order_acquire);
  // The checkpoint first: none is of an event behind what has been dropped since.
  const auto from = setup_.reader->checkpoint({entity_kind::stock, one.sku});
  if (!from)
    return tl::unexpected{from.error()};
  const auto dropped_to = setup_.reader->dropped_to();
  if (!dropped_to)
    return tl::unexpected{dropped_to.error()};
  extent.dropped_to = *dropped_to;
  one.proof.emplace(one.sku, extent);
  return one.proof->begin(*from);
}

result<std::string> prover_state::next_page(client& one, bool& ended) {
  const auto page = setup_.reader->stock_events(one.sku, one.proof->version(), events_a_page);
  if (!page)
    return tl::unexpected{page.error()};
  if (page->empty() || version_of(page->front().event) != one.proof->version() + 1) {
    const auto from = setup_.reader->checkpoint({entity_kind::stock, one.sku});
    if (!from)
      return tl::unexpected{from.error()};
    if (*from && (*from)->version > one.proof->version())
      return fail(error_code::store_failed, "events of it were dropped meanwhile; ask again");
  }
  std::string text;
  for (const auto& each : *page) {
    ended = ended || !one.proof->reaches(each);
    if (!ended)
      text += one.proof->link(each);
  }
  ended = ended || page->size() < events_a_page;
  if (ended)
    text += one.proof->end();
  return text;
}

caf::behavior prover(caf::stateful_actor<prover_state>* self, prover_setup setup) {
  fail_stop_on_exception(self, "the prover failed");
  name_this_thread("prover");
  auto& state = self->state;
  state.setup_ = std::move(setup);
  return {
      [&state](const proof_client_ptr& client) { state.join(*client); },
      [&state](const proof_signal& what) { state.signal(what); },
      [&state](next_page_atom, std::uint64_t id) { state.go_on(id); },
  };
}

} // namespace orderd

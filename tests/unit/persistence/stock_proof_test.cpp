#include "persistence/stock_proof.hpp"
#include "tests/unit/persistence/kept_snapshot.hpp"
#include "tests/unit/persistence/legal_history.hpp"

#include <boost/test/unit_test.hpp>

namespace orderd::test {
namespace {

/// The item's events as a store shows them, and what is left of those it has dropped.
struct kept_chain {
  explicit kept_chain(std::uint64_t dropped_to = 0) {
    legal_history history(5);
    history.define("WIDGET", 50);
    for (int i = 0; i < 10; ++i)
      history.reserve("WIDGET", 2);
    history.adjust("WIDGET", 7);
    std::vector<event> events;
    for (const auto& each : history.events())
      events.push_back(each.event);
    kept_snapshot snapshot(events);
    if (dropped_to > 0)
      snapshot.drop(dropped_to);
    links = snapshot.events_of(entity_kind::stock);
    if (dropped_to > 0)
      checkpoint = snapshot.checkpoints.front().front();
    last_seq = history.last_seq();
    begin = dropped_to;
  }
  std::string proof() const {
    stock_proof made("WIDGET", begin, last_seq);
    auto text = made.begin(checkpoint);
    for (const auto& each : links)
      text += made.link(each);
    return text + made.end();
  }
  static bool holds(const std::string& proof) {
    return proof.find("\"never_oversold\":true}\n") != std::string::npos;
  }

  std::deque<sequenced_event> links;
  std::optional<history_checkpoint> checkpoint;
  std::uint64_t last_seq = 0;
  std::uint64_t begin = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(stock_proofs)

BOOST_AUTO_TEST_CASE(a_whole_chain_holds_and_names_its_head) {
  const kept_chain chain;
  const auto proof = chain.proof();
  BOOST_TEST(kept_chain::holds(proof), proof);
  BOOST_TEST(proof.starts_with("{\"sku\":\"WIDGET\",\"checkpoint\":null}\n{\"seq\":1,\"version\":1,"));
  BOOST_TEST(proof.find("\"head\":\"" + to_text(*chain.links.back().link) + "\",\"links\":12,") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chain_behind_a_checkpoint_begins_there) {
  const auto proof = kept_chain(4).proof();
  BOOST_TEST(kept_chain::holds(proof), proof);
  BOOST_TEST(proof.starts_with("{\"sku\":\"WIDGET\",\"checkpoint\":{\"seq\":4,\"version\":4,"), proof);
  BOOST_TEST(proof.find("\"on_hand\":50,\"reserved\":6,\"available\":44,") != std::string::npos, proof);
}

BOOST_AUTO_TEST_CASE(a_changed_level_a_missing_link_and_another_checkpoint_break_it) {
  kept_chain changed;
  --std::get<stock_event>(changed.links[5].event).after.reserved;
  BOOST_TEST(!kept_chain::holds(changed.proof()));
  kept_chain shorter;
  shorter.links.erase(shorter.links.begin() + 3);
  BOOST_TEST(!kept_chain::holds(shorter.proof()));
  kept_chain other(4);
  other.checkpoint->link[0] ^= 1;
  BOOST_TEST(!kept_chain::holds(other.proof()));
  BOOST_TEST(other.proof().find("\"problem\":") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

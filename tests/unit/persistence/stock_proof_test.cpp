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
    extent = {dropped_to, history.last_seq(), history.last_seq(), version_of(events.back())};
  }
  std::string proof() const {
    stock_proof made("WIDGET", extent);
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
  proof_extent extent;
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

BOOST_AUTO_TEST_CASE(a_chain_that_ends_before_the_item_does_or_is_not_there_breaks_it) {
  kept_chain cut;
  cut.links.resize(cut.links.size() - 3);
  BOOST_TEST(!kept_chain::holds(cut.proof()));
  BOOST_TEST(cut.proof().find("at version 12, its links end with version 9") != std::string::npos,
             cut.proof());
  kept_chain emptied;
  emptied.links.clear();
  BOOST_TEST(!kept_chain::holds(emptied.proof()));
  kept_chain nothing;
  nothing.links.clear();
  nothing.extent.version = 0;
  BOOST_TEST(!kept_chain::holds(nothing.proof()));
  kept_chain row_behind;
  row_behind.extent.version = 9;
  BOOST_TEST(!kept_chain::holds(row_behind.proof()));
}

BOOST_AUTO_TEST_CASE(a_chain_of_which_all_was_dropped_holds_by_its_checkpoint) {
  kept_chain dropped(12);
  BOOST_TEST(dropped.links.empty());
  BOOST_TEST(kept_chain::holds(dropped.proof()), dropped.proof());
}

BOOST_AUTO_TEST_CASE(a_proof_reaches_what_the_item_had_and_what_was_stored_before) {
  const kept_chain chain;
  const stock_proof by_version("WIDGET", {0, 3, 12, 5});
  BOOST_TEST(by_version.reaches(chain.links[4]));
  BOOST_TEST(!by_version.reaches(chain.links[5]));
  const stock_proof by_seq("WIDGET", {0, 6, 12, 5});
  BOOST_TEST(by_seq.reaches(chain.links[5]));
  BOOST_TEST(!by_seq.reaches(chain.links[6]));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

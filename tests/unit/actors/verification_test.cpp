#include "actors/folder_check.hpp"
#include "actors/history_check.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/event_chain.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/history_file.hpp"
#include "tests/support/domain_fixture.hpp"
#include "tests/support/journal_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace orderd::test {
namespace {

/// A store that has applied nothing yet, or says so.
class empty_snapshot final : public audit_snapshot {
 public:
  explicit empty_snapshot(history_span extent) : extent_(extent) {}
  result<history_span> span() override { return extent_; }
  result<std::optional<stored_entity>> next_entity(entity_kind) override { return std::nullopt; }
  result<std::optional<sequenced_event>> next_event(entity_kind) override { return std::nullopt; }
  result<std::optional<history_checkpoint>> next_checkpoint(entity_kind) override { return std::nullopt; }
  result<std::vector<obligation>> open_obligations() override { return std::vector<obligation>{}; }
  result<std::vector<payout_due>> open_payouts() override { return std::vector<payout_due>{}; }
  result<std::vector<entity_key>> aside() override { return std::vector<entity_key>{}; }

 private:
  history_span extent_;
};

const auto never = [] { return false; };
const std::string file_path = "/moved.history";

/// An item with two reservations.
std::vector<event> some_events() {
  stock_item item;
  define_stock command;
  command.on_hand = 10;
  command.price = 100;
  std::vector<event> events{applied(item, decide(item, "A", command, after_s(0)))};
  for (std::uint64_t id = 1; id <= 2; ++id)
    events.emplace_back(applied(item, decide(item, for_buyer(id, 2, 600), after_s(1))));
  return events;
}

struct checked_files {
  /// The store's walk with a journal of these events behind it.
  result<audit_report> walked(const std::vector<event>& events, const history_span& extent) {
    auto writer = open_journal(files);
    for (const auto& each : events) {
      std::string payload;
      encode_event(payload, each);
      writer->append(static_cast<std::uint16_t>(tag_of(each)), payload);
    }
    BOOST_REQUIRE(writer->sync());
    writer.reset();
    const auto found = inspect_journal(files, folder);
    BOOST_REQUIRE(found);
    return walk_with_tail(
        files, folder, *found,
        [&]() -> result<std::unique_ptr<audit_snapshot>> { return std::make_unique<empty_snapshot>(extent); },
        1'000, never);
  }

  faulty_file_system files;
};

history_span nothing_of(const uuid& identity) {
  history_span extent;
  extent.identity = identity;
  return extent;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(verified_files, checked_files)

BOOST_AUTO_TEST_CASE(a_journal_that_follows_from_the_store_is_no_difference) {
  const auto report = walked(some_events(), nothing_of(journal_identity()));
  BOOST_REQUIRE_MESSAGE(report, (report ? "" : report.error().detail));
  BOOST_TEST(report->ok());
}

BOOST_AUTO_TEST_CASE(a_journal_event_that_cannot_happen_to_what_the_store_has_is_named) {
  auto events = some_events();
  std::get<stock_event>(events.back()).version += 1;
  const auto report = walked(events, nothing_of(journal_identity()));
  BOOST_REQUIRE(report);
  BOOST_REQUIRE(report->differences.size() == 1U);
  BOOST_TEST(report->differences.front().code == "journal_does_not_follow");
  BOOST_TEST(report->differences.front().key == "A");
}

BOOST_AUTO_TEST_CASE(the_journal_of_another_store_is_not_judged) {
  auto extent = nothing_of(numbered(7));
  BOOST_TEST(walked(some_events(), extent).has_value());
  extent.last_seq = 3;
  const auto report = walked({}, extent);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code == error_code::store_failed));
  BOOST_TEST(report.error().detail.find("do not belong together") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_whose_upgrade_was_interrupted_is_not_judged) {
  auto extent = nothing_of(journal_identity());
  extent.has_unlinked = true;
  const auto report = walked({}, extent);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code == error_code::store_failed));
  BOOST_TEST(report.error().detail.find("start orderd") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exported_history_without_a_link_differs) {
  const auto checked = [this](bool with_last_link) {
    auto file = history_writer::create(files, file_path, {journal_identity(), after_s(0)});
    BOOST_REQUIRE(file);
    chain_link link{};
    for (const auto& each : some_events()) {
      link = next_link(link, each);
      sequenced_event next{file->last_seq() + 1, each};
      if (with_last_link || next.seq < 3)
        next.link = link;
      BOOST_REQUIRE(file->append(next));
    }
    BOOST_REQUIRE(file->finish());
    auto report = check_history(files, file_path, 1'000, never);
    BOOST_REQUIRE_MESSAGE(report, (report ? "" : report.error().detail));
    BOOST_REQUIRE(files.remove(file_path));
    return std::move(*report);
  };
  BOOST_TEST(checked(true).ok());
  const auto report = checked(false);
  BOOST_REQUIRE(report.differences.size() == 1U);
  BOOST_TEST(report.differences.front().code == "link_missing");
  BOOST_TEST(report.checked.without_link == 0U);
}

BOOST_AUTO_TEST_CASE(events_of_a_file_older_than_links_are_counted) {
  posix_file_system disk;
  const auto report = check_history(disk, "tests/golden/history_v1.bin", 1'000, never);
  BOOST_REQUIRE_MESSAGE(report, (report ? "" : report.error().detail));
  BOOST_TEST(report->checked.without_link > 0U);
  BOOST_TEST(report->checked.without_link == report->checked.events);
  for (const auto& each : report->differences)
    BOOST_TEST(each.code != "link_missing");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace orderd::test

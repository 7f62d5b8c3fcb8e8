#include "actors/folder_check.hpp"

#include "actors/history_sums.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/audit_walk.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/journal_reader.hpp"

#include <utility>

namespace orderd {

namespace {

[[nodiscard]] tl::unexpected<error> interruption() {
  return fail(error_code::timed_out, "the check was interrupted");
}

/// Hands every decoded event from `from_seq` on to `visit`, with its frame.
template <class Visit>
[[nodiscard]] result<void> each_frame(file_system& files, const std::string& folder,
                                      const journal_inspection& found, std::uint64_t from_seq,
                                      const std::function<bool()>& interrupted, Visit visit) {
  auto reader = journal_reader::open(files, folder, found.identity, from_seq);
  if (!reader)
    return tl::unexpected{reader.error()};
  for (;;) {
    const auto frame = reader->next(found.report.last_seq);
    if (!frame)
      return tl::unexpected{frame.error()};
    if (!*frame)
      return {};
    if ((*frame)->seq % events_a_question == 0 && interrupted())
      return interruption();
    const auto decoded = decode_entry((*frame)->tag, (*frame)->payload);
    if (!decoded)
      return fail(decoded.error().code,
                  "journal event " + std::to_string((*frame)->seq) + ": " + decoded.error().detail);
    if (auto visited = visit(**frame, decoded->event); !visited)
      return visited;
  }
}

[[nodiscard]] bool is_of_entity(const event& e) { return !std::holds_alternative<request_record>(e); }

/// One pass: the entities of the journal's tail whose key falls on `share` of `shares`.
class tail_pass {
 public:
  tail_pass(std::uint64_t share, std::uint64_t shares) : share_(share), shares_(shares) {}

  /// This entity is in the tail.
  void expect(const entity_key& key) {
    if (is_mine(key))
      folds_.try_emplace(key);
  }
  /// What the store's history came to.
  void begin(history_fold&& fold) {
    if (const auto found = folds_.find(fold.entity()); found != folds_.end())
      found->second = std::move(fold);
  }
  /// The next event of the tail.
  void follow(std::uint64_t seq, const event& e, audit_report& report) {
    const auto key = key_of(e);
    const auto found = folds_.find(key);
    if (found == folds_.end())
      return;
    auto& fold = found->second;
    if (!fold && version_of(e) == 1)
      fold.emplace(key);
    // The walk has told what is wrong with one that it could not follow.
    if (!fold)
      return;
    if (const auto followed = fold->follow(e); !followed) {
      report.add(key, "journal_does_not_follow",
                 "event " + std::to_string(seq) + " of the journal: " + followed.error().detail);
      folds_.erase(found);
    }
  }

 private:
  [[nodiscard]] bool is_mine(const entity_key& key) const {
    return std::hash<std::string>{}(key.key) % shares_ == share_;
  }

  std::uint64_t share_;
  std::uint64_t shares_;
  std::map<entity_key, std::optional<history_fold>> folds_;
};

/// One pass over the journal's tail and the store.
class tail_reader {
 public:
  tail_reader(file_system& files, const std::string& folder, const std::optional<journal_inspection>& journal,
              std::uint64_t applied_seq, const std::function<bool()>& interrupted)
      : files_(files), folder_(folder), journal_(journal), applied_seq_(applied_seq),
        interrupted_(interrupted) {}

  /// A journal that does not reach back to the store has no tail that could follow.
  [[nodiscard]] bool has_tail() const {
    return journal_ && journal_->report.last_seq > applied_seq_ && journal_->first_seq <= applied_seq_ + 1;
  }
  /// Hands each event of an entity to `visit`, with its sequence.
  template <class Visit> [[nodiscard]] result<void> each(Visit visit) const {
    if (!has_tail())
      return {};
    return each_frame(files_, folder_, *journal_, applied_seq_ + 1, interrupted_,
                      [&](const frame_view& frame, const event& e) -> result<void> {
                        if (is_of_entity(e))
                          visit(frame.seq, e);
                        return {};
                      });
  }

 private:
  file_system& files_;
  const std::string& folder_;
  const std::optional<journal_inspection>& journal_;
  std::uint64_t applied_seq_;
  const std::function<bool()>& interrupted_;
};

/// Whether store and journal belong together and can be compared.
[[nodiscard]] result<void> check_span(const history_span& span,
                                      const std::optional<journal_inspection>& journal) {
  // A store that has nothing yet takes on the journal's identity.
  if (journal && span.last_seq > 0 && journal->identity != span.identity)
    return fail(error_code::store_failed, "the journal is of store " + to_string(journal->identity) +
                                              ", the database is store " + to_string(span.identity) +
                                              ": they do not belong together");
  if (span.has_unlinked)
    return fail(error_code::store_failed,
                "the upgrade of the store was interrupted, some of its events have no link yet: start orderd "
                "on it once, then verify");
  return {};
}

} // namespace

result<void> read_journal(file_system& files, const std::string& folder, const journal_inspection& found,
                          const std::function<bool()>& interrupted) {
  std::uint32_t epoch = 0;
  return each_frame(files, folder, found, found.first_seq, interrupted,
                    [&epoch](const frame_view& frame, const event&) -> result<void> {
                      if (frame.epoch < epoch)
                        return fail(error_code::damaged, "journal event " + std::to_string(frame.seq) +
                                                             " is of epoch " + std::to_string(frame.epoch) +
                                                             ", one before it of epoch " +
                                                             std::to_string(epoch));
                      epoch = frame.epoch;
                      return {};
                    });
}

result<audit_report> walk_with_tail(file_system& files, const std::string& folder,
                                    const std::optional<journal_inspection>& journal,
                                    const snapshot_opener& open, std::size_t entities_a_pass,
                                    const std::function<bool()>& interrupted) {
  std::optional<audit_report> report;
  std::uint64_t shares = 1;
  for (std::uint64_t share = 0; share < shares; ++share) {
    const auto snapshot = open();
    if (!snapshot)
      return tl::unexpected{snapshot.error()};
    const auto span = (*snapshot)->span();
    if (!span)
      return tl::unexpected{span.error()};
    if (const auto whole = check_span(*span, journal); !whole)
      return tl::unexpected{whole.error()};
    const tail_reader tail{files, folder, journal, span->last_seq, interrupted};
    // There are no more entities in it than events.
    std::uint64_t events = 0;
    auto read = tail.each([&events](std::uint64_t, const event&) { ++events; });
    shares = events / entities_a_pass + 1;
    tail_pass pass{share, shares};
    if (read)
      read = tail.each([&pass](std::uint64_t, const event& e) { pass.expect(key_of(e)); });
    if (!read)
      return tl::unexpected{read.error()};
    audit_options options;
    options.interrupted = interrupted;
    options.salt = share + 1;
    options.followed = [&pass](history_fold&& fold) { pass.begin(std::move(fold)); };
    auto walked = walk(**snapshot, options);
    if (!walked)
      return walked;
    if (!report)
      report = std::move(*walked);
    read = tail.each([&](std::uint64_t seq, const event& e) { pass.follow(seq, e, *report); });
    if (!read)
      return tl::unexpected{read.error()};
  }
  return std::move(*report);
}

} // namespace orderd

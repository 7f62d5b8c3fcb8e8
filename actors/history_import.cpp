#include "actors/history_import.hpp"

#include "config/fault_point.hpp"
#include "config/log.hpp"
#include "domain/obligations.hpp"
#include "persistence/journal_recovery.hpp"
#include "persistence/journal_writer.hpp"

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace orderd {

namespace {

/// What is applied between two checkpoints bounds the database's own log.
constexpr std::uint64_t events_a_checkpoint = 50'000;

/// Bytes of the file that one transaction takes at most, but for its last event.
constexpr std::uint64_t batch_bytes_max = std::uint64_t{8} << 20U;

[[nodiscard]] std::string name_of(const sequenced_event& each) {
  if (const auto* of_stock = std::get_if<stock_event>(&each.event))
    return "event " + std::to_string(each.seq) + " (of item " + of_stock->sku + ")";
  if (const auto* of_account = std::get_if<account_event>(&each.event))
    return "event " + std::to_string(each.seq) + " (of account " + of_account->account_id + ")";
  if (std::holds_alternative<request_record>(each.event))
    return "event " + std::to_string(each.seq) + " (a remembered request)";
  const auto& of_order = std::get<order_event>(each.event);
  return "event " + std::to_string(each.seq) + " (" + std::string(name_of(of_order)) + " of order " +
         to_string(of_order.order_id) + ")";
}

[[nodiscard]] tl::unexpected<error> interruption() {
  return fail(error_code::timed_out, "the import was interrupted; it goes on when it is run again");
}

[[nodiscard]] tl::unexpected<error> other_event(std::uint64_t seq) {
  return fail(error_code::damaged, "the database's event " + std::to_string(seq) +
                                       " is not the file's: it is not of this history");
}

/// Whether a start with the imported store would take the folder's journal: before the store is changed.
[[nodiscard]] result<void> check_journal(file_system& files, const std::string& folder, const uuid& identity,
                                         std::uint64_t last_seq) {
  const auto journal = recover_journal(files, folder, identity, last_seq);
  if (!journal)
    return tl::unexpected{journal.error()};
  if (journal->report.last_seq > last_seq)
    return fail(error_code::refused, "the journal in " + folder + " goes on to event " +
                                         std::to_string(journal->report.last_seq) +
                                         ", the history ends with " + std::to_string(last_seq) +
                                         ": orderd has run since the export; export again");
  return {};
}

class importer {
 public:
  importer(file_system& files, store& database, const engine_options& options, const std::string& path)
      : files_(files), database_(database), options_(options), path_(path) {}

  [[nodiscard]] result<imported_history> run() {
    auto done = examine()
                    .and_then([&] { return open(); })
                    .and_then([&] { return apply_rest(); })
                    .and_then([&] { return verify(); })
                    .and_then([&] { return begin_journal(); });
    if (!done)
      return tl::unexpected{done.error()};
    return std::move(outcome_);
  }

 private:
  /// Reads file and journal, and changes nothing.
  [[nodiscard]] result<void> examine() {
    auto sums = sums_of(files_, path_, options_.interrupted);
    if (!sums)
      return tl::unexpected{sums.error()};
    outcome_.sums = std::move(*sums);
    auto file = history_reader::open(files_, path_);
    if (!file)
      return tl::unexpected{file.error()};
    outcome_.identity = file->header().identity;
    while (true) {
      const auto next = file->next();
      if (!next)
        return tl::unexpected{next.error()};
      if (!*next)
        break;
    }
    outcome_.extent = file->extent();
    const auto found = has_journal(files_, journal_folder());
    if (!found)
      return tl::unexpected{found.error()};
    had_journal_ = *found;
    return had_journal_ ? check_journal(files_, journal_folder(), outcome_.identity, outcome_.extent.last_seq)
                        : result<void>{};
  }

  /// Makes the store ready for what follows its last event.
  [[nodiscard]] result<void> open() {
    auto writer = database_.open_writer({outcome_.identity, true, false});
    if (!writer)
      return tl::unexpected{writer.error()};
    writer_ = std::move(*writer);
    auto reader = database_.open_reader();
    if (!reader)
      return tl::unexpected{reader.error()};
    reader_ = std::move(*reader);
    if (const auto begun = writer_->applied_seq() == 0 ? adopt() : check_front(); !begun)
      return begun;
    const auto owed = writer_->open_obligations();
    if (!owed)
      return tl::unexpected{owed.error()};
    const auto payouts = writer_->open_payouts();
    if (!payouts)
      return tl::unexpected{payouts.error()};
    open_ = obligations{*owed, *payouts};
    return {};
  }

  [[nodiscard]] result<void> adopt() {
    std::uint64_t products = 0;
    if (const auto counted = reader_->each_product([&](const product&) { ++products; }); !counted)
      return counted;
    if (products > 0)
      return fail(error_code::refused,
                  "the database is not empty: it has " + std::to_string(products) + " products");
    return writer_->identity() == outcome_.identity ? result<void>{} : writer_->adopt(outcome_.identity);
  }

  /// A store that has events already must have the front of this history.
  [[nodiscard]] result<void> check_front() {
    const auto applied = writer_->applied_seq();
    if (writer_->identity() != outcome_.identity)
      return fail(error_code::refused, "the database is not empty: it has the events of store " +
                                           to_string(writer_->identity()) + ", the history is of " +
                                           to_string(outcome_.identity));
    if (applied > outcome_.extent.last_seq)
      return fail(error_code::refused, "the database is ahead: it has " + std::to_string(applied) +
                                           " events of this history, the file " +
                                           std::to_string(outcome_.extent.last_seq));
    log::info("an earlier import goes on", {{"applied_seq", applied}});
    return compare_events();
  }

  /// Passes over what the store keeps no longer.
  [[nodiscard]] static result<void> skip(history_reader& file, std::uint64_t events) {
    while (file.extent().last_seq < events) {
      const auto next = file.next();
      if (!next)
        return tl::unexpected{next.error()};
      if (!*next)
        return {};
    }
    return {};
  }

  /// Compares each stored event with the file's of the same sequence, and its link.
  [[nodiscard]] result<void> compare_events() {
    auto file = history_reader::open(files_, path_);
    if (!file)
      return tl::unexpected{file.error()};
    const auto dropped = reader_->dropped_to();
    if (!dropped)
      return tl::unexpected{dropped.error()};
    if (const auto skipped = skip(*file, *dropped); !skipped)
      return skipped;
    std::uint64_t compared = *dropped;
    const auto done = reader_->history(1, [&](const sequenced_event& stored) -> result<void> {
      if (stored.seq % events_a_question == 0 && options_.interrupted())
        return interruption();
      const auto next = file->next();
      if (!next)
        return tl::unexpected{next.error()};
      if (!*next || (*next)->seq != stored.seq || (*next)->event != stored.event)
        return other_event(stored.seq);
      if ((*next)->link && stored.link && (*next)->link != stored.link)
        return fail(error_code::damaged,
                    "in the file, " + name_of(stored) +
                        " is not linked to what is in front of it: one of them was changed");
      ++compared;
      return {};
    });
    if (!done)
      return done;
    return compared == writer_->applied_seq() ? result<void>{} : other_event(compared + 1);
  }

  [[nodiscard]] result<void> apply_rest() {
    auto file = history_reader::open(files_, path_);
    if (!file)
      return tl::unexpected{file.error()};
    std::uint64_t checkpointed = 0;
    for (;;) {
      if (options_.interrupted())
        return interruption();
      const auto batch = read_batch(*file);
      if (!batch)
        return tl::unexpected{batch.error()};
      pass_fault_point("batch.read");
      if (batch->empty())
        return {};
      if (const auto applied = apply(*batch); !applied)
        return applied;
      outcome_.events_new += batch->size();
      if (outcome_.events_new - checkpointed < events_a_checkpoint)
        continue;
      checkpointed = outcome_.events_new;
      if (const auto durable = writer_->checkpoint(); !durable)
        return tl::unexpected{durable.error()};
      log::info("imported", {{"applied_seq", writer_->applied_seq()}, {"of", outcome_.extent.last_seq}});
    }
  }

  /// The next events that the store has not.
  [[nodiscard]] result<std::vector<sequenced_event>> read_batch(history_reader& file) {
    std::vector<sequenced_event> events;
    const auto skipped = writer_->applied_seq();
    auto begin = file.extent().bytes;
    while (events.size() < options_.store_batch_events_max && file.extent().bytes - begin < batch_bytes_max) {
      auto next = file.next();
      if (!next)
        return tl::unexpected{next.error()};
      if (!*next)
        break;
      if ((*next)->seq > skipped)
        events.push_back(std::move(**next));
      else
        begin = file.extent().bytes;
    }
    return events;
  }

  /// In one transaction, or in halves when that is refused or takes too long.
  [[nodiscard]] result<void> apply(std::span<const sequenced_event> events) {
    obligations after = open_;
    for (const auto& each : events)
      after.observe(each.event);
    // A history has no answers that could be given again.
    const auto done = writer_->apply(
        {{events.begin(), events.end()}, events.back().seq, after.open(), after.payouts(), false});
    if (done) {
      open_ = std::move(after);
      return {};
    }
    const auto code = done.error().code;
    if (code != error_code::refused && code != error_code::timed_out)
      return done;
    if (events.size() == 1)
      return fail(code, name_of(events.front()) +
                            " was not imported, nor anything behind it: " + done.error().detail);
    const auto half = events.size() / 2;
    return apply(events.first(half)).and_then([&] { return apply(events.subspan(half)); });
  }

  [[nodiscard]] result<void> verify() {
    const auto durable = writer_->checkpoint();
    if (!durable)
      return tl::unexpected{durable.error()};
    if (writer_->applied_seq() != outcome_.extent.last_seq)
      return other_event(writer_->applied_seq() + 1);
    return compare_events().and_then([&] { return compare(outcome_.sums, *reader_, options_.interrupted); });
  }

  /// A start wants the journal to reach on to the store's last event.
  [[nodiscard]] result<void> begin_journal() {
    if (had_journal_)
      return {};
    outcome_.journal_begun = true;
    return journal_writer::begin(files_,
                                 {journal_folder(), options_.journal_segment_bytes, outcome_.identity, 0},
                                 outcome_.extent.last_seq);
  }

  [[nodiscard]] std::string journal_folder() const { return options_.data_dir + "/journal"; }

  file_system& files_;
  store& database_;
  const engine_options& options_;
  const std::string& path_;
  bool had_journal_ = false;
  std::unique_ptr<store_writer> writer_;
  std::unique_ptr<store_reader> reader_;
  obligations open_;
  imported_history outcome_;
};

} // namespace

result<imported_history> import_history(file_system& files, store& database, const engine_options& options,
                                        const std::string& path) {
  if (const auto made = files.make_folder(options.data_dir + "/journal"); !made)
    return tl::unexpected{made.error()};
  return importer(files, database, options, path).run();
}

} // namespace orderd

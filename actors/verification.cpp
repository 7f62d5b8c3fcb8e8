#include "actors/verification.hpp"

#include "actors/folder_check.hpp"
#include "actors/history_check.hpp"
#include "persistence/audit_snapshot.hpp"
#include "persistence/postgres_store.hpp"
#include "persistence/sqlite_store.hpp"

#include <filesystem>
#include <utility>

namespace orderd {

namespace {

[[nodiscard]] std::string line(const std::string& what) { return what + "\n"; }

[[nodiscard]] std::string describe(const audit_report& report) {
  const auto& checked = report.checked;
  auto text =
      line("events: " + std::to_string(checked.events) + " of " + std::to_string(checked.orders) +
           " orders, " + std::to_string(checked.stock_items) + " stock items (" +
           std::to_string(checked.reservations) + " active reservations) and " +
           std::to_string(checked.accounts) + " accounts, up to event " + std::to_string(report.as_of_seq) +
           (report.dropped_to > 0 ? ", from checkpoints at event " + std::to_string(report.dropped_to) : ""));
  if (checked.without_link > 0)
    text += line("links: none of " + std::to_string(checked.without_link) +
                 " events has one, as the file is of a version before links");
  for (const auto& each : report.not_compared)
    text += line("not compared: " + each);
  for (const auto& each : report.differences) {
    text += "difference: " + each.kind;
    if (!each.key.empty())
      text += " " + each.key;
    text += " " + each.code + ": " + each.detail + "\n";
  }
  if (report.differences_total > report.differences.size())
    text += line("and " + std::to_string(report.differences_total - report.differences.size()) +
                 " more differences");
  return text;
}

[[nodiscard]] std::string verdict(std::uint64_t differences) {
  return line(differences == 0 ? "verified: nothing differs"
                               : "NOT verified: " + std::to_string(differences) +
                                     (differences == 1 ? " difference" : " differences"));
}

/// Damage is a verdict; anything else that fails leaves it open.
[[nodiscard]] bool is_damage(const error& why) { return why.code == error_code::damaged; }

class folder_verification {
 public:
  folder_verification(file_system& files, const std::string& folder, const engine_options& options,
                      std::size_t entities_a_pass)
      : files_(files), folder_(folder), journal_folder_(folder + "/journal"), options_(options),
        entities_a_pass_(entities_a_pass) {}

  [[nodiscard]] result<verification> run() {
    const auto lock = files_.lock_folder(folder_);
    if (!lock)
      return tl::unexpected{lock.error()};
    const auto looked = look_at_journal().and_then([this] { return look_at_store(); });
    if (!looked)
      return tl::unexpected{looked.error()};
    text_ += verdict(differences_);
    return verification{differences_ == 0, std::move(text_)};
  }

 private:
  void differs(const std::string& what) {
    ++differences_;
    text_ += line("difference: " + what);
  }

  [[nodiscard]] result<void> look_at_journal() {
    std::error_code trouble;
    if (!std::filesystem::is_directory(journal_folder_, trouble)) {
      text_ += line("journal: none");
      return {};
    }
    auto found = inspect_journal(files_, journal_folder_);
    if (!found && is_damage(found.error())) {
      differs("journal damaged: " + found.error().detail);
      return {};
    }
    if (!found)
      return tl::unexpected{found.error()};
    if (!*found) {
      text_ += line("journal: none");
      return {};
    }
    const auto& report = (*found)->report;
    text_ += line("journal: " + std::to_string(report.frames) + " frames in " +
                  std::to_string(report.segments) + " segments, up to event " +
                  std::to_string(report.last_seq) + " of store " + to_string((*found)->identity));
    if (report.torn_bytes > 0)
      text_ += line("journal: a torn tail of " + std::to_string(report.torn_bytes) + " bytes at offset " +
                    std::to_string(report.torn_offset) + " of " + report.torn_segment +
                    ", of writes that were never acknowledged: the next start cuts it");
    return read_frames(**found);
  }

  [[nodiscard]] result<void> read_frames(const journal_inspection& found) {
    const auto read = read_journal(files_, journal_folder_, found, options_.interrupted);
    if (read) {
      journal_ = found;
      return {};
    }
    if (!is_damage(read.error()))
      return read;
    differs("journal damaged: " + read.error().detail);
    return {};
  }

  [[nodiscard]] result<void> look_at_store() {
    std::error_code trouble;
    const auto file = folder_ + "/orderd.db";
    if (!options_.database && !std::filesystem::exists(file, trouble)) {
      text_ +=
          line("store: none in the folder, and the settings name no database; the journal was checked alone");
      return {};
    }
    const auto database = options_.database ? make_postgres_store(*options_.database) : nullptr;
    const snapshot_opener open = [&]() -> result<std::unique_ptr<audit_snapshot>> {
      return database ? database->open_snapshot() : open_sqlite_at_rest(file);
    };
    const auto walked =
        walk_with_tail(files_, journal_folder_, journal_, open, entities_a_pass_, options_.interrupted);
    if (!walked && is_damage(walked.error())) {
      differs("store damaged: " + walked.error().detail);
      return {};
    }
    if (!walked)
      return tl::unexpected{walked.error()};
    text_ += line("store: " + (database ? std::string("the database that the settings name") : file));
    text_ += describe(*walked);
    differences_ += walked->differences_total;
    compare_ends(walked->as_of_seq);
    return {};
  }

  void compare_ends(std::uint64_t applied_seq) {
    if (!journal_)
      return;
    const auto last_seq = journal_->report.last_seq;
    const auto applied = std::to_string(applied_seq);
    if (last_seq < applied_seq)
      differs("the journal ends with event " + std::to_string(last_seq) + ", the store has applied up to " +
              applied);
    else if (journal_->first_seq > applied_seq + 1)
      differs("the journal begins with event " + std::to_string(journal_->first_seq) +
              ", the store has applied up to " + applied + " only");
    else
      text_ += line("journal: " + std::to_string(last_seq - applied_seq) +
                    " events behind what the store has applied, followed on top of it");
  }

  file_system& files_;
  const std::string& folder_;
  std::string journal_folder_;
  const engine_options& options_;
  std::size_t entities_a_pass_;
  std::optional<journal_inspection> journal_; ///< if it is whole
  std::string text_;
  std::uint64_t differences_ = 0;
};

[[nodiscard]] result<verification> verify_file(file_system& files, const std::string& path,
                                               const engine_options& options, std::size_t entities_a_pass) {
  const auto checked = check_history(files, path, entities_a_pass, options.interrupted);
  if (!checked && is_damage(checked.error()))
    return verification{false, line("difference: " + checked.error().detail) + verdict(1)};
  if (!checked)
    return tl::unexpected{checked.error()};
  return verification{checked->ok(),
                      line("history: " + path) + describe(*checked) + verdict(checked->differences_total)};
}

} // namespace

result<verification> verify(const std::string& path, const engine_options& options,
                            std::size_t entities_a_pass) {
  posix_file_system files;
  std::error_code trouble;
  const auto what = std::filesystem::status(path, trouble);
  if (what.type() == std::filesystem::file_type::not_found)
    return fail(error_code::io_failed, "there is nothing at " + path + " to verify");
  if (std::filesystem::is_directory(what))
    return folder_verification{files, path, options, entities_a_pass}.run();
  return verify_file(files, path, options, entities_a_pass);
}

} // namespace orderd

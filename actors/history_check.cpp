#include "actors/history_check.hpp"

#include "actors/history_sums.hpp"
#include "domain/obligations.hpp"
#include "persistence/audit_cross_checks.hpp"
#include "persistence/chain_check.hpp"
#include "persistence/history_file.hpp"

#include <array>
#include <map>
#include <utility>

namespace orderd {

namespace {

class history_checker {
 public:
  history_checker(file_system& files, const std::string& path, std::size_t entities_a_pass,
                  const std::function<bool()>& interrupted)
      : files_(files), path_(path), entities_a_pass_(entities_a_pass), interrupted_(interrupted) {}

  [[nodiscard]] result<audit_report> run() {
    if (const auto counted = count(); !counted)
      return tl::unexpected{counted.error()};
    audit_cross_checks cross{owed_.open(), owed_.payouts(), {}, report_.as_of_seq};
    // Accounts come behind orders, as the cross checks want it.
    for (const auto kind : {entity_kind::order, entity_kind::stock, entity_kind::account}) {
      const auto shares = entities_.at(static_cast<std::size_t>(kind)) / entities_a_pass_ + 1;
      for (std::uint64_t share = 0; share < shares; ++share)
        if (const auto passed = pass(kind, share, shares, cross); !passed)
          return tl::unexpected{passed.error()};
    }
    cross.conclude(report_);
    return std::move(report_);
  }

 private:
  template <class Visit> [[nodiscard]] result<void> each_event(Visit visit) {
    auto file = history_reader::open(files_, path_);
    if (!file)
      return tl::unexpected{file.error()};
    wanted_ = file->has_links() ? links::required : links::optional;
    for (;;) {
      const auto next = file->next();
      if (!next)
        return tl::unexpected{next.error()};
      if (!*next)
        return {};
      if ((*next)->seq % events_a_question == 0 && interrupted_())
        return fail(error_code::timed_out, "the check was interrupted");
      visit(**next);
    }
  }

  [[nodiscard]] result<void> count() {
    return each_event([this](const sequenced_event& each) {
      report_.as_of_seq = each.seq;
      owed_.observe(each.event);
      if (std::holds_alternative<request_record>(each.event))
        return;
      ++report_.checked.events;
      report_.checked.without_link += wanted_ == links::optional ? 1U : 0U;
      if (version_of(each.event) == 1)
        ++entities_.at(static_cast<std::size_t>(key_of(each.event).kind));
    });
  }

  /// The entities of one kind whose key falls on `share` of `shares`.
  [[nodiscard]] result<void> pass(entity_kind kind, std::uint64_t share, std::uint64_t shares,
                                  audit_cross_checks& cross) {
    std::map<std::string, chain_check> chains;
    const auto read = each_event([&](const sequenced_event& each) {
      if (std::holds_alternative<request_record>(each.event))
        return;
      const auto key = key_of(each.event);
      if (key.kind != kind || std::hash<std::string>{}(key.key) % shares != share)
        return;
      chains.try_emplace(key.key, key, std::uint64_t{0}, report_.as_of_seq, report_, wanted_)
          .first->second.follow(each, false);
    });
    if (!read)
      return read;
    for (auto& [key, chain] : chains)
      conclude({kind, key}, chain, cross);
    return {};
  }

  void conclude(const entity_key& key, chain_check& chain, audit_cross_checks& cross) {
    if (!chain.is_known())
      return cross.pass_over(key);
    const auto& state = chain.fold().state();
    if (!state)
      return;
    cross.take(key, *state);
    auto& checked = report_.checked;
    switch (key.kind) {
    case entity_kind::stock:
      ++checked.stock_items;
      checked.reservations += std::get<stock_item>(*state).active().size();
      break;
    case entity_kind::order:
      ++checked.orders;
      break;
    case entity_kind::account:
      ++checked.accounts;
      break;
    }
  }

  file_system& files_;
  const std::string& path_;
  std::size_t entities_a_pass_;
  const std::function<bool()>& interrupted_;
  links wanted_ = links::required;
  audit_report report_;
  obligations owed_;
  std::array<std::uint64_t, 3> entities_{}; ///< by kind
};

} // namespace

result<audit_report> check_history(file_system& files, const std::string& path, std::size_t entities_a_pass,
                                   const std::function<bool()>& interrupted) {
  return history_checker{files, path, entities_a_pass, interrupted}.run();
}

} // namespace orderd

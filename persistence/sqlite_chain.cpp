#include "persistence/sqlite_chain.hpp"

#include "config/log.hpp"
#include "persistence/signed_number.hpp"
#include "persistence/sqlite_history_queries.hpp"
#include "persistence/sqlite_queries.hpp"

#include <algorithm>
#include <vector>

namespace orderd {
namespace {

/// Two such maps of some 150 bytes an entity are a few MiB.
constexpr std::size_t heads_max = 16'384;
/// Events that one transaction links at a start: a few MiB at worst.
constexpr std::int64_t chained_page = 2'000;
/// Such transactions between two checkpoints, which let the log start over: else it would become as large as
/// the table.
constexpr int pages_a_checkpoint = 8;

struct unchained_event {
  std::int64_t seq = 0;
  std::int64_t kind = 0;
  std::string entity;
  std::uint64_t version = 0;
  event_tag tag{};
  std::string payload;
};

class chaining {
 public:
  chaining(sqlite_connection& connection, sqlite_chain& chain) noexcept
      : connection_(connection), chain_(chain) {}

  [[nodiscard]] result<void> run(std::int64_t from, const std::function<bool()>& interrupted) {
    const std::pair<sqlite_statement*, std::string_view> statements[] = {
        {&page_,
         "SELECT seq, kind, entity, version, tag, data FROM events WHERE seq >= ?1 ORDER BY seq LIMIT ?2"},
        {&put_link_, "UPDATE events SET chain = ?2 WHERE seq = ?1"},
        {&move_, "UPDATE node SET unchained_from = ?1"},
    };
    if (auto prepared = connection_.prepare_all(statements); !prepared)
      return prepared;
    std::optional<std::int64_t> next = from;
    for (int pages = 1; next; ++pages) {
      if (interrupted())
        return fail(error_code::timed_out, "the database " + connection_.path() + " is linked up to event " +
                                               std::to_string(*next - 1) +
                                               "; the rest is linked at the next start");
      auto done = chain_page(*next);
      if (!done) {
        chain_.forget();
        return tl::unexpected(done.error());
      }
      next = *done;
      if (pages % pages_a_checkpoint == 0)
        if (const auto copied = connection_.checkpoint(false); !copied)
          return tl::unexpected(copied.error());
    }
    return {};
  }

 private:
  /// Links a page in one transaction. Returns where the next one begins; nothing once there is none.
  [[nodiscard]] result<std::optional<std::int64_t>> chain_page(std::int64_t from) {
    auto transaction = sqlite_transaction::begin(connection_, true);
    const auto page = transaction ? read_page(from) : tl::unexpected(transaction.error());
    if (!page)
      return tl::unexpected(page.error());
    result<void> done;
    for (auto each = page->begin(); done && each != page->end(); ++each)
      done = chain_one(*each);
    std::optional<std::int64_t> next;
    if (page->size() == static_cast<std::size_t>(chained_page))
      next = page->back().seq + 1;
    if (done)
      done = move_.bind(next).run();
    if (done)
      done = transaction->commit();
    return done ? result<std::optional<std::int64_t>>(next) : tl::unexpected(done.error());
  }

  [[nodiscard]] result<std::vector<unchained_event>> read_page(std::int64_t from) {
    std::vector<unchained_event> page;
    auto read = page_.bind(from, chained_page).each([&](const sqlite_statement& row) {
      page.push_back({row.integer(0), row.integer(1), std::string(row.text(2)),
                      static_cast<std::uint64_t>(row.integer(3)),
                      static_cast<event_tag>(static_cast<std::uint16_t>(row.integer(4))),
                      std::string(row.text(5))});
    });
    return read ? result<std::vector<unchained_event>>(std::move(page)) : tl::unexpected(read.error());
  }

  [[nodiscard]] result<void> chain_one(const unchained_event& e) {
    if (e.kind == sqlite_kinds::record)
      return {};
    const auto link = chain_.link({e.kind, e.entity}, e.version, e.tag, e.payload);
    return link ? put_link_.bind(e.seq, blob_view{bytes_of(*link)}).run() : tl::unexpected(link.error());
  }

  sqlite_connection& connection_;
  sqlite_chain& chain_;
  sqlite_statement page_, put_link_, move_;
};

} // namespace

std::optional<chain_link> read_link(const sqlite_statement& row, int column) {
  const auto bytes = row.text(column);
  chain_link link;
  if (bytes.size() != link.size())
    return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), link.begin());
  return link;
}

result<void> sqlite_chain::prepare(sqlite_connection& connection) {
  const std::pair<sqlite_statement*, std::string_view> statements[] = {
      {&find_[sqlite_kinds::stock], sqlite_queries::link_of_stock},
      {&find_[sqlite_kinds::order], sqlite_queries::link_of_order},
      {&find_[sqlite_kinds::account], sqlite_queries::link_of_account},
      {&find_checkpoint_, sqlite_queries::link_of_checkpoint},
  };
  return connection.prepare_all(statements);
}

result<chain_link> sqlite_chain::link(const sqlite_entity& entity, std::uint64_t version, event_tag tag,
                                      std::string_view payload) {
  name_.assign(1, static_cast<char>(entity.kind));
  name_ += entity.key;
  const auto before = link_of(entity, version - 1);
  if (!before)
    return before;
  const head next{version, next_link(*before, tag, payload)};
  note(name_, next);
  return next.link;
}

result<chain_link> sqlite_chain::link_of(const sqlite_entity& entity, std::uint64_t version) {
  if (version == 0)
    return chain_link{};
  for (const heads* each : {&newest_, &older_}) {
    const auto found = each->find(name_);
    if (found != each->end() && found->second.version == version)
      return found->second.link;
  }
  std::optional<chain_link> found;
  const auto take = [&](const sqlite_statement& row) { found = read_link(row, 0); };
  const auto read = [&](sqlite_statement& statement, const auto&... key) {
    return found ? result<void>() : statement.bind(key..., signed_number(version)).each(take);
  };
  auto& rows = find_[static_cast<std::size_t>(entity.kind)];
  result<void> done;
  if (entity.kind == sqlite_kinds::order) {
    const blob_view key{entity.key};
    done = read(rows, key).and_then([&] { return read(find_checkpoint_, entity.kind, key); });
  } else {
    done = read(rows, entity.key).and_then([&] { return read(find_checkpoint_, entity.kind, entity.key); });
  }
  return done ? result<chain_link>(found.value_or(chain_link{})) : tl::unexpected(done.error());
}

void sqlite_chain::note(const std::string& name, const head& next) {
  if (newest_.size() >= heads_max) {
    older_ = std::move(newest_);
    newest_.clear();
  }
  newest_.insert_or_assign(name, next);
}

void sqlite_chain::forget() noexcept {
  newest_.clear();
  older_.clear();
}

result<void> chain_history(sqlite_connection& connection, sqlite_chain& chain,
                           const std::function<bool()>& interrupted) {
  std::optional<std::int64_t> from;
  auto statement = connection.prepare("SELECT unchained_from FROM node");
  auto read = statement
                  ? statement->each([&](const sqlite_statement& row) { from = row.optional_integer(0); })
                  : tl::unexpected(statement.error());
  if (!read || !from)
    return read;
  log::info("linking the events of an earlier version",
            {{"database", connection.path()}, {"from_seq", static_cast<std::uint64_t>(*from)}});
  return chaining(connection, chain).run(*from, interrupted);
}

} // namespace orderd

#include "http/import_route.hpp"

#include "config/limits.hpp"
#include "http/call.hpp"
#include "http/import_rows.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

/// How many rows whoever learns of an answer sends in its turn: it is often the journal's thread.
constexpr std::size_t rows_a_turn_max = 64;
/// After so many rows an import waits for the store: items whose events are stored can leave memory, so that
/// a catalogue larger than what may be live neither fails nor crowds out others.
constexpr std::size_t rows_between_pauses = limits::import_rows_in_flight_max;

/// One of the imports that may be under way at once, those whose clients have gone included: each keeps its
/// whole text. Any thread.
class import_place {
 public:
  import_place() noexcept : is_there_(taken_.fetch_add(1) < limits::imports_at_once_max) {}
  import_place(const import_place&) = delete;
  import_place& operator=(const import_place&) = delete;
  ~import_place() { taken_.fetch_sub(1); }

  /// False if all were taken.
  [[nodiscard]] bool is_there() const noexcept { return is_there_; }

 private:
  inline static std::atomic<std::size_t> taken_{0};
  const bool is_there_;
};

/// One import under way. Whichever thread learns that a row is decided sends the next ones, so that a bounded
/// number of them is in flight. Kept alive by the sinks of its rows.
class catalogue_import : public std::enable_shared_from_this<catalogue_import> {
 public:
  catalogue_import(const call& from, opened_import file, std::unique_ptr<import_place> place)
      : place_(std::move(place)), core_(from.api.core), who_(from.who), durability_(from.durability().least),
        rows_(std::move(file.rows)), failures_(std::move(file.bad)) {}

  /// Sends the first rows. Once.
  void begin(reply_token reply) noexcept {
    reply_ = std::move(reply);
    advance(limits::import_rows_in_flight_max);
  }

  /// Sends rows until enough are in flight, `rows_max` of them at most; answers when all are decided. Any
  /// thread, also from within itself: an engine that refuses at once answers inside `submit`.
  void advance(std::size_t rows_max) noexcept {
    std::unique_lock lock(mutex_);
    if (sending_)
      return; // Whoever is sending sees what has changed before it leaves.
    sending_ = true;
    do
      send_rows(rows_max, lock);
    while (in_flight_ == 0 && rows_->left() > 0 && !pausing_);
    sending_ = false;
    if (in_flight_ == 0 && rows_->left() == 0 && !std::exchange(answered_, true))
      answer();
  }

 private:
  /// Learns what became of one row.
  class row_sink final : public reply_sink {
   public:
    explicit row_sink(std::shared_ptr<catalogue_import> owner) noexcept : owner_(std::move(owner)) {}
    void set_line(std::size_t line) noexcept { line_ = line; }
    void answer(outcome&& result) noexcept override {
      owner_->take(std::move(result), line_);
      owner_->advance(rows_a_turn_max);
    }

   private:
    std::shared_ptr<catalogue_import> owner_;
    std::size_t line_ = 0;
  };

  /// Learns that the store has caught up, or that it will not for now: then the rows themselves are refused.
  class pause_sink final : public reply_sink {
   public:
    explicit pause_sink(std::shared_ptr<catalogue_import> owner) noexcept : owner_(std::move(owner)) {}
    void answer(outcome&&) noexcept override {
      owner_->resume();
      owner_->advance(rows_a_turn_max);
    }

   private:
    std::shared_ptr<catalogue_import> owner_;
  };

  void resume() noexcept {
    const std::lock_guard guard(mutex_);
    pausing_ = false;
    rows_since_pause_ = 0;
  }

  /// One turn. Holds the lock but while the engine is given a row.
  void send_rows(std::size_t rows_max, std::unique_lock<std::mutex>& lock) noexcept {
    const auto unavailable_before = unavailable_;
    std::size_t sent = 0;
    while (rows_->left() > 0 && in_flight_ < limits::import_rows_in_flight_max && sent < rows_max &&
           rows_since_pause_ < rows_between_pauses) {
      auto asked = next_request();
      if (!asked)
        return give_up("no memory");
      ++in_flight_;
      ++sent;
      ++rows_since_pause_;
      lock.unlock();
      core_.submit(*std::move(asked));
      lock.lock();
    }
    // With none in flight nobody would come back to send more, and this thread has other work than to be
    // refused row by row.
    if (in_flight_ == 0 && sent > 0 && unavailable_ - unavailable_before >= sent)
      give_up("not tried");
    if (in_flight_ == 0 && rows_->left() > 0 && rows_since_pause_ >= rows_between_pauses)
      pause(lock);
  }

  /// Asks for a list, which is answered when the store has all that was acknowledged.
  void pause(std::unique_lock<std::mutex>& lock) noexcept {
    try {
      list_request ask{stock_query{}, reply_token(std::make_unique<pause_sink>(shared_from_this()))};
      pausing_ = true;
      lock.unlock();
      core_.submit(std::move(ask));
      lock.lock();
    } catch (const std::exception&) {
      give_up("no memory");
    }
  }

  /// Nothing if there is no memory for it; the row then stays the next one.
  [[nodiscard]] std::optional<stock_request> next_request() noexcept {
    try {
      auto sink = std::make_unique<row_sink>(shared_from_this());
      auto row = rows_->next();
      sink->set_line(row.line);
      stock_request asked;
      asked.sku = std::move(row.sku);
      asked.who = who_;
      asked.what = std::move(row.what);
      asked.reply = reply_token(std::move(sink));
      asked.reply.require(durability_);
      return asked;
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }

  /// Counts all rows that are left as failed. `why` is short enough for a string without memory of its own.
  void give_up(const char* why) noexcept {
    unavailable_ += rows_->left();
    for (std::size_t i = 0; i < limits::import_errors_reported_max && rows_->left() > 0; ++i)
      failures_.note({rows_->pass(), code_text(rejection_code::overloaded), why});
    failures_.note_more(rows_->left());
    while (rows_->left() > 0)
      rows_->pass();
  }

  void take(outcome&& result, std::size_t line) noexcept {
    const std::lock_guard guard(mutex_);
    --in_flight_;
    if (const auto* defined = std::get_if<defined_stock>(&result)) {
      ++(defined->created ? created_ : updated_);
    } else if (auto* refused = std::get_if<rejection>(&result)) {
      unavailable_ += status_of(refused->code) == 503 ? 1 : 0;
      failures_.note({line, code_text(refused->code), std::move(refused->detail)});
    } else {
      failures_.note({line, code_text(rejection_code::overloaded), "not answered"});
    }
  }

  void answer() noexcept {
    try {
      import_report report{created_, updated_, failures_.count(), {}, unavailable_};
      for (auto& each : failures_.take_first())
        report.first_failures.push_back({each.line, each.code, std::move(each.detail)});
      reply_.answer(std::move(report));
    } catch (const std::exception&) {
      // The token goes down with the import, which answers 503: there is no memory for more.
    }
  }

  const std::unique_ptr<import_place> place_;
  engine& core_;
  const caller who_;
  const durability_mode durability_;
  std::mutex mutex_;
  std::unique_ptr<import_rows> rows_;
  import_failures failures_;
  std::size_t in_flight_ = 0;
  std::size_t rows_since_pause_ = 0;
  bool pausing_ = false;
  bool sending_ = false;
  bool answered_ = false;
  std::uint64_t created_ = 0;
  std::uint64_t updated_ = 0;
  std::uint64_t unavailable_ = 0; ///< rows refused for want of room, which says nothing of the rows
  reply_token reply_;
};

/// By Content-Type; without one, by the first character.
[[nodiscard]] checked<opened_import> open_rows(const request& in) {
  const auto type = media_type_of(in);
  std::string text(in.body);
  if (type == "text/csv")
    return open_csv(std::move(text));
  if (type == "application/x-ndjson" || type == "application/ndjson")
    return open_json_lines(std::move(text));
  if (type == "application/json")
    return open_json_rows(std::move(text));
  if (in.header("Content-Type").data() != nullptr)
    return tl::unexpected(unsupported_media_type(in, "text/csv, application/x-ndjson or application/json"));
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
  return is_json ? open_json_rows(std::move(text)) : open_csv(std::move(text));
}

void import_catalogue(call& c) {
  if (!c.who.is_operator)
    return c.refuse(forbidden("only operators import a catalogue, and " + c.who.user + " is none"));
  auto place = std::make_unique<import_place>();
  if (!place->is_there())
    return c.refuse(to_problem(rejection{rejection_code::overloaded,
                                         std::to_string(limits::imports_at_once_max) +
                                             " imports are under way, and no more are taken at once",
                                         {},
                                         {},
                                         {}}));
  auto file = open_rows(c.in);
  if (!file)
    return c.refuse(file.error());
  auto import = std::make_shared<catalogue_import>(c, *std::move(file), std::move(place));
  auto reply = c.token({});
  if (reply.ticket())
    c.api.core.submit(
        keyed_task{[import](reply_token first) { import->begin(std::move(first)); }, std::move(reply)});
  else
    import->begin(std::move(reply));
}

} // namespace

void add_import_route(std::vector<route>& table) {
  table.push_back({method::post, "/stock/import", import_catalogue});
}

} // namespace orderd::http

#include "http/import_route.hpp"

#include "config/limits.hpp"
#include "http/call.hpp"
#include "http/import_rows.hpp"
#include "http/json_writer.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace orderd::http {
namespace {

/// One import under way. Whichever thread learns that a row is decided sends the next ones, so that a bounded
/// number of them is in flight. Kept alive by the sinks of its rows.
class catalogue_import : public std::enable_shared_from_this<catalogue_import> {
 public:
  catalogue_import(engine& core, std::unique_ptr<import_rows> rows, answer_port out, std::string request_id)
      : core_(core), rows_(std::move(rows)), out_(std::move(out)), request_id_(std::move(request_id)) {}

  /// Sends rows until enough are in flight; answers when all are decided. Any thread, also from within
  /// itself: an engine that refuses at once answers inside `submit`.
  void advance() {
    std::unique_lock lock(mutex_);
    if (sending_)
      return; // Whoever is sending sees what has changed before it leaves.
    sending_ = true;
    while (!exhausted_ && in_flight_ < limits::import_rows_in_flight_max) {
      auto row = rows_->next();
      if (!row) {
        exhausted_ = true;
      } else if (auto* bad = std::get_if<bad_row>(&*row)) {
        note_failure(std::move(*bad));
      } else {
        ++in_flight_;
        lock.unlock();
        send(std::get<import_row>(*std::move(row)));
        lock.lock();
      }
    }
    sending_ = false;
    if (exhausted_ && in_flight_ == 0 && !std::exchange(answered_, true))
      out_.send(report());
  }

 private:
  /// Learns what became of one row.
  class row_sink final : public reply_sink {
   public:
    row_sink(std::shared_ptr<catalogue_import> owner, std::size_t line)
        : owner_(std::move(owner)), line_(line) {}
    void answer(outcome&& result) noexcept override {
      owner_->take(std::move(result), line_);
      owner_->advance();
    }

   private:
    std::shared_ptr<catalogue_import> owner_;
    std::size_t line_;
  };

  void send(import_row row) {
    stock_request asked;
    asked.sku = std::move(row.sku);
    asked.what = std::move(row.what);
    asked.reply = reply_token(std::make_unique<row_sink>(shared_from_this(), row.line));
    core_.submit(std::move(asked));
  }

  void take(outcome&& result, std::size_t line) {
    const std::lock_guard guard(mutex_);
    --in_flight_;
    if (const auto* defined = std::get_if<defined_stock>(&result))
      ++(defined->created ? created_ : updated_);
    else if (auto* refused = std::get_if<rejection>(&result))
      note_failure({line, std::move(refused->detail)});
    else
      note_failure({line, "it was not answered"});
  }

  void note_failure(bad_row row) {
    ++failed_;
    errors_.push_back(std::move(row));
    // Rows are decided out of order: the first ones by line are kept.
    std::push_heap(errors_.begin(), errors_.end(), by_line);
    if (errors_.size() > limits::import_errors_reported_max) {
      std::pop_heap(errors_.begin(), errors_.end(), by_line);
      errors_.pop_back();
    }
  }
  static bool by_line(const bad_row& a, const bad_row& b) noexcept { return a.line < b.line; }

  [[nodiscard]] response report() {
    std::sort_heap(errors_.begin(), errors_.end(), by_line);
    response answer;
    json_writer json(answer.body);
    json.begin_object().member("created", created_).member("updated", updated_).member("failed", failed_);
    json.key("errors").begin_array();
    for (const auto& each : errors_)
      json.begin_object().member("line", each.line).member("detail", each.detail).end_object();
    json.end_array().end_object();
    answer.headers.emplace_back("X-Request-Id", request_id_);
    return answer;
  }

  engine& core_;
  std::mutex mutex_;
  std::unique_ptr<import_rows> rows_;
  std::size_t in_flight_ = 0;
  bool sending_ = false;
  bool exhausted_ = false;
  bool answered_ = false;
  std::uint64_t created_ = 0;
  std::uint64_t updated_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<bad_row> errors_; ///< a heap: the last line on top
  answer_port out_;
  std::string request_id_;
};

/// By Content-Type; without one, by the first character.
[[nodiscard]] checked<std::unique_ptr<import_rows>> open_rows(const request& in) {
  const auto type = media_type_of(in);
  std::string text(in.body);
  if (type == "text/csv")
    return open_csv(std::move(text));
  if (type == "application/x-ndjson" || type == "application/ndjson" || type == "application/json")
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
  auto rows = open_rows(c.in);
  if (!rows)
    return c.refuse(rows.error());
  std::make_shared<catalogue_import>(c.api.core, *std::move(rows), std::move(c.out), std::move(c.request_id))
      ->advance();
}

} // namespace

void add_import_route(std::vector<route>& table) {
  table.push_back({method::post, "/stock/import", import_catalogue});
}

} // namespace orderd::http

#include "http/import_client.hpp"

#include "config/backoff.hpp"
#include "config/limits.hpp"
#include "config/sha256.hpp"
#include "http/json_reader.hpp"
#include "persistence/curl_post.hpp"

#include <poll.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <variant>

namespace orderd::http {
namespace {

using steady_clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds wait_least{200};
constexpr milliseconds wait_most{5'000};
constexpr int pace_ms = 100;
/// A part takes far less. One that takes more is asked for again, and waits for the same work.
constexpr std::chrono::seconds try_longest{30};
/// Names what the key is made of: another way to make it is another version.
constexpr std::string_view key_scheme = "orderd-import-1";

/// What the engine says became of the rows of a part.
struct part_report {
  std::uint64_t created = 0;
  std::uint64_t updated = 0;
  std::uint64_t failed = 0;
  std::uint64_t unavailable = 0; ///< of those that failed: for want of room
  bool replayed = false;
  std::vector<refused_row> first_refused; ///< lines of the body
};

/// The part is worth another try.
struct passing {
  std::string why;
  milliseconds wait{0};
};

/// It is not.
struct final_refusal {
  std::string why;
};

using verdict = std::variant<part_report, passing, final_refusal>;

[[nodiscard]] std::uint64_t count_in(json_value object, std::string_view name, bool& good) {
  const auto found = object.find(name);
  const auto number = found ? found->integer() : std::nullopt;
  good = good && number && *number >= 0;
  return good ? static_cast<std::uint64_t>(*number) : 0;
}

[[nodiscard]] std::string text_in(json_value object, std::string_view name) {
  const auto found = object.is(json_type::object) ? object.find(name) : std::nullopt;
  return found && found->is(json_type::string) ? std::string(found->text()) : std::string();
}

[[nodiscard]] std::optional<part_report> read_report(std::string_view body) {
  json_document document;
  const auto root = document.parse(body);
  if (!root || !root->is(json_type::object))
    return std::nullopt;
  part_report report;
  bool good = true;
  report.created = count_in(*root, "created", good);
  report.updated = count_in(*root, "updated", good);
  report.failed = count_in(*root, "failed", good);
  report.unavailable = count_in(*root, "unavailable", good);
  const auto errors = root->find("errors");
  if (!good || !errors || !errors->is(json_type::array))
    return std::nullopt;
  for (const auto each : *errors) {
    if (!each.is(json_type::object))
      return std::nullopt;
    const auto line = count_in(each, "line", good);
    report.first_refused.push_back({line, text_in(each, "code"), text_in(each, "detail")});
  }
  return good ? std::optional(std::move(report)) : std::nullopt;
}

/// `403 forbidden: only operators …`, as far as the answer says.
[[nodiscard]] std::string describe_problem(const post_reply& reply) {
  std::string out = std::to_string(reply.status);
  json_document document;
  const auto root = document.parse(reply.body);
  if (!root)
    return out;
  if (const auto code = text_in(*root, "code"); !code.empty())
    (out += ' ') += code;
  if (const auto detail = text_in(*root, "detail"); !detail.empty())
    (out += ": ") += detail;
  return out;
}

[[nodiscard]] bool is_passing_status(int status) noexcept {
  return status == 408 || status == 425 || status == 429 || status >= 500;
}

[[nodiscard]] verdict judge(const post_reply& reply) {
  if (reply.end == post_end::unreachable)
    return passing{"the engine cannot be reached: " + reply.trouble};
  if (reply.end == post_end::lost)
    return passing{"the answer of the engine was lost: " + reply.trouble};
  if (is_passing_status(reply.status))
    return passing{"the engine answers " + describe_problem(reply), reply.retry_after};
  if (reply.status != 200)
    return final_refusal{"the engine answers " + describe_problem(reply)};
  auto report = read_report(reply.body);
  if (!report)
    return final_refusal{
        "what answers at this URL is no engine that imports: its answer has no counts of rows"};
  report->replayed = reply.replayed;
  return *std::move(report);
}

/// What the tries of one part come to. A row that one try creates is updated by the next, so what was created
/// is the sum, and what is done is what the last one says.
class part_sum {
 public:
  void add(part_report report) {
    created_ += report.created;
    replayed_ = !last_ && report.replayed && !retried_;
    last_ = std::move(report);
  }
  /// Later answers are to tries of this run.
  void note_retry() noexcept { retried_ = true; }

  void add_to(import_end& whole, const import_part& part) const {
    if (!last_)
      return;
    const auto rows = last_->created + last_->updated + last_->failed;
    const auto created = std::min(created_, rows);
    const auto done = std::max(last_->created + last_->updated, created);
    auto& counts = whole.counts;
    counts.rows += rows;
    counts.created += replayed_ ? 0 : created;
    counts.updated += replayed_ ? 0 : done - created;
    counts.done_before += replayed_ ? done : 0;
    counts.failed += rows - done;
    for (const auto& each : last_->first_refused)
      if (whole.first_refused.size() < limits::import_errors_reported_max)
        whole.first_refused.push_back({part.line_in_file(each.line), each.code, each.detail});
  }

 private:
  std::uint64_t created_ = 0;
  bool replayed_ = false;
  bool retried_ = false;
  std::optional<part_report> last_;
};

[[nodiscard]] curl_post_options post_options(const import_options& options, catalogue_format format) {
  curl_post_options post{options.url + "/stock/import"};
  post.timeout = try_longest;
  post.headers = {"Accept: application/json", "User-Agent: orderd",
                  format == catalogue_format::csv ? "Content-Type: text/csv"
                                                  : "Content-Type: application/x-ndjson"};
  if (!options.token.empty())
    post.headers.push_back("Authorization: Bearer " + options.token);
  if (!options.user.empty())
    post.headers.push_back("X-User: " + options.user);
  return post;
}

/// One run over the file.
class sending {
 public:
  sending(const import_options& options, import_cutter& parts, std::uint64_t file_bytes,
          const std::function<bool(const import_progress&)>& go_on)
      : options_(options), parts_(parts), go_on_(go_on), begin_(steady_clock::now()) {
    end_.counts.bytes_total = file_bytes;
    std::random_device seed;
    waits_.emplace(wait_least, wait_most, seed());
    if (options.again)
      salt_ = std::to_string(seed()) + '-' + std::to_string(seed());
  }

  import_end run() {
    while (true) {
      auto part = parts_.next();
      if (!part && goes_on()) {
        end_.trouble = std::move(part.error());
        end_.is_of_file = true;
      }
      if (!part || !*part)
        break;
      if (!post_)
        post_.emplace(post_options(options_, parts_.format()));
      end_.rest_line = (*part)->first_line;
      if (!deliver(**part))
        break;
      end_.counts.bytes_done = (*part)->file_bytes;
      end_.rest_line = (*part)->end_line;
      if (!goes_on())
        break;
    }
    if (end_.trouble.empty() && !end_.interrupted)
      end_.counts.bytes_done = end_.counts.bytes_total;
    end_.counts.elapsed = elapsed();
    end_.counts.waiting.clear();
    return std::move(end_);
  }

 private:
  /// False if the run is over.
  [[nodiscard]] bool deliver(const import_part& part) {
    const std::vector<std::string> headers{"Idempotency-Key: " + key_of(part)};
    part_sum sum;
    std::optional<steady_clock::time_point> give_up_at;
    bool done = false;
    while (!done && !end_.interrupted && end_.trouble.empty()) {
      const auto reply = post_->send(part.body, headers, [this] { return goes_on(); });
      was_there_ = was_there_ || reply.end != post_end::unreachable;
      if (reply.end == post_end::given_up)
        break;
      auto what = judge(reply);
      if (auto* report = std::get_if<part_report>(&what)) {
        done = report->unavailable == 0;
        const auto without_room = report->unavailable;
        sum.add(std::move(*report));
        if (!done)
          what = passing{"the engine had no room for " + std::to_string(without_room) + " rows"};
      }
      if (const auto* refused = std::get_if<final_refusal>(&what))
        end_.trouble = refused->why;
      else if (const auto* later = std::get_if<passing>(&what))
        wait(*later, give_up_at);
      sum.note_retry();
    }
    waits_->reset();
    end_.counts.waiting.clear();
    sum.add_to(end_, part);
    return done;
  }

  /// Until the next try; notes the trouble instead if there is to be none.
  void wait(const passing& why, std::optional<steady_clock::time_point>& give_up_at) {
    const auto now = steady_clock::now();
    if (!give_up_at)
      give_up_at = now + options_.retry_for;
    const auto next = now + std::max(waits_->next(), why.wait);
    if (!was_there_ || next > *give_up_at) {
      end_.trouble = why.why;
      return;
    }
    end_.counts.waiting = why.why + "; trying again";
    while (steady_clock::now() < next && goes_on())
      ::poll(nullptr, 0, pace_ms);
  }

  [[nodiscard]] bool goes_on() {
    end_.counts.elapsed = elapsed();
    end_.interrupted = end_.interrupted || !go_on_(end_.counts);
    return !end_.interrupted;
  }

  [[nodiscard]] milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin_);
  }

  /// The same for the same rows at the same place, in every run.
  [[nodiscard]] std::string key_of(const import_part& part) const {
    sha256 sum;
    sum.update(key_scheme).update("\n").update(salt_).update("\n");
    sum.update(std::to_string(part.first_line)).update("\n").update(part.body);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string key = "import-";
    for (const auto byte : sum.finish())
      (key += digits[byte >> 4U]) += digits[byte & 15U];
    return key;
  }

  const import_options& options_;
  import_cutter& parts_;
  const std::function<bool(const import_progress&)>& go_on_;
  const steady_clock::time_point begin_;
  std::string salt_;
  bool was_there_ = false; ///< the engine, once
  std::optional<backoff> waits_;
  std::optional<curl_post> post_;
  import_end end_;
};

} // namespace

import_end send_catalogue(const import_options& options, import_cutter& parts, std::uint64_t file_bytes,
                          const std::function<bool(const import_progress&)>& go_on) {
  return sending(options, parts, file_bytes, go_on).run();
}

} // namespace orderd::http

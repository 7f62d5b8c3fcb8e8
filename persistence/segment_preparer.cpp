#include "persistence/segment_preparer.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <utility>

namespace orderd {

namespace {

constexpr const char* prepared_name = "prepared.tmp";
constexpr std::size_t zero_chunk_bytes = std::size_t{1} << 20;

/// Writing zeros, not only reserving space, lets later syncs change no metadata: they cost about half. Each
/// chunk is synced on its own, so that a sync of the journal never queues behind a whole segment of zeros.
result<void> fill_with_zeros(file& opened, std::size_t bytes) {
  if (auto allocated = opened.allocate(bytes); !allocated)
    return allocated;
  const std::string zeros(std::min(bytes, zero_chunk_bytes), '\0');
  for (std::size_t offset = 0; offset < bytes; offset += zeros.size()) {
    const auto chunk = std::string_view(zeros).substr(0, std::min(zeros.size(), bytes - offset));
    auto durable = opened.write_at(offset, chunk).and_then([&] { return opened.sync(); });
    if (!durable)
      return durable;
  }
  return {};
}

/// What `take` does once the outcome is known: a success is handed out, a failure stays.
result<prepared_segment> hand_out(std::optional<result<prepared_segment>>& outcome) {
  if (!outcome->has_value())
    return tl::unexpected(outcome->error());
  auto prepared = std::move(**outcome);
  outcome.reset();
  return prepared;
}

} // namespace

result<prepared_segment> prepare_segment(file_system& files, const std::string& folder, std::size_t bytes) {
  std::string path = folder + "/" + prepared_name;
  auto opened = files.open(path, open_mode::create);
  if (!opened)
    return tl::unexpected(opened.error());
  if (auto filled = fill_with_zeros(**opened, bytes); !filled) {
    opened->reset();
    // Should this fail too, the next attempt empties the file.
    static_cast<void>(files.remove(path));
    return tl::unexpected(filled.error());
  }
  return prepared_segment{std::move(*opened), std::move(path)};
}

background_preparer::background_preparer(file_system& files, std::string folder, std::size_t segment_bytes,
                                         std::chrono::milliseconds retry_interval)
    : files_(files), folder_(std::move(folder)), segment_bytes_(segment_bytes),
      retry_interval_(retry_interval), thread_([this] { run(); }) {}

background_preparer::~background_preparer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void background_preparer::request() {
  {
    const std::lock_guard lock(mutex_);
    ORDERD_ASSERT(!wanted_ && !outcome_);
    wanted_ = true;
  }
  changed_.notify_all();
}

bool background_preparer::ready() const {
  const std::lock_guard lock(mutex_);
  return outcome_.has_value() && outcome_->has_value();
}

result<prepared_segment> background_preparer::take() {
  std::unique_lock lock(mutex_);
  ORDERD_ASSERT(wanted_ || outcome_);
  if (!changed_.wait_for(lock, preparation_wait_max, [this] { return outcome_.has_value(); }))
    return fail(error_code::timed_out, "the next journal segment in " + folder_ + " was not ready in time");
  return hand_out(outcome_);
}

bool background_preparer::wait_ready(std::chrono::milliseconds wait_max) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait_max, [this] { return outcome_.has_value() && outcome_->has_value(); });
}

void background_preparer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!wanted_) {
      changed_.wait(lock, [this] { return stopping_ || wanted_; });
      continue;
    }
    lock.unlock();
    auto attempt = prepare_segment(files_, folder_, segment_bytes_);
    lock.lock();
    wanted_ = !attempt.has_value();
    outcome_ = std::move(attempt);
    changed_.notify_all();
    if (wanted_)
      changed_.wait_for(lock, retry_interval_, [this] { return stopping_; });
  }
}

inline_preparer::inline_preparer(file_system& files, std::string folder, std::size_t segment_bytes)
    : files_(files), folder_(std::move(folder)), segment_bytes_(segment_bytes) {}

void inline_preparer::request() {
  if (!ready())
    outcome_ = prepare_segment(files_, folder_, segment_bytes_);
}

result<prepared_segment> inline_preparer::take() {
  if (!ready())
    request();
  return hand_out(outcome_);
}

} // namespace orderd

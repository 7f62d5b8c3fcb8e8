/// Prepares the journal's next segment before it is needed, so that rolling does not wait for the disk and
/// a full disk is met here and not by a write.
#pragma once

#include "persistence/file_system.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace orderd {

inline constexpr std::chrono::milliseconds preparation_retry_interval{1'000};
inline constexpr std::chrono::milliseconds preparation_wait_max{30'000};

/// A file of zeros whose space and length are durable, under a name that recovery ignores.
struct prepared_segment {
  std::unique_ptr<file> opened;
  std::string path;
};

/// Makes such a file `bytes` long, emptying what a crash left under its name. A failed attempt is removed,
/// so that it keeps no space from others. Blocks for as long as the disk takes.
[[nodiscard]] result<prepared_segment> prepare_segment(file_system& files, const std::string& folder,
                                                       std::size_t bytes);

/// Holds at most one prepared segment. Called by the journal writer's thread.
class segment_preparer {
 public:
  virtual ~segment_preparer() = default;

  /// Asks for the next segment. At most once for each `take` that succeeded, and once to begin with.
  virtual void request() = 0;

  /// Whether `take` would succeed at once.
  [[nodiscard]] virtual bool ready() const = 0;

  /// Hands the segment out. Waits (at most `preparation_wait_max`) while the first attempt runs; once an
  /// attempt has failed it returns that failure at once until a later attempt succeeds.
  [[nodiscard]] virtual result<prepared_segment> take() = 0;
};

/// Prepares on a thread of its own; after a failure tries again every `retry_interval` until it succeeds.
class background_preparer final : public segment_preparer {
 public:
  background_preparer(file_system& files, std::string folder, std::size_t segment_bytes,
                      std::chrono::milliseconds retry_interval = preparation_retry_interval);
  /// Stops the thread; waits for the attempt under way.
  ~background_preparer() override;
  background_preparer(const background_preparer&) = delete;
  background_preparer& operator=(const background_preparer&) = delete;

  void request() override;
  [[nodiscard]] bool ready() const override;
  [[nodiscard]] result<prepared_segment> take() override;

  /// A test port: waits until `take` would succeed at once; false when `wait_max` has passed.
  [[nodiscard]] bool wait_ready(std::chrono::milliseconds wait_max);

 private:
  void run();

  file_system& files_;
  const std::string folder_;
  const std::size_t segment_bytes_;
  const std::chrono::milliseconds retry_interval_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::optional<result<prepared_segment>> outcome_; ///< of the last attempt since it was last taken
  std::thread thread_;                              ///< last: it uses all of the above
};

/// Prepares within `request`: for tests, where every step has its place.
class inline_preparer final : public segment_preparer {
 public:
  inline_preparer(file_system& files, std::string folder, std::size_t segment_bytes);

  void request() override;
  [[nodiscard]] bool ready() const override { return outcome_.has_value() && outcome_->has_value(); }
  [[nodiscard]] result<prepared_segment> take() override;

 private:
  file_system& files_;
  const std::string folder_;
  const std::size_t segment_bytes_;
  std::optional<result<prepared_segment>> outcome_;
};

} // namespace orderd

/// The real program, run in a folder of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::test {

/// Waits for a state that nothing announces, asking again and again. Throws if it does not come within
/// `guard_seconds`: that is a guard against a hang, not a measure of speed.
void eventually(std::string_view what, const std::function<bool()>& reached, int guard_seconds = 60);

/// A new folder below the system's temporary one, removed with everything in it at the end of the scope.
class temporary_folder {
 public:
  temporary_folder();
  explicit temporary_folder(const std::string& parent);
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct program_run {
  int exit_status = -1; ///< 128 + the signal if one ended it
  std::string output;
  std::string errors;
};

/// `NAME=value` each. The program sees these, PATH and nothing else of the test's own environment.
using environment = std::vector<std::string>;
using arguments = std::vector<std::string>;

/// The program's path: of the environment if it names one, else the one that was built.
[[nodiscard]] std::string orderd_path();

/// Runs the program to its end. Throws if that does not come.
program_run run_orderd(const arguments& flags, const environment& variables = {});

/// How far a program must have come before a start is over.
enum class wait_for { listening, ready };

/// A running program; killed at the end of the scope if it still runs.
class orderd_process {
 public:
  /// Starts it on any free port, unless a flag names one, with small journal segments and waits until it is
  /// so far. Flags given here stand behind those of this class. Throws, with its log, if it ends instead.
  explicit orderd_process(std::string data_dir, arguments flags = {}, environment variables = {},
                          wait_for until = wait_for::ready);
  orderd_process(const orderd_process&) = delete;
  orderd_process& operator=(const orderd_process&) = delete;
  ~orderd_process();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& data_dir() const { return data_dir_; }
  /// All that the program has logged, over all its starts.
  [[nodiscard]] std::string log() const;

  /// Asks it to end in order. Returns its exit status; 128 + the signal if one ended it.
  int stop();
  /// The same in two steps, for what happens meanwhile.
  void ask_to_stop();
  int wait_for_end();
  /// Ends it at this very moment.
  void kill();
  /// Starts it again, on the same folder, when it has ended.
  void start(wait_for until = wait_for::ready);
  /// Starts it again and ends it so many milliseconds later, wherever it has got to.
  void start_and_kill(int after_ms);

 private:
  void launch();
  [[nodiscard]] std::string log_of_this_start() const;

  std::string data_dir_;
  arguments flags_;
  environment variables_;
  temporary_folder own_;
  std::size_t log_begin_ = 0; ///< where the log of the current start begins
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

} // namespace orderd::test

#include "http/import_command.hpp"

#include "config/import_options.hpp"
#include "config/limits.hpp"
#include "config/utf8.hpp"
#include "http/import_client.hpp"
#include "http/owned_fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace orderd::http {
namespace {

using steady_clock = std::chrono::steady_clock;

constexpr int pace_ms = 100;
constexpr std::size_t columns_default = 80;

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may not wait");

/// The first signal asks for an end in order; the next one has its usual effect.
void end_in_order_on(int signal) {
  struct sigaction act {};
  sigaction(signal, nullptr, &act);
  if (act.sa_handler == SIG_IGN)
    return;
  act = {};
  act.sa_handler = [](int) { interrupted = true; };
  act.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(signal, &act, nullptr);
}

void tell(std::FILE* where, const std::string& text) {
  std::fputs(text.c_str(), where);
  std::fflush(where);
}

/// What others wrote, such that it cannot steer a terminal.
[[nodiscard]] std::string harmless(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = std::max<std::size_t>(utf8_sequence_length(text), 1);
    const auto character = text.substr(0, length);
    out += is_printable(character, utf8_sequence_bytes_max) ? character : std::string_view("?");
    text.remove_prefix(length);
  }
  return out;
}

/// Shows on stderr how far it is.
class progress_display {
 public:
  progress_display() {
    const char* const terminal = std::getenv("TERM");
    is_terminal_ =
        ::isatty(STDERR_FILENO) == 1 && (terminal == nullptr || std::strcmp(terminal, "dumb") != 0);
  }

  void show(const import_progress& now) {
    if (!is_terminal_) {
      if (pace_.is_due(now))
        tell(stderr, "orderd import: " + progress_line(now) + '\n');
    } else if (const auto time = steady_clock::now(); time - last_ >= std::chrono::milliseconds(pace_ms)) {
      last_ = time;
      draw(now);
    }
  }

  /// What comes next begins a line.
  void end(const import_progress& now) {
    if (!is_terminal_ || last_ == steady_clock::time_point{})
      return;
    draw(now);
    tell(stderr, "\n");
  }

 private:
  static void draw(const import_progress& now) {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    // In the last column some terminals go on to the next line.
    tell(stderr, '\r' + progress_bar(now, (known ? size.ws_col : columns_default) - 1) + "\x1b[K");
  }

  bool is_terminal_ = false;
  steady_clock::time_point last_{};
  progress_pace pace_;
};

/// The catalogue's bytes.
struct open_file {
  owned_fd own; ///< none for standard input
  int fd = STDIN_FILENO;
  std::uint64_t bytes = 0; ///< 0: not known
};

[[nodiscard]] tl::expected<open_file, std::string> open_catalogue(const std::string& name) {
  open_file file;
  if (name != "-") {
    file.own = owned_fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    file.fd = file.own.get();
    if (file.fd < 0)
      return tl::unexpected("cannot be opened: " + std::string(std::strerror(errno)));
  }
  struct stat about {};
  if (::fstat(file.fd, &about) != 0)
    return tl::unexpected("cannot be read: " + std::string(std::strerror(errno)));
  if (S_ISDIR(about.st_mode))
    return tl::unexpected(std::string("is a folder"));
  if (S_ISREG(about.st_mode))
    file.bytes = static_cast<std::uint64_t>(about.st_size);
  return file;
}

/// A pipe may have nothing for long, and an interruption must not wait for it.
[[nodiscard]] tl::expected<void, std::string> read_some(int fd, std::string& text, std::size_t bytes_max) {
  pollfd readable{fd, POLLIN, 0};
  while (!interrupted && ::poll(&readable, 1, pace_ms) <= 0) {
  }
  if (interrupted)
    return tl::unexpected(std::string("the reading was interrupted"));
  const auto before = text.size();
  text.resize(before + bytes_max);
  const auto count = ::read(fd, text.data() + before, bytes_max);
  text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (count < 0)
    return tl::unexpected("cannot be read: " + std::string(std::strerror(errno)));
  return {};
}

void tell_refused(const std::string& file, const import_end& ended) {
  for (const auto& each : ended.first_refused)
    tell(stderr, file + ':' + std::to_string(each.line) + ": " + harmless(each.code) + ": " +
                     harmless(each.detail) + '\n');
  if (ended.counts.failed > ended.first_refused.size() && !ended.first_refused.empty())
    tell(stderr, "and " + std::to_string(ended.counts.failed - ended.first_refused.size()) + " rows more\n");
}

/// Of an import that went through; with which status the program ends.
int tell_whether_changed(const std::string& file, const import_progress& counts) {
  if (is_all_done_before(counts))
    tell(stderr, "orderd import: nothing is changed: all of " + file +
                     " was done by an earlier run within 24 h, and what has changed since stays; --again "
                     "sets it anew\n");
  if (counts.failed > 0)
    return exit_status_of_import_cut_short;
  return is_all_done_before(counts) ? exit_status_of_import_done_before : 0;
}

/// Says what became of it, and with which status the program ends.
int tell_end(const std::string& file, const import_end& ended) {
  const std::string trouble = (ended.is_of_file ? file + ": " : "") + harmless(ended.trouble);
  if (ended.counts.rows == 0 && !ended.interrupted && !ended.trouble.empty()) {
    tell(stderr, "orderd import: " + trouble + '\n');
    return ended.is_of_file ? exit_status_of_bad_import_usage : exit_status_of_import_cut_short;
  }
  tell_refused(file, ended);
  tell(stdout, progress_summary(ended.counts));
  if (ended.interrupted)
    tell(stderr, "orderd import: interrupted");
  else if (!ended.trouble.empty())
    tell(stderr, "orderd import: " + trouble);
  else
    return tell_whether_changed(file, ended.counts);
  tell(stderr, "\norderd import: all of " + file + " before line " + std::to_string(ended.rest_line) +
                   " is decided; run it again to go on, what is decided is not done twice\n");
  return exit_status_of_import_cut_short;
}

} // namespace

int run_import_command(int argc, const char* const* argv, const process_environment& environment) {
  const auto read = read_import_options(argc, argv, environment);
  if (!read) {
    tell(stderr, describe_import(read.error()));
    return exit_status_of_bad_import_usage;
  }
  if (const auto* answer = std::get_if<printed_answer>(&*read)) {
    tell(stdout, answer->text);
    return answer->exit_status;
  }
  const auto& options = std::get<import_options>(*read);
  const std::string shown = options.file == "-" ? "standard input" : harmless(options.file);
  const auto file = open_catalogue(options.file);
  if (!file) {
    tell(stderr, "orderd import: " + shown + ' ' + file.error() + '\n');
    return exit_status_of_bad_import_usage;
  }
  std::signal(SIGPIPE, SIG_IGN);
  end_in_order_on(SIGINT);
  end_in_order_on(SIGTERM);
  import_cutter parts(
      [fd = file->fd](std::string& text, std::size_t bytes_max) { return read_some(fd, text, bytes_max); });
  progress_display display;
  const auto ended = send_catalogue(options, parts, file->bytes, [&](const import_progress& now) {
    display.show(now);
    return !interrupted;
  });
  display.end(ended.counts);
  return tell_end(shown, ended);
}

} // namespace orderd::http

/// A real PostgreSQL server of a test's own, below a temporary folder and on 127.0.0.1.
#pragma once

#include "tests/support/orderd_process.hpp"

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace orderd::test {

/// Rows as texts; null is an empty one.
using text_rows = std::vector<std::vector<std::string>>;

/// Runs texts divided by semicolons on a connection of their own and returns the rows of the last. Throws
/// std::runtime_error with the server's message. Bounded by a minute.
text_rows query_postgres(const std::string& url, const std::string& sql);

enum class postgres_stop : std::uint8_t {
  fast,      ///< ends sessions, writes a checkpoint
  immediate, ///< ends as a crash would; the next start recovers
};

struct postgres_server_options {
  std::string parent;      ///< the folder that gets the data folder; the system's temporary one if empty
  bool durable = false;    ///< fsync; without it only a crash of the machine can lose anything
  arguments settings = {}; ///< `name=value` each, for postgresql.conf
};

/// Owned by one thread, which must outlive it: the server ends when that thread does, however it ends. Runs
/// as the user `postgres` (or `nobody`) if the test is root. Anybody may log in as `postgres` without a
/// password. Everything throws std::runtime_error if it fails or takes too long.
class postgres_server {
 public:
  /// Makes the data folder and starts the server.
  explicit postgres_server(postgres_server_options options = {});
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;
  ~postgres_server();

  /// The same over all starts.
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// The process that started all the others; -1 if stopped.
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string url(const std::string& database = "postgres") const;
  [[nodiscard]] std::string conninfo(const std::string& database = "postgres") const;
  /// All that the server has logged.
  [[nodiscard]] std::string log() const;

  /// Returns when connections are accepted.
  void start();
  void stop(postgres_stop how);
  /// Kills all its processes at this very moment.
  void kill();

  /// Makes an empty database and returns its URL.
  std::string create_database(const std::string& name);
  /// Ends the sessions in it as well.
  void drop_database(const std::string& name);
  /// From outside, on a connection of its own.
  text_rows query(const std::string& sql, const std::string& database = "postgres") const;
  /// The first field of the first row.
  std::string value(const std::string& sql, const std::string& database = "postgres") const;

 private:
  [[nodiscard]] std::string data() const { return folder_->path() + "/data"; }
  [[nodiscard]] std::string log_file() const { return folder_->path() + "/log"; }
  [[nodiscard]] bool launch();

  postgres_server_options options_;
  pid_t owner_;
  std::unique_ptr<temporary_folder> folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

/// The server that the cases of a test program share; starts with the first call and ends with the program.
/// To be left running: a case that stops its server has one of its own.
postgres_server& shared_postgres();

/// An empty database for the time of a scope.
class temporary_database {
 public:
  explicit temporary_database(postgres_server& server = shared_postgres());
  temporary_database(const temporary_database&) = delete;
  temporary_database& operator=(const temporary_database&) = delete;
  ~temporary_database();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  text_rows query(const std::string& sql) const { return query_postgres(url_, sql); }
  std::string value(const std::string& sql) const { return server_.value(sql, name_); }

 private:
  postgres_server& server_;
  std::string name_;
  std::string url_;
};

} // namespace orderd::test

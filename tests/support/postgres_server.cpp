#include "tests/support/postgres_server.hpp"

#include "tests/support/child_process.hpp"

#include <libpq-fe.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace orderd::test {
namespace {

namespace fs = std::filesystem;

constexpr int guard_seconds = 120;

struct connection_closer {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct result_closer {
  void operator()(PGresult* rows) const noexcept { PQclear(rows); }
};

/// Whom the server runs as: it refuses to be root.
[[nodiscard]] std::optional<program_user> find_user() {
  if (::geteuid() != 0)
    return std::nullopt;
  for (const char* name : {"postgres", "nobody"})
    if (const passwd* entry = ::getpwnam(name); entry != nullptr)
      return program_user{entry->pw_uid, entry->pw_gid};
  throw std::runtime_error("there is no user that PostgreSQL could run as");
}

/// The programs' folder of the newest version that Debian has installed.
[[nodiscard]] std::string program_folder() {
  int newest = 0;
  std::error_code none;
  for (const auto& each : fs::directory_iterator("/usr/lib/postgresql", none))
    if (fs::exists(each.path() / "bin/initdb"))
      newest = std::max(newest, std::atoi(each.path().filename().c_str()));
  if (newest == 0)
    throw std::runtime_error("PostgreSQL is not installed: deploy/install-packages test");
  return "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
}

/// The server takes its children along when the test ends.
[[nodiscard]] pid_t spawn(arguments command, const std::string& log) {
  return spawn_child({std::move(command), log, SIGQUIT, find_user()});
}

void run(const arguments& command, const std::string& log) {
  int status = 0;
  await_child(spawn(command, log), command.front(), &status);
  if (status != 0)
    throw std::runtime_error(command.front() + " failed:\n" + file_content(log));
}

void give_to_server_user(const std::string& folder) {
  if (const auto user = find_user(); user && ::chown(folder.c_str(), user->uid, user->gid) != 0)
    throw std::runtime_error("cannot give away " + folder);
}

/// A data folder to copy, made once a program: copying is several times faster than making.
[[nodiscard]] const std::string& data_template() {
  static const temporary_folder folder;
  static const std::string data = [] {
    give_to_server_user(folder.path());
    auto path = folder.path() + "/data";
    run({program_folder() + "/initdb", "-D", path, "-U", "postgres", "-A", "trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--wal-segsize=1", "--no-sync", "--no-instructions"},
        folder.path() + "/log");
    return path;
  }();
  return data;
}

struct process_state {
  char state = 'Z';
  pid_t parent = -1;
};

[[nodiscard]] process_state state_of(pid_t pid) {
  const auto line = file_content("/proc/" + std::to_string(pid) + "/stat");
  process_state found;
  // The name in front may hold anything, blanks and brackets too.
  if (const auto end = line.rfind(')'); end != std::string::npos)
    std::istringstream(line.substr(end + 1)) >> found.state >> found.parent;
  return found;
}

[[nodiscard]] std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& each : fs::directory_iterator("/proc"))
    if (const pid_t pid = std::atoi(each.path().filename().c_str()); pid > 0)
      if (state_of(pid).parent == parent)
        children.push_back(pid);
  return children;
}

[[nodiscard]] std::string quoted(const std::string& name) { return "\"" + name + "\""; }

} // namespace

text_rows query_postgres(const std::string& url, const std::string& sql) {
  const char* const keywords[] = {"connect_timeout", "options", "dbname", nullptr};
  const char* const values[] = {"60", "-c statement_timeout=60s", url.c_str(), nullptr};
  const std::unique_ptr<PGconn, connection_closer> connection(PQconnectdbParams(keywords, values, 1));
  if (PQstatus(connection.get()) != CONNECTION_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  PQsetNoticeReceiver(
      connection.get(), [](void*, const PGresult*) {}, nullptr);
  const std::unique_ptr<PGresult, result_closer> answer(PQexec(connection.get(), sql.c_str()));
  const auto status = PQresultStatus(answer.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  text_rows rows(static_cast<std::size_t>(PQntuples(answer.get())));
  for (int row = 0; row < PQntuples(answer.get()); ++row)
    for (int column = 0; column < PQnfields(answer.get()); ++column)
      rows[static_cast<std::size_t>(row)].emplace_back(PQgetvalue(answer.get(), row, column));
  return rows;
}

postgres_server::postgres_server(postgres_server_options options)
    : options_(std::move(options)), owner_(::getpid()),
      folder_(options_.parent.empty() ? std::make_unique<temporary_folder>()
                                      : std::make_unique<temporary_folder>(options_.parent)) {
  give_to_server_user(folder_->path());
  run({"/bin/cp", "-a", data_template(), data()}, log_file());
  std::ofstream settings(data() + "/postgresql.conf", std::ios::app);
  settings << "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 100\n"
           << "shared_buffers = 32MB\nlogging_collector = off\n";
  if (!options_.durable)
    settings << "fsync = off\nfull_page_writes = off\n";
  for (const auto& each : options_.settings)
    settings << each << '\n';
  settings.close();
  // Another program may take the port first.
  for (int attempt = 0; attempt < 10; ++attempt) {
    port_ = unused_port();
    if (launch())
      return;
  }
  throw std::runtime_error("PostgreSQL does not start:\n" + log());
}

postgres_server::~postgres_server() {
  // A child of the test that ends by exit() is not the owner.
  if (pid_ <= 0 || owner_ != ::getpid())
    return;
  try {
    stop(postgres_stop::immediate);
  } catch (const std::runtime_error&) {
    // It has been killed after the wait; there is nobody to tell.
  }
}

bool postgres_server::launch() {
  pid_ = spawn({program_folder() + "/postgres", "-D", data(), "-p", std::to_string(port_)}, log_file());
  bool ended = false;
  eventually(
      "a PostgreSQL that accepts connections",
      [&] {
        ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
        return ended || PQping((url() + "?connect_timeout=5").c_str()) == PQPING_OK;
      },
      guard_seconds);
  if (ended)
    pid_ = -1;
  return !ended;
}

void postgres_server::start() {
  if (!launch())
    throw std::runtime_error("PostgreSQL does not start:\n" + log());
}

void postgres_server::stop(postgres_stop how) {
  ::kill(pid_, how == postgres_stop::fast ? SIGINT : SIGQUIT);
  await_child(std::exchange(pid_, -1), "PostgreSQL");
}

void postgres_server::kill() {
  // A stopped parent makes no more children.
  ::kill(pid_, SIGSTOP);
  const auto children = children_of(pid_);
  ::kill(pid_, SIGKILL);
  for (const pid_t each : children)
    ::kill(each, SIGKILL);
  await_child(std::exchange(pid_, -1), "PostgreSQL");
  for (const pid_t each : children)
    eventually(
        "the end of a session", [&] { return state_of(each).state == 'Z'; }, guard_seconds);
  fs::remove(data() + "/postmaster.pid");
}

std::string postgres_server::url(const std::string& database) const {
  return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

std::string postgres_server::conninfo(const std::string& database) const {
  return "host=127.0.0.1 port=" + std::to_string(port_) + " user=postgres dbname=" + database;
}

std::string postgres_server::log() const { return file_content(log_file()); }

std::string postgres_server::create_database(const std::string& name) {
  query("CREATE DATABASE " + quoted(name) + " TEMPLATE template0");
  return url(name);
}

void postgres_server::drop_database(const std::string& name) {
  query("DROP DATABASE IF EXISTS " + quoted(name) + " WITH (FORCE)");
}

text_rows postgres_server::query(const std::string& sql, const std::string& database) const {
  return query_postgres(url(database), sql);
}

std::string postgres_server::value(const std::string& sql, const std::string& database) const {
  const auto rows = query(sql, database);
  if (rows.empty() || rows.front().empty())
    throw std::runtime_error("no rows: " + sql);
  return rows.front().front();
}

postgres_server& shared_postgres() {
  static postgres_server server;
  return server;
}

temporary_database::temporary_database(postgres_server& server) : server_(server) {
  static int count = 0;
  name_ = "case_" + std::to_string(++count);
  url_ = server.create_database(name_);
}

temporary_database::~temporary_database() {
  try {
    server_.drop_database(name_);
  } catch (const std::runtime_error&) {
    // The server is down, and its folder goes with it.
  }
}

} // namespace orderd::test

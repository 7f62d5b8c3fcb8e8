#include "tests/support/node_script.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>

namespace orderd::test {

namespace {

[[nodiscard]] std::string path_of_node() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto found = folder + "/node";
    if (folder.starts_with('/') && ::access(found.c_str(), X_OK) == 0)
      return found;
  }
  throw std::runtime_error("there is no node on the PATH (deploy/install-packages test)");
}

[[nodiscard]] child_program program_of(const std::string& script, const arguments& more,
                                       const std::string& log) {
  const auto folder = std::filesystem::absolute("tests/npm");
  if (!std::filesystem::exists(folder / "node_modules/.installed-lock"))
    throw std::runtime_error("the packages of tests/npm are not installed (deploy/npm-install tests/npm)");
  child_program program;
  program.command = {path_of_node(), (folder / script).string()};
  program.command.insert(program.command.end(), more.begin(), more.end());
  program.log = log;
  return program;
}

} // namespace

std::unique_ptr<child_process> start_node(const std::string& script, const arguments& more,
                                          const std::string& log) {
  return std::make_unique<child_process>(program_of(script, more, log), script);
}

int run_node(const std::string& script, const arguments& more, const std::string& log) {
  int status = 0;
  await_child(spawn_child(program_of(script, more, log)), script, &status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace orderd::test

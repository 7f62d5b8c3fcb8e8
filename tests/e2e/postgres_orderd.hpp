/// A program of its own over a PostgreSQL database of its own.
#pragma once

#include "tests/e2e/running_orderd.hpp"
#include "tests/support/postgres_server.hpp"

#include <string>
#include <utility>

namespace orderd::test {

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct postgres_orderd {
  explicit postgres_orderd(arguments flags = {}, environment more = {})
      : program(folder.path() + "/data", std::move(flags), with_url(std::move(more), database.url())) {}

  static environment with_url(environment all, const std::string& url) {
    all.push_back("DATABASE_URL=" + url);
    return all;
  }

  [[nodiscard]] std::string value(const std::string& sql) const { return database.value(sql); }

  temporary_folder folder;
  temporary_database database;
  orderd_process program;
  /// Without an identity, which is an operator.
  api_client api{program.port()};
  api_client bob{program.port(), "bob"};
};

} // namespace orderd::test

/// Results of work on the environment (files, databases, sockets, settings).
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

namespace orderd {

enum class error_code : std::uint8_t {
  invalid_setting, ///< a setting has a value that cannot be used
  io_failed,       ///< the file system refused; `detail` names the file
  no_space,        ///< the disk is full; worth trying again later
  damaged,         ///< stored bytes are not what was written; never worth trying again
  newer_format,    ///< written by a newer program than this one
  store_failed,    ///< the database refused or is away; worth trying again
  refused,         ///< the database refuses these rows: the same again will be refused again
  behind,          ///< the database lacks what it had before, as after a failover or a restored backup
  superseded,      ///< another process has taken the database over
  timed_out,       ///< a bounded wait ended first
  locked,          ///< another process owns it
};

/// What the environment refused. `detail` is a sentence that names the file, setting or value at fault.
struct error {
  error_code code;
  std::string detail;
};

template <class T> using result = tl::expected<T, error>;

[[nodiscard]] inline tl::unexpected<error> fail(error_code code, std::string detail) {
  return tl::unexpected<error>(error{code, std::move(detail)});
}

} // namespace orderd

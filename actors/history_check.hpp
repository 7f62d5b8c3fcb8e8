/// Checks an exported history by itself.
#pragma once

#include "config/result.hpp"
#include "persistence/audit_report.hpp"
#include "persistence/file_system.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace orderd {

/// Reads the file in as many passes as keep `entities_a_pass` orders, items or accounts in memory: each link
/// (files of the first format version have none), whether each event follows from those before it, and what
/// orders, items and accounts say of each other in the end. Errors: io_failed, damaged (naming file and
/// offset), newer_format; timed_out, once interrupted.
[[nodiscard]] result<audit_report> check_history(file_system& files, const std::string& path,
                                                 std::size_t entities_a_pass,
                                                 const std::function<bool()>& interrupted);

} // namespace orderd

/// Scripts of tests/npm, run by node beside the test.
#pragma once

#include "tests/support/child_process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace orderd::test {

/// Starts `node tests/npm/<script>` with these arguments; it ends with the scope, or with the test. Throws if
/// the packages that scripts stand on are not installed (deploy/npm-install tests/npm).
[[nodiscard]] std::unique_ptr<child_process> start_node(const std::string& script, const arguments& more,
                                                        const std::string& log);

/// Runs it to its end; what it prints goes to the log. Returns its exit status; 128 + the signal if one ended
/// it. Throws as above, and if the end does not come.
[[nodiscard]] int run_node(const std::string& script, const arguments& more, const std::string& log);

} // namespace orderd::test

/// Files that are read in one piece.
#pragma once

#include <tl/expected.hpp>

#include <cstddef>
#include <string>

namespace orderd {

/// The whole file, or what is wrong with it, to stand behind its name: `cannot be opened: …`. One with more
/// than `bytes_max` bytes is refused.
[[nodiscard]] tl::expected<std::string, std::string> read_small_file(const std::string& path,
                                                                     std::size_t bytes_max);

} // namespace orderd

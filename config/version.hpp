/// Which build this is.
#pragma once

#include <string_view>

namespace orderd {

/// `major.minor.patch`, as the build was configured.
[[nodiscard]] std::string_view program_version() noexcept;

} // namespace orderd

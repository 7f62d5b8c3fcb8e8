#include "config/version.hpp"

namespace orderd {

std::string_view program_version() noexcept { return ORDERD_VERSION; }

} // namespace orderd

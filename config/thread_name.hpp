/// Names for threads, as `top -H` and /proc show them.
#pragma once

namespace orderd {

/// Names the calling thread; at most 15 characters are kept.
void name_this_thread(const char* name) noexcept;

} // namespace orderd

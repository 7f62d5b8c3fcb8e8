#include "persistence/tame.hpp"

#include "config/limits.hpp"
#include "config/utf8.hpp"

#include <algorithm>

namespace orderd {

std::string tame(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = utf8_sequence_length(text);
    std::string_view shown = bytes == 0 ? "\xef\xbf\xbd" : text.substr(0, bytes);
    if (static_cast<unsigned char>(shown.front()) < 0x20U || shown.front() == 0x7f)
      shown = " ";
    if (out.size() + shown.size() > limits::reason_bytes_max)
      break;
    out += shown;
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return out;
}

} // namespace orderd

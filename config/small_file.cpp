#include "config/small_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace orderd {

tl::expected<std::string, std::string> read_small_file(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return tl::unexpected("cannot be opened: " + std::string(std::strerror(errno)));
  std::string text(bytes_max + 1, '\0');
  errno = 0;
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.fail()))
    return tl::unexpected("cannot be read: " + std::string(std::strerror(errno)));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > bytes_max)
    return tl::unexpected("is longer than " + std::to_string(bytes_max) + " bytes");
  return text;
}

} // namespace orderd

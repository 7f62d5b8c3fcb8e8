#include "persistence/parking_file.hpp"

#include "config/log.hpp"
#include "persistence/crc32c.hpp"

#include <limits>
#include <span>
#include <utility>

namespace orderd {

parking_file::parking_file(file_system& files, std::string path, std::uint64_t bytes_max)
    : files_(&files), path_(std::move(path)), bytes_max_(bytes_max) {}

parking_file::~parking_file() {
  if (!file_)
    return;
  file_.reset();
  if (const auto removed = files_->remove(path_); !removed)
    log::warn("a parking file could not be removed", {{"detail", removed.error().detail}});
}

result<parked_bytes> parking_file::put(std::string_view bytes) {
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max() || end_ + bytes.size() > bytes_max_)
    return fail(error_code::no_space,
                path_ + " may not become longer than " + std::to_string(bytes_max_) + " bytes");
  if (!file_) {
    auto opened = files_->open(path_, open_mode::create);
    if (!opened)
      return tl::unexpected{opened.error()};
    file_ = std::move(*opened);
  }
  if (const auto written = file_->write_at(end_, bytes); !written)
    return tl::unexpected{written.error()};
  const parked_bytes where{end_, static_cast<std::uint32_t>(bytes.size()), crc32c(bytes)};
  end_ += bytes.size();
  return where;
}

result<std::string> parking_file::get(const parked_bytes& where) {
  std::string bytes(where.size, '\0');
  const auto got = file_->read_at(where.offset, std::span{bytes.data(), bytes.size()});
  if (!got)
    return tl::unexpected{got.error()};
  if (*got != where.size || crc32c(bytes) != where.checksum)
    return fail(error_code::damaged, path_ + " has changed at offset " + std::to_string(where.offset));
  return bytes;
}

void parking_file::clear() {
  if (end_ == 0)
    return;
  end_ = 0; // Whatever comes next is written over what is there.
  if (const auto cut = file_->truncate(0); !cut)
    log::warn("a parking file could not be emptied", {{"detail", cut.error().detail}});
}

result<void> empty_parking_folder(file_system& files, const std::string& folder) {
  if (const auto made = files.make_folder(folder); !made)
    return made;
  const auto left = files.list(folder);
  if (!left)
    return tl::unexpected{left.error()};
  for (const auto& name : *left)
    if (const auto removed = files.remove(folder + "/" + name); !removed)
      return removed;
  return {};
}

} // namespace orderd

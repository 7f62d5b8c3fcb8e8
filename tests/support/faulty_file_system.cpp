#include "tests/support/faulty_file_system.hpp"

#include <algorithm>
#include <utility>

namespace orderd::test {

namespace {

constexpr std::size_t sector_bytes = 512;

class no_lock final : public folder_lock {};

} // namespace

class faulty_file final : public file {
 public:
  faulty_file(faulty_file_system& owner, std::shared_ptr<faulty_file_system::inode> node)
      : owner_(owner), node_(std::move(node)) {}

  result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::lock_guard lock(owner_.mutex_);
    const auto met = owner_.meet(call::write, true);
    if (met && *met == effect::short_write)
      static_cast<void>(owner_.write(*node_, offset, bytes.substr(0, (bytes.size() + 1) / 2)));
    if (!met || owner_.dying_)
      if (auto written = owner_.write(*node_, offset, bytes); !written)
        return written;
    return owner_.outcome(met, "a file");
  }

  result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const std::lock_guard lock(owner_.mutex_);
    if (auto got = owner_.outcome(owner_.meet(call::read, false), "a file"); !got)
      return tl::unexpected(got.error());
    if (offset >= node_->cache.size())
      return std::size_t{0};
    return node_->cache.copy(into.data(), into.size(), offset);
  }

  result<void> allocate(std::uint64_t bytes) override {
    const std::lock_guard lock(owner_.mutex_);
    const auto met = owner_.meet(call::allocate, true);
    if ((!met || owner_.dying_) && bytes > node_->cache.size()) {
      if (owner_.used() - node_->cache.size() + bytes > owner_.capacity_)
        return fail(error_code::no_space, "the disk is full");
      owner_.resize(*node_, bytes);
    }
    return owner_.outcome(met, "a file");
  }

  result<void> truncate(std::uint64_t bytes) override {
    const std::lock_guard lock(owner_.mutex_);
    const auto met = owner_.meet(call::allocate, true);
    if (!met || owner_.dying_)
      owner_.resize(*node_, bytes);
    return owner_.outcome(met, "a file");
  }

  result<void> sync() override {
    const std::lock_guard lock(owner_.mutex_);
    const auto met = owner_.meet(call::sync, true);
    if (met && *met == effect::lost_sync)
      owner_.settle(*node_);
    if (!met) {
      for (const std::size_t sector : std::exchange(node_->dirty, {}))
        owner_.to_disk(*node_, sector);
      node_->disk.resize(node_->cache.size());
      node_->shrunk = false;
    }
    return owner_.outcome(met, "a file");
  }

  result<std::uint64_t> size() override {
    const std::lock_guard lock(owner_.mutex_);
    return node_->cache.size();
  }

  result<void> close() override { return {}; }

 private:
  faulty_file_system& owner_;
  std::shared_ptr<faulty_file_system::inode> node_;
};

void faulty_file_system::inject(call kind, effect what, std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  faults_[{kind, calls_[kind] + nth}] = what;
}

void faulty_file_system::set_capacity(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  capacity_ = bytes;
}

std::uint64_t faulty_file_system::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

void faulty_file_system::cut_power_at(std::uint64_t nth) {
  const std::lock_guard lock(mutex_);
  power_ends_at_ = changes_ + nth;
}

void faulty_file_system::restart_after_power_cut() {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& change : unsynced_names_)
      if (random_() % 2 == 0)
        apply(durable_, change);
    unsynced_names_.clear();
    live_ = durable_;
    for (auto& [path, node] : live_) {
      settle(*node);
      node->cache = node->disk;
    }
  }
  restart_process();
}

void faulty_file_system::restart_process() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
  power_ends_at_ = UINT64_MAX;
  dying_ = false;
}

std::map<std::string, std::string> faulty_file_system::contents() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [path, node] : live_)
    all[path] = node->cache;
  return all;
}

void faulty_file_system::overwrite(const std::string& path, std::uint64_t offset, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  auto& node = *live_.at(path);
  node.cache.replace(offset, bytes.size(), bytes);
  node.disk = node.cache;
  node.dirty.clear();
}

void faulty_file_system::put(const std::string& path, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  live_[path] = durable_[path] = std::make_shared<inode>(inode{bytes, bytes, {}, false});
}

result<std::unique_ptr<file>> faulty_file_system::open(const std::string& path, open_mode mode) {
  const std::lock_guard lock(mutex_);
  const auto met = meet(call::open, mode == open_mode::create);
  if (met && !dying_)
    return tl::unexpected(outcome(met, path).error());
  const auto found = live_.find(path);
  if (mode == open_mode::create && found != live_.end()) {
    resize(*found->second, 0);
  } else if (mode == open_mode::create) {
    unsynced_names_.push_back({"", path, std::make_shared<inode>()});
    apply(live_, unsynced_names_.back());
  } else if (found == live_.end()) {
    return fail(error_code::io_failed, "there is no file " + path);
  }
  if (met)
    return tl::unexpected(outcome(met, path).error());
  return std::make_unique<faulty_file>(*this, live_.at(path));
}

result<std::vector<std::string>> faulty_file_system::list(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [path, node] : live_)
    if (path.starts_with(folder + "/"))
      found.push_back(path.substr(folder.size() + 1));
  return found;
}

result<void> faulty_file_system::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto met = meet(call::remove, true);
  if (live_.count(path) == 0)
    return fail(error_code::io_failed, "there is no file " + path);
  if (!met || dying_) {
    unsynced_names_.push_back({path, "", nullptr});
    apply(live_, unsynced_names_.back());
  }
  return outcome(met, path);
}

result<void> faulty_file_system::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  const auto met = meet(call::rename, true);
  if (live_.count(from) == 0)
    return fail(error_code::io_failed, "there is no file " + from);
  if (!met || dying_) {
    unsynced_names_.push_back({from, to, live_.at(from)});
    apply(live_, unsynced_names_.back());
  }
  return outcome(met, from);
}

result<void> faulty_file_system::sync_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  const auto met = meet(call::sync_folder, true);
  if (!met) {
    for (const auto& change : unsynced_names_)
      apply(durable_, change);
    unsynced_names_.clear();
  }
  return outcome(met, folder);
}

result<void> faulty_file_system::make_folder(const std::string&) { return {}; }

result<std::uint64_t> faulty_file_system::free_bytes(const std::string&) {
  const std::lock_guard lock(mutex_);
  return capacity_ - std::min(capacity_, used());
}

result<std::unique_ptr<folder_lock>> faulty_file_system::lock_folder(const std::string&) {
  return std::make_unique<no_lock>();
}

void faulty_file_system::apply(names& to, const name_change& change) {
  to.erase(change.removed);
  if (change.node)
    to[change.added] = change.node;
}

std::optional<effect> faulty_file_system::meet(call kind, bool changes) {
  dying_ = false;
  if (changes_ >= power_ends_at_)
    return effect::io_error;
  if (changes && ++changes_ >= power_ends_at_) {
    dying_ = true;
    return effect::io_error;
  }
  const auto fault = faults_.find({kind, ++calls_[kind]});
  return fault == faults_.end() ? std::nullopt : std::optional(fault->second);
}

result<void> faulty_file_system::outcome(std::optional<effect> met, const std::string& path) const {
  if (!met)
    return {};
  if (*met == effect::full_disk)
    return fail(error_code::no_space, "the disk is full: " + path);
  return fail(error_code::io_failed, "an injected fault: " + path);
}

std::uint64_t faulty_file_system::used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, node] : live_)
    bytes += node->cache.size();
  return bytes;
}

result<void> faulty_file_system::write(inode& node, std::uint64_t offset, std::string_view bytes) {
  const std::uint64_t others = used() - node.cache.size();
  const std::uint64_t longest =
      std::max<std::uint64_t>(capacity_ - std::min(capacity_, others), node.cache.size());
  const bool fits = offset + bytes.size() <= longest;
  if (!fits)
    bytes = bytes.substr(0, offset < longest ? static_cast<std::size_t>(longest - offset) : 0);
  if (!bytes.empty()) {
    if (offset + bytes.size() > node.cache.size())
      resize(node, offset + bytes.size());
    node.cache.replace(offset, bytes.size(), bytes);
    for (auto sector = offset / sector_bytes; sector <= (offset + bytes.size() - 1) / sector_bytes; ++sector)
      node.dirty.insert(sector);
  }
  return fits ? result<void>{} : fail(error_code::no_space, "the disk is full");
}

void faulty_file_system::resize(inode& node, std::uint64_t bytes) {
  const std::size_t before = node.cache.size();
  node.cache.resize(bytes);
  node.shrunk = node.shrunk || bytes < before;
  for (std::size_t sector = before / sector_bytes; sector * sector_bytes < bytes; ++sector)
    node.dirty.insert(sector);
}

/// Decides for each unsynced sector whether the disk has it, and leaves nothing unsynced.
void faulty_file_system::settle(inode& node) {
  // Half the time all or nothing: such ends are as common as mixed ones, and rare by single draws.
  const std::uint64_t draw = random_() % 4;
  const auto survives = [&] { return draw == 0 || (draw > 1 && random_() % 2 == 0); };
  if (node.shrunk && survives())
    node.disk.resize(std::min(node.disk.size(), node.cache.size()));
  for (const std::size_t sector : std::exchange(node.dirty, {}))
    if (survives())
      to_disk(node, sector);
  node.shrunk = false;
}

void faulty_file_system::to_disk(inode& node, std::size_t sector) {
  const std::size_t begin = sector * sector_bytes;
  if (begin >= node.cache.size())
    return;
  const std::size_t bytes = std::min(sector_bytes, node.cache.size() - begin);
  if (node.disk.size() < begin + bytes)
    node.disk.resize(begin + bytes);
  node.disk.replace(begin, bytes, node.cache, begin, bytes);
}

} // namespace orderd::test

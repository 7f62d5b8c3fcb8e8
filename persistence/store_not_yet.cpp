#include "persistence/audit_snapshot.hpp"

namespace orderd {
namespace {
[[nodiscard]] tl::unexpected<error> not_yet() { return fail(error_code::store_failed, "not there yet"); }
} // namespace

result<std::size_t> store_writer::drop_history(std::uint64_t, timestamp, std::size_t) { return not_yet(); }
result<std::uint64_t> store_reader::dropped_to() { return not_yet(); }
result<std::optional<history_checkpoint>> store_reader::stock_checkpoint(const std::string&) {
  return not_yet();
}
result<std::vector<sequenced_event>> store_reader::stock_events(const std::string&, std::uint64_t,
                                                                std::size_t) {
  return not_yet();
}
result<std::unique_ptr<audit_snapshot>> store::open_snapshot() { return not_yet(); }

} // namespace orderd

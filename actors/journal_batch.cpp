#include "actors/journal_batch.hpp"

#include "persistence/event_codec.hpp"

namespace orderd {

namespace {

constexpr std::uint64_t batch_bytes_max = std::uint64_t{8} << 20U;

} // namespace

result<journal_batch> read_batch(journal_reader& journal, std::uint64_t until_seq, std::size_t events_max,
                                 obligations& open) {
  journal_batch read;
  auto& events = read.batch.events;
  while (events.size() < events_max && read.event_bytes < batch_bytes_max) {
    const auto frame = journal.next(until_seq);
    if (!frame)
      return tl::unexpected{frame.error()};
    if (!*frame)
      break;
    auto decoded = decode_event((*frame)->tag, (*frame)->payload);
    if (!decoded)
      return fail(decoded.error().code,
                  "journal event " + std::to_string((*frame)->seq) + ": " + decoded.error().detail);
    open.observe(*decoded);
    read.event_bytes += (*frame)->payload.size();
    read.batch.last_seq = (*frame)->seq;
    events.push_back({(*frame)->seq, std::move(*decoded)});
  }
  read.batch.obligations = open.open();
  return read;
}

} // namespace orderd

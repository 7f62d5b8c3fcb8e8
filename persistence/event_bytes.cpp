#include "persistence/event_bytes.hpp"

#include <cstring>

namespace orderd {

std::uint64_t byte_reader::varint() noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint64_t>(next & 0x7F) << shift;
    if (next < 0x80) {
      // The tenth byte has room for one bit, and a last byte of zero would be a second encoding.
      if ((shift == 63 && next > 1) || (next == 0 && shift > 0)) {
        fail();
      }
      return failed_ ? 0 : value;
    }
  }
  fail();
  return 0;
}

std::string byte_reader::text() {
  const std::size_t size = count(1);
  const char* begin = at_;
  at_ += size;
  return std::string(begin, size);
}

uuid byte_reader::id() noexcept {
  uuid value;
  if (remaining() < value.bytes.size()) {
    fail();
    return value;
  }
  std::memcpy(value.bytes.data(), at_, value.bytes.size());
  at_ += value.bytes.size();
  return value;
}

} // namespace orderd

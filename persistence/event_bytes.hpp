/// The primitives of an event's payload: written straight into a string, read with every bound checked.
/// Format: event_codec.md.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace orderd {

/// Appends to a string that it borrows. Not thread safe.
class byte_writer {
 public:
  explicit byte_writer(std::string& out) noexcept : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void flag(bool value) { byte(value ? 1 : 0); }
  void varint(std::uint64_t value) {
    char bytes[10];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) {
      bytes[size++] = static_cast<char>(value | 0x80);
    }
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  /// Zigzag: small numbers of either sign are short.
  void signed_varint(std::int64_t value) {
    varint((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }
  void id(const uuid& value) { out_.append(bytes_of(value)); }
  void time(timestamp value) { signed_varint(value.time_since_epoch().count()); }

 private:
  std::string& out_;
};

/// Reads from bytes that it borrows. The first malformed value fails the reader for good; what is read
/// afterwards are zeros, so a caller checks once, at the end. Every value has one encoding only; any other is
/// malformed.
class byte_reader {
 public:
  explicit byte_reader(std::string_view in) noexcept : at_(in.data()), end_(in.data() + in.size()) {}

  /// Nothing malformed was read, and nothing is left.
  [[nodiscard]] bool ended_well() const noexcept { return !failed_ && at_ == end_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  void fail() noexcept {
    failed_ = true;
    at_ = end_;
  }

  [[nodiscard]] std::uint8_t byte() noexcept {
    if (at_ == end_) {
      fail();
      return 0;
    }
    return static_cast<std::uint8_t>(*at_++);
  }
  [[nodiscard]] bool flag() noexcept { return up_to(1) == 1; }
  /// A byte that names one of the values 0 to `max`.
  [[nodiscard]] std::uint8_t up_to(std::uint8_t max) noexcept {
    const std::uint8_t value = byte();
    if (value > max) {
      fail();
      return 0;
    }
    return value;
  }
  [[nodiscard]] std::uint64_t varint() noexcept;
  [[nodiscard]] std::int64_t signed_varint() noexcept {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
  }
  /// A count of elements of at least `element_bytes_min` each. Bounded by what is left, so that a damaged
  /// count never asks for more memory than the payload can explain.
  [[nodiscard]] std::size_t count(std::size_t element_bytes_min) noexcept {
    const std::uint64_t value = varint();
    if (value > remaining() / element_bytes_min) {
      fail();
      return 0;
    }
    return static_cast<std::size_t>(value);
  }
  [[nodiscard]] std::string text();
  [[nodiscard]] uuid id() noexcept;
  [[nodiscard]] timestamp time() noexcept { return timestamp(std::chrono::milliseconds(signed_varint())); }

 private:
  const char* at_;
  const char* end_;
  bool failed_ = false;
};

} // namespace orderd

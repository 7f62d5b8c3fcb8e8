#include "persistence/postgres_parameters.hpp"

#include "domain/assert.hpp"
#include "persistence/postgres_binary.hpp"

#include <limits>

namespace orderd {
namespace {

using postgres_binary::append;
using postgres_binary::put;

// Dimensions, whether there are nulls, the element's type; then, unless it is empty, length and lower bound.
constexpr std::size_t empty_header_bytes = 12;
constexpr std::size_t header_bytes = 20;
constexpr std::size_t element_bytes_expected = 20;
constexpr std::int32_t null_length = -1;

[[nodiscard]] bool is_bytes(postgres_type type) noexcept {
  return type == postgres_type::text || type == postgres_type::json || type == postgres_type::bytea;
}

void append_element(std::string& out, std::string_view value) {
  ORDERD_ASSERT(value.size() <= std::numeric_limits<std::int32_t>::max());
  append(out, static_cast<std::int32_t>(value.size()));
  out += value;
}

} // namespace

postgres_array::postgres_array(postgres_type element, std::size_t expected) : element_(element) {
  bytes_.reserve(header_bytes + expected * element_bytes_expected);
  bytes_.resize(header_bytes);
}

void postgres_array::add(std::int64_t value) {
  ORDERD_ASSERT(element_ == postgres_type::int8 || element_ == postgres_type::int2);
  if (element_ == postgres_type::int8) {
    append(bytes_, static_cast<std::int32_t>(sizeof value));
    append(bytes_, value);
  } else {
    const auto small = static_cast<std::int16_t>(value);
    ORDERD_ASSERT(small == value);
    append(bytes_, static_cast<std::int32_t>(sizeof small));
    append(bytes_, small);
  }
  ++size_;
}

void postgres_array::add(bool value) {
  ORDERD_ASSERT(element_ == postgres_type::boolean);
  append_element(bytes_, value ? std::string_view("\1", 1) : std::string_view("\0", 1));
  ++size_;
}

void postgres_array::add(std::string_view value) {
  ORDERD_ASSERT(is_bytes(element_));
  append_element(bytes_, value);
  ++size_;
}

void postgres_array::add(const uuid& value) {
  ORDERD_ASSERT(element_ == postgres_type::uuid);
  append_element(bytes_, bytes_of(value));
  ++size_;
}

void postgres_array::add(timestamp value) {
  ORDERD_ASSERT(element_ == postgres_type::timestamptz);
  const auto microseconds = postgres_binary::from_timestamp(value);
  append(bytes_, static_cast<std::int32_t>(sizeof microseconds));
  append(bytes_, microseconds);
  ++size_;
}

void postgres_array::add_null() {
  append(bytes_, null_length);
  has_null_ = true;
  ++size_;
}

std::string_view postgres_array::bytes() {
  ORDERD_ASSERT(size_ <= std::numeric_limits<std::int32_t>::max());
  const bool empty = size_ == 0;
  char* const header = bytes_.data();
  put(header, std::int32_t{empty ? 0 : 1});
  put(header + 4, std::int32_t{has_null_ ? 1 : 0});
  put(header + 8, static_cast<std::int32_t>(element_));
  put(header + 12, static_cast<std::int32_t>(size_));
  put(header + 16, std::int32_t{1});
  return std::string_view(bytes_).substr(0, empty ? empty_header_bytes : bytes_.size());
}

postgres_parameters& postgres_parameters::add(std::int64_t value) {
  append(values_.emplace_back(std::in_place).value(), value);
  return *this;
}

postgres_parameters& postgres_parameters::add(bool value) {
  values_.emplace_back(std::string(1, value ? '\1' : '\0'));
  return *this;
}

postgres_parameters& postgres_parameters::add(std::string_view value) {
  values_.emplace_back(value);
  return *this;
}

postgres_parameters& postgres_parameters::add(const uuid& value) {
  values_.emplace_back(bytes_of(value));
  return *this;
}

postgres_parameters& postgres_parameters::add(timestamp value) {
  return add(postgres_binary::from_timestamp(value));
}

postgres_parameters& postgres_parameters::add_null() {
  values_.emplace_back();
  return *this;
}

postgres_parameters& postgres_parameters::add(postgres_array& array) { return add(array.bytes()); }

} // namespace orderd

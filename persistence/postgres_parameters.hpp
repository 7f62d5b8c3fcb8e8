/// Parameters of a prepared statement in PostgreSQL's binary format.
#pragma once

#include "domain/time.hpp"
#include "domain/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orderd {

/// The types in use, by the object ids that PostgreSQL gives them for ever (catalog/pg_type.dat).
enum class postgres_type : std::uint32_t {
  boolean = 16,
  bytea = 17,
  int8 = 20,
  int2 = 21,
  text = 25,
  json = 114,
  timestamptz = 1184,
  uuid = 2950,
};

/// One column of an `unnest`: an array of one type, filled element by element. An element of another type, or
/// an int2 that is out of range, is a bug and asserted. Instants beyond what PostgreSQL can say become its
/// infinities.
class postgres_array {
 public:
  explicit postgres_array(postgres_type element, std::size_t expected = 0);

  void add(std::int64_t value); ///< int8, int2
  void add(bool value);
  void add(std::string_view value); ///< text, json, bytea
  void add(const uuid& value);
  void add(timestamp value);
  void add_null();
  void add_unless_nil(const uuid& value) { value.is_nil() ? add_null() : add(value); }
  template <class T> void add(const std::optional<T>& value) { value ? add(*value) : add_null(); }
  void add(const char* value) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The whole in the binary format, until more is added.
  [[nodiscard]] std::string_view bytes();

 private:
  postgres_type element_;
  std::size_t size_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

/// The parameters of one call, in order. The statement decides the types, so it must name them where it
/// would not infer those given here. Instants as in an array.
class postgres_parameters {
 public:
  postgres_parameters& add(std::int64_t value); ///< int8
  postgres_parameters& add(bool value);
  postgres_parameters& add(std::string_view value); ///< text, json, bytea
  postgres_parameters& add(const uuid& value);
  postgres_parameters& add(timestamp value);
  postgres_parameters& add_null();
  postgres_parameters& add(postgres_array& array); ///< copied
  template <class T> postgres_parameters& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  postgres_parameters& add(const char* value) = delete;

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  /// The bytes of one; nothing for null.
  [[nodiscard]] const std::optional<std::string>& value(std::size_t index) const { return values_[index]; }

 private:
  std::vector<std::optional<std::string>> values_;
};

} // namespace orderd

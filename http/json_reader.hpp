/// Reads JSON text into a flat tree of views. The one place that knows the parser behind it.
#pragma once

#include "config/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace orderd {
class json_writer;
}

namespace orderd::http {

enum class json_type : std::uint8_t { null, boolean, number, string, array, object };

/// A value of a parsed document and, behind it, the values below it. `text` is a string's content, unescaped,
/// or the digits of a number or the word of a literal as they were sent.
struct json_node {
  std::string_view key; ///< of a member of an object, unescaped
  std::string_view text;
  std::uint32_t extent = 1; ///< how many nodes this value takes with all below it
  json_type type = json_type::null;
};

/// A value. Valid until its document is parsed anew or destroyed, and while the text it was parsed from
/// lives. Copy freely.
class json_value {
 public:
  class iterator {
   public:
    explicit iterator(const json_node* at) noexcept : at_(at) {}
    [[nodiscard]] json_value operator*() const noexcept { return json_value(at_); }
    iterator& operator++() noexcept {
      at_ += at_->extent;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    const json_node* at_;
  };

  explicit json_value(const json_node* at) noexcept : at_(at) {}

  [[nodiscard]] json_type type() const noexcept { return at_->type; }
  [[nodiscard]] bool is(json_type type) const noexcept { return at_->type == type; }
  [[nodiscard]] std::string_view key() const noexcept { return at_->key; }
  [[nodiscard]] std::string_view text() const noexcept { return at_->text; }
  /// The members of an object or the elements of an array; none of a scalar.
  [[nodiscard]] iterator begin() const noexcept { return iterator(at_ + 1); }
  [[nodiscard]] iterator end() const noexcept { return iterator(at_ + at_->extent); }
  [[nodiscard]] bool empty() const noexcept { return at_->extent == 1; }
  /// Linear in the number of elements.
  [[nodiscard]] std::size_t count() const noexcept;
  /// The last member of that name. Linear.
  [[nodiscard]] std::optional<json_value> find(std::string_view name) const noexcept;
  /// A number written as an integer that fits: no point, no exponent.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  /// Writes the value, minified. Of members with one name the last is kept, as every later reader would see
  /// it.
  void write(json_writer& out) const;

 private:
  const json_node* at_;
};

inline constexpr unsigned json_depth_max = 48;
inline constexpr std::size_t json_values_max = 65'536;

/// Parses whole documents, reusing its memory from one to the next. Not thread safe: one a thread.
class json_document {
 public:
  json_document();
  ~json_document();
  json_document(const json_document&) = delete;
  json_document& operator=(const json_document&) = delete;

  /// Validates all of `text` (RFC 8259, UTF-8, nothing behind the value, at most json_depth_max levels and
  /// json_values_max values) and returns its root, or a sentence that says what is wrong. `padding_bytes`
  /// readable bytes follow `text`; if they are too few it is copied. Pieces of `text` are referred to.
  [[nodiscard]] tl::expected<json_value, std::string> parse(std::string_view text,
                                                            std::size_t padding_bytes = 0);

 private:
  struct implementation;
  std::unique_ptr<implementation> self_;
};

/// The document of the calling thread, for requests' bodies.
[[nodiscard]] json_document& document_of_this_thread();

} // namespace orderd::http

/// A parsed JSON text that tests look into. What is missing or of another type throws std::runtime_error
/// naming what was looked for and the text it was looked for in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orderd::test {

/// A value somewhere in a document. Copies share the document.
class json_view {
 public:
  /// Throws if `text` is not JSON.
  static json_view parse(std::string text);

  [[nodiscard]] json_view operator[](std::string_view member) const;
  [[nodiscard]] json_view at(std::size_t index) const;
  [[nodiscard]] bool has(std::string_view member) const;
  [[nodiscard]] bool is_null() const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] bool boolean() const;
  /// The value as it would be sent, without blanks.
  [[nodiscard]] std::string minified() const;

  /// The elements of an array.
  [[nodiscard]] std::vector<json_view> elements() const;
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] std::size_t size() const { return elements().size(); }

 private:
  struct document;
  struct position;

  json_view(std::shared_ptr<document> owner, std::shared_ptr<position> where)
      : owner_(std::move(owner)), where_(std::move(where)) {}
  [[noreturn]] void miss(const std::string& what) const;

  std::shared_ptr<document> owner_;
  std::shared_ptr<position> where_;
};

} // namespace orderd::test

#include "http/preferences.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <string>

namespace orderd::http {
namespace {

constexpr std::string_view blanks = " \t";

/// One member of the list, without its parameters.
struct preference {
  std::string_view name;
  std::string value; ///< without quotes
};

/// Takes the members of one Prefer field one by one. What breaks the grammar is read as far as it goes: a
/// preference is a wish, and a wish that cannot be read is none.
class preference_reader {
 public:
  explicit preference_reader(std::string_view field) noexcept : rest_(field) {}

  [[nodiscard]] std::optional<preference> next() {
    if (rest_.empty())
      return std::nullopt;
    skip_blanks();
    preference read;
    read.name = take_word();
    skip_blanks();
    if (rest_.starts_with('=')) {
      rest_.remove_prefix(1);
      skip_blanks();
      read.value = rest_.starts_with('"') ? take_quoted() : std::string(take_word());
      skip_blanks();
      // More before the next divider is no value of the grammar.
      if (!rest_.empty() && !rest_.starts_with(',') && !rest_.starts_with(';'))
        read.value.clear();
    }
    skip_member();
    return read;
  }

 private:
  void skip_blanks() noexcept {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
  }

  [[nodiscard]] std::string_view take_word() noexcept {
    const auto word = rest_.substr(0, rest_.find_first_of("=,;\" \t"));
    rest_.remove_prefix(word.size());
    return word;
  }

  /// From the quote on, past its end. A text whose quote never ends is empty.
  [[nodiscard]] std::string take_quoted() {
    std::string text;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') {
        rest_.remove_prefix(at + 1);
        return text;
      }
      if (rest_[at] == '\\' && at + 1 < rest_.size())
        ++at;
      text += rest_[at];
    }
    rest_ = {};
    return {};
  }

  /// Past the parameters and the comma; a comma in quotes divides nothing.
  void skip_member() {
    while (!rest_.empty() && !rest_.starts_with(',')) {
      if (rest_.starts_with('"'))
        (void)take_quoted();
      else
        rest_.remove_prefix(1);
    }
    if (!rest_.empty())
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

[[nodiscard]] std::optional<durability_mode> to_durability(std::string_view word) noexcept {
  if (word == "memory")
    return durability_mode::memory;
  if (word == "journal")
    return durability_mode::journal;
  if (word == "store")
    return durability_mode::store;
  return std::nullopt;
}

} // namespace

std::optional<durability_mode> preferred_durability(const request& in) {
  for (const auto& field : in.headers) {
    if (!same_field(field.name, "Prefer"))
      continue;
    preference_reader members(field.value);
    while (const auto each = members.next()) {
      if (same_field(each->name, "durability"))
        return to_durability(each->value);
    }
  }
  return std::nullopt;
}

std::string_view applied_preference(durability_mode granted) noexcept {
  switch (granted) {
  case durability_mode::memory:
    return "durability=memory";
  case durability_mode::journal:
    return "durability=journal";
  case durability_mode::store:
    return "durability=store";
  }
  assertion_failed("known durability_mode", __FILE__, __LINE__);
}

} // namespace orderd::http

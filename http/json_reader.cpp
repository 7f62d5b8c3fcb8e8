#include "http/json_reader.hpp"

#include "config/json_writer.hpp"

#include <simdjson.h>

#include <charconv>
#include <unordered_map>
#include <vector>

namespace orderd::http {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(json_depth_max <= json_writer::depth_max);

[[nodiscard]] bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blank = " \t\n\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

[[nodiscard]] std::size_t digits_at(std::string_view text, std::size_t at) noexcept {
  std::size_t count = 0;
  while (at + count < text.size() && is_digit(text[at + count]))
    ++count;
  return count;
}

/// The grammar of RFC 8259. The parser below hands numbers over unread, so that no digit is lost.
[[nodiscard]] bool is_number(std::string_view text) noexcept {
  std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
  const auto whole = digits_at(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0'))
    return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const auto fraction = digits_at(text, at + 1);
    if (fraction == 0)
      return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-'))
      ++at;
    const auto exponent = digits_at(text, at);
    if (exponent == 0)
      return false;
    at += exponent;
  }
  return at == text.size();
}

[[nodiscard]] std::optional<json_type> scalar_type(std::string_view token) noexcept {
  if (token == "null")
    return json_type::null;
  if (token == "true" || token == "false")
    return json_type::boolean;
  return is_number(token) ? std::optional(json_type::number) : std::nullopt;
}

/// Walks a document once and visits every value of it: what the parser skips, it does not validate.
class walker {
 public:
  explicit walker(std::vector<json_node>& nodes) noexcept : nodes_(nodes) {}

  /// Appends `value` (a document or a value of one) under `key`. False when malformed.
  template <class Value> bool take(Value& value, std::string_view key, unsigned depth) {
    if (nodes_.size() >= json_values_max)
      return fail("it has more than " + std::to_string(json_values_max) + " values");
    if (depth > json_depth_max)
      return fail("it is nested deeper than " + std::to_string(json_depth_max) + " levels");
    ondemand::json_type type{};
    if (const auto error = value.type().get(type))
      return fail(error);
    const auto index = nodes_.size();
    nodes_.push_back({key, {}, 1, json_type::null});
    switch (type) {
    case ondemand::json_type::object:
      return take_object(value, index, depth);
    case ondemand::json_type::array:
      return take_array(value, index, depth);
    case ondemand::json_type::string:
      return take_string(value, index);
    default:
      return take_scalar(value, index);
    }
  }

  std::string trouble;

 private:
  bool fail(std::string reason) {
    trouble = std::move(reason);
    return false;
  }
  bool fail(simdjson::error_code error) { return fail(std::string(simdjson::error_message(error))); }

  template <class Value> bool take_object(Value& value, std::size_t index, unsigned depth) {
    nodes_[index].type = json_type::object;
    ondemand::object object;
    if (const auto error = value.get_object().get(object))
      return fail(error);
    for (auto each : object) {
      ondemand::field field;
      std::string_view key;
      if (const auto error = std::move(each).get(field))
        return fail(error);
      if (const auto error = field.unescaped_key().get(key))
        return fail(error);
      if (!take(field.value(), key, depth + 1))
        return false;
    }
    return close(index);
  }

  template <class Value> bool take_array(Value& value, std::size_t index, unsigned depth) {
    nodes_[index].type = json_type::array;
    ondemand::array array;
    if (const auto error = value.get_array().get(array))
      return fail(error);
    for (auto each : array) {
      ondemand::value element;
      if (const auto error = std::move(each).get(element))
        return fail(error);
      if (!take(element, {}, depth + 1))
        return false;
    }
    return close(index);
  }

  template <class Value> bool take_string(Value& value, std::size_t index) {
    nodes_[index].type = json_type::string;
    if (const auto error = value.get_string().get(nodes_[index].text))
      return fail(error);
    return true;
  }

  bool take_scalar(ondemand::value& value, std::size_t index) {
    const auto token = trimmed(value.raw_json_token());
    const auto type = scalar_type(token);
    if (!type)
      return fail("\"" + std::string(token.substr(0, 40)) + "\" is not a JSON value");
    nodes_[index].type = *type;
    nodes_[index].text = token;
    return true;
  }
  /// A root that is a scalar never comes here: parse() reads it by itself.
  bool take_scalar(ondemand::document&, std::size_t) { return fail("the value is not complete"); }

  bool close(std::size_t index) {
    nodes_[index].extent = static_cast<std::uint32_t>(nodes_.size() - index);
    return true;
  }

  std::vector<json_node>& nodes_;
};

} // namespace

struct json_document::implementation {
  ondemand::parser parser;
  std::vector<json_node> nodes;
  std::string padded;

  /// An object, array or string at the root.
  bool read(std::string_view text, std::string& trouble) {
    ondemand::document document;
    if (const auto error = parser.iterate(text, text.size() + simdjson::SIMDJSON_PADDING).get(document)) {
      trouble = simdjson::error_message(error);
      return false;
    }
    walker walk(nodes);
    if (!walk.take(document, {}, 1)) {
      trouble = std::move(walk.trouble);
      return false;
    }
    // At the end there is no location, and only there.
    if (document.current_location().error() == simdjson::OUT_OF_BOUNDS)
      return true;
    trouble = "there is more behind the value";
    return false;
  }
};

json_document::json_document() : self_(std::make_unique<implementation>()) {}
json_document::~json_document() = default;

tl::expected<json_value, std::string> json_document::parse(std::string_view text, std::size_t padding_bytes) {
  auto& self = *self_;
  self.nodes.clear();
  const auto body = trimmed(text);
  if (body.empty())
    return tl::unexpected(std::string("there is no JSON in it"));
  if (const auto type = scalar_type(body)) {
    self.nodes.push_back({{}, body, 1, *type});
    return json_value(self.nodes.data());
  }
  if (padding_bytes < simdjson::SIMDJSON_PADDING) {
    self.padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    self.padded.assign(text);
    text = self.padded;
  }
  std::string trouble;
  if (!self.read(text, trouble))
    return tl::unexpected(std::move(trouble));
  return json_value(self.nodes.data());
}

json_document& document_of_this_thread() {
  thread_local json_document document;
  return document;
}

std::size_t json_value::count() const noexcept {
  std::size_t elements = 0;
  for (auto it = begin(); it != end(); ++it)
    ++elements;
  return elements;
}

std::optional<json_value> json_value::find(std::string_view name) const noexcept {
  std::optional<json_value> found;
  for (const auto member : *this) {
    if (member.key() == name)
      found = member;
  }
  return found;
}

std::optional<std::int64_t> json_value::integer() const noexcept {
  std::int64_t number = 0;
  const auto digits = text();
  if (!is(json_type::number))
    return std::nullopt;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size())
    return std::nullopt;
  return number;
}

void json_value::write(json_writer& out) const {
  switch (type()) {
  case json_type::object: {
    std::unordered_map<std::string_view, iterator> last;
    for (auto it = begin(); it != end(); ++it)
      last.insert_or_assign((*it).key(), it);
    out.begin_object();
    for (auto it = begin(); it != end(); ++it) {
      const auto member = *it;
      if (last.at(member.key()) == it) {
        out.key(member.key());
        member.write(out);
      }
    }
    out.end_object();
    return;
  }
  case json_type::array:
    out.begin_array();
    for (const auto element : *this)
      element.write(out);
    out.end_array();
    return;
  case json_type::string:
    out.value(text());
    return;
  default:
    out.raw(text());
  }
}

} // namespace orderd::http

#include "tests/support/json_view.hpp"

#include <simdjson.h>

#include <stdexcept>
#include <utility>

namespace orderd::test {

struct json_view::document {
  std::string text;
  simdjson::dom::parser parser;
};

struct json_view::position {
  simdjson::dom::element element;
};

json_view json_view::parse(std::string text) {
  auto owner = std::make_shared<document>();
  owner->text = std::move(text);
  auto root = std::make_shared<position>();
  if (owner->parser.parse(owner->text).get(root->element) != simdjson::SUCCESS)
    throw std::runtime_error("not JSON: " + owner->text);
  return {std::move(owner), std::move(root)};
}

void json_view::miss(const std::string& what) const {
  throw std::runtime_error(what + " in " + owner_->text);
}

json_view json_view::operator[](std::string_view member) const {
  auto found = std::make_shared<position>();
  if (where_->element.at_key(member).get(found->element) != simdjson::SUCCESS)
    miss("no member " + std::string(member));
  return {owner_, std::move(found)};
}

json_view json_view::at(std::size_t index) const {
  auto found = std::make_shared<position>();
  if (where_->element.at(index).get(found->element) != simdjson::SUCCESS)
    miss("no element " + std::to_string(index));
  return {owner_, std::move(found)};
}

bool json_view::has(std::string_view member) const {
  simdjson::dom::element found;
  return where_->element.at_key(member).get(found) == simdjson::SUCCESS;
}

bool json_view::is_null() const { return where_->element.is_null(); }

std::string json_view::text() const {
  std::string_view value;
  if (where_->element.get(value) != simdjson::SUCCESS)
    miss(minified() + " is no string");
  return std::string(value);
}

std::int64_t json_view::integer() const {
  std::int64_t value = 0;
  if (where_->element.get(value) != simdjson::SUCCESS)
    miss(minified() + " is no integer");
  return value;
}

bool json_view::boolean() const {
  bool value = false;
  if (where_->element.get(value) != simdjson::SUCCESS)
    miss(minified() + " is no boolean");
  return value;
}

std::string json_view::minified() const { return simdjson::minify(where_->element); }

std::vector<json_view> json_view::elements() const {
  simdjson::dom::array array;
  if (where_->element.get(array) != simdjson::SUCCESS)
    miss(minified() + " is no array");
  std::vector<json_view> all;
  for (const auto element : array)
    all.push_back({owner_, std::make_shared<position>(position{element})});
  return all;
}

std::vector<std::string> json_view::texts() const {
  std::vector<std::string> all;
  for (const auto& each : elements())
    all.push_back(each.text());
  return all;
}

} // namespace orderd::test

#include "http/router.hpp"

#include "domain/assert.hpp"

#include <algorithm>
#include <utility>

namespace orderd::http {
namespace {

constexpr std::string_view prefix = "/api";

[[nodiscard]] std::string_view without_prefix(std::string_view path) noexcept {
  if (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'))
    path.remove_prefix(prefix.size());
  return path;
}

/// Splits at slashes into at most `max` parts; one slash at the end adds none. Returns max + 1 if there are
/// more.
std::size_t split(std::string_view path, std::string_view* parts, std::size_t max) noexcept {
  std::size_t count = 0;
  if (!path.empty())
    path.remove_prefix(1);
  if (path.ends_with('/'))
    path.remove_suffix(1);
  while (!path.empty()) {
    if (count == max)
      return max + 1;
    const auto end = std::min(path.find('/'), path.size());
    parts[count++] = path.substr(0, end);
    if (end == path.size())
      break;
    path.remove_prefix(end + 1);
    if (path.empty())
      return max + 1; // two slashes at the end
  }
  return count;
}

[[nodiscard]] bool is_parameter(std::string_view part) noexcept { return part.starts_with('{'); }

[[nodiscard]] bool fits(const std::vector<std::string_view>& wanted, const std::string_view* parts,
                        path_parameters& parameters) noexcept {
  parameters.count = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_parameter(wanted[i])) {
      if (wanted[i] != parts[i])
        return false;
    } else if (parts[i].empty()) {
      return false;
    } else {
      parameters.values[parameters.count++] = parts[i];
    }
  }
  return true;
}

void append_method(std::string& list, std::string_view name) {
  if (!list.empty())
    list += ", ";
  list += name;
}

} // namespace

router::router(std::vector<route> table) : table_(std::move(table)) {
  for (std::size_t number = 0; number < table_.size(); ++number) {
    auto& each = table_[number];
    ORDERD_ASSERT(each.handler != nullptr);
    each.number = number;
    auto& resource = resource_of(each.path_template);
    resource.routes.push_back(&each);
    append_method(resource.allow, to_text(each.method));
    if (each.method == method::get)
      append_method(resource.allow, to_text(method::head));
  }
  for (auto& resource : resources_)
    append_method(resource.allow, to_text(method::options));
}

router::resource& router::resource_of(std::string_view path_template) {
  const auto known = std::find_if(resources_.begin(), resources_.end(),
                                  [&](const resource& each) { return each.path_template == path_template; });
  if (known != resources_.end())
    return *known;
  std::array<std::string_view, parts_max> parts;
  const auto count = split(path_template, parts.data(), parts.size());
  ORDERD_ASSERT(count <= parts_max);
  ORDERD_ASSERT(std::count_if(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count),
                              is_parameter) <= static_cast<std::ptrdiff_t>(path_parameters::count_max));
  resource fresh;
  fresh.path_template = path_template;
  fresh.parts.assign(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(count));
  return resources_.emplace_back(std::move(fresh));
}

route_match router::match(method m, std::string_view path) const noexcept {
  std::array<std::string_view, parts_max> parts;
  const auto count = split(without_prefix(path), parts.data(), parts.size());
  route_match result;
  for (const auto& each : resources_) {
    if (each.parts.size() != count || !fits(each.parts, parts.data(), result.parameters))
      continue;
    result.path_template = each.path_template;
    result.allow = each.allow;
    const auto wanted = m == method::head ? method::get : m;
    for (const auto* one : each.routes) {
      if (one->method == wanted)
        result.found = one;
    }
    break;
  }
  return result;
}

std::string_view canonical_path(std::string_view path) noexcept {
  path = without_prefix(path);
  if (path.ends_with('/'))
    path.remove_suffix(1);
  return path;
}

std::string_view to_text(method m) noexcept {
  switch (m) {
  case method::get:
    return "GET";
  case method::head:
    return "HEAD";
  case method::post:
    return "POST";
  case method::put:
    return "PUT";
  case method::patch:
    return "PATCH";
  case method::delete_:
    return "DELETE";
  case method::options:
    return "OPTIONS";
  }
  assertion_failed("known method", __FILE__, __LINE__);
}

} // namespace orderd::http

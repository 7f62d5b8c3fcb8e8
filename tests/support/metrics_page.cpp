#include "tests/support/metrics_page.hpp"

#include <regex>
#include <sstream>
#include <stdexcept>

namespace orderd::test {

metrics_page::metrics_page(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string sign, kind, name, type;
    words >> sign >> kind >> name >> type;
    if (sign == "#" && kind == "TYPE")
      families_[name].type = type;
    else if (sign != "#")
      take_series(line);
  }
}

std::string metrics_page::family_of(const std::string& name) const {
  if (families_.contains(name))
    return name;
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (name.ends_with(suffix) && families_.contains(name.substr(0, name.size() - suffix.size())))
      return name.substr(0, name.size() - suffix.size());
  }
  throw std::runtime_error("a figure without a TYPE: " + name);
}

void metrics_page::take_series(const std::string& line) {
  static const std::regex shape(R"(([a-z_]+)(\{(.*)\})? ([-+0-9.eInfNa]+))");
  static const std::regex label(R"re(([a-z_]+)="((?:[^"\\]|\\.)*)",?)re");
  std::smatch parts;
  if (!std::regex_match(line, parts, shape))
    throw std::runtime_error("no line of the format: " + line);
  series_[parts[1].str() + parts[2].str()] = std::stod(parts[4]);
  const auto inside = parts[3].str();
  std::string names;
  for (std::sregex_iterator each(inside.begin(), inside.end(), label), end; each != end; ++each) {
    const auto key = (*each)[1].str();
    labels_.emplace(key, (*each)[2].str());
    if (key != "le")
      names += (names.empty() ? "" : ",") + key;
  }
  auto& its = families_.at(family_of(parts[1]));
  if (its.is_used && its.labels != names)
    throw std::runtime_error("a figure with other labels than those of its name: " + line);
  its.is_used = true;
  its.labels = names;
}

std::set<std::string> metrics_page::families() const {
  std::set<std::string> all;
  for (const auto& [name, its] : families_)
    all.insert(name + ' ' + its.type + ' ' + (its.labels.empty() ? "-" : its.labels));
  return all;
}

double metrics_page::value(const std::string& series) const {
  const auto found = series_.find(series);
  return found == series_.end() ? 0 : found->second;
}

std::set<std::string> metrics_page::values_of(const std::string& label) const {
  std::set<std::string> all;
  const auto [begin, end] = labels_.equal_range(label);
  for (auto each = begin; each != end; ++each)
    all.insert(each->second);
  return all;
}

} // namespace orderd::test

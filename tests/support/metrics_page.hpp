/// A page of figures in Prometheus's text format, looked into.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

namespace orderd::test {

/// Reads the page; throws std::runtime_error at the first line that is none of the format, or stands outside
/// its family.
class metrics_page {
 public:
  explicit metrics_page(const std::string& text);

  /// One line a family: `name type labels`, the labels divided by commas, or `-` without any; `le` left out.
  [[nodiscard]] std::set<std::string> families() const;
  /// By series as it is written, labels included.
  [[nodiscard]] const std::map<std::string, double>& series() const noexcept { return series_; }
  /// The value of one series; 0 if it is not there.
  [[nodiscard]] double value(const std::string& series) const;
  /// The values that this label has anywhere.
  [[nodiscard]] std::set<std::string> values_of(const std::string& label) const;

 private:
  struct family {
    std::string type;
    std::string labels;
    bool is_used = false;
  };
  void take_series(const std::string& line);
  [[nodiscard]] std::string family_of(const std::string& name) const;

  std::map<std::string, family> families_;
  std::map<std::string, double> series_;
  std::multimap<std::string, std::string> labels_;
};

} // namespace orderd::test

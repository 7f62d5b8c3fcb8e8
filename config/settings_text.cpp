#include "config/settings_text.hpp"

#include "config/log_line.hpp"
#include "config/settings_sources.hpp"

#include <limits>
#include <optional>

namespace orderd {

namespace {

constexpr std::size_t columns = 100;

/// Appends `text` broken at blanks, every line behind `indent` blanks.
void append_wrapped(std::string& out, std::string_view text, std::size_t indent) {
  const std::string margin(indent, ' ');
  while (!text.empty()) {
    std::size_t length = text.size();
    if (indent + length > columns) {
      const std::size_t blank = text.rfind(' ', columns - indent);
      length = blank == std::string_view::npos || blank == 0 ? text.size() : blank;
    }
    ((out += margin) += text.substr(0, length)) += '\n';
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

void append_row_help(std::string& out, const setting& row, const settings& defaults) {
  ((out += "  ") += flag_of(row)) += row.kind.type == file_type::boolean ? "[=BOOLEAN]" : " VALUE";
  (out += "    ") += row.name;
  for (const std::string_view alias : row.environment_aliases)
    (out += ", ") += alias;
  out += '\n';
  append_wrapped(out, row.help, 6);
  append_wrapped(out,
                 "[" + row.kind.unit + "; " + row.kind.allowed + "; default " +
                     (row.secret ? std::string("none") : row.kind.show(defaults)) + "]",
                 6);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  log::append_escaped(out, text, std::numeric_limits<std::size_t>::max());
  return out += '"';
}

std::string toml_array(std::string_view names) {
  std::string out = "[";
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    (out += out.size() == 1 ? "" : ", ") += toml_string(names.substr(0, comma));
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out += ']';
}

std::string toml_value(const setting_kind& kind, const settings& values) {
  const std::string text = kind.show(values);
  switch (kind.type) {
  case file_type::integer:
  case file_type::fraction:
  case file_type::boolean:
    return text;
  case file_type::list:
    return toml_array(text);
  case file_type::text:
    return toml_string(text);
  }
  return {};
}

/// Calls `each` for every row, after the title of each group for its first row.
template <class Each>
void append_by_group(std::string& out, settings_table_view table, std::string_view title_prefix, Each each) {
  std::optional<setting_group> last;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (last != table[row].group)
      (((out += '\n') += title_prefix) += title_of(table[row].group)) += '\n';
    last = table[row].group;
    each(row);
  }
}

} // namespace

std::string help_text(settings_table_view table) {
  std::string out =
      "orderd: an order engine that never sells a unit twice\n\n"
      "usage: orderd [--config FILE] [--migrate | --begin-journal | --export FILE | --import FILE |\n"
      "               --verify PATH] [flags]\n"
      "       orderd import CATALOGUE [flags of its own: orderd import --help]\n\n"
      "  --config FILE    ORDERD_CONFIG\n"
      "      TOML file of settings: keys are the flags' names with _ for -.\n"
      "  --check-config   say whether the settings are good and which are in effect; 0 or 2\n"
      "  --print-config   print the settings in effect as such a file, without secrets\n"
      "  --migrate        bring the database's schema up to date, and end\n"
      "  --begin-journal  where the journal is lost for good: begin one behind what the database\n"
      "                   has, and end; what only the lost one had is given up\n"
      "  --export FILE    write the store's whole history to a new file, and end; not beside "
      "a server\n"
      "  --import FILE    fill an empty store from such a file, or go on with that, check it, "
      "and end;\n"
      "                   a catalogue goes to a server that runs, by orderd import\n"
      "  --verify PATH    check a stopped data folder with its store, or such a file, and change "
      "nothing;\n"
      "                   0: nothing differs, 1: something differs or is damaged, 2: it was not "
      "checked\n"
      "  --version        print the version\n"
      "  -h, --help       print this\n\n"
      "A setting is taken from its flag, else from the environment, else from the file, else "
      "it has\nits default.\n";
  const settings defaults;
  append_by_group(out, table, "", [&](std::size_t row) { append_row_help(out, table[row], defaults); });
  return out;
}

std::string config_text(settings_table_view table, const settings& values,
                        const std::vector<std::string>& where) {
  std::string out;
  append_by_group(out, table, "# ", [&](std::size_t row) {
    const setting& each = table[row];
    if (each.secret)
      ((out += "# ") += file_key_of(each)) += " = (secret)";
    else
      ((out += file_key_of(each)) += " = ") += toml_value(each.kind, values);
    ((out += "  # ") += where[row]) += '\n';
  });
  return out;
}

} // namespace orderd
